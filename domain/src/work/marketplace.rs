//! What a unit of work records on the marketplace's stream, and on whoever's stream something is.
//!
//! All publishers, partners and operators write one stream, so its row is locked last, in the commit: whoever waits for it
//! waits for no more than somebody else's last statements, and keeps nobody from anything.

use super::{Audience, Work};
use crate::{
    Error, Result,
    api_key::Holder,
    organization::people,
    store::batch::{self, Versioned},
};
use entity::{
    id::{OrganizationId, PartnerId, PublisherId},
    marketplace,
    state::{EventType, StreamKind},
};
use sea_orm::{EntityTrait, QuerySelect, sea_query::LockType};
use serde_json::Value as Json;

/// An event of the marketplace. It gets its place in the stream at the commit.
pub(super) struct Noted {
    kind: EventType,
    audience: Audience,
    body: Json,
}

impl Work<'_> {
    /// Records an event of the marketplace that concerns nobody in particular.
    pub(crate) fn record_on_marketplace(&mut self, kind: EventType, body: Json) {
        self.note(kind, Audience::default(), body);
    }

    /// Records an event of the marketplace that concerns a publisher.
    pub(crate) fn record_of_publisher(&mut self, publisher: PublisherId, kind: EventType, body: Json) {
        self.note(kind, Audience { publisher: Some(publisher), ..Audience::default() }, body);
    }

    /// Records an event of the marketplace that concerns a partner.
    pub(crate) fn record_of_partner(&mut self, partner: PartnerId, kind: EventType, body: Json) {
        self.note(kind, Audience { partner: Some(partner), ..Audience::default() }, body);
    }

    /// Records an event of whoever's API key or payment method it is: an organization has a stream of its own.
    pub(crate) async fn record_of_holder(&mut self, of: Holder, kind: EventType, body: Json) -> Result<()> {
        match of {
            Holder::Organization(id) => self.record_of_organization(id, kind, body).await?,
            Holder::Publisher(id) => self.record_of_publisher(id, kind, body),
            Holder::Partner(id) => self.record_of_partner(id, kind, body),
        }
        Ok(())
    }

    /// Records an event of an organization that was not locked before. It is from here on.
    pub(crate) async fn record_of_organization(
        &mut self,
        id: OrganizationId,
        kind: EventType,
        body: Json,
    ) -> Result<()> {
        let mut organization = match self.organizations.get(&id) {
            Some(changed) => changed.row.clone(),
            None => people::locked(self, id).await?,
        };
        self.record_on_organization(&mut organization, kind, body);
        Ok(())
    }

    fn note(&mut self, kind: EventType, audience: Audience, body: Json) {
        self.noted.push(Noted { kind, audience, body });
    }

    /// Takes the marketplace's row, gives its events their places and writes the row. The events are written after it.
    pub(super) async fn write_marketplace(&mut self) -> Result<()> {
        let noted = std::mem::take(&mut self.noted);
        if noted.is_empty() {
            return Ok(());
        }
        let mut row = marketplace::Entity::find_by_id(marketplace::ID)
            .lock(LockType::NoKeyUpdate)
            .one(&self.tx)
            .await?
            .ok_or_else(|| Error::internal("the marketplace is gone"))?;
        let was = row.version;
        let stream = (StreamKind::Marketplace, row.id);
        for Noted { kind, audience, body } in noted {
            self.append(stream, &mut row.version, &mut row.event_hash, kind, audience, body);
        }
        let changed = [Versioned { was, row }];
        batch::update::<marketplace::Entity>(&self.tx, changed.iter(), marketplace::Column::Id, &[]).await
    }
}
