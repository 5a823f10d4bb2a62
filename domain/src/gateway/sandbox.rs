//! The sandbox gateway: made-up cards, each with a behaviour of its own, remembered in the database so that all processes
//! see the same.

use super::{Card, Charge, Gateway, Notice, Outcome, Refund, Rejected, signature};
use crate::{Database, Result};
use chrono::{DateTime, Utc};
use entity::{
    id::{PaymentId, RefundId},
    sandbox_charge::{Column, Entity, Model},
    sandbox_refund,
    state::SandboxOutcome,
};
use futures::{FutureExt, future::BoxFuture};
use sea_orm::{ColumnTrait, DbErr, EntityTrait, IntoActiveModel, PaginatorTrait, QueryFilter};
use secrecy::SecretString;
use serde::Deserialize;
use uuid::Uuid;

/// Always succeeds.
const OK: &str = "card_ok";
/// Always declines.
const DECLINED: &str = "card_declined";
/// Declines the first charge of a payment method.
const DECLINED_ONCE: &str = "card_declined_once";
/// Loses the answer to the first charge of a payment method, which succeeded.
const TIMEOUT: &str = "card_timeout";
/// Always succeeds, but declines the first refund of a charge.
const REFUND_DECLINED_ONCE: &str = "card_refund_declined_once";

/// The header with the signature of a notice.
pub const SIGNATURE: &str = "tenure-sandbox-signature";

/// The reason that it gives when it declines.
const REASON: &str = "card_declined";

/// The reason that it gives when it declines a refund.
const REFUND_REASON: &str = "refund_declined";

/// The sandbox gateway.
#[derive(Debug, Clone)]
pub struct SandboxGateway {
    db: Database,
    secret: SecretString,
}

/// A notice as somebody who plays the gateway sends it: how a charge or a refund went.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Told {
    payment: Option<Uuid>,
    refund: Option<Uuid>,
    status: SandboxOutcome,
}

impl SandboxGateway {
    /// With its memory in this database. Its notices are signed with the secret.
    pub fn new(db: Database, secret: SecretString) -> Self {
        Self { db, secret }
    }

    async fn remembered(&self, id: PaymentId) -> Result<Option<SandboxOutcome>, DbErr> {
        Ok(Entity::find_by_id(id).one(self.db.read()).await?.map(|row| row.outcome))
    }

    async fn decide(&self, charge: &Charge) -> Result<SandboxOutcome> {
        if let Some(outcome) = self.remembered(charge.id).await? {
            return Ok(outcome);
        }
        let first = Entity::find()
            .filter(Column::PaymentMethodId.eq(charge.payment_method))
            .count(self.db.read())
            .await?
            == 0;
        let outcome = match charge.token.as_str() {
            OK | REFUND_DECLINED_ONCE => SandboxOutcome::Succeeded,
            DECLINED_ONCE if !first => SandboxOutcome::Succeeded,
            TIMEOUT => {
                if first {
                    SandboxOutcome::Hidden
                } else {
                    SandboxOutcome::Succeeded
                }
            }
            _ => SandboxOutcome::Declined,
        };
        let row = Model {
            id: charge.id,
            payment_method_id: charge.payment_method,
            token: charge.token.clone(),
            amount: charge.amount,
            currency: charge.currency.clone(),
            outcome,
        };
        Entity::insert(row.into_active_model()).exec_without_returning(self.db.writer()?).await?;
        Ok(outcome)
    }

    async fn remembered_refund(&self, id: RefundId) -> Result<Option<SandboxOutcome>, DbErr> {
        let row = sandbox_refund::Entity::find_by_id(id).one(self.db.read()).await?;
        Ok(row.map(|row| row.outcome))
    }

    async fn decide_refund(&self, refund: &Refund) -> Result<SandboxOutcome> {
        if let Some(outcome) = self.remembered_refund(refund.id).await? {
            return Ok(outcome);
        }
        let charge = Entity::find_by_id(refund.charge).one(self.db.read()).await?;
        let before = sandbox_refund::Entity::find()
            .filter(sandbox_refund::Column::ChargeId.eq(refund.charge))
            .all(self.db.read())
            .await?;
        let given: i64 = before
            .iter()
            .filter(|row| row.outcome == SandboxOutcome::Succeeded)
            .map(|row| row.amount)
            .fold(0, i64::saturating_add);
        let outcome = match charge {
            // Never more than was charged.
            Some(charge) if given.saturating_add(refund.amount) > charge.amount => SandboxOutcome::Declined,
            Some(charge) if charge.outcome == SandboxOutcome::Declined => SandboxOutcome::Declined,
            Some(charge) if charge.token == REFUND_DECLINED_ONCE && before.is_empty() => {
                SandboxOutcome::Declined
            }
            Some(_) => SandboxOutcome::Succeeded,
            None => SandboxOutcome::Declined,
        };
        let row =
            sandbox_refund::Model { id: refund.id, charge_id: refund.charge, amount: refund.amount, outcome };
        sandbox_refund::Entity::insert(row.into_active_model())
            .exec_without_returning(self.db.writer()?)
            .await?;
        Ok(outcome)
    }
}

fn told_refund(id: RefundId, outcome: SandboxOutcome) -> Outcome {
    match outcome {
        SandboxOutcome::Succeeded | SandboxOutcome::Hidden => {
            Outcome::Succeeded { reference: format!("sandbox_refund_{}", id.0.simple()) }
        }
        SandboxOutcome::Declined => Outcome::Declined { code: REFUND_REASON.into() },
    }
}

fn told(id: PaymentId, outcome: SandboxOutcome) -> Outcome {
    match outcome {
        SandboxOutcome::Succeeded | SandboxOutcome::Hidden => {
            Outcome::Succeeded { reference: format!("sandbox_{}", id.0.simple()) }
        }
        SandboxOutcome::Declined => Outcome::Declined { code: REASON.into() },
    }
}

impl Gateway for SandboxGateway {
    fn name(&self) -> &'static str {
        "sandbox"
    }

    fn card<'a>(&'a self, token: &'a str) -> BoxFuture<'a, Result<Option<Card>>> {
        let known = matches!(token, OK | DECLINED | DECLINED_ONCE | TIMEOUT | REFUND_DECLINED_ONCE);
        let card = Card {
            brand: "Sandbox".into(),
            last4: "4242".into(),
            expiry_month: 12,
            expiry_year: 2099,
            customer: None,
        };
        async move { Ok(known.then_some(card)) }.boxed()
    }

    fn charge<'a>(&'a self, charge: &'a Charge) -> BoxFuture<'a, Outcome> {
        async move {
            match self.decide(charge).await {
                // The answer to this one got lost on its way.
                Ok(SandboxOutcome::Hidden) => Outcome::Unknown,
                Ok(outcome) => told(charge.id, outcome),
                Err(error) => {
                    tracing::warn!(%error, "the sandbox gateway cannot remember");
                    Outcome::Unknown
                }
            }
        }
        .boxed()
    }

    fn forget<'a>(&'a self, _: &'a str) -> BoxFuture<'a, Result<()>> {
        async { Ok(()) }.boxed()
    }

    fn lookup<'a>(&'a self, charge: &'a Charge) -> BoxFuture<'a, Option<Outcome>> {
        async move {
            match self.remembered(charge.id).await {
                Ok(outcome) => outcome.map(|outcome| told(charge.id, outcome)),
                Err(_) => Some(Outcome::Unknown),
            }
        }
        .boxed()
    }

    fn refund<'a>(&'a self, refund: &'a Refund) -> BoxFuture<'a, Outcome> {
        async move {
            match self.decide_refund(refund).await {
                Ok(outcome) => told_refund(refund.id, outcome),
                Err(error) => {
                    tracing::warn!(%error, "the sandbox gateway cannot remember");
                    Outcome::Unknown
                }
            }
        }
        .boxed()
    }

    fn lookup_refund<'a>(&'a self, refund: &'a Refund) -> BoxFuture<'a, Option<Outcome>> {
        async move {
            match self.remembered_refund(refund.id).await {
                Ok(outcome) => outcome.map(|outcome| told_refund(refund.id, outcome)),
                Err(_) => Some(Outcome::Unknown),
            }
        }
        .boxed()
    }

    fn notice(
        &self,
        header: &dyn Fn(&str) -> Option<String>,
        body: &[u8],
        now: DateTime<Utc>,
    ) -> Result<Notice, Rejected> {
        let signed =
            header(SIGNATURE).is_some_and(|header| signature::verify(&self.secret, &header, body, now));
        if !signed {
            return Err(Rejected::Signature);
        }
        let notice: Told = serde_json::from_slice(body).map_err(|_| Rejected::Malformed)?;
        Ok(match (notice.payment, notice.refund) {
            (Some(id), None) => Notice::Charge(PaymentId(id), told(PaymentId(id), notice.status), None),
            (None, Some(id)) => Notice::Refund(RefundId(id), told_refund(RefundId(id), notice.status)),
            (None, None) | (Some(_), Some(_)) => return Err(Rejected::Malformed),
        })
    }
}
