//! What requests to the stand-in and its answers look like: fields that are known, errors, pages of lists.

use serde_json::{Map, Value as Json, json};

/// The fields of a form or a query, as they came.
pub(crate) type Fields = Vec<(String, String)>;

/// What a request is answered.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) body: Json,
}

impl Reply {
    /// An error: <https://docs.stripe.com/api/errors>.
    pub(crate) fn error(status: u16, error: Json) -> Self {
        Self { status, body: json!({ "error": error }) }
    }

    /// A request that makes no sense. Many of these have no code.
    pub(crate) fn invalid(status: u16, code: &str, message: &str) -> Self {
        let mut error = json!({ "message": message, "type": "invalid_request_error" });
        if !code.is_empty() {
            error["code"] = code.into();
        }
        Self::error(status, error)
    }

    /// A name of nothing: 404 in the path, 400 in a field.
    pub(crate) fn missing(status: u16, what: &str, name: &str) -> Self {
        Self::invalid(status, "resource_missing", &format!("No such {what}: '{name}'"))
    }
}

/// The fields of a request, as Stripe insists on them.
pub(crate) struct Form<'a>(pub(crate) &'a [(String, String)]);

impl<'a> Form<'a> {
    /// Refuses fields that are not known. Metadata is taken everywhere.
    pub(crate) fn only(&self, known: &[&str]) -> Result<(), Reply> {
        let is_known = |name: &str| known.contains(&name) || member(name).is_some();
        match self.0.iter().find(|(name, _)| !is_known(name)) {
            None => Ok(()),
            Some((name, _)) => {
                let message = format!("Received unknown parameter: {name}");
                Err(Reply::invalid(400, "parameter_unknown", &message))
            }
        }
    }

    pub(crate) fn get(&self, name: &str) -> Option<&'a str> {
        self.0.iter().find(|(found, _)| found == name).map(|(_, value)| value.as_str())
    }

    pub(crate) fn needs(&self, name: &str) -> Result<&'a str, Reply> {
        let message = format!("Missing required param: {name}.");
        self.get(name).ok_or_else(|| Reply::invalid(400, "parameter_missing", &message))
    }

    /// The amount, in the smallest units: <https://docs.stripe.com/currencies#minor-units>.
    pub(crate) fn amount(&self) -> Result<i64, Reply> {
        let amount = self.needs("amount")?.parse::<i64>().ok().filter(|amount| *amount > 0);
        amount.ok_or_else(|| Reply::invalid(400, "parameter_invalid_integer", "Invalid positive integer"))
    }

    pub(crate) fn metadata(&self) -> Map<String, Json> {
        let of = |(name, value): &(String, String)| Some((member(name)?.to_owned(), json!(value)));
        self.0.iter().filter_map(of).collect()
    }
}

/// The name of a member of the metadata, if a field is one.
fn member(name: &str) -> Option<&str> {
    name.strip_prefix("metadata[")?.strip_suffix(']')
}

/// A page of the objects of which a member says so, the newest first:
/// <https://docs.stripe.com/api/pagination>.
pub(crate) fn page(url: &str, all: &[Json], of: (&str, &str), form: &Form<'_>) -> Result<Json, Reply> {
    let limit = form.get("limit").map_or(Some(10), |limit| limit.parse::<usize>().ok());
    let Some(limit) = limit.filter(|limit| (1..=100).contains(limit)) else {
        return Err(Reply::invalid(400, "parameter_invalid_integer", "limit is between 1 and 100"));
    };
    let newest: Vec<&Json> = all.iter().rev().filter(|object| object[of.0] == of.1).collect();
    let from = match form.get("starting_after") {
        None => 0,
        Some(after) => match newest.iter().position(|object| object["id"] == after) {
            Some(place) => place + 1,
            None => return Err(Reply::missing(400, "object", after)),
        },
    };
    let data: Vec<&Json> = newest.iter().skip(from).take(limit).copied().collect();
    let has_more = from + data.len() < newest.len();
    Ok(json!({ "object": "list", "url": url, "has_more": has_more, "data": data }))
}
