//! API keys, for whoever they act for. Nobody sees their secrets.

use super::page::{self, Key, KeyKind, KeySet, Page, Slice};
use crate::{Actor, Marketplace, Result, api_key::Holder};
use entity::{
    api_key::{Column, Entity, Model},
    id::ApiKeyId,
};
use sea_orm::{ColumnTrait, QueryFilter, sea_query::Expr};

/// A page of the API keys of the actor's organization, publisher or partner, the newest first, revoked ones included.
///
/// # Errors
/// `Forbidden` for everybody but owners, publishers and partners; `Invalid` for what is no cursor of this list; what the
/// database said.
pub async fn api_keys(
    market: &Marketplace,
    actor: &Actor,
    slice: &Slice,
    with_total: bool,
) -> Result<Page<Model>> {
    let holder = Holder::of(actor)?;
    let reads = market.reader(actor);
    let listed = || reads.find::<Entity>().filter(holder.keys());
    let keys = KeySet::new("api keys", true, [(Expr::col((Entity, Column::Id)), KeyKind::Id)]);
    page::load(reads.db(), listed(), &keys, slice, with_total.then(listed), |row: &Model| {
        vec![Key::Id(row.id.0)]
    })
    .await
}

/// The API key with this id, if it acts for whom the actor acts for.
///
/// # Errors
/// `Forbidden` for everybody but owners, publishers and partners; what the database said.
pub async fn api_key(market: &Marketplace, actor: &Actor, id: ApiKeyId) -> Result<Option<Model>> {
    let holder = Holder::of(actor)?;
    let reads = market.reader(actor);
    Ok(reads.find::<Entity>().filter(holder.keys()).filter(Column::Id.eq(id)).one(reads.db()).await?)
}
