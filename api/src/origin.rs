//! Origins: from which other sites browsers may use the API.

use crate::{http::PREFLIGHTED, visit::REQUEST_ID};
use axum::http::{
    HeaderMap, HeaderValue, Method, Uri, header,
    uri::{Authority, Scheme},
};
use std::{fmt, str::FromStr, time::Duration};
use tower_http::cors::{AllowOrigin, CorsLayer};

/// How long a browser may remember what it was allowed.
const REMEMBERED: Duration = Duration::from_secs(3600);

/// The site of a page: scheme, host and port, as browsers name it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    scheme: &'static str,
    host: String,
    port: u16,
}

/// What an origin has to look like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NoOrigin;

impl fmt::Display for NoOrigin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("write scheme, host and port alone, without a path or *, such as https://app.example")
    }
}

impl std::error::Error for NoOrigin {}

impl FromStr for Origin {
    type Err = NoOrigin;

    fn from_str(text: &str) -> Result<Self, NoOrigin> {
        let text = text.trim();
        let uri: Uri = text.parse().map_err(|_| NoOrigin)?;
        let scheme = uri.scheme().and_then(known).ok_or(NoOrigin)?;
        let authority = uri.authority().ok_or(NoOrigin)?;
        // What stands behind the authority, a single slash too, belongs to no origin.
        let bare = text.len() == scheme.len() + "://".len() + authority.as_str().len();
        if !bare || authority.as_str().contains(['@', '*']) {
            return Err(NoOrigin);
        }
        Self::at(scheme, authority).ok_or(NoOrigin)
    }
}

fn known(scheme: &Scheme) -> Option<&'static str> {
    ["https", "http"].into_iter().find(|known| scheme == *known)
}

impl Origin {
    fn at(scheme: &'static str, authority: &Authority) -> Option<Self> {
        let usual = if scheme == "https" { 443 } else { 80 };
        let host = authority.host().to_ascii_lowercase();
        let port = match authority.as_str().strip_prefix(authority.host())? {
            "" => usual,
            given => given.strip_prefix(':')?.parse().ok()?,
        };
        (!host.is_empty()).then_some(Self { scheme, host, port })
    }

    /// Whether this is the site that was asked itself.
    fn is_asked(&self, headers: &HeaderMap) -> bool {
        let host = headers.get(header::HOST).and_then(|value| value.to_str().ok());
        let asked = host.and_then(|host| Self::at(self.scheme, &host.parse().ok()?));
        asked.is_some_and(|asked| asked == *self)
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { scheme, host, port } = self;
        match (*scheme, port) {
            ("https", 443) | ("http", 80) => write!(f, "{scheme}://{host}"),
            _ => write!(f, "{scheme}://{host}:{port}"),
        }
    }
}

/// What browsers are told about other sites: nothing, unless they are on the list. Never with cookies, which nobody here
/// sets or reads.
pub(crate) fn cors(origins: &[Origin]) -> Option<CorsLayer> {
    let allowed: Vec<HeaderValue> =
        origins.iter().filter_map(|origin| origin.to_string().parse().ok()).collect();
    let layer = CorsLayer::new()
        .allow_origin(AllowOrigin::list(allowed))
        .allow_methods([Method::POST, Method::GET])
        .allow_headers(
            [header::AUTHORIZATION, header::CONTENT_TYPE, REQUEST_ID.clone()]
                .into_iter()
                .chain(PREFLIGHTED.clone())
                .collect::<Vec<_>>(),
        )
        .expose_headers([REQUEST_ID.clone(), header::RETRY_AFTER])
        .max_age(REMEMBERED);
    (!origins.is_empty()).then_some(layer)
}

/// Whether a WebSocket may be opened by whoever asks: a browser tells which site's page does, and other clients do not.
pub(crate) fn may_open_socket(headers: &HeaderMap, origins: &[Origin]) -> bool {
    let Some(told) = headers.get(header::ORIGIN) else { return true };
    let told: Option<Origin> = told.to_str().ok().and_then(|told| told.parse().ok());
    told.is_some_and(|told| told.is_asked(headers) || origins.contains(&told))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_is_scheme_host_and_port() {
        for (text, shown) in [
            ("https://app.example", "https://app.example"),
            ("https://App.Example:443", "https://app.example"),
            ("http://localhost:3000", "http://localhost:3000"),
            ("http://[::1]:8080", "http://[::1]:8080"),
        ] {
            assert_eq!(text.parse::<Origin>().map(|origin| origin.to_string()), Ok(shown.into()));
        }
        for wrong in [
            "",
            "*",
            "null",
            "app.example",
            "app.example:443",
            "//app.example",
            "https://",
            "https://*",
            "https://*.app.example",
            "https://app.example/",
            "https://app.example/path",
            "https://app.example?x",
            "https://app.example#x",
            "https://ada@app.example",
            "ftp://app.example",
            "ws://app.example",
            "file:///etc",
            "https://app.example:99999",
            "https://app.example:",
            "https://a.example, https://b.example",
        ] {
            assert_eq!(wrong.parse::<Origin>(), Err(NoOrigin), "{wrong}");
        }
    }

    #[track_caller]
    fn opens(expected: bool, origin: Option<&str>, host: &str) {
        let mut headers = HeaderMap::new();
        headers.insert(header::HOST, host.parse().expect("a host"));
        if let Some(origin) = origin {
            headers.insert(header::ORIGIN, origin.parse().expect("a header"));
        }
        let listed = ["https://app.example".parse().expect("an origin")];
        assert_eq!(may_open_socket(&headers, &listed), expected, "{origin:?} at {host}");
    }

    #[test]
    fn a_socket_is_for_our_own_pages_and_those_on_the_list() {
        opens(true, None, "api.example");
        opens(true, Some("https://api.example"), "api.example");
        opens(true, Some("https://api.example"), "API.example:443");
        opens(true, Some("http://localhost:8000"), "localhost:8000");
        opens(true, Some("https://app.example"), "api.example");
        opens(false, Some("http://app.example"), "api.example");
        opens(false, Some("https://evil.example"), "api.example");
        opens(false, Some("https://api.example.evil.example"), "api.example");
        opens(false, Some("http://localhost:8001"), "localhost:8000");
        opens(false, Some("http://api.example"), "api.example:443");
        opens(false, Some("null"), "api.example");
        opens(false, Some("https://evil.example"), "");
    }
}
