//! Who does what, and when: made up from a seed.

use crate::plain::{CardDoes, Op, Plan, Profile, Tenant, Who, dates};
use rand::{Rng, SeedableRng, rngs::StdRng};

/// A jump of thirty days: every worker was down.
pub(super) const LEAP: i64 = 30 * dates::DAY;

pub(super) const PLANS: [Plan; 5] = [
    plan("Northwind Boards", "Monthly", 1250, 1, true),
    plan("Northwind Boards", "Yearly", 12_000, 12, true),
    plan("Northwind Boards", "Monthly, odd", 333, 1, true),
    plan("Northwind Vault", "Yearly", 90_000, 12, false),
    plan("Northwind Vault", "Monthly", 7_501, 1, false),
];

const fn plan(app: &'static str, name: &'static str, price: i64, months: i64, per_license: bool) -> Plan {
    Plan { app, name, price, currency: "USD", months, per_license }
}

/// Profiles whose cards always pay; behind them come those whose cards do not.
const STEADY: usize = 12;

/// What somebody does.
#[derive(Debug, Clone)]
pub(super) enum Act {
    Do(Op),
    Card(usize, CardDoes),
}

impl Act {
    /// Its name, for what it costs.
    pub(super) fn name(&self) -> &'static str {
        match self {
            Self::Do(Op::Buy { .. }) => "purchases",
            Self::Do(Op::OpenPortal { .. }) => "portals",
            Self::Do(Op::Activate { .. }) => "activations",
            Self::Do(_) | Self::Card(..) => "changes",
        }
    }
}

/// An instant at which the jobs run once, and what is done after them.
#[derive(Debug, Default)]
pub(super) struct Step {
    pub(super) at: i64,
    pub(super) acts: Vec<Act>,
}

/// A year.
pub(super) struct Script {
    pub(super) begins: i64,
    pub(super) profiles: Vec<Profile>,
    pub(super) steps: Vec<Step>,
}

impl Script {
    pub(super) fn of(count: usize, seed: u64) -> Self {
        let mut random = StdRng::seed_from_u64(seed);
        // 30 January 2028: its next month has 29 days, and thirty days on it is the last of them.
        let begins = dates::day(2028, 1, 30) * dates::DAY + 9 * dates::HOUR;
        let longest = if count > 1_000 { 160 } else { 14 };
        let (mut steps, firsts) = times(begins, longest, &mut random);
        let profile = Profile { tenant: Tenant::Contoso, currency: "USD", card: Some(CardDoes::Pay) };
        let moody = (count / 15).max(4);
        let mut script = Self { begins, profiles: vec![profile; STEADY + moody], steps: Vec::new() };
        let mut later: Vec<(usize, Act)> = Vec::new();
        for _ in 0..count {
            // Most in the first three bursts, so that they are there for a year.
            let at = if random.random_ratio(9, 10) {
                random.random_range(0..firsts)
            } else {
                random.random_range(firsts..steps.len() - 40)
            };
            later.push((at, Act::Do(script.purchase(count, at >= firsts, &mut random))));
        }
        let leaps: Vec<_> = (1..steps.len()).filter(|at| steps[*at].at - steps[at - 1].at == LEAP).collect();
        let (from, to) = (leaps.iter().position(|at| *at >= firsts).unwrap_or(0), leaps.len() - 4);
        let declines: Vec<_> =
            script.profiles[STEADY..].iter().map(|_| leaps[random.random_range(from..to)]).collect();
        // Subscriptions are numbered in the order in which they are bought.
        later.sort_by_key(|(at, _)| *at);
        let purchases = later.clone();
        for (sub, (at, act)) in purchases.into_iter().enumerate() {
            if let Act::Do(Op::Buy { profile, .. }) = act
                && let Some(declined) = profile.checked_sub(STEADY).map(|moody| declines[moody])
                && declined > at
            {
                // Whoever is past due asks for more.
                let op = Op::Quantity { who: Who::Ada, sub, to: random.random_range(100..200) };
                later.push((declined + 1, Act::Do(op)));
            }
            script.life_of(sub, at, count, steps.len(), &mut later, &mut random);
        }
        for (profile, at) in (STEADY..).zip(declines) {
            // Declined at the end of the leap; half of them pay two hours later, the others when it is too late, or never.
            later.push((at - 1, Act::Card(profile, CardDoes::Decline)));
            let late = (at + random.random_range(20..40)).min(steps.len() - 1);
            let again = if profile % 2 == 0 { at + 2 } else { late };
            if profile % 2 == 0 || random.random_bool(0.5) {
                later.push((again, Act::Card(profile, CardDoes::Pay)));
                later.push((again, Act::Do(Op::NewCard { profile })));
            }
        }
        // In the order of their steps; within one, purchases come first, as they were put in.
        later.sort_by_key(|(at, _)| *at);
        for (at, act) in later {
            steps[at].acts.push(act);
        }
        script.steps = steps;
        script
    }

    fn purchase(&self, count: usize, late: bool, random: &mut StdRng) -> Op {
        // Who buys late might meet a profile that is overdue, and would be refused.
        let moody = !late && random.random_ratio(1, 6);
        let profile = if moody {
            random.random_range(STEADY..self.profiles.len())
        } else {
            random.random_range(0..STEADY)
        };
        // Of many subscriptions most are yearly: a monthly one costs thirteen invoices.
        let yearly = if count > 1_000 { 0.9 } else { 0.6 };
        let plan = match (!moody && random.random_bool(yearly), random.random_range(0..3)) {
            (true, 0) => 3,
            (true, _) => 1,
            (false, 0) => 0,
            (false, 1) => 2,
            (false, _) => 4,
        };
        Op::Buy {
            who: Who::Ada,
            plan,
            quantity: PLANS[plan].per_license.then(|| random.random_range(1..=40)),
            profile,
            auto_renew: random.random_ratio(9, 10),
            replaces: None,
        }
    }

    /// What becomes of one that was bought at a step.
    fn life_of(
        &self,
        sub: usize,
        bought: usize,
        count: usize,
        steps: usize,
        later: &mut Vec<(usize, Act)>,
        random: &mut StdRng,
    ) {
        let who = Who::Ada;
        later.push((bought, Act::Do(Op::OpenPortal { who, sub })));
        let activated = bought + random.random_range(0..4);
        // Some never are, and some only after thirty days, when it is too late.
        if random.random_ratio(97, 100) && activated < steps {
            later.push((activated, Act::Do(Op::Activate { who: Who::Northwind, sub, mistaken: false })));
        }
        let changes = if count > 1_000 { random.random_range(0..2) } else { random.random_range(0..5) };
        for _ in 0..changes {
            let at = random.random_range(activated.min(steps - 1)..steps);
            let op = match random.random_range(0..12) {
                0..4 => Op::Quantity { who, sub, to: random.random_range(1..=60) },
                4..7 => Op::Quantity { who, sub, to: random.random_range(1..=10) },
                7 | 8 => Op::AutoRenew { who, sub, on: random.random_bool(0.5) },
                9 => Op::Cancel { who, sub },
                10 => Op::Assign { who, sub, users: vec![random.random_range(0..4)] },
                _ => Op::Move { who, sub, profile: random.random_range(0..STEADY) },
            };
            later.push((at, Act::Do(op)));
        }
        // A few are cancelled soon after they were charged, while it is credited.
        if random.random_ratio(1, 15) {
            later.push((
                (activated + random.random_range(0..6)).min(steps - 1),
                Act::Do(Op::Cancel { who, sub }),
            ));
        }
    }
}

/// The instants, for 400 days, and how many of them belong to the first three bursts.
fn times(begins: i64, longest: i64, random: &mut StdRng) -> (Vec<Step>, usize) {
    let mut at = begins;
    let mut steps = vec![Step { at, acts: Vec::new() }];
    let mut firsts = 0;
    // On 30 January, from 29 February on, and from 31 March on.
    let beginnings = [6, 26, 30].into_iter().map(Some).chain(std::iter::repeat(None));
    for (number, hours) in beginnings.enumerate() {
        let hours = hours.unwrap_or_else(|| random.random_range(longest / 3..longest));
        for _ in 0..hours {
            at += dates::HOUR;
            steps.push(Step { at, acts: Vec::new() });
        }
        if number < 3 {
            firsts = steps.len();
        }
        if at >= begins + 400 * dates::DAY {
            return (steps, firsts);
        }
        at += LEAP;
        steps.push(Step { at, acts: Vec::new() });
    }
    unreachable!("the bursts go on for ever")
}
