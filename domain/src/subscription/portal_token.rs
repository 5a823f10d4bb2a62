//! The token of a portal link: signed, for one subscription and its publisher, valid 24 hours of business time.

use crate::{Code, Error, Result};
use chrono::{DateTime, Utc};
use entity::id::{PublisherId, SubscriptionId};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};

const AUDIENCE: &str = "tenure-portal";

#[derive(Serialize, Deserialize)]
struct Claims {
    aud: String,
    sub: SubscriptionId,
    publisher: PublisherId,
    exp: i64,
}

/// Signs a token.
///
/// # Errors
/// `Internal` when the secret cannot sign.
pub(super) fn sign(
    secret: &SecretString,
    subscription: SubscriptionId,
    publisher: PublisherId,
    expires_at: DateTime<Utc>,
) -> Result<String> {
    let claims = Claims { aud: AUDIENCE.into(), sub: subscription, publisher, exp: expires_at.timestamp() };
    let key = EncodingKey::from_secret(secret.expose_secret().as_bytes());
    jsonwebtoken::encode(&Header::new(Algorithm::HS256), &claims, &key).map_err(Error::internal)
}

/// The subscription that the token is for.
///
/// # Errors
/// `TOKEN_INVALID` when it is malformed, not signed by us, expired, or another publisher's.
pub(super) fn verify(
    secret: &SecretString,
    token: &str,
    publisher: PublisherId,
    now: DateTime<Utc>,
) -> Result<SubscriptionId> {
    let mut validation = Validation::new(Algorithm::HS256);
    validation.set_audience(&[AUDIENCE]);
    // The library would compare with the machine's clock; business time is compared below.
    validation.validate_exp = false;
    let key = DecodingKey::from_secret(secret.expose_secret().as_bytes());
    let claims =
        jsonwebtoken::decode::<Claims>(token, &key, &validation).map_err(|_| Code::TokenInvalid)?.claims;
    if claims.publisher == publisher && now.timestamp() < claims.exp {
        Ok(claims.sub)
    } else {
        Err(Code::TokenInvalid.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::TimeDelta;
    use uuid::Uuid;

    #[test]
    fn a_token_is_for_its_publisher_and_its_time_alone() {
        let secret = SecretString::from("a secret");
        let (sold, publisher) = (SubscriptionId(Uuid::from_u128(1)), PublisherId(Uuid::from_u128(2)));
        let until: DateTime<Utc> = "2026-03-01T00:00:00Z".parse().unwrap();
        let token = sign(&secret, sold, publisher, until).unwrap();
        let before = until - TimeDelta::seconds(1);
        assert_eq!(verify(&secret, &token, publisher, before).unwrap(), sold);
        let other = PublisherId(Uuid::from_u128(3));
        for (what, answer) in [
            ("too late", verify(&secret, &token, publisher, until)),
            ("another publisher", verify(&secret, &token, other, before)),
            ("another secret", verify(&SecretString::from("another"), &token, publisher, before)),
            ("no token", verify(&secret, "x.y.z", publisher, before)),
        ] {
            let Err(Error::Refused(refusal)) = answer else { panic!("{what}: {answer:?}") };
            assert_eq!(refusal.code, Code::TokenInvalid, "{what}");
        }
    }
}
