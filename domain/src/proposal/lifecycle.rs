//! What may become of a proposal: one pure function, every state with every change.

use crate::Code;
use chrono::{DateTime, Utc};
use entity::state::ProposalStatus;

/// A proposal, as far as this has to know it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct State {
    /// How far it has come.
    pub status: ProposalStatus,
    /// Which revision stands.
    pub revision: i64,
    /// Until when it can be accepted, exclusive.
    pub expires_at: DateTime<Utc>,
}

/// What somebody, or time, wants to do with a proposal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// The operator writes another revision.
    Revise,
    /// The operator sends it to the organization.
    Send,
    /// The operator takes it back.
    Withdraw,
    /// The organization accepts the revision that it saw.
    Accept(i64),
    /// The organization declines.
    Decline,
    /// Its time ran out.
    Expire,
}

/// What is said of a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    /// It happens, and this is its status then.
    To(ProposalStatus),
    /// It is so already: success without an event.
    Already,
    /// It does not happen.
    Refused(Code),
}

/// Decides. Pure and total: no wildcard. Once closed, a proposal stays as it is.
#[rustfmt::skip]
pub fn decide(state: &State, change: &Change, now: DateTime<Utc>) -> Decision {
    use {Change::*, Decision::*, ProposalStatus::*};
    let State { status, revision, expires_at } = *state;
    match (status, *change) {
        (Draft, Revise) => To(Draft),
        (Draft, Send) => To(Open),
        (Draft, Withdraw) => To(Withdrawn),
        (Draft, Accept(_) | Decline | Expire) => Refused(Code::ProposalClosed),

        (Open, Revise | Send | Withdraw | Accept(_) | Decline) if now >= expires_at => Refused(Code::ProposalClosed),
        (Open, Revise) => To(Open),
        (Open, Send) => Already,
        (Open, Withdraw) => To(Withdrawn),
        (Open, Accept(seen)) if seen != revision => Refused(Code::ProposalChanged),
        (Open, Accept(_)) => To(Accepted),
        (Open, Decline) => To(Declined),
        (Open, Expire) if now < expires_at => Refused(Code::NotDue),
        (Open, Expire) => To(Expired),

        (Accepted, Accept(seen)) if seen == revision => Already,
        (Declined, Decline) => Already,
        (Withdrawn, Withdraw) => Already,
        (Expired, Expire) => Already,
        (Accepted | Declined | Withdrawn | Expired, Revise | Send | Withdraw | Accept(_) | Decline | Expire)
            => Refused(Code::ProposalClosed),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::TimeDelta;
    use sea_orm::Iterable;

    const CHANGES: [Change; 7] = [
        Change::Revise,
        Change::Send,
        Change::Withdraw,
        Change::Accept(1),
        Change::Accept(2),
        Change::Decline,
        Change::Expire,
    ];

    /// The whole of it as a table, before and after the time has run out.
    #[test]
    fn every_change_in_every_state() {
        let expires_at: DateTime<Utc> = "2026-03-01T00:00:00Z".parse().unwrap();
        let mut table = String::new();
        for status in ProposalStatus::iter() {
            for (when, now) in [("before", expires_at - TimeDelta::seconds(1)), ("after", expires_at)] {
                for change in CHANGES {
                    let decision = decide(&State { status, revision: 2, expires_at }, &change, now);
                    table += &format!("{status:?} {when}: {change:?} → {decision:?}\n");
                }
            }
        }
        insta::assert_snapshot!(table);
    }

    #[test]
    fn what_is_closed_stays_closed() {
        let now: DateTime<Utc> = "2026-03-01T00:00:00Z".parse().unwrap();
        for status in
            ProposalStatus::iter().filter(|s| !matches!(s, ProposalStatus::Draft | ProposalStatus::Open))
        {
            for change in CHANGES {
                for expires_at in [now - TimeDelta::days(1), now + TimeDelta::days(1)] {
                    let decision = decide(&State { status, revision: 2, expires_at }, &change, now);
                    assert!(!matches!(decision, Decision::To(_)), "{status:?} {change:?}");
                }
            }
        }
    }
}
