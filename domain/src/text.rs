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

/// Whether it is the address of a portal, to which a token is appended: its link must lead there with this token and no other.
///
/// # Errors
/// `Invalid`.
pub(crate) fn portal(path: Input, text: &str) -> Result<()> {
    web_address(path.clone(), text)?;
    let bare = reqwest::Url::parse(text).is_ok_and(|url| {
        url.fragment().is_none() && !url.query_pairs().any(|(name, _)| name.eq_ignore_ascii_case("token"))
    });
    if bare { Ok(()) } else { Err(Error::Invalid(path, "write it without # and without a token".into())) }
}

/// Whether it is encrypted, or leads to the machine where it is tried out.
///
/// # Errors
/// `Invalid`.
pub(crate) fn encrypted(path: Input, text: &str, tried_out: bool) -> Result<()> {
    let fits = reqwest::Url::parse(text).is_ok_and(|url| {
        let here = matches!(url.host_str(), Some("localhost" | "127.0.0.1" | "[::1]"));
        url.scheme() == "https" || (tried_out && here)
    });
    if fits { Ok(()) } else { Err(Error::Invalid(path, "the address has to begin with https://".into())) }
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
