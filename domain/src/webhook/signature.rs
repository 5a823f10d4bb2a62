//! What signs messages: <https://www.standardwebhooks.com>.

use crate::{Error, Marketplace, Result, work::Work};
use base64::{Engine, engine::general_purpose::STANDARD};
use chrono::{DateTime, TimeDelta, Utc};
use entity::{
    id::{OrganizationId, WebhookEndpointId},
    webhook_secret::Model,
};
use secrecy::SecretString;
use standardwebhooks::Webhook;

/// How long a secret that was replaced signs along.
pub(super) const SIGNS_ALONG: TimeDelta = TimeDelta::hours(24);

/// How many bytes a secret has.
const BYTES: usize = 32;

/// Makes a secret for an endpoint, stores it, and shows it this once.
pub(super) async fn make(
    work: &Work<'_>,
    endpoint: WebhookEndpointId,
    organization: Option<OrganizationId>,
) -> Result<SecretString> {
    let mut secret = vec![0; BYTES];
    work.market.fill(&mut secret);
    let shown = SecretString::from(format!("whsec_{}", STANDARD.encode(&secret)));
    work.insert(Model {
        id: work.id(),
        webhook_endpoint_id: endpoint,
        organization_id: organization,
        secret,
        created_at: work.now.real,
        expires_at: None,
    })
    .await?;
    Ok(shown)
}

/// The header `webhook-signature`: one signature for each secret, with spaces between.
///
/// # Errors
/// `Internal` when there is no secret.
pub(super) fn sign(secrets: &[Vec<u8>], message_id: &str, at: DateTime<Utc>, body: &str) -> Result<String> {
    if secrets.is_empty() {
        return Err(Error::internal("an endpoint has no secret"));
    }
    let signatures = secrets.iter().map(|secret| {
        let webhook = Webhook::from_bytes(secret.clone()).map_err(Error::internal)?;
        webhook.sign(message_id, at.timestamp(), body.as_bytes()).map_err(Error::internal)
    });
    Ok(signatures.collect::<Result<Vec<_>>>()?.join(" "))
}

impl Marketplace {
    /// Fills the bytes with randomness.
    pub(crate) fn fill(&self, bytes: &mut [u8]) {
        self.parts.ids.fill(bytes);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of the specification's reference libraries.
    #[test]
    fn a_signature_is_that_of_the_specification() {
        let secret = STANDARD.decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap();
        let at = DateTime::from_timestamp(1_614_265_330, 0).unwrap();
        let signed = |secrets: &[Vec<u8>]| {
            sign(secrets, "msg_p5jXN8AQM9LWM0D4loKWxJek", at, r#"{"test": 2432232314}"#).unwrap()
        };
        let expected = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";
        assert_eq!(signed(std::slice::from_ref(&secret)), expected);
        assert_eq!(signed(&[secret.clone(), secret]), format!("{expected} {expected}"));
        assert!(sign(&[], "msg", at, "{}").is_err());
    }
}
