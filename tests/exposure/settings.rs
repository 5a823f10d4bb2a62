//! That what is set is what the program does: the real binary, over real connections.

use super::answered;
use crate::{
    live::Server,
    program::{Directory, token_of},
};
use serde_json::{Value as Json, json};

/// What is answered to a request: the head in lower case, and the body.
async fn asks(address: &str, call: &str, headers: &str, body: &str) -> (String, Json) {
    let host = address.strip_prefix("http://").expect("an address");
    let server = Server::elsewhere(host.parse().expect("an address"));
    let length = body.len();
    let request = format!(
        "{call} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\nContent-Length: {length}\r\n\
         Content-Type: application/json\r\n{headers}\r\n{body}"
    );
    let answer = answered(&server, &request).await;
    let (head, body) = answer.split_once("\r\n\r\n").expect("a head and a body");
    (head.to_ascii_lowercase(), serde_json::from_str(body).unwrap_or_default())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_set_is_what_the_public_gets() {
    let directory = Directory::new();
    let settings = [
        ("TENURE_LISTEN", "127.0.0.1:0"),
        ("TENURE_RATE_LIMIT_BURST", "100"),
        ("TENURE_RATE_LIMIT_PER_SECOND", "1"),
        ("TENURE_AUTH_FAILURES_PER_MINUTE", "3"),
        ("TENURE_CORS_ORIGINS", "http://localhost:3000,https://app.example"),
        ("TENURE_TRUSTED_PROXIES", "127.0.0.0/8,fd00::1"),
    ];
    let mut demo = directory.starts(&["demo"], &settings);
    let address = demo.greets().await;
    let bearer = |token: &str| format!("Authorization: Bearer {token}\r\n");
    let ada = token_of(&demo.out, "email:ada@contoso.example");
    let body = json!({ "query": "{ apps(first: 10) { nodes { id } } }" }).to_string();

    let headers = format!("{}Origin: https://app.example\r\n", bearer(&ada));
    let (head, answer) = asks(&address, "POST /graphql", &headers, &body).await;
    assert!(head.starts_with("http/1.1 200"), "{head}");
    assert!(head.contains("\r\naccess-control-allow-origin: https://app.example\r\n"), "{head}");
    let cost = &answer["extensions"]["cost"];
    assert_eq!((&cost["requested"], &cost["limit"]), (&json!(21), &json!(100)), "{answer:#}");
    assert_eq!(cost["refillPerSecond"], 1, "{answer:#}");

    // The proxy on this machine tells for whom it asks.
    let from = |client: &str| format!("{}X-Forwarded-For: {client}\r\n", bearer("nonsense"));
    for _ in 0..3 {
        let (head, _) = asks(&address, "POST /graphql", &from("203.0.113.9"), &body).await;
        assert!(head.starts_with("http/1.1 401"), "{head}");
    }
    let (head, _) = asks(&address, "POST /graphql", &from("203.0.113.9"), &body).await;
    assert!(head.starts_with("http/1.1 429") && head.contains("\r\nretry-after: "), "{head}");
    let (head, _) = asks(&address, "POST /graphql", &from("203.0.113.10"), &body).await;
    assert!(head.starts_with("http/1.1 401"), "{head}");
    demo.stops_on("TERM").await.done();
}

#[tokio::test(flavor = "multi_thread")]
async fn either_zero_switches_the_rate_limit_off_and_it_is_on_by_default() {
    let requested = json!({ "requested": 2 });
    for (name, value, limit) in [
        ("TENURE_RATE_LIMIT_BURST", "0", None),
        ("TENURE_RATE_LIMIT_PER_SECOND", "0", None),
        ("TENURE_LOG", "info", Some(500_000)),
    ] {
        let directory = Directory::new();
        let mut demo = directory.starts(&["demo"], &[("TENURE_LISTEN", "127.0.0.1:0"), (name, value)]);
        let address = demo.greets().await;
        let token = token_of(&demo.out, "email:ada@contoso.example");
        let body = json!({ "query": super::WHO }).to_string();
        let bearer = format!("Authorization: Bearer {token}\r\n");
        let (_, answer) = asks(&address, "POST /graphql", &bearer, &body).await;
        let cost = &answer["extensions"]["cost"];
        assert_eq!(cost["limit"].as_u64(), limit, "{name}: {answer:#}");
        assert!(limit.is_some() || *cost == requested, "{name}: {answer:#}");
        demo.stops_on("TERM").await.done();
    }
}
