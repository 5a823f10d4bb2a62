//! Media types: what a body is written as, and what an answer shall be written as.

use axum::http::{HeaderMap, HeaderName, header};

/// What an answer is written as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Media {
    /// `application/json`, as ever: status 200 for everything that is a GraphQL answer.
    Json,
    /// `application/graphql-response+json`: the status says whether anything was executed.
    Graphql,
}

const GRAPHQL_RESPONSE: &str = "application/graphql-response+json";

impl Media {
    /// What the client accepts. The newer type is for those who name it, and do not like the other one better.
    pub(crate) fn accepted(headers: &HeaderMap) -> Self {
        let (newer, json) = (quality(headers, GRAPHQL_RESPONSE), quality(headers, "application/json"));
        if newer > 0.0 && newer >= json { Self::Graphql } else { Self::Json }
    }

    pub(crate) fn content_type(self) -> &'static str {
        match self {
            Self::Json => "application/json; charset=utf-8",
            Self::Graphql => "application/graphql-response+json; charset=utf-8",
        }
    }
}

/// How much a client likes a media type that it names; 0 if it names it not.
fn quality(headers: &HeaderMap, kind: &str) -> f32 {
    let accepted = headers.get_all(header::ACCEPT).iter().filter_map(|value| value.to_str().ok());
    let ranges = accepted.flat_map(|value| value.split(','));
    let named = ranges.filter_map(|range| {
        let mut parts = range.split(';').map(str::trim);
        let named = parts.next()?.eq_ignore_ascii_case(kind);
        let quality = parts.find_map(|part| part.strip_prefix("q="));
        named.then(|| quality.map_or(1.0, |quality| quality.parse().unwrap_or(0.0)))
    });
    named.fold(0.0, f32::max)
}

/// Whether a body is JSON that we can read: in UTF-8, and not compressed.
pub(super) fn is_json(headers: &HeaderMap) -> bool {
    let value =
        |name: HeaderName| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let (kind, coding) = (value(header::CONTENT_TYPE), value(header::CONTENT_ENCODING));
    let mut parts = kind.split(';').map(str::trim);
    let is_json = parts.next().is_some_and(|kind| kind.eq_ignore_ascii_case("application/json"));
    let readable = parts.filter_map(|part| part.split_once('=')).all(|(name, value)| {
        !name.eq_ignore_ascii_case("charset") || value.trim_matches('"').eq_ignore_ascii_case("utf-8")
    });
    is_json && readable && (coding.is_empty() || coding.eq_ignore_ascii_case("identity"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(name: HeaderName, value: &str) -> HeaderMap {
        HeaderMap::from_iter([(name, value.parse().expect("a header"))])
    }

    #[test]
    fn the_newer_type_is_for_those_who_name_it() {
        for (accepted, media) in [
            ("application/graphql-response+json", Media::Graphql),
            ("application/graphql-response+json, application/json;q=0.9", Media::Graphql),
            ("application/json, application/graphql-response+json", Media::Graphql),
            ("Application/GraphQL-Response+JSON; charset=utf-8", Media::Graphql),
            ("application/json, application/graphql-response+json;q=0.9", Media::Json),
            ("application/graphql-response+json;q=0, */*", Media::Json),
            ("application/json", Media::Json),
            ("*/*", Media::Json),
            ("text/html", Media::Json),
        ] {
            assert_eq!(Media::accepted(&with(header::ACCEPT, accepted)), media, "{accepted}");
        }
        assert_eq!(Media::accepted(&HeaderMap::new()), Media::Json);
    }

    #[test]
    fn only_json_in_utf_8_is_read() {
        let kind = |kind| is_json(&with(header::CONTENT_TYPE, kind));
        for good in
            ["application/json", "Application/JSON; charset=UTF-8", "application/json;charset=\"utf-8\""]
        {
            assert!(kind(good), "{good}");
        }
        for wrong in ["", "text/plain", "application/json5", "application/json; charset=latin1"] {
            assert!(!kind(wrong), "{wrong}");
        }
        let mut headers = with(header::CONTENT_TYPE, "application/json");
        headers.insert(header::CONTENT_ENCODING, "gzip".parse().expect("a header"));
        assert!(!is_json(&headers));
    }
}
