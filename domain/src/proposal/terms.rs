//! What a proposal may offer, and how its lines are written.

use crate::{
    Code, Error, Input, Money, Result,
    catalog::HIGHEST_PRICE,
    money::{sum, times},
    subscription::buying::quantity,
    text,
    work::Work,
};
use chrono::{DateTime, Utc};
use entity::{
    id::{OrganizationId, PlanId, ProposalId},
    plan, proposal_line,
};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use serde_json::{Value as Json, json};

/// The longest message, in characters.
const LONGEST_MESSAGE: usize = 10_000;

/// How many lines a proposal has at most.
const MOST_LINES: usize = 50;

/// One thing to offer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProposedLine {
    /// The plan; all lines are of one currency.
    pub plan: PlanId,
    /// How many licences; none for a flat rate.
    pub license_quantity: Option<i64>,
    /// Price of one unit for one period, without tax, as a decimal in the plan's currency; none for the plan's own.
    pub unit_price: Option<String>,
}

/// Lines that can be offered.
pub(super) struct Terms {
    pub(super) currency: String,
    /// The plan, the licences and the price in minor units.
    lines: Vec<(PlanId, Option<i64>, i64)>,
}

/// Whether it can be said.
///
/// # Errors
/// `Invalid`.
pub(super) fn message(text: Option<&str>) -> Result<()> {
    text.map_or(Ok(()), |text| text::lines(Input::field("message"), text, LONGEST_MESSAGE))
}

/// Whether a proposal that ends then can be sent now.
///
/// # Errors
/// `Invalid` for a time that has come.
pub(super) fn expiry(at: DateTime<Utc>, now: DateTime<Utc>) -> Result<()> {
    if at > now {
        return Ok(());
    }
    Err(Error::invalid("expiresAt", "this time has come already: choose a later one"))
}

impl Terms {
    /// Whether these lines can be offered. In which country a plan is sold is judged when the proposal is accepted.
    ///
    /// # Errors
    /// The first of each line: `NotFound`, `PLAN_NOT_AVAILABLE` for a plan that is not sold any more, those of the quantity,
    /// `CURRENCY_MISMATCH`; `Invalid` for no lines, too many, or a price that is none.
    pub(super) async fn checked(work: &Work<'_>, lines: &[ProposedLine]) -> Result<Self> {
        let path = Input::field("lines");
        if lines.is_empty() || lines.len() > MOST_LINES {
            return Err(Error::Invalid(path, format!("offer 1 to {MOST_LINES} lines").into()));
        }
        let plans = plan::Entity::find()
            .filter(plan::Column::Id.is_in(lines.iter().map(|line| line.plan)))
            .all(&work.tx)
            .await?;
        let mut terms = Self { currency: String::new(), lines: Vec::with_capacity(lines.len()) };
        for (index, line) in lines.iter().enumerate() {
            let at = path.below(index.to_string());
            let plan = plans.iter().find(|plan| plan.id == line.plan);
            let plan = plan.ok_or_else(|| Error::NotFound(at.below("planId")))?;
            if plan.retired_at.is_some() {
                let message = "The plan is retired, and cannot be bought any more. Offer another one.";
                return Err(Code::PlanNotAvailable.because(message).at(at.below("planId")).into());
            }
            if terms.currency.is_empty() {
                terms.currency.clone_from(&plan.currency);
            }
            if terms.currency != plan.currency {
                let message = format!("All lines are in one currency; the first is in {}.", terms.currency);
                return Err(Code::CurrencyMismatch.because(message).at(at.below("planId")).into());
            }
            quantity(plan, line.license_quantity, at.below("licenseQuantity"))?;
            let price = price(plan, line, &at.below("unitPrice"))?;
            terms.lines.push((plan.id, line.license_quantity, price));
        }
        terms.total().map_err(|_| Error::Invalid(path, "this comes to more than can be billed".into()))?;
        Ok(terms)
    }

    /// The lines of a revision as they stand.
    pub(super) fn standing(currency: &str, lines: &[proposal_line::Model]) -> Self {
        let of = |line: &proposal_line::Model| (line.plan_id, line.license_quantity, line.unit_price);
        Self { currency: currency.to_owned(), lines: lines.iter().map(of).collect() }
    }

    /// What the first periods come to, in minor units.
    fn total(&self) -> Result<i64> {
        let amounts = self.lines.iter().map(|(_, quantity, price)| times(*price, quantity.unwrap_or(1)));
        sum(amounts.collect::<Result<Vec<_>>>()?)
    }

    /// Writes them as the lines of a revision.
    pub(super) async fn write(
        &self,
        work: &Work<'_>,
        proposal: ProposalId,
        revision: i64,
        organization: OrganizationId,
    ) -> Result<()> {
        for (position, (plan, license_quantity, unit_price)) in (0_i64..).zip(&self.lines) {
            work.insert(proposal_line::Model {
                proposal_id: proposal,
                revision,
                position,
                organization_id: organization,
                plan_id: *plan,
                license_quantity: *license_quantity,
                unit_price: *unit_price,
                subscription_id: None,
            })
            .await?;
        }
        Ok(())
    }

    /// Whether these are the lines.
    pub(super) fn same(&self, other: &Self) -> bool {
        self.lines == other.lines
    }

    /// For the record.
    pub(super) fn recorded(&self) -> Json {
        let lines = self
            .lines
            .iter()
            .map(|(plan, quantity, price)| json!({ "plan": plan, "quantity": quantity, "unitPrice": price }));
        json!({ "currency": self.currency, "lines": lines.collect::<Vec<_>>() })
    }
}

fn price(plan: &plan::Model, line: &ProposedLine, path: &Input) -> Result<i64> {
    let Some(text) = &line.unit_price else { return Ok(plan.unit_price) };
    let money = Money::parse(text, &plan.currency, "unitPrice").map_err(|error| error.about(path.clone()))?;
    if money.minor > HIGHEST_PRICE {
        let most = Money { minor: HIGHEST_PRICE, ..money };
        return Err(Error::Invalid(path.clone(), format!("write a price of at most {most}").into()));
    }
    Ok(money.minor)
}
