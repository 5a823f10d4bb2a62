//! What a payment gateway tells by itself: verified by its signature before it is read, and true however late and often it
//! comes.

use super::{refund::settle_refund, settle::settle};
use crate::{
    By, Error, Marketplace,
    gateway::{Notice, Rejected},
};
use entity::payment;
use sea_orm::EntityTrait;

/// Why a notice was not taken.
#[derive(Debug, thiserror::Error)]
pub enum NoticeError {
    /// No gateway of this name is in use.
    #[error("there is no such gateway")]
    NoGateway,
    /// It is not the gateway's, or cannot be read.
    #[error(transparent)]
    Rejected(#[from] Rejected),
    /// It could not be stored; the gateway will send it again.
    #[error(transparent)]
    Failed(#[from] Error),
}

/// Takes what was sent to the route of the gateway with this name. What does not concern us is taken and forgotten.
///
/// # Errors
/// See [`NoticeError`].
pub async fn receive_notice(
    market: &Marketplace,
    gateway: &str,
    header: &(dyn Fn(&str) -> Option<String> + Sync),
    body: &[u8],
) -> Result<(), NoticeError> {
    if market.gateway().name() != gateway {
        return Err(NoticeError::NoGateway);
    }
    match market.gateway().notice(&|name| header(name), body, market.real_now())? {
        Notice::Charge(id, outcome, about) => {
            if let Some((amount, currency)) = about
                && let Some(row) =
                    payment::Entity::find_by_id(id).one(market.db().read()).await.map_err(Error::from)?
                && (row.amount, &row.currency) != (amount, &currency)
            {
                tracing::error!(payment = %id.0, amount, currency, "a notice is about another amount than the charge");
                return Err(NoticeError::Rejected(Rejected::Malformed));
            }
            settle(market, &By::system(), id, outcome).await?;
        }
        Notice::Refund(id, outcome) => {
            settle_refund(market, id, outcome).await?;
        }
        Notice::Other => {}
    }
    Ok(())
}
