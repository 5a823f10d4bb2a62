//! A year and more of many subscriptions, in jumps of an hour and of thirty days: no period missing or doubled, and each amount
//! right.
//!
//! Everything is bought, changed and cancelled by the operations of the domain, and charged by the jobs. What ought to come of
//! it is worked out beside it by the plain model (`tests/plain`), which knows nothing of the domain's calendar and money; at
//! the end every row is held against it. Beside that the lines of the invoices are looked at by themselves.
//!
//! The small size runs with the other tests. The whole:
//! `TENURE_SIMULATION_SUBSCRIPTIONS=10000 scripts/with-postgres cargo test --test tenure simulation:: -- --nocapture`, with
//! `TENURE_SIMULATION_SEED` for another year.

mod script;

use self::script::{Act, Script};
use crate::{
    harness::Db,
    plain::{Kind, Line, Real, World, compare::Tables, dates},
};
use rstest::rstest;
use std::{collections::BTreeMap, time::Instant};

/// How many renewals one transaction takes: all that are due, so that what shares an invoice does not depend on their number.
const BATCH: u64 = 100_000;

fn setting(name: &str, usual: u64) -> u64 {
    std::env::var(name).map_or(usual, |text| text.parse().unwrap_or_else(|_| panic!("{name} is a number")))
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn over_four_hundred_days_no_period_is_missing_or_doubled_and_each_amount_is_right(
    #[values(Db::Sqlite, Db::Postgres)] db: Db,
) {
    let count = usize::try_from(setting("TENURE_SIMULATION_SUBSCRIPTIONS", 120)).expect("not that many");
    let script = Script::of(count, setting("TENURE_SIMULATION_SEED", 1));
    let mut world = World::new(script.begins, &script::PLANS, &script.profiles);
    let mut real = Real::like(&world, db, BATCH).await;
    let mut spent = BTreeMap::new();
    let (mut hours, mut months) = (0, 0);
    for (number, step) in script.steps.iter().enumerate() {
        match step.at - world.now {
            dates::HOUR => hours += 1,
            script::LEAP => months += 1,
            0 if number == 0 => {}
            other => panic!("a jump of {other} seconds"),
        }
        let leapt = step.at - world.now == script::LEAP;
        world.now = step.at;
        real.at(step.at);
        let began = now();
        world.work();
        real.work().await;
        spend(&mut spent, "jobs", began);
        for act in &step.acts {
            let began = now();
            match act {
                Act::Card(profile, does) => {
                    world.profiles[*profile].card = Some(*does);
                    real.till.set(*profile, *does);
                }
                Act::Do(op) => {
                    let expected = world.answer(op).map_or_else(|refusal| refusal.code, |()| "OK");
                    let answer = real.does(op, &world, None).await;
                    assert_eq!(answer, expected, "{op:?} in step {number}");
                    if expected != "OK" {
                        world.reach(expected);
                    }
                }
            }
            spend(&mut spent, act.name(), began);
        }
        if leapt && months % 3 == 0 && count <= 1_000 {
            real.tables().await.are_those_of(&world);
        }
    }
    assert!(world.now >= script.begins + 400 * dates::DAY, "it ends after 400 days");
    // What was credited last is given back.
    world.work();
    real.work().await;
    let tables = real.tables().await;
    tables.are_those_of(&world);
    let lines = periods_tile(&tables, &world);
    let (came, back) = world
        .invoices
        .iter()
        .fold((0, 0), |(came, back), invoice| (came + invoice.received, back + invoice.given_back));
    assert_eq!(real.till.balance(), came - back, "what moved at the gateway");
    let verdict = domain::audit::verify(real.app.market.db(), None).await.expect("the history is read");
    assert!(verdict.is_ok(), "the history is whole: {verdict:?}");
    println!(
        "{db:?}: {count} subscriptions, {hours} jumps of an hour and {months} of thirty days, {} invoices, {lines} \
         periods, {came} received, {back} given back; reached {:?}; seconds {spent:?}",
        world.invoices.len(),
        world.reached,
    );
    let reached =
        ["renewed", "raised", "decrease scheduled", "past due", "recovered", "lapsed", "expired", "canceled"];
    let also = ["credited", "used days charged", "DISABLED_IS_TERMINAL", "PAYMENT_PAST_DUE"];
    for what in reached.into_iter().chain(also) {
        assert!(world.reached.contains_key(what), "nothing was {what}: {:?}", world.reached);
    }
    let anchors = |month, day| {
        let anchored = |sub: &&crate::plain::Sub| {
            let (_, of_month, of_day) = dates::date(sub.anchor);
            sub.period.is_some() && (of_month, of_day) == (month, day)
        };
        world.subs.iter().filter(anchored).count()
    };
    assert!(
        anchors(2, 29) > 0 && anchors(1, 30) > 0 && anchors(3, 31) > 0,
        "activated at the ends of months"
    );
}

/// Looks at the lines alone: the periods of each subscription are numbered from 0, each is there once, each begins where the
/// last one ended, and each costs what its number of licences costs. Says how many there are.
fn periods_tile(tables: &Tables, world: &World) -> usize {
    let mut periods: BTreeMap<usize, Vec<Line>> = BTreeMap::new();
    for line in tables.lines().filter(|line| line.kind == Kind::Period) {
        assert_eq!(line.amount, line.quantity * world.plan(line.sub).price, "{line:?}");
        periods.entry(line.sub).or_default().push(line);
    }
    for (sub, of_sub) in &mut periods {
        of_sub.sort_by_key(|line| line.number);
        for (number, line) in (0..).zip(of_sub.iter()) {
            assert_eq!(line.number, number, "a period of subscription {sub} is missing or doubled");
            let months = world.plan(*sub).months;
            assert_eq!(line.start, dates::months_after(world.subs[*sub].anchor, number * months));
        }
        for pair in of_sub.windows(2) {
            assert_eq!(pair[0].end, pair[1].start, "the periods of subscription {sub} do not tile");
        }
    }
    periods.values().map(Vec::len).sum()
}

#[expect(clippy::disallowed_methods, reason = "what the simulation costs is told, and nothing depends on it")]
fn now() -> Instant {
    Instant::now()
}

fn spend(spent: &mut BTreeMap<&'static str, f64>, what: &'static str, since: Instant) {
    *spent.entry(what).or_default() += since.elapsed().as_secs_f64();
}
