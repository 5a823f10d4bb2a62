//! What the demo's publishers sell.

use crate::program::Result;
use chrono::{DateTime, Utc};
use domain::{Ids, Marketplace};
use entity::{
    app, app_category,
    id::{AppId, PublisherId},
    plan, plan_country, publisher,
    state::{AppStatus, BillingInterval, PricingModel},
    supported_country,
};
use sea_orm::{EntityTrait, IntoActiveModel};

/// A plan of an app.
struct Offer {
    name: &'static str,
    model: PricingModel,
    interval: BillingInterval,
    price: (i64, &'static str),
}

const BOARDS: [Offer; 3] = [
    Offer {
        name: "Monthly",
        model: PricingModel::PerLicense,
        interval: BillingInterval::Month,
        price: (1250, "USD"),
    },
    Offer {
        name: "Yearly",
        model: PricingModel::PerLicense,
        interval: BillingInterval::Year,
        price: (12000, "USD"),
    },
    Offer {
        name: "Monthly, in euros",
        model: PricingModel::PerLicense,
        interval: BillingInterval::Month,
        price: (1100, "EUR"),
    },
];

const VAULT: [Offer; 1] = [Offer {
    name: "Yearly",
    model: PricingModel::FlatRate,
    interval: BillingInterval::Year,
    price: (90000, "USD"),
}];

const SIGN: [Offer; 1] = [Offer {
    name: "Monthly",
    model: PricingModel::FlatRate,
    interval: BillingInterval::Month,
    price: (4900, "EUR"),
}];

/// Writes publishers, apps and plans.
pub(super) async fn fill(market: &Marketplace, ids: &Ids) -> Result<()> {
    let db = market.db().writer()?;
    let everywhere: Vec<String> =
        supported_country::Entity::find().all(db).await?.into_iter().map(|row| row.country).collect();
    let northwind = publish(market, ids, "northwind", "Northwind").await?;
    let boards = (
        "Northwind Boards",
        "Boards for teams",
        "Boards, lists and cards for teams of any size.",
        "productivity",
    );
    sell(market, ids, northwind, boards, &BOARDS, &everywhere).await?;
    let vault =
        ("Northwind Vault", "Secrets, kept", "A vault for the secrets of a whole organization.", "security");
    sell(market, ids, northwind, vault, &VAULT, &everywhere).await?;
    let litware = publish(market, ids, "litware", "Litware").await?;
    let sign = ("Litware Sign", "Signatures that hold", "Signs documents under European law.", "documents");
    sell(market, ids, litware, sign, &SIGN, &["DE".into(), "FR".into()]).await
}

async fn publish(market: &Marketplace, ids: &Ids, slug: &str, name: &str) -> Result<PublisherId> {
    let now = market.real_now();
    let id: PublisherId = ids.next(now);
    let row = publisher::Model {
        id,
        slug: slug.into(),
        name: name.into(),
        support_url: format!("https://support.{slug}.example/"),
        portal_url: format!("https://portal.{slug}.example/activate"),
        created_at: now,
    };
    publisher::Entity::insert(row.into_active_model()).exec_without_returning(market.db().writer()?).await?;
    Ok(id)
}

async fn sell(
    market: &Marketplace,
    ids: &Ids,
    publisher_id: PublisherId,
    (name, summary, description, category): (&str, &str, &str, &str),
    offers: &[Offer],
    countries: &[String],
) -> Result<()> {
    let (db, now) = (market.db().writer()?, market.real_now());
    let app_id: AppId = ids.next(now);
    let row = app::Model {
        id: app_id,
        publisher_id,
        name: name.into(),
        summary: summary.into(),
        description: description.into(),
        status: AppStatus::Published,
        published_at: Some(now),
        website_url: Some(page(name, "")),
        documentation_url: Some(page(name, "docs")),
        terms_url: Some(page(name, "terms")),
        privacy_url: Some(page(name, "privacy")),
        support_url: None,
        support_email: None,
        created_at: now,
    };
    app::Entity::insert(row.into_active_model()).exec_without_returning(db).await?;
    let row = app_category::Model { app_id, category: category.into() };
    app_category::Entity::insert(row.into_active_model()).exec_without_returning(db).await?;
    for (place, offer) in (0..).zip(offers) {
        let row = offered(ids, app_id, offer, now + chrono::TimeDelta::microseconds(place));
        let sold =
            countries.iter().map(|country| plan_country::Model { plan_id: row.id, country: country.clone() });
        let sold: Vec<_> = sold.map(IntoActiveModel::into_active_model).collect();
        plan::Entity::insert(row.into_active_model()).exec_without_returning(db).await?;
        plan_country::Entity::insert_many(sold).exec_without_returning(db).await?;
    }
    Ok(())
}

/// A page of an app.
fn page(app: &str, name: &str) -> String {
    format!("https://{}.example/{name}", app.to_lowercase().replace(' ', "-"))
}

fn offered(ids: &Ids, app_id: AppId, offer: &Offer, now: DateTime<Utc>) -> plan::Model {
    let licensed = offer.model == PricingModel::PerLicense;
    plan::Model {
        id: ids.next(now),
        app_id,
        name: offer.name.into(),
        pricing_model: offer.model,
        billing_interval: offer.interval,
        currency: offer.price.1.into(),
        unit_price: offer.price.0,
        min_licenses: licensed.then_some(1),
        max_licenses: licensed.then_some(1000),
        retired_at: None,
        created_at: now,
    }
}
