//! Tokens of an OpenID Connect provider: found by discovery, verified with its published keys.
//!
//! Only algorithms with public keys are accepted, and only the one that the key is for. The keys are loaded when a token
//! names one that is not known, at most every ten seconds, so that a rotation needs no restart; while the provider is
//! down the last ones stay good.

use super::{InvalidToken, Person, Unverified};
use crate::{Error, Result};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::{DateTime, TimeDelta, Utc};
use jsonwebtoken::{
    Algorithm, DecodingKey, Validation, decode, decode_header,
    jwk::{AlgorithmParameters, Jwk, JwkSet, KeyAlgorithm, PublicKeyUse},
};
use reqwest::{Client, redirect::Policy};
use serde::Deserialize;
use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

/// The algorithms that are accepted.
const ALGORITHMS: [Algorithm; 3] = [Algorithm::RS256, Algorithm::ES256, Algorithm::EdDSA];

/// How far clocks may be apart.
const LEEWAY: TimeDelta = TimeDelta::seconds(30);

/// How often the keys are loaded at most.
const RELOAD: TimeDelta = TimeDelta::seconds(10);

/// After how long the keys are loaded again although every token was known: one may have been withdrawn.
const STALE: TimeDelta = TimeDelta::seconds(600);

/// How long the provider may take to answer.
const PATIENCE: Duration = Duration::from_secs(5);

/// How long somebody with a known key waits for newer ones.
const BRIEFLY: Duration = Duration::from_secs(1);

/// The largest answer that is read, in bytes.
const LARGEST: usize = 1024 * 1024;

/// An OpenID Connect provider.
#[derive(Debug)]
pub struct Oidc {
    issuer: String,
    audience: String,
    client: Client,
    keys: Mutex<Keys>,
    /// Held by whoever loads the keys; who has a known key does not wait for it.
    loading: tokio::sync::Mutex<()>,
}

#[derive(Debug, Default)]
struct Keys {
    known: Vec<Jwk>,
    loaded_at: Option<DateTime<Utc>>,
    tried_at: Option<DateTime<Utc>>,
}

#[derive(Deserialize)]
struct Discovered {
    issuer: String,
    jwks_uri: String,
}

#[derive(Deserialize)]
struct Claims {
    iss: String,
    sub: String,
    exp: i64,
    #[serde(default)]
    nbf: Option<i64>,
    #[serde(default)]
    email: Option<String>,
    #[serde(default)]
    email_verified: Option<Flag>,
}

/// Some providers write truth as text.
#[derive(Deserialize)]
#[serde(untagged)]
enum Flag {
    Truth(bool),
    Text(String),
}

impl Oidc {
    /// The provider at this address, whose tokens are for this audience.
    ///
    /// # Errors
    /// When the machine's TLS cannot be set up.
    pub fn new(issuer: &str, audience: &str) -> Result<Self> {
        let client = Client::builder().timeout(PATIENCE).redirect(Policy::none()).build();
        Ok(Self {
            issuer: issuer.to_owned(),
            audience: audience.to_owned(),
            client: client.map_err(Error::internal)?,
            keys: Mutex::default(),
            loading: tokio::sync::Mutex::default(),
        })
    }

    /// Whom the token names, and until when.
    ///
    /// # Errors
    /// When it is not valid; when its key is not known and the provider cannot be reached.
    pub async fn verify(
        self: &Arc<Self>,
        token: &str,
        now: DateTime<Utc>,
    ) -> Result<(Person, DateTime<Utc>), Unverified> {
        let header = decode_header(token).map_err(|_| InvalidToken)?;
        // What has to be understood and is not: RFC 7515, 4.1.11.
        if !ALGORITHMS.contains(&header.alg) || header.crit.is_some() {
            return Err(InvalidToken.into());
        }
        let key = self.key(header.kid.as_deref(), header.alg, now).await?;
        let mut validation = Validation::new(header.alg);
        validation.set_audience(&[&self.audience]);
        validation.set_issuer(&[&self.issuer]);
        validation.set_required_spec_claims(&["iss", "aud", "exp", "sub"]);
        // The library would compare with the machine's clock; ours is compared below.
        validation.validate_exp = false;
        validation.validate_nbf = false;
        let key = DecodingKey::from_jwk(&key).map_err(|_| InvalidToken)?;
        let claims = decode::<Claims>(token, &key, &validation).map_err(|_| InvalidToken)?.claims;
        let instant = |seconds: i64| DateTime::from_timestamp(seconds, 0).ok_or(InvalidToken);
        let expires_at = instant(claims.exp)?.checked_add_signed(LEEWAY).ok_or(InvalidToken)?;
        if expires_at <= now {
            return Err(InvalidToken.into());
        }
        if let Some(from) = claims.nbf
            && instant(from)? > now + LEEWAY
        {
            return Err(InvalidToken.into());
        }
        let verified = match claims.email_verified {
            Some(Flag::Truth(truth)) => truth,
            Some(Flag::Text(text)) => text == "true",
            None => false,
        };
        let verified_email = claims.email.filter(|email| verified && !email.is_empty());
        if claims.sub.is_empty() {
            return Err(InvalidToken.into());
        }
        Ok((Person { issuer: claims.iss, subject: claims.sub, verified_email }, expires_at))
    }

    /// The key with this id, for this algorithm; without an id the only one that fits.
    async fn key(
        self: &Arc<Self>,
        id: Option<&str>,
        algorithm: Algorithm,
        now: DateTime<Utc>,
    ) -> Result<Jwk, Unverified> {
        let (found, stale) = {
            let keys = self.keys();
            let stale = keys.loaded_at.is_none_or(|at| now - at >= STALE);
            (fitting(&keys.known, id, algorithm), stale)
        };
        match found {
            Some(key) if !stale => return Ok(key),
            found => {
                // By itself, so that whoever hangs up meanwhile does not take the keys along.
                let provider = self.clone();
                let reload = tokio::spawn(async move { provider.reload(now).await });
                // Who has a known key waits for a moment only: it is good until another set of keys has come.
                let patience = if found.is_some() { BRIEFLY } else { PATIENCE * 3 };
                let _ = tokio::time::timeout(patience, reload).await;
            }
        }
        let keys = self.keys();
        match fitting(&keys.known, id, algorithm) {
            Some(key) => Ok(key),
            None if keys.loaded_at.is_none() => Err(Unverified::Unavailable),
            None => Err(InvalidToken.into()),
        }
    }

    fn keys(&self) -> MutexGuard<'_, Keys> {
        self.keys.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Loads the keys, unless that was tried a moment ago. Whoever waits finds what the one before loaded.
    async fn reload(&self, now: DateTime<Utc>) {
        let _alone = self.loading.lock().await;
        if self.keys().tried_at.is_some_and(|at| now - at < RELOAD) {
            return;
        }
        self.keys().tried_at = Some(now);
        match self.load().await {
            Ok(known) => {
                let mut keys = self.keys();
                keys.known = known;
                keys.loaded_at = Some(now);
            }
            Err(error) => tracing::warn!(%error, "the keys of the identity provider could not be loaded"),
        }
    }

    async fn load(&self) -> Result<Vec<Jwk>, String> {
        let address = format!("{}/.well-known/openid-configuration", self.issuer.trim_end_matches('/'));
        let discovered: Discovered = self.get(&address).await?;
        if discovered.issuer != self.issuer {
            return Err(format!("it calls itself {}", discovered.issuer));
        }
        let set: JwkSet = self.get(&discovered.jwks_uri).await?;
        if set.keys.is_empty() {
            return Err("it publishes no key".into());
        }
        Ok(set.keys)
    }

    async fn get<T: serde::de::DeserializeOwned>(&self, address: &str) -> Result<T, String> {
        let told = |error: reqwest::Error| error.without_url().to_string();
        let mut response =
            self.client.get(address).send().await.map_err(told)?.error_for_status().map_err(told)?;
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(told)? {
            body.extend_from_slice(&chunk);
            if body.len() > LARGEST {
                return Err("its answer is too long".into());
            }
        }
        serde_json::from_slice(&body).map_err(|error| error.to_string())
    }
}

fn fitting(known: &[Jwk], id: Option<&str>, algorithm: Algorithm) -> Option<Jwk> {
    let wanted = match algorithm {
        Algorithm::RS256 => KeyAlgorithm::RS256,
        Algorithm::ES256 => KeyAlgorithm::ES256,
        _ => KeyAlgorithm::EdDSA,
    };
    let mut fitting = known.iter().filter(|key| {
        let signs = key.common.public_key_use.as_ref().is_none_or(|r#use| *r#use == PublicKeyUse::Signature);
        let same = key.common.key_algorithm.is_none_or(|of_key| of_key == wanted);
        signs && same && whole(key) && id.is_none_or(|id| key.common.key_id.as_deref() == Some(id))
    });
    match (fitting.next(), fitting.next(), id) {
        (Some(key), None, _) | (Some(key), Some(_), Some(_)) => Some(key.clone()),
        (Some(_), Some(_), None) | (None, ..) => None,
    }
}

/// Whether a key of the Edwards curve is as long as such keys are; those of other kinds are looked at when they are used.
fn whole(key: &Jwk) -> bool {
    match &key.algorithm {
        AlgorithmParameters::OctetKeyPair(parameters) => {
            URL_SAFE_NO_PAD.decode(&parameters.x).is_ok_and(|bytes| bytes.len() == 32)
        }
        _ => true,
    }
}
