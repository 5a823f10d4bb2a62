//! API keys: how machines show who they are. A key is shown once; only a hash of it is stored.

use super::Recognized;
use crate::{Actor, Key, Marketplace, Member, Result};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::TimeDelta;
use entity::api_key::{Column, Entity, Model};
use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter, sea_query::Expr};
use secrecy::SecretString;
use sha2::{Digest, Sha256};
use std::fmt;
use subtle::ConstantTimeEq;

/// What all keys begin with, so that people and scanners recognize one.
const MARK: &str = "tenure_";

/// The bytes of the readable part, by which a key is found.
const READABLE: usize = 9;

/// The bytes of the secret part.
const SECRET: usize = 32;

/// How exactly the last use is kept.
const USE_KEPT: TimeDelta = TimeDelta::minutes(1);

/// A new key.
pub(crate) struct New {
    /// The whole key, to be shown once.
    pub(crate) secret: SecretString,
    /// The readable beginning.
    pub(crate) prefix: String,
    /// What is stored of the whole.
    pub(crate) hash: Vec<u8>,
}

impl New {
    /// A key from the one source of randomness.
    pub(crate) fn make(market: &Marketplace) -> Self {
        let mut readable = [0; READABLE];
        let mut secret = [0; SECRET];
        market.parts.ids.fill(&mut readable);
        market.parts.ids.fill(&mut secret);
        let prefix = format!("{MARK}{}", URL_SAFE_NO_PAD.encode(readable));
        let whole = format!("{prefix}.{}", URL_SAFE_NO_PAD.encode(secret));
        Self { hash: Sha256::digest(&whole).to_vec(), secret: SecretString::from(whole), prefix }
    }
}

/// A key that somebody presents: what it takes to find and to compare it, and nothing more.
#[derive(Clone, PartialEq, Eq)]
pub struct Presented {
    prefix: String,
    hash: Vec<u8>,
}

impl fmt::Debug for Presented {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Presented").field("prefix", &self.prefix).finish_non_exhaustive()
    }
}

impl Presented {
    /// The key, if the token looks like one.
    pub(crate) fn parse(token: &str) -> Option<Self> {
        let (prefix, _) = token.strip_prefix(MARK).and(token.split_once('.'))?;
        Some(Self { prefix: prefix.to_owned(), hash: Sha256::digest(token).to_vec() })
    }
}

/// For whom the key acts, if it is valid now. Its use is noted, to the minute.
pub(super) async fn holder(market: &Marketplace, presented: &Presented) -> Result<Option<Recognized>> {
    let now = market.real_now();
    let found = Entity::find().filter(Column::Prefix.eq(&presented.prefix)).one(market.db().read()).await?;
    let Some(row) = found else { return Ok(None) };
    let same: bool = row.hash.ct_eq(&presented.hash).into();
    if !same || row.revoked_at.is_some() || row.expires_at.is_some_and(|at| at <= now) {
        return Ok(None);
    }
    // While nothing is written, keys still read.
    if let Ok(writer) = market.db().writer()
        && row.last_used_at.is_none_or(|at| at + USE_KEPT <= now)
    {
        Entity::update_many()
            .col_expr(Column::LastUsedAt, Expr::value(now))
            .filter(Column::Id.eq(row.id))
            .filter(
                Condition::any()
                    .add(Column::LastUsedAt.is_null())
                    .add(Column::LastUsedAt.lte(now - USE_KEPT)),
            )
            .exec(writer)
            .await?;
    }
    let key = Key { id: row.id, scope: row.scope };
    Ok(actor(&row).map(|actor| Recognized { actor, key: Some(key) }))
}

pub(super) fn actor(row: &Model) -> Option<Actor> {
    match (row.organization_id, row.publisher_id, row.partner_id) {
        (Some(organization), None, None) => {
            Some(Actor::Member(Member { user: None, organization, role: row.role }))
        }
        (None, Some(publisher), None) => Some(Actor::Publisher(publisher)),
        (None, None, Some(partner)) => Some(Actor::Partner(partner)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_looks_like_a_key_is_one() {
        let presented = Presented::parse("tenure_abc.def").expect("a key");
        assert_eq!(presented.prefix, "tenure_abc");
        assert!(!format!("{presented:?}").contains("def"));
        for token in ["", "tenure_", "tenure_abc", "eyJ0.eyJh.sig", "Tenure_abc.def"] {
            assert_eq!(Presented::parse(token), None, "{token}");
        }
    }
}
