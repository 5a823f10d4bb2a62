//! Who calls, and what one request carries through its resolvers.

use crate::loaders::{InvoiceParts, SubscriptionLists};
use async_graphql::{Context, dataloader::DataLoader};
use domain::{
    Actor, By, Marketplace,
    feed::Feed,
    identity::{self, InvalidToken, Subject},
};
use secrecy::SecretString;
use std::sync::Arc;

/// What one request carries: the marketplace, who asks, and loaders that gather what its resolvers want.
pub(crate) struct Caller {
    pub(crate) market: Marketplace,
    pub(crate) by: By,
    pub(crate) feed: Feed,
    pub(crate) lists: DataLoader<SubscriptionLists>,
    pub(crate) invoices: DataLoader<InvoiceParts>,
}

impl Caller {
    pub(crate) fn new(market: Marketplace, feed: Feed, by: By) -> Self {
        let lists = SubscriptionLists { market: market.clone(), actor: by.actor };
        let invoices = InvoiceParts { market: market.clone() };
        Self {
            lists: DataLoader::new(lists, tokio::spawn),
            invoices: DataLoader::new(invoices, tokio::spawn),
            market,
            by,
            feed,
        }
    }

    /// The caller of the request that is being resolved.
    pub(crate) fn of<'a>(ctx: &Context<'a>) -> &'a Self {
        ctx.data_unchecked::<Arc<Self>>()
    }

    pub(crate) fn actor(&self) -> &Actor {
        &self.by.actor
    }
}

/// A token that was found good.
#[derive(Debug, Clone)]
pub(crate) struct Credentials {
    pub(crate) subject: Subject,
    pub(crate) expires_at: chrono::DateTime<chrono::Utc>,
}

/// Checks the value of an `Authorization` header.
///
/// # Errors
/// `InvalidToken` when it is missing, malformed, or wrong.
pub(crate) fn credentials(
    market: &Marketplace,
    secret: &SecretString,
    authorization: Option<&str>,
) -> Result<Credentials, InvalidToken> {
    let (scheme, token) = authorization.and_then(|value| value.split_once(' ')).ok_or(InvalidToken)?;
    if !scheme.eq_ignore_ascii_case("bearer") {
        return Err(InvalidToken);
    }
    let (subject, expires_at) = identity::verify(secret, token.trim(), market.real_now())?;
    Ok(Credentials { subject, expires_at })
}
