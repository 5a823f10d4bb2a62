//! Everything that is visible from outside, on both databases. The harness says how tests are written.

mod harness;
mod schema;
mod subscriptions;
