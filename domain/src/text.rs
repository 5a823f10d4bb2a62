//! Texts that people write and others read.

use crate::{Error, Input, Result};

/// The longest name, address or reference that is kept, in characters.
pub(crate) const LONGEST: usize = 200;

/// Whether it says something, and can be shown on one line.
///
/// # Errors
/// `Invalid`.
pub(crate) fn one_line(path: Input, text: &str) -> Result<()> {
    if text.trim().is_empty() || text.chars().count() > LONGEST || text.contains(char::is_control) {
        return Err(Error::Invalid(path, format!("write 1 to {LONGEST} characters, on one line").into()));
    }
    Ok(())
}
