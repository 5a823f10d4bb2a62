//! What the history says of the catalogue: which parts changed, by the names that the API gives them, and not to what.

use entity::{app, plan, publisher};
use serde_json::{Value as Json, json};

/// The names of what differs.
fn named<const N: usize>(parts: [(&'static str, bool); N]) -> Vec<&'static str> {
    parts.into_iter().filter_map(|(name, differs)| differs.then_some(name)).collect()
}

/// What differs of what an app says of itself.
pub(super) fn of_app(old: &app::Model, new: &app::Model, recategorized: bool) -> Vec<&'static str> {
    named([
        ("name", old.name != new.name),
        ("summary", old.summary != new.summary),
        ("description", old.description != new.description),
        ("categories", recategorized),
        ("websiteUrl", old.website_url != new.website_url),
        ("documentationUrl", old.documentation_url != new.documentation_url),
        ("termsUrl", old.terms_url != new.terms_url),
        ("privacyUrl", old.privacy_url != new.privacy_url),
        ("supportUrl", old.support_url != new.support_url),
        ("supportEmail", old.support_email != new.support_email),
    ])
}

/// What differs of what may change of a plan.
pub(super) fn of_plan(old: &plan::Model, new: &plan::Model, moved: bool) -> Vec<&'static str> {
    named([
        ("name", old.name != new.name),
        ("minLicenses", old.min_licenses != new.min_licenses),
        ("maxLicenses", old.max_licenses != new.max_licenses),
        ("countries", moved),
    ])
}

/// What differs of what is said of a publisher.
pub(super) fn of_publisher(old: &publisher::Model, new: &publisher::Model) -> Vec<&'static str> {
    named([
        ("name", old.name != new.name),
        ("supportUrl", old.support_url != new.support_url),
        ("portalUrl", old.portal_url != new.portal_url),
    ])
}

/// What is told of a new plan: its terms, which never change.
pub(super) fn new_plan(row: &plan::Model) -> Json {
    json!({
        "app": row.app_id, "plan": row.id, "pricingModel": row.pricing_model, "billingInterval": row.billing_interval,
        "unitPrice": row.unit_price, "currency": row.currency,
    })
}
