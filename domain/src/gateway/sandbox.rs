//! The sandbox gateway: made-up cards, each with a behaviour of its own, remembered in the database so that all processes
//! see the same.

use super::{Card, Charge, Gateway, Outcome};
use crate::{Database, Result};
use entity::{
    id::PaymentId,
    sandbox_charge::{Column, Entity, Model},
    state::SandboxOutcome,
};
use futures::{FutureExt, future::BoxFuture};
use sea_orm::{ColumnTrait, DbErr, EntityTrait, IntoActiveModel, PaginatorTrait, QueryFilter};

/// Always succeeds.
const OK: &str = "card_ok";
/// Always declines.
const DECLINED: &str = "card_declined";
/// Declines the first charge of a payment method.
const DECLINED_ONCE: &str = "card_declined_once";
/// Loses the answer to the first charge of a payment method, which succeeded.
const TIMEOUT: &str = "card_timeout";

/// The reason that it gives when it declines.
const REASON: &str = "card_declined";

/// The sandbox gateway.
#[derive(Debug, Clone)]
pub struct SandboxGateway {
    db: Database,
}

impl SandboxGateway {
    /// With its memory in this database.
    pub fn new(db: Database) -> Self {
        Self { db }
    }

    async fn remembered(&self, id: PaymentId) -> Result<Option<SandboxOutcome>, DbErr> {
        Ok(Entity::find_by_id(id).one(self.db.read()).await?.map(|row| row.outcome))
    }

    async fn decide(&self, charge: &Charge) -> Result<SandboxOutcome, DbErr> {
        if let Some(outcome) = self.remembered(charge.id).await? {
            return Ok(outcome);
        }
        let first = Entity::find()
            .filter(Column::PaymentMethodId.eq(charge.payment_method))
            .count(self.db.read())
            .await?
            == 0;
        let outcome = match charge.token.as_str() {
            OK => SandboxOutcome::Succeeded,
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
        Entity::insert(row.into_active_model()).exec_without_returning(self.db.writer()).await?;
        Ok(outcome)
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
    fn card<'a>(&'a self, token: &'a str) -> BoxFuture<'a, Result<Option<Card>>> {
        let known = matches!(token, OK | DECLINED | DECLINED_ONCE | TIMEOUT);
        let card =
            Card { brand: "Sandbox".into(), last4: "4242".into(), expiry_month: 12, expiry_year: 2099 };
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

    fn lookup<'a>(&'a self, id: PaymentId) -> BoxFuture<'a, Option<Outcome>> {
        async move {
            match self.remembered(id).await {
                Ok(outcome) => outcome.map(|outcome| told(id, outcome)),
                Err(_) => Some(Outcome::Unknown),
            }
        }
        .boxed()
    }
}
