//! What the operator can offer, as a draft and to the customer.

use super::{UNTIL, line, offers, organization_of, proposed, revises, sees, two_lines, withdraws};
use crate::harness::{App, BOARDS_EUROS, BOARDS_MONTHLY, Db, VAULT};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use rstest::rstest;
use serde_json::{Value as Json, json};

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn the_customer_sees_who_offers_what_until_when(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = App::on(db).await;
    let id = proposed(&app, &app.ada()).await;
    let seen = sees(&app.ada(), &id).await;
    let document = "query($id: ID!) { proposal(id: $id) { offeredBy sentAt closedAt } }";
    let more = app.ada().asks(document, json!({ "id": id })).await.done();
    assert_eq!(more.text("/proposal/offeredBy"), app.market.settings().seller.name);
    assert!(more.at("/proposal/sentAt").is_string() && more.at("/proposal/closedAt").is_null());
    assert_eq!(seen["message"], "As we spoke about.");
    assert_eq!(crate::harness::instant(seen["expiresAt"].as_str().unwrap()), crate::harness::instant(UNTIL));
    let money = |amount: &str| json!({ "amount": amount, "currency": "USD" });
    let shown = |index: usize| {
        let line = &seen["lines"][index];
        (line["plan"]["app"]["name"].clone(), line["licenseQuantity"].clone(), line["amount"].clone())
    };
    assert_eq!(shown(0), (json!("Northwind Boards"), json!(20), money("200.00")));
    assert_eq!(shown(1), (json!("Northwind Vault"), json!(null), money("780.00")));
    assert_eq!(seen["total"], money("980.00"));
    assert_eq!(seen["subscriptions"], json!([]));
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_draft_is_the_operators_alone_until_it_is_sent(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = App::on(db).await;
    let input = json!({
        "organizationId": organization_of(&app.ada()).await, "expiresAt": UNTIL, "send": false,
        "lines": two_lines(&app).await,
    });
    let draft = app.operator().does("CreateProposal", input).await.done();
    let id = draft.text("/createProposal/proposal/id").to_owned();
    assert_eq!(draft.text("/createProposal/proposal/status"), "DRAFT");
    assert_eq!(sees(&app.ada(), &id).await, Json::Null);
    let node = app.ada().sends("Node", json!({ "id": id })).await.done();
    assert_eq!(node.at("/node"), &Json::Null);
    assert_eq!(super::declines(&app.ada(), &id, None).await.refused(), "NOT_FOUND");
    let sent = revises(&app, &id, json!({ "send": true })).await.done();
    let now = (sent.at("/reviseProposal/proposal/status"), sent.at("/reviseProposal/proposal/revision"));
    assert_eq!(now, (&json!("OPEN"), &json!(1)), "what was drafted is what is sent");
    assert_eq!(sees(&app.ada(), &id).await["status"], "OPEN");
    revises(&app, &id, json!({ "send": true })).await.done();
    let back = revises(&app, &id, json!({ "send": false })).await;
    assert_eq!(
        (back.refused(), back.refused_path().join(".")),
        ("INVALID_INPUT".into(), "input.send".into())
    );
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn what_was_withdrawn_before_it_was_sent_nobody_saw(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = App::on(db).await;
    let input = json!({
        "organizationId": organization_of(&app.ada()).await, "expiresAt": UNTIL, "send": false,
        "lines": two_lines(&app).await,
    });
    let draft = app.operator().does("CreateProposal", input).await.done();
    let id = draft.text("/createProposal/proposal/id").to_owned();
    withdraws(&app, &id).await.done();
    assert_eq!(sees(&app.ada(), &id).await, Json::Null);
    assert_eq!(sees(&app.operator(), &id).await["status"], "WITHDRAWN");
    let sent = proposed(&app, &app.ada()).await;
    withdraws(&app, &sent).await.done();
    assert_eq!(sees(&app.ada(), &sent).await["status"], "WITHDRAWN");
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_revision_says_what_stands_and_one_that_changes_nothing_is_none(
    #[values(Db::Sqlite, Db::Postgres)] db: Db,
) {
    let app = App::on(db).await;
    let id = proposed(&app, &app.ada()).await;
    let revision = async |change: Json| {
        let revised = revises(&app, &id, change).await.done();
        revised.at("/reviseProposal/proposal/revision").as_i64().expect("a revision")
    };
    assert_eq!(revision(json!({})).await, 1);
    assert_eq!(revision(json!({ "lines": two_lines(&app).await })).await, 1);
    assert_eq!(revision(json!({ "message": "As we spoke about.", "expiresAt": UNTIL })).await, 1);
    assert_eq!(revision(json!({ "message": null })).await, 2);
    assert_eq!(revision(json!({ "expiresAt": "2026-02-20T00:00:00Z" })).await, 3);
    let euros = line(&app, BOARDS_EUROS, Some(3), "9.99").await;
    assert_eq!(revision(json!({ "lines": [euros] })).await, 4);
    let seen = sees(&app.ada(), &id).await;
    assert_eq!(seen["message"], Json::Null);
    assert_eq!(seen["lines"].as_array().map(Vec::len), Some(1), "the lines before are not shown any more");
    assert_eq!(seen["total"], json!({ "amount": "29.97", "currency": "EUR" }));
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_offered_is_refused_with_its_place(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = App::on(db).await;
    let boards = line(&app, BOARDS_MONTHLY, Some(20), "10.00").await;
    let with = |field: &str, value: Json| {
        let mut line = boards.clone();
        line[field] = value;
        line
    };
    let vault = line(&app, VAULT, Some(2), "780.00").await;
    let euros = line(&app, BOARDS_EUROS, Some(1), "10.00").await;
    let nothing = json!(URL_SAFE_NO_PAD.encode(format!("pln:{}", uuid::Uuid::nil().simple())));
    let no_plan = json!(organization_of(&app.ada()).await);
    for (lines, code, path) in [
        (json!([]), "INVALID_INPUT", "input.lines"),
        (json!(vec![boards.clone(); 51]), "INVALID_INPUT", "input.lines"),
        (json!([boards, with("planId", nothing)]), "NOT_FOUND", "input.lines.1.planId"),
        (json!([boards, with("planId", no_plan)]), "NOT_FOUND", "input.lines.1.planId"),
        (json!([boards, euros]), "CURRENCY_MISMATCH", "input.lines.1.planId"),
        (json!([vault]), "LICENSES_NOT_APPLICABLE", "input.lines.0.licenseQuantity"),
        (json!([with("licenseQuantity", json!(null))]), "INVALID_INPUT", "input.lines.0.licenseQuantity"),
        (
            json!([with("licenseQuantity", json!(1001))]),
            "LICENSE_QUANTITY_OUT_OF_RANGE",
            "input.lines.0.licenseQuantity",
        ),
        (json!([with("unitPrice", json!("ten"))]), "INVALID_INPUT", "input.lines.0.unitPrice"),
        (json!([with("unitPrice", json!("1.234"))]), "INVALID_INPUT", "input.lines.0.unitPrice"),
        (json!([with("unitPrice", json!("9999999999.00"))]), "INVALID_INPUT", "input.lines.0.unitPrice"),
    ] {
        let answer = offers(&app, &app.ada(), lines).await;
        assert_eq!((answer.refused(), answer.refused_path().join(".")), (code.to_owned(), path.to_owned()));
    }
    let answer = offers(&app, &app.ada(), json!([with("unitPrice", json!(null))])).await.done();
    let id = answer.text("/createProposal/proposal/id");
    assert_eq!(sees(&app.ada(), id).await["total"]["amount"], "250.00", "the plan's own price");
    let past = json!({ "expiresAt": "2026-01-31T09:00:00Z" });
    let answer = revises(&app, id, past).await;
    assert_eq!(answer.refused_path(), ["input", "expiresAt"]);
    let nobody = json!({
        "organizationId": boards["planId"], "expiresAt": UNTIL, "lines": [boards],
    });
    let answer = app.operator().does("CreateProposal", nobody).await;
    assert_eq!(
        (answer.refused(), answer.refused_path().join(".")),
        ("NOT_FOUND".into(), "input.organizationId".into())
    );
    assert_eq!(super::seen(&app.operator()).await.len(), 1, "what was refused was not written");
}

/// What is not offered anew is not looked at: it is judged when it is accepted.
#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn what_is_offered_already_does_not_keep_the_words_from_being_changed(
    #[values(Db::Sqlite, Db::Postgres)] db: Db,
) {
    let app = App::on(db).await;
    let id = proposed(&app, &app.ada()).await;
    let vault = app.northwind().plan(VAULT).await;
    app.northwind().does("RetirePlan", json!({ "planId": vault })).await.done();
    let revised = revises(&app, &id, json!({ "message": "A little later." })).await.done();
    assert_eq!(revised.at("/reviseProposal/proposal/revision"), 2);
    let seen = sees(&app.ada(), &id).await;
    assert_eq!(
        (seen["lines"].as_array().map(Vec::len), &seen["message"]),
        (Some(2), &json!("A little later."))
    );
    let anew = revises(&app, &id, json!({ "lines": two_lines_with(&app, &vault).await })).await;
    assert_eq!(anew.refused_path(), ["input", "lines", "1", "planId"]);
}

/// The two lines, with a plan that is not in the catalogue any more.
async fn two_lines_with(app: &App, vault: &str) -> Json {
    json!([line(app, BOARDS_MONTHLY, Some(20), "10.00").await, { "planId": vault, "unitPrice": "780.00" }])
}
