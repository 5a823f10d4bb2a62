//! The signature of a notice: `t=SECONDS,v1=HEX`, an HMAC with SHA-256 over the seconds, a full stop and the body.
//!
//! The scheme is Stripe's (<https://docs.stripe.com/webhooks#verify-manually>); the sandbox signs in the same way.

use chrono::{DateTime, Utc};
use hmac::{Hmac, Mac};
use secrecy::{ExposeSecret, SecretString};
use sha2::Sha256;

/// How old a signature may be, in seconds, and how far ahead a clock.
const TOLERANCE: i64 = 300;

/// Whether the header holds a fresh signature of the body. There may be several, while a secret is replaced.
pub fn verify(secret: &SecretString, header: &str, body: &[u8], now: DateTime<Utc>) -> bool {
    let part = |name: &'static str| {
        header
            .split(',')
            .filter_map(move |part| part.trim().split_once('='))
            .filter(move |(key, _)| *key == name)
    };
    let Some(seconds) = part("t").next().and_then(|(_, value)| value.parse::<i64>().ok()) else {
        return false;
    };
    if now.timestamp().checked_sub(seconds).is_none_or(|age| age.abs() > TOLERANCE) {
        return false;
    }
    // Compared in constant time.
    part("v1").any(|(_, signature)| {
        hex::decode(signature).is_ok_and(|signature| {
            mac(secret, seconds, body).is_some_and(|mac| mac.verify_slice(&signature).is_ok())
        })
    })
}

/// The header for a body that is sent at this time.
pub fn sign(secret: &SecretString, body: &[u8], at: DateTime<Utc>) -> String {
    let seconds = at.timestamp();
    let signature =
        mac(secret, seconds, body).map(|mac| hex::encode(mac.finalize().into_bytes())).unwrap_or_default();
    format!("t={seconds},v1={signature}")
}

fn mac(secret: &SecretString, seconds: i64, body: &[u8]) -> Option<Hmac<Sha256>> {
    // A key of any length is taken.
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.expose_secret().as_bytes()).ok()?;
    mac.update(seconds.to_string().as_bytes());
    mac.update(b".");
    mac.update(body);
    Some(mac)
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::TimeDelta;

    /// Worked out with `openssl dgst -sha256 -hmac whsec_test` over `1700000000.{"id":"evt_1"}`.
    const KNOWN: &str = "c89214b5b5da833daed6f0b8c5bb6bd58cea9022bd80ccc78230f3942d632925";

    fn secret() -> SecretString {
        SecretString::from("whsec_test")
    }

    fn then() -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + TimeDelta::seconds(1_700_000_000)
    }

    #[test]
    fn a_signature_that_another_program_worked_out_is_valid() {
        let header = format!("t=1700000000,v1={KNOWN}");
        assert!(verify(&secret(), &header, br#"{"id":"evt_1"}"#, then()));
        assert_eq!(sign(&secret(), br#"{"id":"evt_1"}"#, then()), header);
    }

    #[test]
    fn one_of_several_is_enough() {
        let header = format!("t=1700000000,v1=00ff,v0=abc, v1={KNOWN}");
        assert!(verify(&secret(), &header, br#"{"id":"evt_1"}"#, then()));
    }

    #[test]
    fn anything_else_is_not() {
        let valid = sign(&secret(), b"body", then());
        let other = SecretString::from("whsec_other");
        assert!(!verify(&secret(), &valid, b"another body", then()));
        assert!(!verify(&other, &valid, b"body", then()));
        assert!(!verify(&secret(), &valid.replace("t=17", "t=18"), b"body", then()));
        assert!(!verify(&secret(), &valid.replace(",v1", ",v0"), b"body", then()));
        for header in ["", "t=,v1=", "v1=00", "t=99999999999999999999,v1=00", "t=-9223372036854775808,v1=00"]
        {
            assert!(!verify(&secret(), header, b"body", then()), "{header}");
        }
    }

    #[test]
    fn it_is_good_for_five_minutes() {
        let header = sign(&secret(), b"body", then());
        for (seconds, valid) in [(0, true), (300, true), (301, false), (-300, true), (-301, false)] {
            let now = then() + TimeDelta::seconds(seconds);
            assert_eq!(verify(&secret(), &header, b"body", now), valid, "{seconds}");
        }
    }
}
