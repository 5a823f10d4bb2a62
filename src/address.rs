//! Addresses that secrets or keys go over.

use crate::program::{Failure, Result};

/// Refuses an address that is not encrypted, unless it is on this machine.
///
/// # Errors
/// With the name of the setting, and why.
pub(crate) fn in_the_open(address: &str, name: &str, why: &str) -> Result<()> {
    let here = ["http://127.0.0.1", "http://localhost", "http://[::1]"].iter().any(|here| {
        // What follows the host must not belong to its name.
        address.strip_prefix(here).is_some_and(|rest| rest.is_empty() || rest.starts_with([':', '/']))
    });
    if address.starts_with("https://") || here {
        return Ok(());
    }
    Err(Failure::new(format!("{name} has to begin with https://: {why}")))
}
