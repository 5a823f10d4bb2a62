//! GraphQL over WebSocket with real sockets: what is watched arrives, in order and once, and nothing of others does.
//!
//! A server tells nobody that a watch has begun. Tests that need it go on changing something until the watch shows it
//! ([`Socket::begun`]), and count from there.

mod asking;
mod closing;
mod invoices;
mod leaving;
mod replicas;
mod scene;
mod server;
mod sharing;
mod socket;
mod watching;

pub(crate) use self::{
    server::Server,
    socket::{Heard, Socket},
};

use std::time::Duration;

/// How long anything may take before a test gives up. On PostgreSQL the feed waits for every older transaction of the
/// whole server, those of other tests included.
const PATIENCE: Duration = Duration::from_secs(30);

/// A document that everybody with a token may send.
const WHO: &str = "query Who { viewer { kind } }";
