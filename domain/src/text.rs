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

#[cfg(test)]
mod tests {
    use super::*;

    fn path() -> Input {
        Input::field("text")
    }

    #[test]
    fn one_line_says_something_and_is_one() {
        let fits = |text: &str| one_line(path(), text).is_ok();
        assert!(fits("x") && fits("Zoë & Søn, 7") && fits(&"é".repeat(LONGEST)));
        for text in ["", "  ", "a\nb", "a\tb", "a\u{7f}"] {
            assert!(!fits(text), "{text:?}");
        }
        assert!(!fits(&"x".repeat(LONGEST + 1)));
    }

    #[test]
    fn lines_may_be_several() {
        let fits = |text: &str| lines(path(), text, 5).is_ok();
        assert!(fits("x") && fits("a\nb") && fits("a\r\nb") && fits("a\tb") && fits("ééééé"));
        for text in ["", " \n ", "a\u{7}b", "\u{1b}[1m", "123456"] {
            assert!(!fits(text), "{text:?}");
        }
    }

    #[test]
    fn a_page_has_a_host_and_no_name_or_password() {
        let page = |text: &str| web_page(path(), text).is_ok();
        let address = |text: &str| web_address(path(), text).is_ok();
        for text in ["https://contoso.example", "https://contoso.example/a?b=c#d"] {
            assert!(page(text) && address(text), "{text}");
        }
        assert!(!page("http://contoso.example") && address("http://contoso.example"));
        for text in [
            "",
            "contoso.example",
            "ftp://contoso.example",
            "https://",
            "https://ada@contoso.example",
            "https://:secret@contoso.example",
            "https://contoso.example/a b",
            "https://contoso.example/a\u{7f}",
            " https://contoso.example",
        ] {
            assert!(!page(text) && !address(text), "{text:?}");
        }
        let long = |bytes: usize| format!("https://contoso.example/{}", "x".repeat(bytes - 24));
        assert!(page(&long(LONGEST_ADDRESS)) && !page(&long(LONGEST_ADDRESS + 1)));
    }

    #[test]
    fn a_portal_takes_the_token_that_is_appended_and_no_other() {
        let fits = |text: &str| portal(path(), text).is_ok();
        assert!(fits("https://portal.example/manage") && fits("https://portal.example/manage?app=boards"));
        for text in ["https://portal.example/#top", "https://portal.example/?TOKEN=x", "nowhere"] {
            assert!(!fits(text), "{text}");
        }
    }

    #[test]
    fn what_is_not_encrypted_leads_to_this_machine_at_most() {
        let fits = |text: &str, tried_out| encrypted(path(), text, tried_out).is_ok();
        assert!(fits("https://portal.example", false) && fits("https://portal.example", true));
        for here in ["http://localhost:3000", "http://127.0.0.1:3000", "http://[::1]:3000"] {
            assert!(fits(here, true) && !fits(here, false), "{here}");
        }
        assert!(!fits("http://portal.example", true) && !fits("nowhere", true));
    }
}
