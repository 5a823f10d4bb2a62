//! What was sent to webhook endpoints, and the attempts.

use super::grouped;
use async_graphql::dataloader::Loader;
use domain::{
    Actor, Marketplace,
    view::{
        page::{Page, Slice},
        webhook as view,
    },
};
use entity::{
    id::{WebhookDeliveryId, WebhookEndpointId},
    webhook_attempt, webhook_delivery,
};
use std::{collections::HashMap, sync::Arc};

/// The lists below webhook endpoints.
pub(crate) struct WebhookLists {
    pub(crate) market: Marketplace,
    pub(crate) actor: Actor,
}

/// A page of the messages to an endpoint.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct DeliveriesOf {
    pub(crate) endpoint: WebhookEndpointId,
    pub(crate) slice: Slice,
    pub(crate) with_total: bool,
}

/// The attempts at a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct AttemptsOf(pub(crate) WebhookDeliveryId);

impl Loader<DeliveriesOf> for WebhookLists {
    type Value = Page<webhook_delivery::Model>;
    type Error = Arc<domain::Error>;

    async fn load(&self, wanted: &[DeliveriesOf]) -> Result<HashMap<DeliveriesOf, Self::Value>, Self::Error> {
        let mut alike: HashMap<(Slice, bool), Vec<&DeliveriesOf>> = HashMap::new();
        for list in wanted {
            alike.entry((list.slice.clone(), list.with_total)).or_default().push(list);
        }
        let mut found = HashMap::new();
        for ((slice, with_total), lists) in alike {
            let ids: Vec<_> = lists.iter().map(|list| list.endpoint).collect();
            let mut totals = HashMap::new();
            if with_total {
                totals.extend(view::count_deliveries(&self.market, &self.actor, &ids).await?);
            }
            let rows = view::deliveries_of(&self.market, &self.actor, &ids, &slice).await?;
            let mut rows = grouped(rows, |row| row.webhook_endpoint_id);
            for list in lists {
                let id = list.endpoint;
                let total = with_total.then(|| totals.get(&id).map_or(0, |count| count.unsigned_abs()));
                let rows = rows.remove(&id).unwrap_or_default();
                found.insert(
                    list.clone(),
                    Page::from_rows(rows, &slice, total, &view::newest_first(), view::keys),
                );
            }
        }
        Ok(found)
    }
}

impl Loader<AttemptsOf> for WebhookLists {
    type Value = Vec<webhook_attempt::Model>;
    type Error = Arc<domain::Error>;

    async fn load(&self, wanted: &[AttemptsOf]) -> Result<HashMap<AttemptsOf, Self::Value>, Self::Error> {
        let ids: Vec<_> = wanted.iter().map(|of| of.0).collect();
        let rows = view::attempts(&self.market, &self.actor, &ids).await?;
        Ok(grouped(rows, |row| AttemptsOf(row.webhook_delivery_id)))
    }
}
