//! Everything that is visible from outside, on both databases. The harness says how tests are written.

mod access;
mod audit;
mod billing;
mod catalogue;
mod customers;
mod exposure;
mod feed;
mod gateways;
mod harness;
mod history;
mod http;
mod isolation;
mod law;
mod live;
mod logins;
mod migrations;
mod program;
mod proposals;
mod reading;
mod sandbox;
mod schema;
mod sockets;
mod structure;
mod subscriptions;
mod webhooks;
