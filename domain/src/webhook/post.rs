//! Sending over HTTPS, to the public internet alone.
//!
//! Where a name leads is looked at when it is resolved for the connection, and the connection goes there and nowhere else: a
//! name that leads elsewhere a moment later gains nothing. Addresses that stand in the URL itself are looked at before.
//! There are no redirects, no proxies, and nothing is decompressed.

use super::address::{Refused, destination, is_allowed};
use crate::{Error, Result, settings::WebhookSettings};
use futures::future::BoxFuture;
use reqwest::{
    Client, StatusCode,
    dns::{Addrs, Name, Resolve, Resolving},
    header::{CONTENT_TYPE, RETRY_AFTER},
    redirect::Policy,
};
use std::{
    fmt, io,
    net::{IpAddr, SocketAddr},
    sync::Arc,
    time::Duration,
};

/// How much of an answer is read, in bytes.
const READ: usize = 16 * 1024;

/// How much of it is kept, in characters.
const KEPT: usize = 1_000;

/// How long a connection waits for the next message to the same endpoint.
const IDLE: Duration = Duration::from_secs(5);

/// How messages are called.
const TYPE: &str = "application/cloudevents+json; charset=utf-8";

/// Who sends them.
const AGENT: &str = concat!("Tenure-Webhooks/", env!("CARGO_PKG_VERSION"));

/// Looks names up.
pub trait Names: Send + Sync + 'static {
    /// The addresses that a name has at this moment.
    fn look_up(&self, name: &str) -> BoxFuture<'static, io::Result<Vec<IpAddr>>>;
}

/// As the system looks them up.
struct SystemNames;

impl Names for SystemNames {
    fn look_up(&self, name: &str) -> BoxFuture<'static, io::Result<Vec<IpAddr>>> {
        let name = name.to_owned();
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            Ok(found.map(|address| address.ip()).collect())
        })
    }
}

/// Lets nothing through that does not belong to the public internet.
struct Guarded {
    names: Arc<dyn Names>,
    allow_loopback: bool,
}

impl Resolve for Guarded {
    fn resolve(&self, name: Name) -> Resolving {
        let (found, allow_loopback) = (self.names.look_up(name.as_str()), self.allow_loopback);
        Box::pin(async move {
            let mut addresses = found.await?;
            addresses.retain(|address| is_allowed(*address, allow_loopback));
            if addresses.is_empty() {
                return Err(Refused::NotPublic.into());
            }
            let addresses: Addrs = Box::new(addresses.into_iter().map(|address| SocketAddr::new(address, 0)));
            Ok(addresses)
        })
    }
}

/// What is sent.
pub(super) struct Letter<'a> {
    pub(super) url: &'a str,
    pub(super) id: &'a str,
    pub(super) timestamp: i64,
    pub(super) signature: &'a str,
    pub(super) body: &'a str,
}

/// What came back.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Answer {
    /// The HTTP status.
    pub(super) status: Option<u16>,
    /// What went wrong, in words that tell nothing of the network inside.
    pub(super) error: Option<String>,
    /// The beginning of what was answered.
    pub(super) response: Option<String>,
    /// How long to wait, as it says.
    pub(super) retry_after: Option<String>,
}

impl Answer {
    /// Whether the endpoint took the message.
    pub(super) fn took_it(&self) -> bool {
        self.status.is_some_and(|status| (200..300).contains(&status))
    }

    fn failed(error: impl ToString) -> Self {
        Self { error: Some(error.to_string()), ..Self::default() }
    }
}

/// Sends messages. One is enough for a process.
#[derive(Clone)]
pub struct Post {
    client: Client,
    allow_loopback: bool,
    patience: Duration,
}

impl fmt::Debug for Post {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Post").field("allow_loopback", &self.allow_loopback).finish_non_exhaustive()
    }
}

impl Post {
    /// With the names of the system.
    ///
    /// # Errors
    /// When there is no TLS on this machine.
    pub fn new(settings: &WebhookSettings) -> Result<Self> {
        Self::with_names(settings, Arc::new(SystemNames))
    }

    /// With names of one's own.
    ///
    /// # Errors
    /// When there is no TLS on this machine.
    pub fn with_names(settings: &WebhookSettings, names: Arc<dyn Names>) -> Result<Self> {
        let WebhookSettings { allow_loopback, patience, at_once: _ } = *settings;
        let client = Client::builder()
            .dns_resolver(Arc::new(Guarded { names, allow_loopback }))
            .redirect(Policy::none())
            .no_proxy()
            .referer(false)
            .timeout(patience)
            .pool_idle_timeout(IDLE)
            .user_agent(AGENT)
            .build()
            .map_err(Error::internal)?;
        Ok(Self { client, allow_loopback, patience })
    }

    /// Sends one message, and reads what is answered.
    pub(super) async fn send(&self, letter: Letter<'_>) -> Answer {
        // Once more: the setting may have been another when it was registered.
        let url = match destination(letter.url, self.allow_loopback) {
            Ok(url) => url,
            Err(refused) => return Answer::failed(refused),
        };
        let request = self
            .client
            .post(url)
            .header(CONTENT_TYPE, TYPE)
            .header(standardwebhooks::HEADER_WEBHOOK_ID, letter.id)
            .header(standardwebhooks::HEADER_WEBHOOK_TIMESTAMP, letter.timestamp)
            .header(standardwebhooks::HEADER_WEBHOOK_SIGNATURE, letter.signature)
            .body(letter.body.to_owned());
        let mut response = match request.send().await {
            Ok(response) => response,
            Err(error) => return Answer::failed(self.words(&error)),
        };
        let status = response.status();
        let asks = matches!(status, StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE);
        let retry_after = response.headers().get(RETRY_AFTER).filter(|_| asks);
        let retry_after = retry_after.and_then(|value| Some(value.to_str().ok()?.to_owned()));
        let mut read = Vec::new();
        let error = loop {
            match response.chunk().await {
                Ok(Some(chunk)) => {
                    read.extend_from_slice(&chunk[..chunk.len().min(READ - read.len())]);
                    if read.len() == READ {
                        break None;
                    }
                }
                Ok(None) => break None,
                Err(error) => break Some(self.words(&error)),
            }
        };
        let response = (!read.is_empty()).then(|| kept(&read));
        Answer { status: Some(status.as_u16()), error, response, retry_after }
    }

    fn words(&self, error: &reqwest::Error) -> String {
        let mut source = std::error::Error::source(error);
        while let Some(cause) = source {
            if let Some(refused) = cause.downcast_ref::<Refused>() {
                return refused.to_string();
            }
            source = cause.source();
        }
        if error.is_timeout() {
            format!("no whole answer within {} s", self.patience.as_secs_f32())
        } else if error.is_connect() {
            "cannot connect".into()
        } else if error.is_body() || error.is_decode() {
            "the answer was cut off".into()
        } else {
            "no answer".into()
        }
    }
}

/// The beginning of an answer, as text that every database keeps.
fn kept(read: &[u8]) -> String {
    String::from_utf8_lossy(read).chars().take(KEPT).map(|c| if c == '\0' { '\u{fffd}' } else { c }).collect()
}
