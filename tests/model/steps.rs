//! The steps of random histories: anything that anybody could ask, jobs, cards that change their mind, and time.

use super::PROFILES;
use crate::plain::{CardDoes, Life, Op, Sub, Tenant, Who, World, dates};
use proptest::{
    prop_oneof,
    sample::select,
    strategy::{BoxedStrategy, Just, Strategy},
};

/// So many living subscriptions are bought eagerly, and more now and then.
const ENOUGH: usize = 4;

/// One step.
#[derive(Debug, Clone)]
pub(super) enum Step {
    Do(Op),
    /// A profile's card behaves like this from now on.
    Card(usize, CardDoes),
    /// So many seconds pass, and no job runs.
    Wait(i64),
    /// All jobs run once.
    Work,
}

impl Step {
    /// The subscription that it is about, if it is about one.
    pub(super) fn subject(&self) -> Option<usize> {
        let Self::Do(op) = self else { return None };
        match *op {
            Op::OpenPortal { sub, .. }
            | Op::Activate { sub, .. }
            | Op::Quantity { sub, .. }
            | Op::Assign { sub, .. }
            | Op::Unassign { sub, .. }
            | Op::AutoRenew { sub, .. }
            | Op::Cancel { sub, .. }
            | Op::Move { sub, .. } => Some(sub),
            Op::Buy { .. }
            | Op::Pay { .. }
            | Op::Record { .. }
            | Op::NewCard { .. }
            | Op::EndPartnership { .. } => None,
        }
    }

    /// The invoice that it is about, if it is about one.
    pub(super) fn invoice(&self) -> Option<usize> {
        match *self {
            Self::Do(Op::Pay { invoice, .. } | Op::Record { invoice }) => Some(invoice),
            Self::Do(_) | Self::Card(..) | Self::Wait(_) | Self::Work => None,
        }
    }

    /// Whether its subscription or invoice is there: a history that is made shorter may have lost it.
    pub(super) fn is_about_what_there_is(&self, world: &World) -> bool {
        let replaced = match *self {
            Self::Do(Op::Buy { replaces, .. }) => replaces,
            Self::Do(_) | Self::Card(..) | Self::Wait(_) | Self::Work => None,
        };
        let by_card = match *self {
            Self::Card(profile, _) => world.profiles[profile].card.is_some(),
            Self::Do(_) | Self::Wait(_) | Self::Work => true,
        };
        by_card
            && self.subject().into_iter().chain(replaced).all(|sub| sub < world.subs.len())
            && self.invoice().is_none_or(|invoice| invoice < world.invoices.len())
    }
}

/// Mostly who may, and everybody else now and then.
fn somebody(tenant: Tenant) -> BoxedStrategy<Who> {
    use Who::{Ada, Carl, Finn, Lena, Litware, Northwind, Operator, Rui, Tailspin, Wendy};
    let usual = match tenant {
        Tenant::Contoso => vec![Ada, Ada, Ada, Carl],
        Tenant::Tailspin => vec![Tailspin, Tailspin, Wendy],
    };
    let anybody = vec![Ada, Carl, Lena, Rui, Finn, Wendy, Tailspin, Northwind, Litware, Operator];
    prop_oneof![5 => select(usual), 1 => select(anybody)].boxed()
}

fn a_publisher() -> BoxedStrategy<Who> {
    prop_oneof![8 => Just(Who::Northwind), 1 => Just(Who::Litware), 1 => Just(Who::Ada)].boxed()
}

fn quantity() -> BoxedStrategy<i64> {
    prop_oneof![12 => 1_i64..=12, 1 => select(vec![0_i64, 1000, 1001])].boxed()
}

fn users() -> BoxedStrategy<Vec<usize>> {
    let known = proptest::collection::vec(0_usize..4, 1..4);
    prop_oneof![9 => known, 1 => Just(vec![0, 9])].boxed()
}

fn buy(world: &World) -> BoxedStrategy<Op> {
    let plans = 0..world.plans.len();
    let replaces = if world.subs.is_empty() {
        Just(None).boxed()
    } else {
        prop_oneof![2 => Just(None), 1 => (0..world.subs.len()).prop_map(Some)].boxed()
    };
    let who = prop_oneof![
        6 => Just(Who::Ada), 1 => Just(Who::Carl), 3 => Just(Who::Tailspin), 1 => Just(Who::Lena),
        1 => Just(Who::Northwind)
    ];
    let renews = prop_oneof![3 => Just(true), 1 => Just(false)];
    let per_license: Vec<_> = world.plans.iter().map(|plan| plan.per_license).collect();
    let currencies: Vec<_> = world.plans.iter().map(|plan| plan.currency).collect();
    (who, plans, quantity(), 0..PROFILES.len(), renews, replaces, 0..10)
        .prop_map(move |(who, plan, quantity, profile, auto_renew, replaces, care)| {
            // Mostly with a profile and a quantity that fit.
            let fits = |profile: &usize| {
                let partner = who == Who::Tailspin;
                PROFILES[*profile].currency == currencies[plan]
                    && (PROFILES[*profile].tenant == Tenant::Tailspin) == partner
            };
            let profile = match care {
                0 => profile,
                _ => (profile..profile + PROFILES.len())
                    .map(|profile| profile % PROFILES.len())
                    .find(fits)
                    .unwrap_or(profile),
            };
            let quantity = (per_license[plan] == (care != 1)).then_some(quantity);
            Op::Buy { who, plan, quantity, profile, auto_renew, replaces }
        })
        .boxed()
}

/// Something about one subscription, whatever became of it; what has to be done for it to live comes more often.
fn about(sub: usize, tenant: Tenant, waits: Waits) -> BoxedStrategy<Op> {
    let who = || somebody(tenant);
    let (opening, activating) = match waits {
        Waits::Portal => (30, 4),
        Waits::Activation => (2, 40),
        Waits::Nothing => (3, 5),
    };
    prop_oneof![
        opening => who().prop_map(move |who| Op::OpenPortal { who, sub }),
        activating =>
            (a_publisher(), 0..8).prop_map(move |(who, care)| Op::Activate { who, sub, mistaken: care == 0 }),
        9 => (who(), quantity()).prop_map(move |(who, to)| Op::Quantity { who, sub, to }),
        4 => (who(), users()).prop_map(move |(who, users)| Op::Assign { who, sub, users }),
        2 => (who(), users()).prop_map(move |(who, users)| Op::Unassign { who, sub, users }),
        4 => (who(), prop_oneof![2 => Just(true), 1 => Just(false)])
            .prop_map(move |(who, on)| Op::AutoRenew { who, sub, on }),
        2 => who().prop_map(move |who| Op::Cancel { who, sub }),
        3 => (who(), 0..PROFILES.len()).prop_map(move |(who, profile)| Op::Move { who, sub, profile }),
    ]
    .boxed()
}

/// What a subscription waits for: somebody who opens the portal, somebody who activates it, or nobody.
#[derive(Debug, Clone, Copy)]
enum Waits {
    Portal,
    Activation,
    Nothing,
}

impl Waits {
    fn of(sub: &Sub) -> Self {
        match sub.life {
            Life::Pending if sub.portal_opened => Self::Activation,
            Life::Pending => Self::Portal,
            Life::Active | Life::Disabled(..) => Self::Nothing,
        }
    }
}

/// Hours, days, or to the very moment at which something falls due, a second before or after.
fn wait(world: &World) -> BoxedStrategy<Step> {
    // Pending ones too, but not often: they would all run out before they are activated.
    let living = world.subs.iter().filter(|sub| sub.life == Life::Active);
    let mut ahead: Vec<i64> = living.filter_map(|sub| sub.due).map(|(at, _)| at).collect();
    ahead.extend(world.invoices.iter().filter_map(|invoice| invoice.collect));
    let pending = world.subs.iter().filter(|sub| sub.life == Life::Pending).count();
    if pending < 2 {
        ahead.extend(world.subs.iter().filter_map(|sub| sub.due).map(|(at, _)| at));
    }
    let ahead: Vec<_> = ahead.into_iter().map(|at| at - world.now).filter(|left| *left > 1).collect();
    let moments = if ahead.is_empty() {
        Just(dates::DAY).boxed()
    } else {
        (select(ahead), -1_i64..=1).prop_map(|(left, offset)| left + offset).boxed()
    };
    let longest = if pending < 2 { 40 } else { 4 };
    prop_oneof![
        4 => (1_i64..72).prop_map(|hours| hours * dates::HOUR),
        2 => (1_i64..longest).prop_map(|days| days * dates::DAY),
        3 => moments,
    ]
    .prop_map(Step::Wait)
    .boxed()
}

/// What may come next.
pub(super) fn next(world: &World) -> BoxedStrategy<Step> {
    let living = world.subs.iter().filter(|sub| !matches!(sub.life, Life::Disabled(..))).count();
    let buying = if living < ENOUGH { 10 } else { 1 };
    let buy = buy(world).prop_map(Step::Do);
    if world.subs.is_empty() {
        return buy.boxed();
    }
    let kinds: Vec<_> = world.subs.iter().map(|sub| (sub.tenant, Waits::of(sub))).collect();
    // Those that live are asked about more often than those that have ended, of which there are more and more.
    let living = |sub: &usize| !matches!(world.subs[*sub].life, Life::Disabled(..));
    let living: Vec<_> = (0..kinds.len()).filter(living).collect();
    let subject = if living.is_empty() {
        (0..kinds.len()).boxed()
    } else {
        prop_oneof![3 => select(living), 1 => 0..kinds.len()].boxed()
    };
    let about = subject.prop_flat_map(move |sub| about(sub, kinds[sub].0, kinds[sub].1)).prop_map(Step::Do);
    let invoices = world.invoices.len();
    // The newest mostly: they are the ones that are unpaid.
    let invoice = move || (0..invoices, 0..invoices).prop_map(|(one, other)| one.max(other));
    let paying = if invoices == 0 {
        Just(Step::Work).boxed()
    } else {
        prop_oneof![
            3 => (somebody(Tenant::Contoso), invoice()).prop_map(|(who, invoice)| Op::Pay { who, invoice }),
            1 => invoice().prop_map(|invoice| Op::Record { invoice }),
        ]
        .prop_map(Step::Do)
        .boxed()
    };
    let by_card: Vec<_> =
        (0..world.profiles.len()).filter(|profile| world.profiles[*profile].card.is_some()).collect();
    let does = select(vec![CardDoes::Pay, CardDoes::Pay, CardDoes::Decline, CardDoes::LoseTheAnswer]);
    let everybody = select(vec![Who::Wendy, Who::Tailspin, Who::Ada, Who::Finn]);
    prop_oneof![
        buying => buy,
        40 => about,
        6 => paying,
        5 => (select(by_card), does).prop_map(|(profile, does)| Step::Card(profile, does)),
        4 => (0..world.profiles.len()).prop_map(|profile| Step::Do(Op::NewCard { profile })),
        1 => everybody.prop_map(|who| Step::Do(Op::EndPartnership { who })),
        18 => wait(world),
        20 => Just(Step::Work),
    ]
    .boxed()
}
