//! GraphiQL, every file of it inside the program: the page asks no other host for anything, but the identity provider where
//! people sign in.

use crate::router::Shared;
use axum::{
    extract::{Path, State},
    http::{HeaderValue, StatusCode, Uri, header},
    response::{IntoResponse, Response},
};
use rust_embed::RustEmbed;
use serde::Serialize;

#[derive(RustEmbed)]
#[folder = "assets/graphiql/"]
#[include = "*.js"]
#[include = "*.css"]
#[include = "*.html"]
#[include = "LICENSE.*"]
struct Files;

/// Whether GraphiQL is served, and how people sign in there.
#[derive(Debug, Clone, Default)]
pub enum Graphiql {
    /// It is not there.
    Off,
    /// It is there. People bring their token.
    #[default]
    On,
    /// It is there. People bring their token, or sign in.
    WithSignIn(SignIn),
}

/// How people sign in: by the authorization code flow with PKCE.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SignIn {
    /// The identity provider.
    pub issuer: String,
    /// A public client of it.
    pub client_id: String,
    /// The scopes to ask for.
    pub scope: String,
    /// What else to ask for, as the query of an address: `resource=https://…`.
    pub parameters: String,
}

/// Nothing from elsewhere, no inline script; GraphiQL writes styles of its own, and opens sockets to us. `{}` is the provider.
const POLICY: &str = "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; \
    font-src 'self' data:; connect-src 'self' ws: wss:{}; script-src 'self'; worker-src 'self' blob:; \
    frame-ancestors 'none'; base-uri 'none'; form-action 'none'";

/// Where the page learns how people sign in.
const HOW: &str = "name=\"sign-in\" content=\"\"";

/// The page.
pub(crate) async fn page(State(shared): State<Shared>) -> Response {
    let sign_in = match &shared.api.exposure.graphiql {
        Graphiql::Off => return nothing(),
        Graphiql::On => None,
        Graphiql::WithSignIn(sign_in) => Some(sign_in),
    };
    let (page, provider) = match (text("index.html"), sign_in) {
        (Some(page), Some(sign_in)) => (told(&page, sign_in), origin(&sign_in.issuer)),
        (Some(page), None) => (page, None),
        (None, _) => return nothing(),
    };
    let provider = provider.map(|origin| format!(" {origin}")).unwrap_or_default();
    let mut response = ([(header::CONTENT_TYPE, "text/html; charset=utf-8")], page).into_response();
    if let Ok(policy) = HeaderValue::try_from(POLICY.replace("{}", &provider)) {
        response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, policy);
    }
    response
}

/// One of its files.
pub(crate) async fn asset(State(shared): State<Shared>, Path(name): Path<String>) -> Response {
    match &shared.api.exposure.graphiql {
        Graphiql::Off => nothing(),
        Graphiql::On | Graphiql::WithSignIn(_) => file(&name),
    }
}

/// The page with how people sign in, as JSON in an attribute.
fn told(page: &str, sign_in: &SignIn) -> String {
    let json = serde_json::to_string(sign_in).unwrap_or_default();
    let escaped = json.replace('&', "&amp;").replace('"', "&quot;").replace('<', "&lt;");
    page.replacen(HOW, &format!("name=\"sign-in\" content=\"{escaped}\""), 1)
}

/// Scheme, host and port of an address.
fn origin(address: &str) -> Option<String> {
    let uri: Uri = address.parse().ok()?;
    Some(format!("{}://{}", uri.scheme_str()?, uri.authority()?))
}

fn text(name: &str) -> Option<String> {
    Some(String::from_utf8_lossy(&Files::get(name)?.data).into_owned())
}

fn nothing() -> Response {
    (StatusCode::NOT_FOUND, "there is no such file\n").into_response()
}

fn file(name: &str) -> Response {
    let Some(found) = Files::get(name) else {
        return nothing();
    };
    let kind = match name.rsplit('.').next() {
        Some("js") => "text/javascript; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("html") => "text/html; charset=utf-8",
        Some(_) | None => "text/plain; charset=utf-8",
    };
    ([(header::CONTENT_TYPE, kind)], found.data.into_owned()).into_response()
}
