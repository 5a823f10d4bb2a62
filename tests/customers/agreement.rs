//! The Customer Agreement has versions: the current one is accepted before the next purchase, by the customer or by what its
//! partner attests.

use super::organization_of;
use crate::harness::{Answer, App, BOARDS_EUROS, BOARDS_MONTHLY, Client, Db};
use rstest::rstest;
use serde_json::json;

const PUBLISH: &str =
    "mutation($input: PublishCustomerAgreementInput!) { publishCustomerAgreement(input: $input) {
    customerAgreement { currentVersion url } userErrors { code message path } } }";

async fn publishes(client: &Client<'_>, version: &str) -> Answer {
    let url = format!("https://tenure.example/customer-agreement/{version}");
    client.asks(PUBLISH, json!({ "input": { "version": version, "url": url } })).await
}

async fn buys(client: &Client<'_>) -> Answer {
    client.buys_with(BOARDS_MONTHLY, Some(1), "Contoso Main", json!({})).await
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_new_version_stops_the_next_purchase_and_no_renewal(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = App::on(db).await;
    let boards = app.active(BOARDS_MONTHLY).await;
    for client in [app.ada(), app.northwind(), app.tailspin()] {
        assert_eq!(publishes(&client, "2026-02").await.failed(), "FORBIDDEN", "{}", client.who);
    }
    let published = publishes(&app.operator(), "2026-02").await.done();
    assert_eq!(published.text("/publishCustomerAgreement/customerAgreement/currentVersion"), "2026-02");
    publishes(&app.operator(), "2026-02").await.done();
    assert_eq!(publishes(&app.operator(), "2026-01").await.refused(), "INVALID_INPUT", "there was that one");
    assert_eq!(buys(&app.ada()).await.refused(), "AGREEMENT_NOT_ACCEPTED");
    app.until("2026-03-01").await;
    let seen = app.ada().sees(&boards).await;
    assert_eq!((&seen["status"], &seen["currentPeriod"]["number"]), (&json!("ACTIVE"), &json!(1)));

    let old = app.ada().does("AcceptCustomerAgreement", json!({ "version": "2026-01" })).await;
    assert_eq!(
        (old.refused(), old.refused_path().join(".")),
        ("AGREEMENT_VERSION_OUTDATED".into(), "input.version".into())
    );
    let accepted = app.carl().does("AcceptCustomerAgreement", json!({ "version": "2026-02" })).await.done();
    let shown = accepted.at("/acceptCustomerAgreement/organization/customerAgreement");
    assert_eq!((&shown["version"], &shown["acceptedBy"]["name"]), (&json!("2026-02"), &json!("Carl")));
    assert_eq!(shown["acceptedAt"], "2026-03-01T00:00:00+00:00");
    buys(&app.ada()).await.done();
}

async fn attests(client: &Client<'_>, organization: &str, version: &str, on: &str) -> Answer {
    let input = json!({
        "organizationId": organization, "version": version, "acceptedOn": on,
        "name": "Freya", "email": "freya@fabrikam.example",
    });
    client.does("AttestCustomerAgreement", input).await
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_partner_attests_it_for_its_customer(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = App::on(db).await;
    let (tailspin, fabrikam) = (app.tailspin(), organization_of(&app.finn()).await);
    let contoso = organization_of(&app.ada()).await;
    let finn = app.finn();
    let buys = async || finn.buys_with(BOARDS_EUROS, Some(1), "Fabrikam Main", json!({})).await;
    assert_eq!(buys().await.refused(), "AGREEMENT_NOT_ACCEPTED");
    for (organization, version, on, refusal) in [
        (&fabrikam, "2026-01", "2026-02-01", "INVALID_INPUT input.acceptedOn"),
        (&fabrikam, "2026-01", "2025-12-31", "INVALID_INPUT input.acceptedOn"),
        (&fabrikam, "2025-01", "2026-01-30", "AGREEMENT_VERSION_OUTDATED input.version"),
        (&contoso, "2026-01", "2026-01-30", "NOT_FOUND input.organizationId"),
    ] {
        let refused = attests(&tailspin, organization, version, on).await;
        assert_eq!(format!("{} {}", refused.refused(), refused.refused_path().join(".")), refusal);
    }
    for client in [app.finn(), app.northwind(), app.operator()] {
        assert_eq!(attests(&client, &fabrikam, "2026-01", "2026-01-30").await.failed(), "FORBIDDEN");
    }
    assert_eq!(buys().await.refused(), "AGREEMENT_NOT_ACCEPTED");
    let attested = attests(&tailspin, &fabrikam, "2026-01", "2026-01-30").await.done();
    let shown = attested.at("/attestCustomerAgreement/organization/customerAgreement");
    assert_eq!(
        (&shown["version"], &shown["acceptedAt"]),
        (&json!("2026-01"), &json!("2026-01-30T00:00:00+00:00"))
    );
    // Who was told of first is kept.
    attests(&tailspin, &fabrikam, "2026-01", "2026-01-31").await.done();
    let document = "{ viewer { organization { customerAgreement { version acceptedAt acceptedBy { name }
                      attestation { name email attestedAt } } } } }";
    let seen = finn.asks(document, json!({})).await.done();
    let expected = json!({
        "version": "2026-01", "acceptedAt": "2026-01-30T00:00:00+00:00", "acceptedBy": null,
        "attestation": { "name": "Freya", "email": "freya@fabrikam.example", "attestedAt": "2026-01-31T09:00:00+00:00" },
    });
    assert_eq!(seen.at("/viewer/organization/customerAgreement"), &expected);
    buys().await.done();
}
