//! A stand-in for an OpenID Connect provider on this machine: it is discovered, publishes keys, which can be
//! changed, fails on demand, and remembers how often it was asked.

use super::keys::Key;
use crate::harness::{BEGINNING, instant};
use axum::{
    Router,
    extract::State,
    http::{HeaderValue, StatusCode, Uri, header},
    response::{IntoResponse, Redirect, Response},
};
use domain::identity::Oidc;
use serde_json::{Value as Json, json};
use std::{
    sync::{Arc, Mutex, MutexGuard},
    time::Duration,
};
use tokio::{net::TcpListener, task::JoinHandle, time::sleep};

/// For whom its tokens are.
pub(super) const AUDIENCE: &str = "https://api.tenure.example";

/// How long it takes for an answer when it is slow.
const SLOW: Duration = Duration::from_millis(300);

/// More than is read of an answer, in bytes.
const TOO_LONG: usize = 2 * 1024 * 1024;

/// How it answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mood {
    /// As it should.
    Well,
    /// That it is not available.
    Failing,
    /// With a page for people.
    Garbled,
    /// That it has moved.
    Moved,
    /// At great length.
    Wordy,
    /// As it should, in a while.
    Slow,
    /// Not at all.
    Silent,
}

/// The stand-in. It goes with the test.
pub(super) struct Provider {
    pub(super) issuer: String,
    memory: Arc<Mutex<Memory>>,
    serving: JoinHandle<()>,
}

struct Memory {
    discovery: Json,
    keys: Vec<Json>,
    mood: Mood,
    discovered: usize,
    loaded: usize,
}

impl Drop for Provider {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

impl Provider {
    /// One that publishes these keys.
    pub(super) async fn start(keys: &[Key]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let issuer = format!("http://{}", listener.local_addr().expect("an address"));
        let memory = Arc::new(Mutex::new(Memory {
            discovery: json!({ "issuer": issuer, "jwks_uri": format!("{issuer}/keys") }),
            keys: keys.iter().map(Key::published).collect(),
            mood: Mood::Well,
            discovered: 0,
            loaded: 0,
        }));
        let routes = Router::new().fallback(answer).with_state(memory.clone());
        let serving = tokio::spawn(async move { axum::serve(listener, routes).await.expect("it serves") });
        Self { issuer, memory, serving }
    }

    /// From now on it publishes these keys and no others.
    pub(super) fn publishes(&self, keys: impl IntoIterator<Item = Json>) {
        self.memory().keys = keys.into_iter().collect();
    }

    /// From now on it answers like this.
    pub(super) fn is(&self, mood: Mood) {
        self.memory().mood = mood;
    }

    /// From now on it says that it is somebody else.
    pub(super) fn calls_itself(&self, issuer: &str) {
        self.memory().discovery["issuer"] = issuer.into();
    }

    /// From now on nobody listens there.
    pub(super) async fn stops(&mut self) {
        self.serving.abort();
        let stopped = (&mut self.serving).await;
        assert!(stopped.is_err(), "it served until now");
    }

    /// How often it was asked where its keys are, and how often for the keys.
    pub(super) fn asked(&self) -> (usize, usize) {
        let memory = self.memory();
        (memory.discovered, memory.loaded)
    }

    /// What Tenure knows of it.
    pub(super) fn oidc(&self) -> Arc<Oidc> {
        Arc::new(Oidc::new(&self.issuer, AUDIENCE).expect("a provider"))
    }

    /// What stands in a token of Ada's, good for an hour, but for this. What is null there is left out.
    pub(super) fn claims(&self, but: Json) -> Json {
        let now = instant(BEGINNING).timestamp();
        let mut claims = json!({
            "iss": self.issuer, "aud": AUDIENCE, "sub": "ada-there", "iat": now, "exp": now + 3600,
            "email": "ada@contoso.example", "email_verified": true,
        });
        for (name, value) in but.as_object().into_iter().flatten() {
            claims[name] = value.clone();
        }
        claims.as_object_mut().expect("claims").retain(|_, value| !value.is_null());
        claims
    }

    /// Such a token.
    pub(super) fn token(&self, key: &Key, but: Json) -> String {
        key.signs(&key.header(), &self.claims(but))
    }

    fn memory(&self) -> MutexGuard<'_, Memory> {
        self.memory.lock().expect("no request panicked")
    }
}

async fn answer(State(memory): State<Arc<Mutex<Memory>>>, uri: Uri) -> Response {
    let (mood, body) = {
        let mut memory = memory.lock().expect("no request panicked");
        let body = match uri.path() {
            "/.well-known/openid-configuration" => {
                memory.discovered += 1;
                memory.discovery.to_string()
            }
            "/keys" => {
                memory.loaded += 1;
                json!({ "keys": memory.keys }).to_string()
            }
            _ => return StatusCode::NOT_FOUND.into_response(),
        };
        (memory.mood, body)
    };
    let mut response = match mood {
        Mood::Well => body.into_response(),
        Mood::Failing => (StatusCode::SERVICE_UNAVAILABLE, body).into_response(),
        Mood::Garbled => "<html><body>Welcome</body></html>".into_response(),
        Mood::Moved => Redirect::temporary(&format!("{uri}?again")).into_response(),
        Mood::Wordy => (" ".repeat(TOO_LONG) + &body).into_response(),
        Mood::Slow => {
            sleep(SLOW).await;
            body.into_response()
        }
        Mood::Silent => std::future::pending().await,
    };
    // No connection is left over for the next question: what is asked then is asked anew.
    response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
    response
}
