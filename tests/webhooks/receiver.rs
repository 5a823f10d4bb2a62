//! A receiver on this machine: it answers as it was told, and remembers what it got.

use axum::{
    Router,
    body::{Body, Bytes},
    extract::State,
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};
use base64::{Engine, engine::general_purpose::STANDARD};
use hmac::{Hmac, Mac};
use serde_json::Value as Json;
use sha2::Sha256;
use std::{
    collections::VecDeque,
    sync::{Arc, Mutex},
};
use tokio::{
    net::TcpListener,
    sync::{Notify, Semaphore},
    task::JoinHandle,
};

/// How a request is answered.
#[derive(Debug, Clone)]
pub(super) enum Reply {
    /// With this status and nothing else.
    Status(u16),
    /// With this status and text.
    Text(u16, String),
    /// With this status, and the time after which to come again.
    Later(u16, &'static str),
    /// With a redirect.
    Elsewhere(String),
    /// With a beginning, and no end.
    Endless(u16),
    /// Not before it is let go.
    Held(u16),
}

/// A message as it came.
#[derive(Debug, Clone)]
pub(super) struct Message {
    pub(super) path: String,
    pub(super) headers: HeaderMap,
    pub(super) body: String,
}

impl Message {
    pub(super) fn header(&self, name: &str) -> &str {
        self.headers.get(name).unwrap_or_else(|| panic!("no {name}")).to_str().expect("text")
    }

    pub(super) fn id(&self) -> &str {
        self.header("webhook-id")
    }

    pub(super) fn json(&self) -> Json {
        serde_json::from_str(&self.body).expect("JSON")
    }

    pub(super) fn kind(&self) -> String {
        self.json()["type"].as_str().expect("a type").to_owned()
    }

    /// Whether one of the signatures is by this secret: by the letter of the specification.
    pub(super) fn is_signed_by(&self, secret: &str) -> bool {
        let key = STANDARD.decode(secret.strip_prefix("whsec_").expect("a secret")).expect("base64");
        let mut mac = Hmac::<Sha256>::new_from_slice(&key).expect("a key");
        mac.update(format!("{}.{}.{}", self.id(), self.header("webhook-timestamp"), self.body).as_bytes());
        let expected = format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes()));
        self.header("webhook-signature").split(' ').any(|signature| signature == expected)
    }
}

struct Inside {
    default: Mutex<Reply>,
    script: Mutex<VecDeque<Reply>>,
    got: Mutex<Vec<Message>>,
    came: Notify,
    gate: Semaphore,
}

/// A receiver.
pub(super) struct Receiver {
    address: String,
    inside: Arc<Inside>,
    serving: JoinHandle<()>,
}

impl Receiver {
    /// One that takes everything.
    pub(super) async fn start() -> Self {
        let inside = Arc::new(Inside {
            default: Mutex::new(Reply::Status(200)),
            script: Mutex::default(),
            got: Mutex::default(),
            came: Notify::new(),
            gate: Semaphore::new(0),
        });
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = format!("http://{}", listener.local_addr().expect("an address"));
        let routes = Router::new().fallback(take).with_state(inside.clone());
        let serving = tokio::spawn(async move { axum::serve(listener, routes).await.expect("it serves") });
        Self { address, inside, serving }
    }

    /// One that always answers so.
    pub(super) async fn answering(reply: Reply) -> Self {
        let receiver = Self::start().await;
        receiver.answers(reply);
        receiver
    }

    pub(super) fn url(&self) -> String {
        format!("{}/hooks", self.address)
    }

    /// From now on, when nothing else was said for a request.
    pub(super) fn answers(&self, reply: Reply) {
        *self.inside.default.lock().unwrap() = reply;
    }

    /// The next requests, one each.
    pub(super) fn answers_next(&self, replies: impl IntoIterator<Item = Reply>) {
        self.inside.script.lock().unwrap().extend(replies);
    }

    /// Lets go of so many that are held, now or later.
    pub(super) fn lets_go(&self, count: usize) {
        self.inside.gate.add_permits(count);
    }

    /// What came, the oldest first.
    pub(super) fn got(&self) -> Vec<Message> {
        self.inside.got.lock().unwrap().clone()
    }

    /// The only message that came.
    #[track_caller]
    pub(super) fn got_one(&self) -> Message {
        let got = self.got();
        assert_eq!(got.len(), 1, "{got:#?}");
        got.into_iter().next().unwrap()
    }

    /// The types of what came, sorted.
    pub(super) fn kinds(&self) -> Vec<String> {
        let mut kinds: Vec<_> = self.got().iter().map(Message::kind).collect();
        kinds.sort();
        kinds
    }

    /// Waits until so many have come.
    pub(super) async fn until(&self, count: usize) {
        loop {
            let came = self.inside.came.notified();
            if self.got().len() >= count {
                return;
            }
            came.await;
        }
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

async fn take(
    State(inside): State<Arc<Inside>>,
    uri: axum::http::Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let body = String::from_utf8(body.to_vec()).expect("text");
    inside.got.lock().unwrap().push(Message { path: uri.path().to_owned(), headers, body });
    inside.came.notify_waiters();
    let scripted = inside.script.lock().unwrap().pop_front();
    let reply = scripted.unwrap_or_else(|| inside.default.lock().unwrap().clone());
    let status = |code: u16| StatusCode::from_u16(code).expect("a status");
    match reply {
        Reply::Status(code) => status(code).into_response(),
        Reply::Text(code, text) => (status(code), text).into_response(),
        Reply::Later(code, after) => (status(code), [(header::RETRY_AFTER, after)]).into_response(),
        Reply::Elsewhere(url) => (StatusCode::TEMPORARY_REDIRECT, [(header::LOCATION, url)]).into_response(),
        Reply::Endless(code) => {
            let chunks =
                futures::stream::repeat_with(|| Ok::<_, std::io::Error>(Bytes::from(vec![b'x'; 1024])));
            (status(code), Body::from_stream(chunks)).into_response()
        }
        Reply::Held(code) => {
            inside.gate.acquire().await.expect("a gate").forget();
            status(code).into_response()
        }
    }
}
