//! The log: lines for people on a terminal, JSON elsewhere. Always on standard error: standard output is for answers.

use crate::program::{Failure, Result};
use std::io::IsTerminal;
use tracing::{Level, Metadata};
use tracing_subscriber::{EnvFilter, filter::filter_fn, layer::SubscriberExt, util::SubscriberInitExt};

/// Whose finer lines hold what travels over a connection, bearer tokens among it. No filter gets them into the log.
const TELLTALES: [&str; 2] = ["tungstenite", "tokio_tungstenite"];

/// Starts the log.
///
/// # Errors
/// When the filter cannot be read.
pub fn start(filter: &str) -> Result<()> {
    let filter = EnvFilter::builder()
        .parse(filter)
        .map_err(|error| Failure::new(format!("TENURE_LOG is no tracing filter: {error}")))?;
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    let started = if std::io::stderr().is_terminal() {
        log.finish().with(filter_fn(is_discreet)).try_init()
    } else {
        log.json().flatten_event(true).finish().with(filter_fn(is_discreet)).try_init()
    };
    started.map_err(|error| Failure::new(format!("the log cannot be started: {error}")))
}

/// Whether a line comes from nobody who tells secrets.
fn is_discreet(line: &Metadata<'_>) -> bool {
    let from = line.target().split("::").next().unwrap_or_default();
    *line.level() <= Level::INFO || !TELLTALES.contains(&from)
}
