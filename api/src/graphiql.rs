//! GraphiQL, every file of it inside the program: the page asks no other host for anything.

use axum::{
    extract::Path,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use rust_embed::RustEmbed;

#[derive(RustEmbed)]
#[folder = "assets/graphiql/"]
#[include = "*.js"]
#[include = "*.css"]
#[include = "*.html"]
#[include = "LICENSE.*"]
struct Files;

/// Nothing from elsewhere, no inline script; GraphiQL writes styles of its own, and opens sockets to us.
const POLICY: &str = "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; \
    font-src 'self' data:; connect-src 'self' ws: wss:; script-src 'self'; worker-src 'self' blob:; \
    frame-ancestors 'none'; base-uri 'none'; form-action 'none'";

/// The page.
pub(crate) async fn page() -> Response {
    let mut response = file("index.html");
    response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY));
    response
}

/// One of its files.
pub(crate) async fn asset(Path(name): Path<String>) -> Response {
    file(&name)
}

fn file(name: &str) -> Response {
    let Some(found) = Files::get(name) else {
        return (StatusCode::NOT_FOUND, "there is no such file\n").into_response();
    };
    let kind = match name.rsplit('.').next() {
        Some("js") => "text/javascript; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("html") => "text/html; charset=utf-8",
        Some(_) | None => "text/plain; charset=utf-8",
    };
    ([(header::CONTENT_TYPE, kind)], found.data.into_owned()).into_response()
}
