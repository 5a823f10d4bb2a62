//! Whether those who watch are still who they were when they came: somebody may have been removed, got another role, or
//! lost their key.

use super::{Recognized, api_key, member};
use crate::{Actor, Key, Marketplace, Member, Result};
use entity::{
    api_key as keys,
    id::{ApiKeyId, UserId},
    user,
};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use std::collections::HashMap;

/// Those of them who are still who they were. However many are asked about, it takes one statement for people and one for
/// machines.
///
/// # Errors
/// What the database said.
pub async fn unchanged(market: &Marketplace, watchers: &[Recognized]) -> Result<Vec<Recognized>> {
    let db = market.db().read();
    let now = market.real_now();
    let people: Vec<UserId> = watchers.iter().filter_map(person).collect();
    let mut members: HashMap<UserId, Actor> = HashMap::new();
    if !people.is_empty() {
        let found = user::Entity::find()
            .filter(user::Column::Id.is_in(people))
            .filter(user::Column::RemovedAt.is_null());
        members.extend(found.all(db).await?.iter().map(|row| (row.id, member(row))));
    }
    let machines: Vec<ApiKeyId> = watchers.iter().filter_map(|who| who.key).map(|key| key.id).collect();
    let mut valid: HashMap<ApiKeyId, Recognized> = HashMap::new();
    if !machines.is_empty() {
        let found = keys::Entity::find()
            .filter(keys::Column::Id.is_in(machines))
            .filter(keys::Column::RevokedAt.is_null());
        for row in found.all(db).await? {
            let expired = row.expires_at.is_some_and(|at| at <= now);
            if let Some(actor) = api_key::actor(&row).filter(|_| !expired) {
                let key = Some(Key { id: row.id, scope: row.scope });
                valid.insert(row.id, Recognized { actor, key });
            }
        }
    }
    let is_unchanged = |who: &&Recognized| match (who.key, person(who)) {
        (Some(key), _) => valid.get(&key.id) == Some(who),
        (None, Some(user)) => members.get(&user) == Some(&who.actor),
        // Publishers, partners and operators are never removed.
        (None, None) => true,
    };
    Ok(watchers.iter().filter(is_unchanged).copied().collect())
}

fn person(who: &Recognized) -> Option<UserId> {
    match (who.actor, who.key) {
        (Actor::Member(Member { user, .. }), None) => user,
        (Actor::Member(_), Some(_)) => None,
        (Actor::Publisher(_) | Actor::Partner(_) | Actor::Operator(_) | Actor::System, _) => None,
    }
}
