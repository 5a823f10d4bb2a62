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

/// Whether it says something, on one line or several.
///
/// # Errors
/// `Invalid`.
pub(crate) fn lines(path: Input, text: &str, longest: usize) -> Result<()> {
    let unfit = |c: char| c.is_control() && !matches!(c, '\n' | '\r' | '\t');
    if text.trim().is_empty() || text.chars().count() > longest || text.contains(unfit) {
        return Err(Error::Invalid(path, format!("write 1 to {longest} characters, in lines").into()));
    }
    Ok(())
}

/// The longest address of a page, in bytes.
const LONGEST_ADDRESS: usize = 500;

/// Whether it is the address of a page that is fetched encrypted.
///
/// # Errors
/// `Invalid`.
pub(crate) fn web_page(path: Input, text: &str) -> Result<()> {
    address(path, text, &["https"])
}

/// Whether it is the address of a page on the web; one that is tried out need not be encrypted.
///
/// # Errors
/// `Invalid`.
pub(crate) fn web_address(path: Input, text: &str) -> Result<()> {
    address(path, text, &["https", "http"])
}

fn address(path: Input, text: &str, schemes: &[&str]) -> Result<()> {
    let whole =
        text.len() <= LONGEST_ADDRESS && !text.contains(|c: char| c.is_whitespace() || c.is_control());
    let parsed = reqwest::Url::parse(text).ok().filter(|url| {
        let named = !url.username().is_empty() || url.password().is_some();
        whole && schemes.contains(&url.scheme()) && url.has_host() && !named
    });
    match parsed {
        Some(_) => Ok(()),
        None => {
            let message =
                format!("write the address of a page, https://…, in at most {LONGEST_ADDRESS} bytes");
            Err(Error::Invalid(path, message.into()))
        }
    }
}
