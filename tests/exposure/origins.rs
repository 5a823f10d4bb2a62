//! Other sites: what their pages may do in a browser.

use super::{LARGEST_BODY, WHO, asking, exposed, post, said, send};
use crate::{
    harness::{Answer, App, Db},
    live::{Heard, Server, Socket},
};
use api::Exposure;
use axum::{
    Router,
    body::Body,
    http::{Method, Request, header},
};
use serde_json::json;

const OURS: &str = "https://app.example";

fn allowing(origins: &[&str]) -> Exposure {
    let origins = origins.iter().map(|origin| origin.parse().expect("an origin")).collect();
    Exposure { origins, ..Exposure::default() }
}

/// What a browser asks before a page of this site may send a request.
async fn preflight(routes: &Router, origin: &str) -> Answer {
    let request = Request::builder()
        .method(Method::OPTIONS)
        .uri("/graphql")
        .header(header::ORIGIN, origin)
        .header(header::ACCESS_CONTROL_REQUEST_METHOD, "POST")
        .header(header::ACCESS_CONTROL_REQUEST_HEADERS, "authorization,content-type,x-request-id");
    send(routes, request.body(Body::empty()).expect("a request")).await
}

/// The names in a header, in lower case.
fn names(answer: &Answer, header: &str) -> Vec<String> {
    let mut names: Vec<_> =
        said(answer, header).split(',').map(|name| name.trim().to_ascii_lowercase()).collect();
    names.sort();
    names
}

#[tokio::test(flavor = "multi_thread")]
async fn a_site_on_the_list_may_send_requests() {
    let app = App::on(Db::Sqlite).await;
    let routes = exposed(&app, allowing(&["http://localhost:3000", OURS]));
    for origin in [OURS, "http://localhost:3000"] {
        let answer = preflight(&routes, origin).await;
        assert_eq!(answer.status, 200);
        assert_eq!(said(&answer, "access-control-allow-origin"), origin);
        assert!(names(&answer, "access-control-allow-methods").contains(&"post".into()));
        let allowed = names(&answer, "access-control-allow-headers");
        let expected = [
            "apollo-require-preflight",
            "authorization",
            "content-type",
            "graphql-require-preflight",
            "x-apollo-operation-name",
            "x-request-id",
            "x-requested-with",
        ];
        assert_eq!(allowed, expected);
        assert_eq!(said(&answer, "access-control-allow-credentials"), "", "there are no cookies");
        assert!(names(&answer, "vary").contains(&"origin".into()), "{:?}", answer.headers);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_site_on_the_list_may_read_every_answer() {
    let app = App::on(Db::Sqlite).await;
    let routes = exposed(&app, allowing(&[OURS]));
    let ada = format!("Bearer {}", app.ada().token);
    for (status, request) in [
        (200, post(Some(&ada)).body(asking(WHO))),
        (401, post(None).body(asking(WHO))),
        (413, post(Some(&ada)).body(Body::from(vec![b' '; LARGEST_BODY + 1]))),
        (415, Request::post("/graphql").body(asking(WHO))),
    ] {
        let mut request = request.expect("a request");
        request.headers_mut().insert(header::ORIGIN, OURS.parse().expect("a header"));
        let answer = send(&routes, request).await;
        assert_eq!(answer.status, status);
        assert_eq!(said(&answer, "access-control-allow-origin"), OURS, "{status}");
        assert_eq!(
            names(&answer, "access-control-expose-headers"),
            ["retry-after", "x-request-id"],
            "{status}"
        );
        assert_eq!(said(&answer, "access-control-allow-credentials"), "", "{status}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn other_sites_may_not() {
    let app = App::on(Db::Sqlite).await;
    let (listed, none) = (exposed(&app, allowing(&[OURS])), exposed(&app, allowing(&[])));
    let others = ["https://evil.example", "http://app.example", "https://app.example:8443", "null"];
    for (routes, origin) in
        others.map(|origin| (&listed, origin)).into_iter().chain([(&none, OURS), (&none, "null")])
    {
        let asked = preflight(routes, origin).await;
        let ada = format!("Bearer {}", app.ada().token);
        let request = post(Some(&ada)).header(header::ORIGIN, origin).body(asking(WHO)).expect("a request");
        for answer in [asked, send(routes, request).await] {
            assert_eq!(said(&answer, "access-control-allow-origin"), "", "{origin}: {:?}", answer.headers);
        }
    }
    assert_eq!(preflight(&none, OURS).await.status, 405, "without a list there is nothing to ask");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_socket_is_opened_by_our_own_pages_those_on_the_list_and_no_browser_at_all() {
    let app = App::on(Db::Sqlite).await;
    let server = Server::with(&app, exposed(&app, allowing(&[OURS]))).await;
    let own = format!("http://{}", server.address);
    for origin in [None, Some(OURS), Some(own.as_str())] {
        let mut socket = Socket::open_from(&server, origin).await.expect("a socket");
        socket.init(&app.ada().token).await;
        assert_eq!(socket.hears().await, Heard::Said(json!({ "type": "connection_ack" })), "{origin:?}");
    }
    for origin in ["https://evil.example", "http://127.0.0.1:1", "http://app.example", "null", "nonsense"] {
        assert_eq!(Socket::open_from(&server, Some(origin)).await.err(), Some(403), "{origin}");
    }
}
