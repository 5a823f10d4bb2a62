//! The log: lines for people on a terminal, JSON elsewhere. Always on standard error: standard output is for answers.

use crate::program::{Failure, Result};
use std::io::IsTerminal;
use tracing_subscriber::EnvFilter;

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
        log.try_init()
    } else {
        log.json().flatten_event(true).try_init()
    };
    started.map_err(|error| Failure::new(format!("the log cannot be started: {error}")))
}
