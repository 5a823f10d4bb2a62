//! Tokens of an OpenID Connect provider: found by discovery, verified with its published keys.
//!
//! Only algorithms with public keys are accepted, and only the one that the key is for. The keys are loaded when a token
//! names one that is not known, at most every ten seconds, so that a rotation needs no restart; while the provider is
//! down the last ones stay good.

use super::{InvalidToken, Person, Unverified};
use crate::{Error, Result};
use chrono::{DateTime, TimeDelta, Utc};
use jsonwebtoken::{
    Algorithm, DecodingKey, Validation, decode, decode_header,
    jwk::{Jwk, JwkSet, KeyAlgorithm, PublicKeyUse},
};
use reqwest::{Client, redirect::Policy};
use serde::Deserialize;
use std::time::Duration;
use tokio::{sync::Mutex, time::Instant};

/// The algorithms that are accepted.
const ALGORITHMS: [Algorithm; 3] = [Algorithm::RS256, Algorithm::ES256, Algorithm::EdDSA];

/// How far clocks may be apart.
const LEEWAY: TimeDelta = TimeDelta::seconds(30);

/// How often the keys are loaded at most.
const RELOAD: Duration = Duration::from_secs(10);

/// After how long the keys are loaded again although every token was known: one may have been withdrawn.
const STALE: Duration = Duration::from_secs(600);

/// How long the provider may take to answer.
const PATIENCE: Duration = Duration::from_secs(5);

/// The largest answer that is read, in bytes.
const LARGEST: usize = 1024 * 1024;

/// An OpenID Connect provider.
#[derive(Debug)]
pub struct Oidc {
    issuer: String,
    audience: String,
    client: Client,
    keys: Mutex<Keys>,
}

#[derive(Debug, Default)]
struct Keys {
    known: Vec<Jwk>,
    loaded_at: Option<Instant>,
    tried_at: Option<Instant>,
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
        })
    }

    /// Whom the token names, and until when.
    ///
    /// # Errors
    /// When it is not valid; when its key is not known and the provider cannot be reached.
    pub async fn verify(
        &self,
        token: &str,
        now: DateTime<Utc>,
    ) -> Result<(Person, DateTime<Utc>), Unverified> {
        let header = decode_header(token).map_err(|_| InvalidToken)?;
        if !ALGORITHMS.contains(&header.alg) {
            return Err(InvalidToken.into());
        }
        let key = self.key(header.kid.as_deref(), header.alg).await?;
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
    async fn key(&self, id: Option<&str>, algorithm: Algorithm) -> Result<Jwk, Unverified> {
        let mut keys = self.keys.lock().await;
        let stale = keys.loaded_at.is_none_or(|at| at.elapsed() >= STALE);
        let found = fitting(&keys.known, id, algorithm);
        if found.is_some() && !stale {
            return found.ok_or(InvalidToken.into());
        }
        // Whoever waits for the lock finds what this one loaded.
        if keys.tried_at.is_none_or(|at| at.elapsed() >= RELOAD) {
            keys.tried_at = Some(Instant::now());
            match self.load().await {
                Ok(known) => {
                    keys.known = known;
                    keys.loaded_at = Some(Instant::now());
                }
                Err(error) => tracing::warn!(%error, "the keys of the identity provider could not be loaded"),
            }
        }
        match fitting(&keys.known, id, algorithm) {
            Some(key) => Ok(key),
            None if keys.loaded_at.is_none() => Err(Unverified::Unavailable),
            None => Err(InvalidToken.into()),
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
        signs && same && id.is_none_or(|id| key.common.key_id.as_deref() == Some(id))
    });
    match (fitting.next(), fitting.next(), id) {
        (Some(key), None, _) | (Some(key), Some(_), Some(_)) => Some(key.clone()),
        (Some(_), Some(_), None) | (None, ..) => None,
    }
}
