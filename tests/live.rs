//! GraphQL over WebSocket with real sockets: what is watched arrives, in order and once, and nothing of others does.
//!
//! A server tells nobody that a watch has begun. Tests that need it go on changing something until the watch shows it
//! ([`Socket::begun`]), and count from there.

use crate::harness::{
    App, BOARDS_EUROS, BOARDS_MONTHLY, Client, Db, SECRET, SIGN, Subscription, VAULT, document,
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use domain::feed;
use futures::{SinkExt, StreamExt};
use rstest::rstest;
use secrecy::SecretString;
use serde_json::{Value as Json, json};
use std::{net::SocketAddr, time::Duration};
use tokio::{
    net::{TcpListener, TcpStream},
    task::JoinSet,
    time::timeout,
};
use tokio_tungstenite::{
    MaybeTlsStream, WebSocketStream, connect_async,
    tungstenite::{self, Message, client::IntoClientRequest},
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

/// How long anything may take before a test gives up. On PostgreSQL the feed waits for every older transaction of the
/// whole server, those of other tests included.
const PATIENCE: Duration = Duration::from_secs(30);

/// How long to look before something is tried once more.
const A_MOMENT: Duration = Duration::from_millis(300);

const PROTOCOL: &str = "graphql-transport-ws";

/// A document that everybody with a token may send.
const WHO: &str = "query Who { viewer { kind } }";

// ---- the server ----------------------------------------------------------------------------------------------------

/// A process that serves an app. It stops when this goes.
pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    _tasks: JoinSet<()>,
}

impl Server {
    pub(crate) async fn of(app: &App) -> Self {
        Self::with(app, app.routes()).await
    }

    pub(crate) async fn with(app: &App, routes: axum::Router) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("an address");
        let mut tasks = JoinSet::new();
        let routes = routes.into_make_service_with_connect_info::<SocketAddr>();
        tasks.spawn(async move { axum::serve(listener, routes).await.expect("it serves") });
        let (feed, market) = (app.feed.clone(), app.market.clone());
        let from = domain::feed::head(&market).await.expect("the feed has a head");
        tasks.spawn(async move { feed.run(&market, from).await });
        Self { address, _tasks: tasks }
    }

    /// One that somebody else runs.
    pub(crate) fn elsewhere(address: SocketAddr) -> Self {
        Self { address, _tasks: JoinSet::new() }
    }
}

// ---- the client ----------------------------------------------------------------------------------------------------

pub(crate) struct Socket {
    stream: WebSocketStream<MaybeTlsStream<TcpStream>>,
}

/// What a server does on a socket.
#[derive(Debug, PartialEq)]
pub(crate) enum Heard {
    Said(Json),
    Closed(u16),
}

impl Socket {
    /// One that has not said who it is.
    pub(crate) async fn open(server: &Server) -> Self {
        Self::open_for(server, Some(PROTOCOL)).await
    }

    async fn open_for(server: &Server, protocol: Option<&str>) -> Self {
        Self::open_with(server, &[("sec-websocket-protocol", protocol)]).await.expect("a socket")
    }

    /// One that a browser opens for a page of this site.
    pub(crate) async fn open_from(server: &Server, origin: Option<&str>) -> Result<Self, u16> {
        Self::open_with(server, &[("sec-websocket-protocol", Some(PROTOCOL)), ("origin", origin)]).await
    }

    /// One that is asked for with these headers, or the status with which it is refused.
    async fn open_with(server: &Server, headers: &[(&'static str, Option<&str>)]) -> Result<Self, u16> {
        let mut request =
            format!("ws://{}/graphql", server.address).into_client_request().expect("a request");
        for (name, value) in headers {
            if let Some(value) = value {
                request.headers_mut().insert(*name, value.parse().expect("a header"));
            }
        }
        match connect_async(request).await {
            Ok((stream, _)) => Ok(Self { stream }),
            Err(tungstenite::Error::Http(answer)) => Err(answer.status().as_u16()),
            Err(error) => panic!("no socket: {error}"),
        }
    }

    /// One of this client.
    pub(crate) async fn of(server: &Server, client: &Client<'_>) -> Self {
        let mut socket = Self::open(server).await;
        socket.init(&client.token).await;
        assert_eq!(socket.said().await, json!({ "type": "connection_ack" }));
        socket
    }

    pub(crate) async fn init(&mut self, token: &str) {
        let payload = json!({ "Authorization": format!("Bearer {token}") });
        self.say(json!({ "type": "connection_init", "payload": payload })).await;
    }

    async fn send(&mut self, message: Message) {
        self.stream.send(message).await.expect("the message is sent");
    }

    async fn say(&mut self, message: Json) {
        self.send(Message::text(message.to_string())).await;
    }

    pub(crate) async fn hears(&mut self) -> Heard {
        let heard = async {
            loop {
                match self.stream.next().await {
                    Some(Ok(Message::Text(text))) => {
                        return Heard::Said(serde_json::from_str(text.as_str()).expect("JSON"));
                    }
                    Some(Ok(Message::Close(frame))) => {
                        return Heard::Closed(frame.map_or(1005, |frame| frame.code.into()));
                    }
                    Some(Ok(Message::Ping(_) | Message::Pong(_))) => {}
                    other => panic!("not what a server says: {other:?}"),
                }
            }
        };
        timeout(PATIENCE, heard).await.expect("the server says something")
    }

    pub(crate) async fn said(&mut self) -> Json {
        match self.hears().await {
            Heard::Said(message) => message,
            Heard::Closed(code) => panic!("the socket was closed with {code}"),
        }
    }

    /// Insists that nothing was on its way: the answer to a ping comes next.
    async fn is_silent(&mut self) {
        self.say(json!({ "type": "ping", "payload": { "silent": true } })).await;
        assert_eq!(self.said().await, json!({ "type": "pong", "payload": { "silent": true } }));
    }

    pub(crate) async fn subscribe(&mut self, id: &str, document: &str, variables: Json) {
        let payload = json!({ "query": document, "variables": variables });
        self.say(json!({ "id": id, "type": "subscribe", "payload": payload })).await;
    }

    /// Watches subscriptions with the contract's document.
    pub(crate) async fn watch(&mut self, id: &str, variables: Json) {
        self.subscribe(id, &document("Watch"), variables).await;
    }

    /// What is said next, about this operation.
    pub(crate) async fn said_of(&mut self, id: &str) -> Json {
        let message = self.said().await;
        assert_eq!(message["id"], id, "{message:#}");
        message
    }

    /// The data that an operation answers next.
    async fn data(&mut self, id: &str) -> Json {
        let message = self.said_of(id).await;
        assert_eq!(message["type"], "next", "{message:#}");
        assert!(message["payload"]["errors"].is_null(), "{message:#}");
        message["payload"]["data"].clone()
    }

    pub(crate) async fn completed(&mut self, id: &str) {
        assert_eq!(self.said().await, json!({ "id": id, "type": "complete" }));
    }

    /// The event that a watch shows next.
    async fn event(&mut self, id: &str) -> Json {
        self.data(id).await["appSubscriptionEvents"].clone()
    }

    /// The event that a watch shows next, which has to be of this type and this subscription; and its id.
    async fn shows(&mut self, id: &str, kind: &str, of: &Subscription) -> (Json, String) {
        let event = self.event(id).await;
        assert_eq!(event["type"], kind, "{event:#}");
        assert_eq!(event["subscription"]["id"], of.id, "{event:#}");
        (event["subscription"].clone(), event["id"].as_str().expect("an id").to_owned())
    }

    /// The errors with which an operation is answered instead of an event; nothing comes after them.
    async fn errors(&mut self, id: &str) -> Json {
        let message = self.said_of(id).await;
        if message["type"] == "error" {
            return message["payload"].clone();
        }
        assert_eq!(message["type"], "next", "{message:#}");
        assert!(message["payload"]["data"].is_null(), "{message:#}");
        self.completed(id).await;
        message["payload"]["errors"].clone()
    }

    /// Waits until a watch has begun, and has shown everything that happened so far: auto-renewal is switched off and
    /// on until it is seen. Nothing else may happen meanwhile.
    async fn begun(&mut self, id: &str, owner: &Client<'_>, probe: &Subscription) {
        let mut shown = None;
        for _ in 0..100 {
            owner.sets_auto_renew(probe, false).await.done();
            owner.sets_auto_renew(probe, true).await.done();
            if let Ok(event) = timeout(A_MOMENT, self.event(id)).await {
                shown = Some(event);
                break;
            }
        }
        let mut shown = shown.expect("the watch begins");
        let newest = events(owner, probe).await.pop().expect("an event");
        while shown["id"] != newest {
            shown = self.event(id).await;
        }
    }
}

/// The ids of a subscription's events, the oldest first.
async fn events(client: &Client<'_>, of: &Subscription) -> Vec<String> {
    let document = "query($id: ID!, $after: String) { appSubscription(id: $id) {
                      events(first: 100, after: $after) { nodes { id } pageInfo { hasNextPage endCursor } } } }";
    let (mut ids, mut after) = (Vec::new(), Json::Null);
    loop {
        let page = client.asks(document, json!({ "id": of.id, "after": after })).await.done();
        let page = page.at("/appSubscription/events");
        let nodes = page["nodes"].as_array().expect("events");
        ids.extend(nodes.iter().map(|event| event["id"].as_str().expect("an id").to_owned()));
        after = page["pageInfo"]["endCursor"].clone();
        if page["pageInfo"]["hasNextPage"] != true {
            ids.reverse();
            return ids;
        }
    }
}

/// Ada's Vault, bought and nothing more: something to switch while other things are watched.
async fn vault(app: &App) -> Subscription {
    let bought = app.ada().buys_with(VAULT, None, "Contoso Main", json!({})).await;
    bought.done().subscription("purchaseSubscription")
}

/// Finn accepts the Customer Agreement.
async fn agreed(app: &App) {
    let current = app.finn().asks("{ customerAgreement { currentVersion } }", json!({})).await.done();
    let version = current.text("/customerAgreement/currentVersion");
    app.finn().does("AcceptCustomerAgreement", json!({ "version": version })).await.done();
}

/// Finn's Boards, bought and nothing more.
async fn boards_of_fabrikam(app: &App) -> Subscription {
    let bought = app.finn().buys_with(BOARDS_EUROS, Some(3), "Fabrikam Main", json!({})).await;
    bought.done().subscription("purchaseSubscription")
}

// ---- watching ------------------------------------------------------------------------------------------------------

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_watch_shows_a_life_as_it_is_lived(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = App::sandbox(db).await;
    let server = Server::of(&app).await;
    let (ada, vault) = (app.ada(), vault(&app).await);
    let mut socket = Socket::of(&server, &ada).await;
    socket.watch("all", json!({})).await;
    socket.begun("all", &ada, &vault).await;
    let mut seen = Vec::new();

    let boards = ada.buys(BOARDS_MONTHLY, 10).await;
    let (now, id) = socket.shows("all", "PURCHASED", &boards).await;
    assert_eq!((&now["status"], &now["currentPeriod"]), (&json!("PENDING_ACTIVATION"), &Json::Null));
    seen.push(id);

    app.activated(&ada, &boards).await;
    let (now, id) = socket.shows("all", "ACTIVATED", &boards).await;
    assert_eq!((&now["status"], &now["currentPeriod"]["number"]), (&json!("ACTIVE"), &json!(0)));
    seen.push(id);

    ada.changes_quantity(&boards, 12).await.done();
    let (now, id) = socket.shows("all", "LICENSE_QUANTITY_CHANGED", &boards).await;
    assert_eq!(now["licenses"]["purchased"], 12);
    seen.push(id);

    ada.assigns(&boards, &ada.users(2).await).await.done();
    let (now, id) = socket.shows("all", "LICENSES_ASSIGNED", &boards).await;
    assert_eq!((&now["licenses"]["assigned"], &now["licenses"]["available"]), (&json!(2), &json!(10)));
    seen.push(id);

    app.operator().does("AdvanceClock", json!({ "to": "2026-02-28T12:00:00Z" })).await.done();
    // Nobody has activated the other one, which has a week left by then.
    socket.shows("all", "ENDING_SOON", &vault).await;
    let (now, id) = socket.shows("all", "RENEWED", &boards).await;
    assert_eq!((&now["status"], &now["currentPeriod"]["number"]), (&json!("ACTIVE"), &json!(1)));
    seen.push(id);

    ada.cancels(&boards).await.done();
    let (now, id) = socket.shows("all", "DISABLED", &boards).await;
    assert_eq!((&now["status"], &now["disabledReason"]), (&json!("DISABLED"), &json!("CANCELED")));
    assert_eq!(now["licenses"]["assigned"], 0);
    seen.push(id);

    // Whatever came twice or late would come before this.
    ada.sets_auto_renew(&vault, false).await.done();
    socket.shows("all", "AUTO_RENEW_CHANGED", &vault).await;
    assert_eq!(
        seen,
        events(&ada, &boards).await,
        "every event once, in order, under the id that the history has"
    );
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_watch_of_one_subscription_shows_no_other(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = App::on(db).await;
    let server = Server::of(&app).await;
    let (ada, vault, boards) = (app.ada(), vault(&app).await, app.active(BOARDS_MONTHLY).await);
    let mut socket = Socket::of(&server, &ada).await;
    socket.watch("boards", json!({ "subscriptionId": boards.id })).await;
    socket.begun("boards", &ada, &boards).await;
    ada.cancels(&vault).await.done();
    ada.cancels(&boards).await.done();
    socket.shows("boards", "DISABLED", &boards).await;
    socket.is_silent().await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_watch_continues_behind_the_event_that_was_seen_last(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = App::on(db).await;
    let server = Server::of(&app).await;
    let (ada, boards) = (app.ada(), app.active(BOARDS_MONTHLY).await);
    // What was missed was missed while the server ran.
    let mut earlier = Socket::of(&server, &ada).await;
    earlier.watch("earlier", json!({ "subscriptionId": boards.id })).await;
    earlier.begun("earlier", &ada, &boards).await;
    ada.changes_quantity(&boards, 11).await.done();

    let missed = events(&ada, &boards).await;
    let mut socket = Socket::of(&server, &ada).await;
    socket.watch("again", json!({ "subscriptionId": boards.id, "after": missed[0] })).await;
    let mut seen = vec![missed[0].clone()];
    while seen.len() < missed.len() {
        let event = socket.event("again").await;
        assert_eq!(event["subscription"]["licenses"]["purchased"], 11, "as it is now, not as it was then");
        seen.push(event["id"].as_str().expect("an id").to_owned());
    }
    assert_eq!(seen, missed);

    ada.changes_quantity(&boards, 12).await.done();
    let (_, id) = socket.shows("again", "LICENSE_QUANTITY_CHANGED", &boards).await;
    seen.push(id);
    ada.cancels(&boards).await.done();
    let (_, id) = socket.shows("again", "DISABLED", &boards).await;
    seen.push(id);
    socket.is_silent().await;
    assert_eq!(seen, events(&ada, &boards).await, "no gap and no repetition");
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_left_out_where_the_past_meets_the_present(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    const CHANGES: usize = 30;
    let app = App::on(db).await;
    let server = Server::of(&app).await;
    let (ada, boards) = (app.ada(), app.active(BOARDS_MONTHLY).await);
    let mut earlier = Socket::of(&server, &ada).await;
    earlier.watch("earlier", json!({ "subscriptionId": boards.id })).await;
    earlier.begun("earlier", &ada, &boards).await;
    let before = events(&ada, &boards).await;

    // The watch begins in the middle of it.
    let change = async {
        for turn in 0..CHANGES {
            ada.sets_auto_renew(&boards, turn % 2 == 1).await.done();
        }
    };
    let watch = async {
        let mut socket = Socket::of(&server, &ada).await;
        socket.watch("again", json!({ "after": before[0] })).await;
        let mut seen = vec![before[0].clone()];
        while seen.len() < before.len() + CHANGES {
            let event = socket.event("again").await;
            seen.push(event["id"].as_str().expect("an id").to_owned());
        }
        socket.is_silent().await;
        seen
    };
    let ((), seen) = tokio::join!(change, watch);
    assert_eq!(seen, events(&ada, &boards).await);
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn other_organizations_see_nothing_of_it(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = App::on(db).await;
    let server = Server::of(&app).await;
    let boards = app.active(BOARDS_MONTHLY).await;
    agreed(&app).await;
    let (ada, finn, own) = (app.ada(), app.finn(), boards_of_fabrikam(&app).await);
    let mut socket = Socket::of(&server, &finn).await;
    socket.watch("all", json!({})).await;
    socket.begun("all", &finn, &own).await;
    ada.changes_quantity(&boards, 12).await.done();
    ada.cancels(&boards).await.done();
    // It happened after that, so it would be shown after that.
    finn.sets_auto_renew(&own, false).await.done();
    socket.shows("all", "AUTO_RENEW_CHANGED", &own).await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn to_watch_what_is_anothers_is_to_watch_what_does_not_exist(
    #[values(Db::Sqlite, Db::Postgres)] db: Db,
) {
    let app = App::on(db).await;
    let server = Server::of(&app).await;
    let boards = app.active(BOARDS_MONTHLY).await;
    let event = events(&app.ada(), &boards).await.remove(0);
    let nothing = uuid::Uuid::from_u128(42).simple().to_string();
    let no_subscription = URL_SAFE_NO_PAD.encode(format!("sub:{nothing}"));
    let no_event = URL_SAFE_NO_PAD.encode(format!("evt:{nothing}:1"));
    let mut socket = Socket::of(&server, &app.finn()).await;
    for (argument, anothers, missing) in
        [("subscriptionId", &boards.id, &no_subscription), ("after", &event, &no_event)]
    {
        let mut answers = Vec::new();
        for id in [anothers, missing, &"nonsense".to_owned()] {
            socket.watch("watch", json!({ argument: id })).await;
            let errors = socket.errors("watch").await;
            assert_eq!(errors[0]["extensions"]["code"], "NOT_FOUND", "{argument}: {errors:#}");
            answers.push(errors);
        }
        assert_eq!(answers[0], answers[1], "{argument}");
        assert_eq!(answers[0], answers[2], "{argument}");
    }
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_publisher_sees_what_it_sold_and_no_more(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = App::on(db).await;
    let server = Server::of(&app).await;
    agreed(&app).await;
    let (ada, finn) = (app.ada(), app.finn());
    let vault = vault(&app).await;
    let sign = finn.buys_with(SIGN, None, "Fabrikam Main", json!({})).await.done();
    let sign = sign.subscription("purchaseSubscription");
    let mut northwind = Socket::of(&server, &app.northwind()).await;
    northwind.watch("sold", json!({})).await;
    northwind.begun("sold", &ada, &vault).await;
    let mut litware = Socket::of(&server, &app.litware()).await;
    litware.watch("sold", json!({})).await;
    litware.begun("sold", &finn, &sign).await;

    let boards = ada.buys(BOARDS_MONTHLY, 10).await;
    finn.sets_auto_renew(&sign, false).await.done();
    ada.cancels(&boards).await.done();
    finn.cancels(&sign).await.done();

    // Northwind has not seen the switching of Sign, nor Litware the purchase of Boards.
    let (shown, _) = northwind.shows("sold", "PURCHASED", &boards).await;
    assert_eq!(
        (&shown["billingProfile"], &shown["unitPrice"]),
        (&Json::Null, &Json::Null),
        "whose money it is"
    );
    northwind.shows("sold", "DISABLED", &boards).await;
    northwind.is_silent().await;
    litware.shows("sold", "AUTO_RENEW_CHANGED", &sign).await;
    litware.shows("sold", "DISABLED", &sign).await;
    litware.is_silent().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_another_process_does_arrives_within_two_seconds() {
    let app = App::on(Db::Postgres).await;
    let other = app.replica().await;
    let server = Server::of(&app).await;
    let (ada, boards) = (app.ada(), app.active(BOARDS_MONTHLY).await);
    let mut socket = Socket::of(&server, &ada).await;
    socket.watch("all", json!({})).await;
    socket.begun("all", &ada, &boards).await;
    let head = feed::head(&app.market).await.expect("the end of the feed");
    other.ada().changes_quantity(&boards, 12).await.done();
    // Older transactions of other tests on the same server keep the feed back; that is not what is measured here.
    let readable = async { while feed::behind(&app.market, head).await.expect("the feed").is_empty() {} };
    timeout(PATIENCE, readable).await.expect("the event can be read");
    let shown =
        timeout(Duration::from_secs(2), socket.shows("all", "LICENSE_QUANTITY_CHANGED", &boards)).await;
    let (now, _) = shown.expect("it arrives within two seconds");
    assert_eq!(now["licenses"]["purchased"], 12);
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_watch_that_was_completed_shows_nothing_more(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = App::on(db).await;
    let server = Server::of(&app).await;
    let (ada, boards) = (app.ada(), app.active(BOARDS_MONTHLY).await);
    let mut socket = Socket::of(&server, &ada).await;
    socket.watch("first", json!({})).await;
    socket.begun("first", &ada, &boards).await;
    socket.say(json!({ "id": "first", "type": "complete" })).await;
    // What is said after this was said after the server had read the message before it.
    socket.is_silent().await;
    socket.watch("second", json!({})).await;
    socket.begun("second", &ada, &boards).await;
    for quantity in 11..14 {
        ada.changes_quantity(&boards, quantity).await.done();
        socket.shows("second", "LICENSE_QUANTITY_CHANGED", &boards).await;
    }
    // The name is free again.
    socket.subscribe("first", WHO, json!({})).await;
    assert_eq!(socket.data("first").await["viewer"]["kind"], "MEMBER");
    socket.completed("first").await;
}

// ---- asking --------------------------------------------------------------------------------------------------------

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn queries_and_mutations_work_on_a_socket(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = App::on(db).await;
    let server = Server::of(&app).await;
    let boards = app.active(BOARDS_MONTHLY).await;
    let mut socket = Socket::of(&server, &app.ada()).await;
    socket.subscribe("query", &document("Viewer"), json!({})).await;
    assert_eq!(socket.data("query").await["viewer"]["user"]["name"], "Ada");
    socket.completed("query").await;
    let input = json!({ "input": { "subscriptionId": boards.id, "autoRenew": false } });
    socket.subscribe("mutation", &document("SetAutoRenew"), input).await;
    assert_eq!(socket.data("mutation").await["setAutoRenew"]["subscription"]["autoRenew"], false);
    socket.completed("mutation").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_invalid_document_is_answered_with_an_error_and_nothing_after_it() {
    let app = App::on(Db::Sqlite).await;
    let server = Server::of(&app).await;
    let mut socket = Socket::of(&server, &app.ada()).await;
    for document in ["subscription { nonsense }", "subscription {", "{ viewer { nonsense } }", ""] {
        socket.subscribe("wrong", document, json!({})).await;
        let message = socket.said_of("wrong").await;
        assert_eq!(message["type"], "error", "{document}: {message:#}");
        assert_eq!(message["payload"][0]["extensions"]["code"], "BAD_USER_INPUT", "{document}: {message:#}");
        socket.is_silent().await;
    }
    // The socket is as good as before, and so is the name.
    socket.subscribe("wrong", WHO, json!({})).await;
    assert_eq!(socket.data("wrong").await["viewer"]["kind"], "MEMBER");
    socket.completed("wrong").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ping_is_answered_before_and_after_the_beginning() {
    let app = App::on(Db::Sqlite).await;
    let server = Server::of(&app).await;
    let mut socket = Socket::open(&server).await;
    socket.say(json!({ "type": "ping" })).await;
    assert_eq!(socket.said().await, json!({ "type": "pong" }));
    socket.init(&app.ada().token).await;
    assert_eq!(socket.said().await, json!({ "type": "connection_ack" }));
    socket.say(json!({ "type": "pong" })).await;
    socket.is_silent().await;
}

// ---- closing -------------------------------------------------------------------------------------------------------

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_message_of_the_protocol_closes_with_4400() {
    let app = App::on(Db::Sqlite).await;
    let server = Server::of(&app).await;
    let ada = app.ada();
    let wrong = [
        Message::text("nonsense"),
        Message::text("{"),
        Message::text("[]"),
        Message::text(json!({}).to_string()),
        Message::text(json!({ "type": "hello" }).to_string()),
        Message::text(json!({ "type": "subscribe", "id": "no-payload" }).to_string()),
        Message::text(json!({ "type": "subscribe", "payload": { "query": WHO } }).to_string()),
        Message::text(json!({ "type": "complete" }).to_string()),
        // PostgreSQL cannot store this character.
        Message::text(json!({ "type": "ping", "payload": { "text": "\u{0}" } }).to_string()),
        Message::binary(json!({ "type": "ping" }).to_string().into_bytes()),
    ];
    for message in wrong {
        let mut socket = Socket::of(&server, &ada).await;
        socket.send(message.clone()).await;
        assert_eq!(socket.hears().await, Heard::Closed(4400), "{message}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn to_subscribe_before_saying_who_one_is_closes_with_4401() {
    let app = App::on(Db::Sqlite).await;
    let server = Server::of(&app).await;
    let mut socket = Socket::open(&server).await;
    socket.subscribe("early", WHO, json!({})).await;
    assert_eq!(socket.hears().await, Heard::Closed(4401));
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_lets_nobody_in_closes_with_4403(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = App::on(db).await;
    let server = Server::of(&app).await;
    let good = app.ada().token;
    let nobody = app.client("email:nobody@contoso.example").token;
    for payload in [
        Json::Null,
        json!({}),
        json!({ "Authorization": null }),
        json!({ "Authorization": "Bearer garbage" }),
        json!({ "Authorization": good }),
        json!({ "Authorization": format!("Basic {good}") }),
        json!({ "Authorization": format!("Bearer {nobody}") }),
        json!({ "headers": { "Authorization": format!("Bearer {good}") } }),
    ] {
        let mut socket = Socket::open(&server).await;
        socket.say(json!({ "type": "connection_init", "payload": payload })).await;
        assert_eq!(socket.hears().await, Heard::Closed(4403), "{payload}");
    }
    let mut socket = Socket::open(&server).await;
    socket.say(json!({ "type": "connection_init" })).await;
    assert_eq!(socket.hears().await, Heard::Closed(4403), "no payload");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_expired_token_opens_no_socket_and_keeps_none_open() {
    let app = App::on(Db::Sqlite).await;
    let server = Server::of(&app).await;
    let ada = app.ada();
    let mut open = Socket::of(&server, &ada).await;
    app.at("2026-01-31T17:00:01Z");
    // Time stands still for the server too; a message makes it look at the clock.
    open.say(json!({ "type": "ping" })).await;
    assert_eq!(open.said().await, json!({ "type": "pong" }));
    assert_eq!(open.hears().await, Heard::Closed(4403));
    let mut late = Socket::open(&server).await;
    late.init(&ada.token).await;
    assert_eq!(late.hears().await, Heard::Closed(4403));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_socket_without_the_protocol_closes_with_4406() {
    let app = App::on(Db::Sqlite).await;
    let server = Server::of(&app).await;
    let mut socket = Socket::open_for(&server, None).await;
    assert_eq!(socket.hears().await, Heard::Closed(4406));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_that_is_taken_closes_with_4409() {
    let app = App::on(Db::Sqlite).await;
    let server = Server::of(&app).await;
    let mut socket = Socket::of(&server, &app.ada()).await;
    socket.watch("taken", json!({})).await;
    socket.watch("taken", json!({})).await;
    assert_eq!(socket.hears().await, Heard::Closed(4409));
}

#[tokio::test(flavor = "multi_thread")]
async fn to_say_twice_who_one_is_closes_with_4429() {
    let app = App::on(Db::Sqlite).await;
    let server = Server::of(&app).await;
    let mut socket = Socket::of(&server, &app.ada()).await;
    socket.init(&app.ada().token).await;
    assert_eq!(socket.hears().await, Heard::Closed(4429));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_stops_closes_with_1001() {
    let app = App::on(Db::Sqlite).await;
    let stopping = CancellationToken::new();
    let api = api::Api {
        market: app.market.clone(),
        feed: app.feed.clone(),
        issuer: domain::identity::Issuer::Local(SecretString::from(SECRET)),
        stopping: stopping.clone(),
        sockets: TaskTracker::new(),
        exposure: api::Exposure::default(),
    };
    let server = Server::with(&app, api::router(api)).await;
    let mut silent = Socket::open(&server).await;
    let mut idle = Socket::of(&server, &app.ada()).await;
    let mut watching = Socket::of(&server, &app.ada()).await;
    watching.watch("all", json!({})).await;
    watching.is_silent().await;
    stopping.cancel();
    for socket in [&mut silent, &mut idle, &mut watching] {
        assert_eq!(socket.hears().await, Heard::Closed(1001));
    }
}
