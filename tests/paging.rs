//! Pages of lists, forward and backward: they are what lies between their cursors, and know what lies beside them.

use crate::harness::{App, BOARDS_MONTHLY, Client, Db, VAULT};
use rstest::rstest;
use serde_json::{Value as Json, json};

const PAGE: &str =
    "query($first: Int, $after: String, $last: Int, $before: String, $orderBy: AppSubscriptionOrder) {
  appSubscriptions(first: $first, after: $after, last: $last, before: $before, orderBy: $orderBy) {
    edges { cursor node { id } }
    pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }";

/// The subscriptions on a page with their cursors, and what the page says of itself.
async fn page(client: &Client<'_>, order: &Json, slice: &Json) -> (Vec<(String, String)>, Json) {
    let mut variables = slice.clone();
    variables["orderBy"] = order.clone();
    let answer = client.asks(PAGE, variables).await.done();
    let edges = answer.at("/appSubscriptions/edges").as_array().expect("edges");
    let text = |value: &Json| value.as_str().expect("text").to_owned();
    let rows = edges.iter().map(|edge| (text(&edge["cursor"]), text(&edge["node"]["id"]))).collect();
    (rows, answer.at("/appSubscriptions/pageInfo").clone())
}

fn order(field: &str, direction: &str) -> Json {
    json!({ "field": field, "direction": direction })
}

/// Ada has bought some apps, several times each.
async fn shelf(app: &App) {
    for turn in 0..3 {
        let boards = app.ada().buys(BOARDS_MONTHLY, 10).await;
        let vault = app.ada().buys_with(VAULT, None, "Contoso Main", json!({})).await.done();
        if turn == 1 {
            app.ada().cancels(&boards).await.done();
            app.activated(&app.ada(), &vault.subscription("purchaseSubscription")).await;
        }
    }
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn every_page_is_what_lies_between_its_cursors(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = App::on(db).await;
    shelf(&app).await;
    let ada = app.ada();
    // Orders whose first key is the same for many, and both directions.
    for order in [order("NAME", "ASC"), order("STATUS", "DESC"), order("PURCHASED_AT", "DESC")] {
        let (all, info) = page(&ada, &order, &json!({ "first": 100 })).await;
        assert_eq!(
            (all.len(), &info["hasNextPage"], &info["hasPreviousPage"]),
            (6, &json!(false), &json!(false))
        );
        for (after, before) in [
            (None, None),
            (Some(0), None),
            (Some(3), None),
            (None, Some(4)),
            (None, Some(1)),
            (Some(1), Some(5)),
        ] {
            let from = after.map_or(0, |after| after + 1);
            let between = &all[from..before.unwrap_or(all.len())];
            for size in [1, 2, 10] {
                for backward in [false, true] {
                    let slice = json!({
                        if backward { "last" } else { "first" }: size,
                        "after": after.map(|at: usize| &all[at].0), "before": before.map(|at: usize| &all[at].0),
                    });
                    let shown = size.min(between.len());
                    let wanted = if backward { &between[between.len() - shown..] } else { &between[..shown] };
                    let (rows, info) = page(&ada, &order, &slice).await;
                    assert_eq!(rows, wanted, "{order} {slice}");
                    if let (Some(first), Some(last)) = (rows.first(), rows.last()) {
                        assert_eq!(
                            info["hasPreviousPage"],
                            json!(all.first() != Some(first)),
                            "{order} {slice}"
                        );
                        assert_eq!(info["hasNextPage"], json!(all.last() != Some(last)), "{order} {slice}");
                        assert_eq!(
                            (&info["startCursor"], &info["endCursor"]),
                            (&json!(first.0), &json!(last.0))
                        );
                    }
                }
            }
        }
    }
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_cursor_of_another_order_or_list_is_refused(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = App::on(db).await;
    shelf(&app).await;
    let ada = app.ada();
    let orders =
        [order("NAME", "ASC"), order("NAME", "DESC"), order("STATUS", "ASC"), order("ENDS_AT", "ASC")];
    for from in &orders {
        let (rows, _) = page(&ada, from, &json!({ "first": 1 })).await;
        for to in &orders {
            for argument in ["after", "before"] {
                let variables = json!({ argument: rows[0].0, "orderBy": to });
                let answer = ada.asks(PAGE, variables).await;
                if from == to {
                    answer.done();
                } else {
                    assert_eq!(answer.failed(), "BAD_USER_INPUT", "{from} {to} {argument}");
                }
            }
        }
        let other = ada.asks(
            "query($after: String) { invoices(after: $after) { nodes { id } } }",
            json!({ "after": rows[0].0 }),
        );
        assert_eq!(other.await.failed(), "BAD_USER_INPUT", "{from}");
    }
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn every_row_of_every_list_can_be_found_again_by_its_id(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    const LISTS: [&str; 8] = [
        "appSubscriptions { nodes { __typename id events { nodes { __typename id } } \
           licenseAssignments { nodes { __typename id } } plan { __typename id } } }",
        "invoices { nodes { __typename id payments { __typename id } creditNotes { __typename id } } }",
        "apps { nodes { __typename id publisher { __typename id } plans { __typename id } } }",
        "apiKeys { nodes { __typename id } }",
        "proposals { nodes { __typename id } }",
        "viewer { user { __typename id } organization { __typename id users { nodes { __typename id } } \
           paymentMethods { nodes { __typename id } } billingProfiles { nodes { __typename id } } } }",
        "myLicenses { nodes { __typename id } }",
        "webhookEndpoints { nodes { __typename id } }",
    ];
    let app = App::on(db).await;
    let (ada, boards) = (app.ada(), app.active(BOARDS_MONTHLY).await);
    let own =
        ada.asks("{ viewer { user { id } } }", json!({})).await.done().text("/viewer/user/id").to_owned();
    ada.assigns(&boards, &[own]).await.done();
    crate::access::words::machine(&app, &ada, json!({ "name": "reads", "scope": "READ", "role": "READER" }))
        .await;
    ada.cancels(&app.active(VAULT).await).await.done();
    let mut kinds = std::collections::BTreeSet::new();
    for list in LISTS {
        let answer = ada.asks(&format!("{{ {list} }}"), json!({})).await.done();
        let mut looked_at = vec![answer.body["data"].clone()];
        while let Some(value) = looked_at.pop() {
            match value {
                Json::Array(values) => looked_at.extend(values),
                Json::Object(fields) => {
                    if let (Some(kind), Some(id)) = (fields.get("__typename"), fields.get("id")) {
                        let node = ada.sends("Node", json!({ "id": id })).await.done().at("/node").clone();
                        assert_eq!(node, json!({ "__typename": kind, "id": id }));
                        kinds.insert(kind.as_str().expect("a type").to_owned());
                        // Nobody else finds what is the organization's.
                        let public = ["App", "Plan", "Publisher"].contains(&kind.as_str().expect("a type"));
                        let others = app.finn().sends("Node", json!({ "id": id })).await.done();
                        assert_eq!(others.at("/node").is_null(), !public, "{kind}");
                    }
                    looked_at.extend(fields.into_iter().map(|(_, value)| value));
                }
                Json::Null | Json::Bool(_) | Json::Number(_) | Json::String(_) => {}
            }
        }
    }
    assert!(kinds.len() >= 14, "{kinds:?}");
}
