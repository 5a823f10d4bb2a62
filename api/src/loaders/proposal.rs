//! What belongs to proposals, for all of a page together.

use async_graphql::dataloader::Loader;
use domain::{
    Actor, Error, Marketplace,
    proposal::allowed::{self, ProposalAction},
    view::proposal::ProposalView,
};
use std::{
    collections::HashMap,
    hash::{Hash, Hasher},
    sync::Arc,
};

/// What belongs to proposals.
pub(crate) struct ProposalParts {
    pub(crate) market: Marketplace,
    pub(crate) actor: Actor,
}

/// What the viewer may do with a proposal.
#[derive(Debug, Clone)]
pub(crate) struct AllowedOnProposal(pub(crate) Arc<ProposalView>);

impl PartialEq for AllowedOnProposal {
    fn eq(&self, other: &Self) -> bool {
        self.0.row.id == other.0.row.id
    }
}

impl Eq for AllowedOnProposal {}

impl Hash for AllowedOnProposal {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.row.id.hash(state);
    }
}

impl Loader<AllowedOnProposal> for ProposalParts {
    type Value = Vec<ProposalAction>;
    type Error = Arc<Error>;

    async fn load(
        &self,
        keys: &[AllowedOnProposal],
    ) -> Result<HashMap<AllowedOnProposal, Self::Value>, Self::Error> {
        let views: Vec<_> = keys.iter().map(|key| key.0.as_ref()).collect();
        let facts = allowed::facts(&self.market, &self.actor, &views).await?;
        let now = self.market.now().await?;
        let of = |key: &AllowedOnProposal| allowed::allowed_actions(&self.actor, &key.0, &facts, now);
        Ok(keys.iter().map(|key| (key.clone(), of(key))).collect())
    }
}
