//! Idempotency keys: the same request, sent again, gives the same objects and does nothing.

use crate::{Code, Error, Result, settings::KEY_TIME, work::Work};
use entity::idempotency_key::{Column, Entity, Model};
use sea_orm::{ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter, sea_query::OnConflict};
use serde::Serialize;
use sha2::{Digest, Sha256};
use uuid::Uuid;

/// The operations that take keys.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Operation {
    Purchase,
    AcceptProposal,
    ChangeLicenseQuantity,
    CreateApp,
    CreatePlan,
    PayInvoice,
    RecordPayment,
}

impl Operation {
    fn name(self) -> &'static str {
        match self {
            Self::Purchase => "purchaseSubscription",
            Self::AcceptProposal => "acceptProposal",
            Self::ChangeLicenseQuantity => "changeLicenseQuantity",
            Self::CreateApp => "createApp",
            Self::CreatePlan => "createPlan",
            Self::PayInvoice => "payInvoice",
            Self::RecordPayment => "recordPayment",
        }
    }

    fn kept_for_ever(self) -> bool {
        match self {
            Self::Purchase | Self::AcceptProposal | Self::PayInvoice | Self::RecordPayment => true,
            Self::ChangeLicenseQuantity | Self::CreateApp | Self::CreatePlan => false,
        }
    }
}

/// The longest key that is taken.
const LONGEST: usize = 255;

impl Work<'_> {
    /// Takes the caller's key for this operation and input, if there is one. Returns the object of the first request when
    /// it is a repetition; the operation has nothing more to do then. While the first request runs, the database keeps
    /// the second waiting.
    ///
    /// # Errors
    /// `IDEMPOTENCY_KEY_REUSED` for another input; `Conflict` when the first request takes too long.
    pub(crate) async fn repeated(
        &self,
        operation: Operation,
        key: Option<&str>,
        input: &impl Serialize,
        result_id: Uuid,
    ) -> Result<Option<Uuid>> {
        let Some(key) = key else { return Ok(None) };
        #[cfg(feature = "failpoints")]
        if crate::failpoint::planted(crate::failpoint::Mistake::KeyIgnored) {
            return Ok(None);
        }
        if key.is_empty() || key.len() > LONGEST {
            return Err(Error::invalid("idempotencyKey", format!("a key has 1 to {LONGEST} bytes")));
        }
        let row = Model {
            tenant_id: self.by.actor.tenant(),
            operation: operation.name().into(),
            key: key.into(),
            input_hash: Sha256::digest(serde_json::to_vec(input).map_err(Error::internal)?).to_vec(),
            result_id,
            created_at: self.now.real,
            expires_at: (!operation.kept_for_ever()).then(|| self.now.real + KEY_TIME),
        };
        let id = (row.tenant_id, row.operation.clone(), row.key.clone());
        Entity::delete_many()
            .filter(Column::TenantId.eq(id.0))
            .filter(Column::Operation.eq(&id.1))
            .filter(Column::Key.eq(&id.2))
            .filter(Column::ExpiresAt.lte(self.now.real))
            .exec(&self.tx)
            .await?;
        let taken = Entity::insert(row.clone().into_active_model())
            .on_conflict(OnConflict::new().do_nothing().to_owned())
            .exec_without_returning(&self.tx)
            .await?;
        if taken == 1 {
            return Ok(None);
        }
        match Entity::find_by_id(id).one(&self.tx).await? {
            Some(first) if first.input_hash == row.input_hash => Ok(Some(first.result_id)),
            Some(_) => Err(Code::IdempotencyKeyReused.into()),
            None => Err(Error::Conflict),
        }
    }
}
