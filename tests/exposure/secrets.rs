//! What is never written down: secrets, and what stands behind the `?` of an address.

use super::WHO;
use crate::{
    harness::{Db, TestDatabase, document},
    live::{Heard, Server, Socket},
    program::{Directory, arguments, exchange, token_of},
};
use clap::Parser;
use rstest::rstest;
use serde_json::{Value as Json, json};

/// The address of a server, and what was given away to it.
struct Spy {
    address: String,
    secrets: Vec<String>,
}

impl Spy {
    /// Sends a document with a token, in the header as in the address, and returns the answer.
    async fn asks(&mut self, token: &str, document: &str, variables: Json) -> Json {
        self.secrets.push(token.to_owned());
        let headers = format!("Authorization: Bearer {token}\r\nContent-Type: application/json\r\n");
        let body = json!({ "query": document, "variables": variables }).to_string();
        let call = format!("POST /graphql?token={token}");
        let (_, answer) = exchange(&self.address, &call, &headers, &body).await;
        serde_json::from_str(&answer).expect("JSON")
    }

    /// Keeps a secret in mind that an answer holds.
    fn learns(&mut self, answer: &Json, pointer: &str) -> String {
        let secret = answer.pointer(pointer).and_then(Json::as_str);
        let secret = secret.unwrap_or_else(|| panic!("no {pointer} in {answer:#}")).to_owned();
        self.secrets.push(secret.clone());
        secret
    }
}

/// What a misconfigured client sends.
const BAD: &str = "hunter2-as-a-bearer-token";

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn no_secret_and_no_query_string_is_logged(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let (directory, database) = (Directory::new(), TestDatabase::empty(db).await);
    // Whoever may connect without a password may connect with any.
    let url = database.url().replace("postgres@", "postgres:hunter2-of-the-database@");
    let settings = [
        ("TENURE_LISTEN", "127.0.0.1:0"),
        ("TENURE_LOG", "trace"),
        ("TENURE_AUTH_SECRET", "hunter2-that-signs-tokens-and-is-long-enough"),
        ("TENURE_STRIPE_SECRET_KEY", "sk_hunter2"),
        ("TENURE_STRIPE_WEBHOOK_SECRET", "whsec_hunter2"),
    ];
    let mut demo = directory.starts(&arguments(db, &url), &settings);
    let mut spy = Spy { address: demo.greets().await, secrets: vec!["hunter2".into()] };
    let address = spy.address.clone();
    let [ada, northwind] =
        ["email:ada@contoso.example", "publisher:northwind"].map(|actor| token_of(&demo.out, actor));

    assert_eq!(spy.asks(&ada, WHO, json!({})).await["data"]["viewer"]["kind"], "MEMBER");
    for bad in [BAD, "tenure_hunter2.hunter2", &format!("{ada}hunter2")] {
        assert!(spy.asks(bad, WHO, json!({})).await["data"].is_null(), "{bad}");
    }

    let create = "mutation { createApiKey(input: { name: \"portal\", scope: READ }) { secret } }";
    let created = spy.asks(&northwind, create, json!({})).await;
    let key = spy.learns(&created, "/data/createApiKey/secret");
    assert_eq!(spy.asks(&key, WHO, json!({})).await["data"]["viewer"]["kind"], "PUBLISHER");
    assert!(spy.asks(&format!("{key}x"), WHO, json!({})).await["data"].is_null());

    let portal = portal_token(&mut spy, &ada).await;
    let resolved = spy.asks(&northwind, &document("ResolvePurchase"), json!({ "token": portal })).await;
    assert_eq!(resolved["data"]["resolvePurchase"]["userErrors"], json!([]), "{resolved:#}");
    let foreign = spy.asks(&ada, &document("ResolvePurchase"), json!({ "token": portal })).await;
    assert!(foreign["data"]["resolvePurchase"]["subscription"].is_null(), "{foreign:#}");

    for path in ["graphql", "graphiql", "health/live", "health/ready", "nothing", "invoices/x/document.pdf"] {
        exchange(&address, &format!("GET /{path}?token={ada}"), "", "").await;
    }
    let signature = "Stripe-Signature: hunter2\r\n";
    exchange(&address, "POST /webhooks/gateway/sandbox?token=hunter2", signature, "hunter2").await;

    let server = Server::elsewhere(address.trim_start_matches("http://").parse().expect("an address"));
    for (token, heard) in
        [(&ada, Heard::Said(json!({ "type": "connection_ack" }))), (&BAD.to_owned(), Heard::Closed(4403))]
    {
        let mut socket = Socket::open(&server).await;
        socket.init(token).await;
        assert_eq!(socket.hears().await, heard);
    }

    let finished = demo.stops_on("TERM").await.done();
    assert!(finished.err.contains("\"TRACE\""), "everything is logged");
    assert!(finished.err.contains("\"outcome\":\"UNAUTHENTICATED\""), "requests are logged");
    for line in finished.err.lines() {
        for secret in spy.secrets.iter().map(String::as_str).chain(["token="]) {
            assert!(!line.contains(secret), "{secret:?} in {line}");
        }
    }
    drop(database);
}

/// The token of a portal that Ada opens for what she buys.
async fn portal_token(spy: &mut Spy, ada: &str) -> String {
    let needed = "{ apps(first: 1, filter: { text: \"Boards\" }) { nodes { plans { id name } } }
        viewer { organization { billingProfiles(first: 1) { nodes { id } } } } }";
    let needed = spy.asks(ada, needed, json!({})).await;
    let plans = needed["data"]["apps"]["nodes"][0]["plans"].as_array().expect("plans");
    let plan = plans.iter().find(|plan| plan["name"] == "Monthly").expect("a plan");
    let input = json!({ "planId": plan["id"], "licenseQuantity": 1,
        "billingProfileId": needed["data"]["viewer"]["organization"]["billingProfiles"]["nodes"][0]["id"] });
    let bought = spy.asks(ada, &document("Purchase"), json!({ "input": input })).await;
    let input = json!({ "subscriptionId": bought["data"]["purchaseSubscription"]["subscription"]["id"] });
    let opened = spy.asks(ada, &document("OpenPublisherPortal"), json!({ "input": input })).await;
    let url = spy.learns(&opened, "/data/openPublisherPortal/url");
    let (_, token) = url.split_once("token=").expect("a token in the address");
    spy.secrets.push(token.to_owned());
    token.to_owned()
}

#[test]
fn settings_show_no_secret() {
    let url = "postgres://tenure:hunter2@127.0.0.1/tenure";
    let cli = tenure::cli::Cli::try_parse_from([
        "tenure",
        "serve",
        "--database",
        url,
        "--migrate-database",
        url,
        "--auth-secret",
        "hunter2-that-signs-tokens-and-is-long-enough",
        "--stripe-secret-key",
        "sk_hunter2",
        "--stripe-webhook-secret",
        "whsec_hunter2",
    ]);
    let cli = cli.expect("settings");
    let config = &cli.config;
    let settings = config.settings(config.secret().expect("a secret"));
    let shown = format!(
        "{cli:?} {:?} {:?} {settings:?} {:?}",
        config.connect(),
        config.connect_to_migrate(),
        config.issuer().expect("an issuer")
    );
    assert!(shown.contains("REDACTED"), "{shown}");
    assert!(!shown.contains("hunter2"), "{shown}");
    assert_eq!(config.connect().url, url);
}
