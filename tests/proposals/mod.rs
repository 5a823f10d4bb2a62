//! Proposals: what the operator offers, and how organizations answer.

mod accepting;
mod answering;
mod ending;
mod lists;
mod offering;
mod races;

use crate::harness::{Answer, App, BOARDS_MONTHLY, Client, Offer, VAULT};
use serde_json::{Value as Json, json};

/// Until when proposals are open in these tests: ten days.
pub(super) const UNTIL: &str = "2026-02-10T00:00:00Z";

/// The id of a client's organization.
pub(super) async fn organization_of(owner: &Client<'_>) -> String {
    let viewer = owner.sends("Viewer", json!({})).await.done();
    viewer.text("/viewer/organization/id").to_owned()
}

/// A line of a proposal.
pub(super) async fn line(app: &App, offer: Offer, quantity: Option<i64>, price: &str) -> Json {
    json!({ "planId": app.northwind().plan(offer).await, "licenseQuantity": quantity, "unitPrice": price })
}

/// Twenty licences of Boards at 10.00 and Vault at 780.00.
pub(super) async fn two_lines(app: &App) -> Json {
    json!([line(app, BOARDS_MONTHLY, Some(20), "10.00").await, line(app, VAULT, None, "780.00").await])
}

/// The operator offers these lines.
pub(super) async fn offers(app: &App, to: &Client<'_>, lines: Json) -> Answer {
    let input = json!({
        "organizationId": organization_of(to).await, "message": "As we spoke about.", "expiresAt": UNTIL, "lines": lines,
    });
    app.operator().does("CreateProposal", input).await
}

/// The id of a proposal of two lines that is open.
pub(super) async fn proposed(app: &App, to: &Client<'_>) -> String {
    let created = offers(app, to, two_lines(app).await).await.done();
    created.text("/createProposal/proposal/id").to_owned()
}

pub(super) async fn revises(app: &App, id: &str, change: Json) -> Answer {
    let mut input = change;
    input["proposalId"] = json!(id);
    app.operator().does("ReviseProposal", input).await
}

pub(super) async fn withdraws(app: &App, id: &str) -> Answer {
    app.operator().does("WithdrawProposal", json!({ "proposalId": id })).await
}

pub(super) async fn accepts(client: &Client<'_>, id: &str, revision: i64, profile: &str) -> Answer {
    let profile = client.profile(profile).await;
    let input = json!({ "proposalId": id, "revision": revision, "billingProfileId": profile });
    client.does("AcceptProposal", input).await
}

pub(super) async fn declines(client: &Client<'_>, id: &str, reason: Option<&str>) -> Answer {
    client.does("DeclineProposal", json!({ "proposalId": id, "reason": reason })).await
}

/// The proposals that a client sees, the newest first.
pub(super) async fn seen(client: &Client<'_>) -> Vec<Json> {
    let page = client.sends("Proposals", json!({})).await.done();
    page.at("/proposals/nodes").as_array().expect("proposals").clone()
}

/// The proposal as this client sees it; null if not at all.
pub(super) async fn sees(client: &Client<'_>, id: &str) -> Json {
    seen(client).await.into_iter().find(|found| found["id"] == id).unwrap_or_default()
}

/// How many subscriptions the client sees.
pub(super) async fn subscriptions(client: &Client<'_>) -> i64 {
    let page = client.sends("Products", json!({ "first": 1 })).await.done();
    page.at("/appSubscriptions/totalCount").as_i64().expect("a count")
}
