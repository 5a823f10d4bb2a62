//! A payment gateway whose cards do what a test says, all charges alike, whatever order they come in.

use chrono::{DateTime, Utc};
use domain::{
    Gateway, Result,
    gateway::{Card, Charge, Notice, Outcome, Refund, Rejected},
};
use futures::{FutureExt, future::BoxFuture};
use std::{
    collections::{BTreeMap, HashMap},
    sync::{Mutex, MutexGuard},
};
use uuid::Uuid;

/// What a card does with a charge.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum CardDoes {
    Pay,
    Decline,
    /// The money goes, and nobody hears of it until somebody asks.
    LoseTheAnswer,
}

/// The gateway.
#[derive(Debug, Default)]
pub(crate) struct Till {
    memory: Mutex<Memory>,
}

#[derive(Debug, Default)]
struct Memory {
    /// By the number of the profile, which is what the tokens begin with.
    cards: BTreeMap<usize, CardDoes>,
    charges: HashMap<Uuid, (bool, i64)>,
    refunds: HashMap<Uuid, (Uuid, i64)>,
}

/// The token of a profile's card with this number.
pub(crate) fn token(profile: usize, number: usize) -> String {
    format!("{profile}-{number}")
}

impl Till {
    fn memory(&self) -> MutexGuard<'_, Memory> {
        self.memory.lock().expect("no test panicked with it")
    }

    /// From now on the cards of a profile do this.
    pub(crate) fn set(&self, profile: usize, does: CardDoes) {
        self.memory().cards.insert(profile, does);
    }

    /// How much money came, less what went back.
    pub(crate) fn balance(&self) -> i64 {
        let memory = self.memory();
        let came: i64 = memory.charges.values().filter(|(went, _)| *went).map(|(_, amount)| *amount).sum();
        came - memory.refunds.values().map(|(_, amount)| *amount).sum::<i64>()
    }
}

fn went(id: Uuid) -> Outcome {
    Outcome::Succeeded { reference: id.simple().to_string() }
}

impl Gateway for Till {
    fn name(&self) -> &'static str {
        "till"
    }

    fn card<'a>(&'a self, _token: &'a str) -> BoxFuture<'a, Result<Option<Card>>> {
        let card = Card {
            brand: "till".into(),
            last4: "0000".into(),
            expiry_month: 12,
            expiry_year: 2099,
            customer: None,
        };
        async move { Ok(Some(card)) }.boxed()
    }

    fn forget<'a>(&'a self, _token: &'a str) -> BoxFuture<'a, Result<()>> {
        async { Ok(()) }.boxed()
    }

    fn charge<'a>(&'a self, charge: &'a Charge) -> BoxFuture<'a, Outcome> {
        let profile = charge.token.split_once('-').and_then(|(profile, _)| profile.parse().ok());
        let mut memory = self.memory();
        let does = profile.and_then(|profile: usize| memory.cards.get(&profile).copied());
        let pays = does != Some(CardDoes::Decline);
        // One id moves money once, however often it is asked for.
        let (pays, _) = *memory.charges.entry(charge.id.0).or_insert((pays, charge.amount));
        let outcome = match does {
            Some(CardDoes::LoseTheAnswer) => Outcome::Unknown,
            _ if pays => went(charge.id.0),
            _ => Outcome::Declined { code: "card_declined".into() },
        };
        async move { outcome }.boxed()
    }

    fn lookup<'a>(&'a self, charge: &'a Charge) -> BoxFuture<'a, Option<Outcome>> {
        let known = self.memory().charges.get(&charge.id.0).copied();
        let outcome = known.map(|(pays, _)| match pays {
            true => went(charge.id.0),
            false => Outcome::Declined { code: "card_declined".into() },
        });
        async move { outcome }.boxed()
    }

    fn refund<'a>(&'a self, refund: &'a Refund) -> BoxFuture<'a, Outcome> {
        self.memory().refunds.insert(refund.id.0, (refund.charge.0, refund.amount));
        let outcome = went(refund.id.0);
        async move { outcome }.boxed()
    }

    fn lookup_refund<'a>(&'a self, refund: &'a Refund) -> BoxFuture<'a, Option<Outcome>> {
        let known = self.memory().refunds.contains_key(&refund.id.0);
        let outcome = known.then(|| went(refund.id.0));
        async move { outcome }.boxed()
    }

    fn notice(
        &self,
        _header: &dyn Fn(&str) -> Option<String>,
        _body: &[u8],
        _now: DateTime<Utc>,
    ) -> Result<Notice, Rejected> {
        Err(Rejected::Signature)
    }
}
