//! Random histories of every operation, by several people, with jobs and jumps of the clock, against the plain model.
//!
//! A step may be anything, allowed or not: most of what is asked of a subscription that has ended has to be refused, and that is
//! asked often. After each step the answer and all tables have to be what the plain model (`tests/plain`) says. How often the
//! histories came where it is dangerous is counted, and a run that was never there fails.
//!
//! Histories come from a fixed seed, and a failing one is made shorter before it is told. More of them, or longer ones:
//! `TENURE_MODEL_CASES=200 TENURE_MODEL_STEPS=120 scripts/with-postgres cargo test --test tenure model:: -- --nocapture`, with
//! `TENURE_MODEL_SEED` for others.

mod steps;

use self::steps::Step;
use crate::{
    harness::Db,
    plain::{CardDoes, Life, Plan, Profile, Real, Tenant, World, compare::Document, dates},
};
use proptest::{
    strategy::{BoxedStrategy, Just, Strategy},
    test_runner::{Config, RngAlgorithm, TestRng, TestRunner},
};
use proptest_state_machine::{ReferenceStateMachine, StateMachineTest};
use rstest::rstest;
use std::{
    collections::BTreeMap,
    sync::{LazyLock, Mutex},
};

/// 29 January 2028, 9:00: a leap day, a month's end and a short month lie close ahead.
const BEGINNING: i64 = 21_212 * dates::DAY + 9 * dates::HOUR;

pub(super) const PLANS: [Plan; 5] = [
    plan("Northwind Boards", "Monthly", 1250, "USD", 1, true),
    plan("Northwind Boards", "Yearly", 12_000, "USD", 12, true),
    plan("Northwind Boards", "Monthly, in euros", 1100, "EUR", 1, true),
    plan("Northwind Vault", "Yearly", 90_000, "USD", 12, false),
    plan("Northwind Vault", "Monthly", 3_333, "USD", 1, false),
];

pub(super) const PROFILES: [Profile; 5] = [
    Profile { tenant: Tenant::Contoso, currency: "USD", card: Some(CardDoes::Pay) },
    Profile { tenant: Tenant::Contoso, currency: "USD", card: Some(CardDoes::Decline) },
    Profile { tenant: Tenant::Contoso, currency: "USD", card: None },
    Profile { tenant: Tenant::Contoso, currency: "EUR", card: Some(CardDoes::LoseTheAnswer) },
    Profile { tenant: Tenant::Tailspin, currency: "USD", card: Some(CardDoes::Pay) },
];

const fn plan(
    app: &'static str,
    name: &'static str,
    price: i64,
    currency: &'static str,
    months: i64,
    per_license: bool,
) -> Plan {
    Plan { app, name, price, currency, months, per_license }
}

/// What has to be reached, and by these refusals.
const REACHED: [&str; 30] = [
    "activated",
    "renewed",
    "raised",
    "decrease scheduled",
    "decrease withdrawn",
    "past due",
    "recovered",
    "canceled",
    "expired",
    "lapsed",
    "credited",
    "refunded",
    "declined",
    "answer lost",
    "asked about",
    "used days charged",
    "bought again",
    "asked of an ended one",
    "DISABLED_IS_TERMINAL",
    "NOT_FOUND",
    "FORBIDDEN",
    "MANAGED_BY_PARTNER",
    "NOT_ACTIVE",
    "PURCHASE_MISMATCH",
    "PORTAL_NOT_OPENED",
    "LICENSES_NOT_APPLICABLE",
    "BILLING_PROFILE_NOT_USABLE",
    "PAYMENT_DECLINED",
    "PAYMENT_PENDING",
    "NOT_REPLACEABLE",
];

/// The model, and what the last step was answered.
#[derive(Debug, Clone)]
pub(super) struct History {
    db: Db,
    pub(super) world: World,
    answer: &'static str,
    /// What the last step is about, as it was before, if that is an invoice.
    asked: Option<Document>,
}

impl History {
    fn beginning(db: Db) -> Self {
        Self { db, world: World::new(BEGINNING, &PLANS, &PROFILES), answer: "OK", asked: None }
    }

    fn step(&mut self, step: &Step) {
        (self.answer, self.asked) = ("OK", None);
        match step {
            Step::Wait(seconds) => self.world.now += seconds,
            Step::Work => self.world.work(),
            Step::Card(profile, does) => self.world.profiles[*profile].card = Some(*does),
            Step::Do(op) => {
                self.asked = step.invoice().map(|invoice| self.world.document(&self.world.invoices[invoice]));
                let ended = |sub: usize| matches!(self.world.subs[sub].life, Life::Disabled(..));
                if step.subject().is_some_and(ended) {
                    self.world.reach("asked of an ended one");
                }
                let before = self.world.clone();
                if let Err(refusal) = self.world.answer(op) {
                    let reached = std::mem::take(&mut self.world.reached);
                    if !refusal.stays {
                        self.world = before;
                    }
                    self.world.reached = reached;
                    self.world.reach(refusal.code);
                    self.answer = refusal.code;
                }
            }
        }
    }
}

struct OnSqlite;
struct OnPostgres;

impl ReferenceStateMachine for OnSqlite {
    type State = History;
    type Transition = Step;

    fn init_state() -> BoxedStrategy<History> {
        Just(History::beginning(Db::Sqlite)).boxed()
    }

    fn transitions(history: &History) -> BoxedStrategy<Step> {
        steps::next(&history.world)
    }

    fn apply(mut history: History, step: &Step) -> History {
        history.step(step);
        history
    }

    fn preconditions(history: &History, step: &Step) -> bool {
        step.is_about_what_there_is(&history.world)
    }
}

impl ReferenceStateMachine for OnPostgres {
    type State = History;
    type Transition = Step;

    fn init_state() -> BoxedStrategy<History> {
        Just(History::beginning(Db::Postgres)).boxed()
    }

    fn transitions(history: &History) -> BoxedStrategy<Step> {
        OnSqlite::transitions(history)
    }

    fn apply(history: History, step: &Step) -> History {
        OnSqlite::apply(history, step)
    }

    fn preconditions(history: &History, step: &Step) -> bool {
        OnSqlite::preconditions(history, step)
    }
}

/// The histories are made outside of any runtime, and everything real lives in this one.
static RUNTIME: LazyLock<tokio::runtime::Runtime> =
    LazyLock::new(|| tokio::runtime::Runtime::new().expect("a runtime"));

/// What the histories on a database reached.
static COUNTED: Mutex<BTreeMap<&'static str, BTreeMap<&'static str, u64>>> = Mutex::new(BTreeMap::new());

struct Subject<R>(std::marker::PhantomData<R>);

impl<R: ReferenceStateMachine<State = History, Transition = Step>> StateMachineTest for Subject<R> {
    type SystemUnderTest = Real;
    type Reference = R;

    fn init_test(history: &History) -> Real {
        RUNTIME.block_on(Real::like(&history.world, history.db, 500))
    }

    /// The history is the one after the step.
    fn apply(mut real: Real, history: &History, step: Step) -> Real {
        RUNTIME.block_on(async {
            match &step {
                Step::Wait(_) => real.at(history.world.now),
                Step::Work => real.work().await,
                Step::Card(profile, does) => real.till.set(*profile, *does),
                Step::Do(op) => {
                    let invoice = match &history.asked {
                        Some(asked) => Some(real.tables().await.like(asked)),
                        None => None,
                    };
                    let answer = real.does(op, &history.world, invoice).await;
                    assert_eq!(answer, history.answer, "the answer to {op:?}, and what the model says");
                }
            }
            real.tables().await.are_those_of(&history.world);
        });
        real
    }

    fn teardown(real: Real, history: History) {
        let name = if history.db == Db::Sqlite { "SQLite" } else { "PostgreSQL" };
        let mut counted = COUNTED.lock().expect("counters");
        for (what, times) in history.world.reached {
            *counted.entry(name).or_default().entry(what).or_default() += times;
        }
        // Its connections are closed where they were opened.
        RUNTIME.block_on(async { drop(real) });
    }
}

fn setting(name: &str, usual: u64) -> u64 {
    std::env::var(name).map_or(usual, |text| text.parse().unwrap_or_else(|_| panic!("{name} is a number")))
}

/// So many rounds of histories are made at most, until everything was reached that has to be.
const ROUNDS: u64 = 8;

/// What the few histories have to reach that everybody's tests make; all of it is for the many.
const REACHED_BY_FEW: [&str; 8] = [
    "DISABLED_IS_TERMINAL",
    "FORBIDDEN",
    "NOT_FOUND",
    "activated",
    "asked of an ended one",
    "canceled",
    "expired",
    "renewed",
];

fn check<R: ReferenceStateMachine<State = History, Transition = Step>>(database: &'static str) {
    let cases = u32::try_from(setting("TENURE_MODEL_CASES", 5)).expect("not that many");
    let steps = usize::try_from(setting("TENURE_MODEL_STEPS", 80)).expect("not that many");
    let first = setting("TENURE_MODEL_SEED", 1);
    let many = std::env::var_os("TENURE_MODEL_CASES").is_some();
    let wanted: &[&str] = if many { &REACHED } else { &REACHED_BY_FEW };
    let config = Config { cases, max_shrink_iters: 300, failure_persistence: None, ..Config::default() };
    let mut missed = Vec::new();
    for round in 0..ROUNDS {
        let mut seed = [0; 32];
        seed[..8].copy_from_slice(&(first + round).to_le_bytes());
        let random = TestRng::from_seed(RngAlgorithm::ChaCha, &seed);
        let mut runner = TestRunner::new_with_rng(config.clone(), random);
        let histories = R::sequential_strategy(steps..=steps);
        let outcome = runner.run(&histories, |(beginning, steps, seen)| {
            Subject::<R>::test_sequential(config.clone(), beginning, steps, seen);
            Ok(())
        });
        if let Err(failure) = outcome {
            panic!("a history that the model does not tell so: {failure}");
        }
        let counted = COUNTED.lock().expect("counters").get(database).cloned().unwrap_or_default();
        println!("{database}, round {round}: {cases} histories of {steps} steps, all in all {counted:?}");
        missed = wanted.iter().copied().filter(|what| !counted.contains_key(what)).collect();
        if missed.is_empty() {
            break;
        }
    }
    assert!(missed.is_empty(), "the histories never reached {missed:?}");
}

#[rstest]
fn whatever_is_done_in_whatever_order_the_plain_model_tells_what_comes_of_it(
    #[values(Db::Sqlite, Db::Postgres)] db: Db,
) {
    match db {
        Db::Sqlite => check::<OnSqlite>("SQLite"),
        Db::Postgres => check::<OnPostgres>("PostgreSQL"),
    }
}
