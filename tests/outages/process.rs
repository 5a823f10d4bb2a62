//! The program itself, with API and worker in one process and a socket open, while its database is silent and then gone.

use super::{
    ANSWERED, PATIENCE,
    proxy::{Network, Proxy},
};
use crate::{
    harness::{BOARDS_MONTHLY, Db, Setup, Subscription},
    live::{Server, Socket},
    program::{Directory, SETTINGS, exchange},
};
use serde_json::{Value as Json, json};
use std::time::Duration;
use tokio::time::{Instant, sleep};

/// Within what time a process is expected to have done something on a slow machine.
const LONG: Duration = Duration::from_secs(90);

async fn status(address: &str, path: &str) -> u16 {
    exchange(address, &format!("GET {path}"), "", "").await.0
}

async fn becomes(address: &str, path: &str, wanted: u16) -> Duration {
    let begun = Instant::now();
    while status(address, path).await != wanted {
        assert!(begun.elapsed() < LONG, "{path} does not become {wanted}");
        sleep(Duration::from_millis(100)).await;
    }
    begun.elapsed()
}

async fn does(address: &str, token: &str, operation: &str, input: Json) -> Json {
    let headers = format!("Authorization: Bearer {token}\r\nContent-Type: application/json\r\n");
    let body =
        json!({ "query": crate::harness::document(operation), "variables": { "input": input } }).to_string();
    serde_json::from_str(&exchange(address, "POST /graphql", &headers, &body).await.1).expect("JSON")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_process_outlives_its_databases_outages() {
    let app = Setup::on(Db::Postgres).start().await;
    let proxy = Proxy::before(&app.database.url()).await;
    let url = proxy.url(&app.database.url());
    let patience = PATIENCE.as_secs().to_string();
    let directory = Directory::new();
    let settings = [
        SETTINGS.as_slice(),
        &[
            ("DATABASE_URL", url.as_str()),
            ("TENURE_DATABASE_TIMEOUT", &patience),
            ("TENURE_SWEEP_EVERY", "5"),
        ],
    ]
    .concat();
    let mut process = directory.starts(&["serve"], &settings);
    let address = process.listens().await;
    // Tokens are good by the real clock.
    let token = directory.runs(&["token", "--email", "ada@contoso.example"], &settings).await.done().out;
    let token = token.trim();
    let (plan, profile) = (app.ada().plan(BOARDS_MONTHLY).await, app.ada().profile("Contoso Main").await);
    let buy = |key: &str| json!({ "planId": plan, "billingProfileId": profile, "licenseQuantity": 1, "idempotencyKey": key });
    becomes(&address, "/health/ready", 200).await;
    let server = Server::elsewhere(address.trim_start_matches("http://").parse().expect("an address"));
    let mut socket = Socket::open(&server).await;
    socket.init(token).await;
    assert_eq!(socket.said().await, json!({ "type": "connection_ack" }));
    let watch = "subscription { appSubscriptionEvents { subscription { id } type } }";
    socket.subscribe("watch", watch, json!({})).await;
    // A server tells nobody that a watch has begun: something is bought until it shows.
    let mut probes = 0;
    loop {
        does(&address, token, "Purchase", buy(&format!("probe-{probes}"))).await;
        probes += 1;
        if tokio::time::timeout(Duration::from_millis(500), socket.said()).await.is_ok() {
            break;
        }
        assert!(probes < 100, "the watch does not begin");
    }
    for (round, broken) in [Network::Silent, Network::Down].into_iter().enumerate() {
        proxy.is(broken);
        let begun = Instant::now();
        let answer = does(&address, token, "Purchase", buy(&format!("during-{round}"))).await;
        assert_eq!(answer["errors"][0]["extensions"]["code"], "UNAVAILABLE", "{answer:#}");
        assert!(begun.elapsed() < ANSWERED, "{:?}", begun.elapsed());
        becomes(&address, "/health/ready", 503).await;
        assert_eq!(status(&address, "/health/live").await, 200);
        proxy.is(Network::Up);
        let back = becomes(&address, "/health/ready", 200).await;
        assert!(back < super::BACK, "ready again after {back:?}");
        let key = format!("after-{round}");
        let begun = Instant::now();
        let bought = loop {
            let answer = does(&address, token, "Purchase", buy(&key)).await;
            if answer["errors"].is_null() {
                break Subscription::of(&answer["data"]["purchaseSubscription"]["subscription"]);
            }
            assert!(begun.elapsed() < super::BACK, "{answer:#}");
        };
        // The same socket tells of it.
        loop {
            let said = socket.said().await;
            let event = &said["payload"]["data"]["appSubscriptionEvents"];
            if event["subscription"]["id"] == bought.id.as_str() {
                break;
            }
        }
    }
    let owned = app.ada().sends("Products", json!({})).await.done();
    assert_eq!(owned.at("/appSubscriptions/totalCount"), probes + 2, "nothing was bought meanwhile");
    drop(socket);
    process.stops_on("TERM").await;
}
