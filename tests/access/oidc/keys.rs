//! Keys of the stand-in provider, made once for these tests and good for nothing else.

use base64::{
    Engine,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use jsonwebtoken::{Algorithm, EncodingKey, crypto};
use serde_json::{Value as Json, json};

/// A key pair.
#[derive(Debug, Clone, Copy)]
pub(super) struct Key {
    pub(super) id: &'static str,
    algorithm: Algorithm,
    private: &'static str,
    /// What stands in its JWK, beside what it is for.
    public: &'static str,
}

pub(super) const RSA: Key =
    Key { id: "rsa", algorithm: Algorithm::RS256, private: RSA_PRIVATE, public: RSA_JWK };

pub(super) const EC: Key = Key { id: "ec", algorithm: Algorithm::ES256, private: EC_PRIVATE, public: EC_JWK };

pub(super) const ED: Key = Key { id: "ed", algorithm: Algorithm::EdDSA, private: ED_PRIVATE, public: ED_JWK };

/// A key that comes later, or that somebody else has.
pub(super) const OTHER: Key =
    Key { id: "other", algorithm: Algorithm::ES256, private: OTHER_PRIVATE, public: OTHER_JWK };

impl Key {
    /// As it is published.
    pub(super) fn published(&self) -> Json {
        let mut jwk: Json = serde_json::from_str(self.public).expect("a JWK");
        jwk["kid"] = self.id.into();
        jwk["use"] = "sig".into();
        jwk["alg"] = json!(self.algorithm);
        jwk
    }

    /// The header of a token that it signs.
    pub(super) fn header(&self) -> Json {
        json!({ "alg": self.algorithm, "typ": "JWT", "kid": self.id })
    }

    /// A token that it signs.
    pub(super) fn signs(&self, header: &Json, claims: &Json) -> String {
        self.signs_in(self.algorithm, header, claims)
    }

    /// A token that it signs in an algorithm of its family.
    pub(super) fn signs_in(&self, algorithm: Algorithm, header: &Json, claims: &Json) -> String {
        let private = der(self.private);
        let key = match self.algorithm {
            Algorithm::RS256 => EncodingKey::from_rsa_der(&private),
            Algorithm::ES256 => EncodingKey::from_ec_der(&private),
            _ => EncodingKey::from_ed_der(&private),
        };
        signed(&key, algorithm, header, claims)
    }
}

/// A token that is signed with a shared secret.
pub(super) fn sealed(secret: &[u8], header: &Json, claims: &Json) -> String {
    signed(&EncodingKey::from_secret(secret), Algorithm::HS256, header, claims)
}

fn signed(key: &EncodingKey, algorithm: Algorithm, header: &Json, claims: &Json) -> String {
    let message = unsigned(header, claims);
    let signature = crypto::sign(message.as_bytes(), key, algorithm).expect("a signature");
    format!("{message}.{signature}")
}

/// A token without its signature.
pub(super) fn unsigned(header: &Json, claims: &Json) -> String {
    let part = |json: &Json| URL_SAFE_NO_PAD.encode(json.to_string());
    format!("{}.{}", part(header), part(claims))
}

/// What everybody knows of the keys, in the forms in which somebody may take it for a secret.
pub(super) fn known_to_everybody() -> Vec<Vec<u8>> {
    let field = |jwk: &str, name: &str| {
        let jwk: Json = serde_json::from_str(jwk).expect("a JWK");
        jwk[name].as_str().expect("a text").to_owned()
    };
    let (modulus, point) = (field(RSA_JWK, "n"), field(ED_JWK, "x"));
    let decoded = |text: &str| URL_SAFE_NO_PAD.decode(text).expect("base64");
    vec![
        RSA_PUBLIC.into(),
        RSA_PUBLIC.trim_end().into(),
        der(RSA_PUBLIC),
        RSA.published().to_string().into(),
        decoded(&modulus),
        modulus.into(),
        decoded(&point),
        point.into(),
    ]
}

fn der(pem: &str) -> Vec<u8> {
    let lines = pem.lines().filter(|line| !line.starts_with("-----"));
    STANDARD.decode(lines.collect::<String>()).expect("base64")
}

const RSA_JWK: &str = "{ \"kty\": \"RSA\", \"e\": \"AQAB\", \"n\": \"\
    vAKhAx77tBunl6RXN3M5kEm91miDVL3OSiVQI_IDPWK_BhjkX-Dh6WzPsomRftYB6gKufnExmT2ZDaWw2cyIM1pkBI\
    GoV1QmSlInXoJPIN2tpNS2r2PuqUiJMEidu9OoYx7f2ZpFdhAy0Ny5X18mfARXDjS0Z-DQyxRLIZOEaDN64rgJByTP\
    Mc6zIf3aGcrZpJ_R2CAWm3S-uhdeabYgpb2N097Ows8ExT_4cFxPIjF8hRolyGuPnn9LHK1LqYs0yBSZD2iSTEqWhI\
    L8fFxiYD2IAaqhNK2AobNUBgMTJJlB5WSzpSH28PPiutV0TuXd126Y7cg2bLL12IfVGevnaw\" }";

const EC_JWK: &str = r#"{ "kty": "EC", "crv": "P-256",
   "x": "NYk_5VVvq60bHMH5NTvfNvPJPVRetMAFm0-p880537I",
   "y": "sw5DYOzKn8VaEhLKxE6ux9n-RhuhVdWIBzBNL_hKE3c" }"#;

const OTHER_JWK: &str = r#"{ "kty": "EC", "crv": "P-256",
   "x": "iFDHEGqh7cmHTU2kJbsNLPM3Ii1Mt3XPQcBw3G4iBRY",
   "y": "Ejm7koLFtCkJTFevapsdS6Bmocqv6TC3JsoPRCzBJsk" }"#;

const ED_JWK: &str =
    r#"{ "kty": "OKP", "crv": "Ed25519", "x": "IavA43cgvUaext4JlOarzpu1jftGgHVLRsPF3SSGuiA" }"#;

const RSA_PUBLIC: &str = "\
-----BEGIN PUBLIC KEY-----
MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAvAKhAx77tBunl6RXN3M5
kEm91miDVL3OSiVQI/IDPWK/BhjkX+Dh6WzPsomRftYB6gKufnExmT2ZDaWw2cyI
M1pkBIGoV1QmSlInXoJPIN2tpNS2r2PuqUiJMEidu9OoYx7f2ZpFdhAy0Ny5X18m
fARXDjS0Z+DQyxRLIZOEaDN64rgJByTPMc6zIf3aGcrZpJ/R2CAWm3S+uhdeabYg
pb2N097Ows8ExT/4cFxPIjF8hRolyGuPnn9LHK1LqYs0yBSZD2iSTEqWhIL8fFxi
YD2IAaqhNK2AobNUBgMTJJlB5WSzpSH28PPiutV0TuXd126Y7cg2bLL12IfVGevn
awIDAQAB
-----END PUBLIC KEY-----
";

const RSA_PRIVATE: &str = "\
-----BEGIN RSA PRIVATE KEY-----
MIIEpAIBAAKCAQEAvAKhAx77tBunl6RXN3M5kEm91miDVL3OSiVQI/IDPWK/Bhjk
X+Dh6WzPsomRftYB6gKufnExmT2ZDaWw2cyIM1pkBIGoV1QmSlInXoJPIN2tpNS2
r2PuqUiJMEidu9OoYx7f2ZpFdhAy0Ny5X18mfARXDjS0Z+DQyxRLIZOEaDN64rgJ
ByTPMc6zIf3aGcrZpJ/R2CAWm3S+uhdeabYgpb2N097Ows8ExT/4cFxPIjF8hRol
yGuPnn9LHK1LqYs0yBSZD2iSTEqWhIL8fFxiYD2IAaqhNK2AobNUBgMTJJlB5WSz
pSH28PPiutV0TuXd126Y7cg2bLL12IfVGevnawIDAQABAoIBABAHVb/RqxoPU4OK
1MHnwzji0ib1F3rb71O3iHR2d3U+NaGPV+trdwcmEJnP8nhyrIyAhWzgbJ78A+m7
pKJLUDKEmpgej7U/4Aw51dADLwjS+jD3zsoqkstm4WwdSY+2VOavPqlegCm3g58p
ejpZy9ekRq6LRFtcBm3FDj5Pq89DeQ7oIde1X5RgqQvcTvRuMHKuP46cSYNSw18W
eQv00fNEQ/m9kfWV0bmbdivufPGkDScUJDh2coBUhbD9dV1/Qaq0JeH8CAL5iDOn
PIo8Zufm0NZHHqoyzrhNGwrHIlXZgLP1RNhWfdlmPl8EdXwjxnkXasjmm2Ki45VG
LIchdzUCgYEA9cwsNOCZm2dDIdlYyxmnXxd2yieve0MQ8BzjyC5Gs6bvrUtlQqIg
2jjy/OYCPTzDCkPbVXCRR60krb7Kavrm5zq6Aes1jkp3eJy/y46hfBWsEkX5X0Wg
FPOMXKjv00731cgSrB5JxCpMiedzKndf40iPCCjLCwLOE6ENOLGjxw0CgYEAw9Bp
qOomaqR0Zpbj/A65nxC33dTkC3Bizcz+EKXb06R2uENiKWoWLqSacZwSUwaEV9bc
QR2Etm4IiiLjcXqYjoriMvoM7C5vk+8EsESQE3MUZI04kzbliPixUky5SOOP51N3
DzzVLMiL238U5+7cQiaKiFjnea2liNdCFJQ/ylcCgYEAjNP/XAh3WfePGhy6aBt5
rtz1vZuBSmFBmiEjTPVeot35otN43/WeVwmcBtQN4mIm6YG5cDl/s457XmTa+vJo
S4F1Q1YtKCp4Sw2cQhelZD/Sh+G5oCF3N6nW+Nv+FJbBHqZ0NFNiNld55OVMMb+V
m9ZdxPICa3ue8NYsihgVWx0CgYEAhFZiUmqNNB2ZHYx04HEDOmGOIjozNRfrbrNQ
MegmPU81fSrtOJgeDb/pMUcNi1coMkVf7hIJE1IiK1mQ5ay5Vfy/Czy7ZxOrDQvI
22g7ByoLajmXNscvMfcBwGFiB8TkCK78FCxE1lNjUiD8/BMOgRaTIbsUFcQpz+XL
HyViR1kCgYBdfRPqhQpuzOzBO8PCeqM4mtdoyTdJX90rS4H7Cyum6WUNVyNGu8KN
pu6n/BqZjbpDYXrQRy8uZOI/rxVmY+9m0wUE5LlduuqYk6EHLHbSvUMqZRFjzlJV
HCF+YwUWLItVSOsYGu8v91+pJouZUi+G59B7VJW4WsXEydGbaTvZXA==
-----END RSA PRIVATE KEY-----
";

const EC_PRIVATE: &str = "\
-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgEni12StHnhy6tPQi
sMSpxLRaD4ELj1s+CxkLbkLtkzmhRANCAAQ1iT/lVW+rrRscwfk1O98288k9VF60
wAWbT6nzzTnfsrMOQ2Dsyp/FWhISysROrsfZ/kYboVXViAcwTS/4ShN3
-----END PRIVATE KEY-----
";

const ED_PRIVATE: &str = "\
-----BEGIN PRIVATE KEY-----
MC4CAQAwBQYDK2VwBCIEIH++64vc7diGggNR2VcmX41bKRBG78krvnvAXxYTScBQ
-----END PRIVATE KEY-----
";

const OTHER_PRIVATE: &str = "\
-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgHyhj4zDeeRm/mco1
z+jFmU60bFIq4zRV0eUmwyXAfFehRANCAASIUMcQaqHtyYdNTaQluw0s8zciLUy3
dc9BwHDcbiIFFhI5u5KCxbQpCUxXr2qbHUugZqHKr+kwtybKD0QswSbJ
-----END PRIVATE KEY-----
";
