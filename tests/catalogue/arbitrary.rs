//! Any catalogue that can be imported, exported, imported into an installation that has nothing, and exported again, is the
//! same; and imported where it came from, it changes no row.

use super::files::rows;
use crate::{access::fresh::Fresh, harness::Db};
use domain::{
    Money,
    catalog::{AppEntry, Catalog, PlanEntry, Publication, PublisherEntry, export, import},
};
use entity::state::{BillingInterval, PricingModel};
use proptest::{
    collection::{btree_set, vec},
    option,
    prelude::*,
    sample::{select, subsequence},
    test_runner::{Config, TestCaseError, TestRunner},
};
use rstest::rstest;
use uuid::Uuid;

/// Something on one line, in any script.
fn line() -> impl Strategy<Value = String> {
    "\\PC{1,40}".prop_filter("it says something", |text| !text.trim().is_empty())
}

fn page() -> impl Strategy<Value = Option<String>> {
    option::of("https://[a-z]{1,12}\\.example/[a-z0-9/?=&._~-]{0,20}")
}

prop_compose! {
    fn plan(model: PricingModel)(
        name in line(),
        yearly in any::<bool>(),
        currency in select(vec!["USD", "EUR", "JPY", "BHD"]),
        minor in 0_i64..=100_000_000_000,
        few in 1_i64..=1000,
        more in 0_i64..=1000,
        countries in subsequence(vec!["US", "DE", "FR", "JP", "GB", "BR"], 1..=6).prop_shuffle(),
        retired in any::<bool>(),
        id in any::<u128>(),
    ) -> PlanEntry {
        let licensed = model == PricingModel::PerLicense;
        PlanEntry {
            id: Some(Uuid::from_u128(id)),
            name,
            pricing_model: model,
            billing_interval: if yearly { BillingInterval::Year } else { BillingInterval::Month },
            currency: currency.to_owned(),
            price: Money::stored(minor, currency).expect("a currency").decimal(),
            min_licenses: licensed.then_some(few),
            max_licenses: licensed.then_some(few + more),
            countries: countries.into_iter().map(str::to_owned).collect(),
            retired,
        }
    }
}

fn plans() -> impl Strategy<Value = Vec<PlanEntry>> {
    select(vec![PricingModel::FlatRate, PricingModel::PerLicense])
        .prop_flat_map(|model| vec(plan(model), 0..4))
}

prop_compose! {
    fn app()(
        (name, summary) in (line(), line()),
        description in "(\\PC|\n|\t){1,80}".prop_filter("it says something", |text| !text.trim().is_empty()),
        status in select(vec![Publication::Draft, Publication::Published, Publication::Withdrawn]),
        categories in btree_set("[a-zäß]{1,10}( [a-z]{1,10})?", 0..4),
        (website_url, documentation_url, terms_url, privacy_url, support_url) in (page(), page(), page(), page(), page()),
        support_email in option::of("[a-z.]{1,12}@[a-z]{1,12}\\.example"),
        plans in plans(),
        id in any::<u128>(),
    ) -> AppEntry {
        AppEntry {
            id: Some(Uuid::from_u128(id)),
            name, summary, description, status,
            categories: categories.into_iter().collect(),
            website_url, documentation_url, terms_url, privacy_url, support_url, support_email, plans,
        }
    }
}

/// Some have ids, others are recognized by their names, which are their own then.
fn catalogue() -> impl Strategy<Value = Catalog> {
    let publisher = (line(), vec(app(), 0..4), any::<bool>());
    vec(publisher, 0..4).prop_map(|publishers| {
        let entry = |(number, (name, mut apps, named)): (usize, (String, Vec<AppEntry>, bool))| {
            for (number, app) in apps.iter_mut().enumerate().filter(|_| !named) {
                (app.id, app.name) =
                    (None, format!("{} {number}", app.name.chars().take(20).collect::<String>()));
                for (number, plan) in app.plans.iter_mut().enumerate() {
                    (plan.id, plan.name) = (None, format!("{number} {}", plan.name));
                }
            }
            let url = |of: &str| Some(format!("https://{of}.p{number}.example/"));
            PublisherEntry {
                slug: format!("p{number}"),
                name: Some(name),
                support_url: url("support"),
                portal_url: url("portal"),
                apps,
            }
        };
        Catalog { publishers: publishers.into_iter().enumerate().map(entry).collect() }
    })
}

/// What was written, as it is kept: lists in their order, prices with all decimals, everything with an id.
fn without_ids(mut catalog: Catalog) -> Catalog {
    for publisher in &mut catalog.publishers {
        for app in &mut publisher.apps {
            app.id = None;
            app.categories.sort();
            for plan in &mut app.plans {
                plan.id = None;
                plan.countries.sort();
            }
        }
        publisher.apps.sort_by_key(|app| format!("{app:?}"));
    }
    catalog
}

async fn holds(db: Db, written: Catalog) -> Result<(), TestCaseError> {
    let failed = |what: &str, error: domain::Error| TestCaseError::fail(format!("{what}: {error:?}"));
    let (one, other) = (Fresh::on(db).await, Fresh::on(db).await);
    import(&one.market, &written).await.map_err(|error| failed("imported", error))?;
    let exported = export(&one.market, None).await.map_err(|error| failed("exported", error))?;
    prop_assert_eq!(without_ids(exported.clone()), without_ids(written.clone()));

    let text = serde_json::to_string_pretty(&exported).expect("JSON");
    let parsed = Catalog::parse(&text).map_err(|error| failed("read", error))?;
    prop_assert_eq!(&parsed, &exported);
    import(&other.market, &parsed).await.map_err(|error| failed("imported elsewhere", error))?;
    let again = export(&other.market, None).await.map_err(|error| failed("exported elsewhere", error))?;
    prop_assert_eq!(&again, &exported);

    let before = rows(&one.market).await;
    for file in [&parsed, &written] {
        let imported = import(&one.market, file).await.map_err(|error| failed("imported again", error))?;
        prop_assert_eq!((imported.new, imported.changed), (0, 0));
        prop_assert_eq!(&rows(&one.market).await, &before);
    }
    Ok(())
}

#[rstest]
#[case(Db::Sqlite, 48)]
#[case(Db::Postgres, 6)]
fn any_catalogue_comes_back_as_it_was(#[case] db: Db, #[case] cases: u32) {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let config = Config { cases, max_shrink_iters: 200, failure_persistence: None, ..Config::default() };
    let mut runner = TestRunner::new(config);
    let outcome = runner.run(&catalogue(), |catalog| runtime.block_on(holds(db, catalog)));
    outcome.unwrap_or_else(|failure| panic!("{failure}"));
}
