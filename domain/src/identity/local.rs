//! Bearer tokens that are signed with the local secret, for installations without an identity provider.

use super::InvalidToken;
use crate::{Result, clock::to_micros};
use chrono::{DateTime, TimeDelta, Utc};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};

/// What our tokens are for.
const AUDIENCE: &str = "tenure";

/// How long a token is valid.
pub const TOKEN_TIME: TimeDelta = TimeDelta::hours(8);

/// The shortest secret that signs tokens, in bytes.
pub const SHORTEST_SECRET: usize = 32;

/// Whom a token names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Subject {
    /// The user, or operator, with this e-mail address.
    Email(String),
    /// The publisher with this short name.
    Publisher(String),
    /// The partner with this short name.
    Partner(String),
    /// The operator that was added first.
    Operator,
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Email(email) => write!(f, "email:{email}"),
            Self::Publisher(slug) => write!(f, "publisher:{slug}"),
            Self::Partner(slug) => write!(f, "partner:{slug}"),
            Self::Operator => f.write_str("operator"),
        }
    }
}

impl FromStr for Subject {
    type Err = InvalidToken;

    fn from_str(text: &str) -> Result<Self, InvalidToken> {
        match text.split_once(':') {
            Some(("email", email)) => Ok(Self::Email(email.to_owned())),
            Some(("publisher", slug)) => Ok(Self::Publisher(slug.to_owned())),
            Some(("partner", slug)) => Ok(Self::Partner(slug.to_owned())),
            None if text == "operator" => Ok(Self::Operator),
            Some(_) | None => Err(InvalidToken),
        }
    }
}

#[derive(Serialize, Deserialize)]
struct Claims {
    aud: String,
    sub: String,
    iat: i64,
    exp: i64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    nbf: Option<i64>,
}

/// Signs a token for the subject, valid 8 hours from now.
///
/// # Errors
/// `InvalidToken` when the secret cannot sign.
pub fn sign(secret: &SecretString, subject: &Subject, now: DateTime<Utc>) -> Result<String, InvalidToken> {
    let claims = Claims {
        aud: AUDIENCE.into(),
        sub: subject.to_string(),
        iat: now.timestamp(),
        exp: (to_micros(now) + TOKEN_TIME).timestamp(),
        nbf: None,
    };
    let key = EncodingKey::from_secret(secret.expose_secret().as_bytes());
    jsonwebtoken::encode(&Header::new(Algorithm::HS256), &claims, &key).map_err(|_| InvalidToken)
}

/// Whom the token names, and when it expires.
///
/// # Errors
/// `InvalidToken`, whatever is wrong with it.
pub fn verify(
    secret: &SecretString,
    token: &str,
    now: DateTime<Utc>,
) -> Result<(Subject, DateTime<Utc>), InvalidToken> {
    let mut validation = Validation::new(Algorithm::HS256);
    validation.set_audience(&[AUDIENCE]);
    validation.set_required_spec_claims(&["aud", "sub", "exp"]);
    // The library would compare with the machine's clock; ours is compared below.
    validation.validate_exp = false;
    let key = DecodingKey::from_secret(secret.expose_secret().as_bytes());
    let claims = jsonwebtoken::decode::<Claims>(token, &key, &validation).map_err(|_| InvalidToken)?.claims;
    let expires_at = DateTime::from_timestamp(claims.exp, 0).ok_or(InvalidToken)?;
    if expires_at <= now || claims.nbf.is_some_and(|from| from > now.timestamp()) {
        return Err(InvalidToken);
    }
    Ok((claims.sub.parse()?, expires_at))
}
