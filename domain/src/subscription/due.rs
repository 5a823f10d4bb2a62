//! What falls due: applied by the sweeps, and by every operation that meets it.

use super::{
    Subscription,
    lifecycle::{self, Change, State},
    renew,
};
use crate::{
    By, Error, Result,
    billing::{
        charge::{Offers, used_days},
        issue,
    },
    work::Work,
};
use entity::{invoice_line, state::DueChange};

/// Applies everything that is due on the subscription by now, in the order of the due times. What is charged on the way
/// has an invoice of its own.
pub(crate) async fn apply(work: &mut Work<'_>, subscription: &mut Subscription) -> Result<()> {
    while let Some((at, change)) = lifecycle::next_due(&subscription.state()?)
        && at <= work.at()
    {
        if subscription.row.partner_id.is_some() {
            // A partner is billed for it, whose profile a member does not see.
            work.go_on_as_system().await?;
        }
        let offers = Offers::of(&work.tx, [&subscription.row]).await?;
        let asked_by = std::mem::replace(&mut work.by, By::system());
        let lines = enact(work, subscription, change, &offers);
        if let Ok(lines) = &lines
            && !lines.is_empty()
        {
            let payer = work.payer(subscription.row.billing_profile_id).await?;
            issue::invoice(work, &payer, lines.clone())?;
        }
        work.by = asked_by;
        lines?;
    }
    Ok(())
}

/// Does one due change and returns what it charges. Changes nothing when it returns an error.
pub(crate) fn enact(
    work: &mut Work<'_>,
    subscription: &mut Subscription,
    change: DueChange,
    offers: &Offers,
) -> Result<Vec<invoice_line::Model>> {
    match change {
        DueChange::Renew => renew::renew(work, subscription, offers).map(|line| vec![line]),
        DueChange::Expire => {
            end(work, subscription, Change::Expire)?;
            Ok(Vec::new())
        }
        DueChange::Lapse => {
            let lines = used_days(subscription, offers, work.at())?;
            end(work, subscription, Change::Lapse)?;
            Ok(lines)
        }
    }
}

fn end(work: &mut Work<'_>, subscription: &mut Subscription, change: Change) -> Result<()> {
    match subscription.decide(change, work.at())? {
        Some(State::Disabled { reason, at }) => {
            work.disable(subscription, reason, at);
            Ok(())
        }
        Some(State::Pending { .. } | State::Active { .. }) | None => {
            Err(Error::internal(format!("{change:?} did not disable")))
        }
    }
}
