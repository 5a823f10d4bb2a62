//! Lists, pages and single objects, as different viewers see them.

use crate::harness::{App, BOARDS_MONTHLY, BOARDS_YEARLY, Client, Db, VAULT};
use rstest::rstest;
use serde_json::{Value as Json, json};

async fn products(client: &Client<'_>, variables: Json) -> Vec<String> {
    let answer = client.sends("Products", variables).await.done();
    let edges = answer
        .at("/appSubscriptions/edges")
        .as_array()
        .cloned()
        .unwrap_or_else(|| panic!("{:#}", answer.body));
    edges.iter().map(|edge| edge["node"]["id"].as_str().expect("an id").to_owned()).collect()
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn pages_tile_forward_and_backward_while_others_buy(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = App::on(db).await;
    let mut bought = Vec::new();
    for day in 1..=7 {
        app.at(&format!("2026-02-0{day}"));
        bought.push(app.ada().buys(BOARDS_MONTHLY, day).await.id);
    }
    let newest: Vec<_> = bought.iter().rev().cloned().collect();
    let page = app.ada().sends("Products", json!({ "first": 3 })).await.done();
    assert_eq!(page.at("/appSubscriptions/totalCount"), 7);
    assert_eq!(page.at("/appSubscriptions/pageInfo/hasNextPage"), true);
    let cursor = page.text("/appSubscriptions/pageInfo/endCursor").to_owned();
    app.at("2026-02-09");
    app.ada().buys(BOARDS_MONTHLY, 9).await;
    let ada = app.ada();
    assert_eq!(
        products(&ada, json!({ "first": 3, "after": cursor })).await,
        newest[3..6],
        "nothing twice, nothing missing"
    );
    assert_eq!(products(&ada, json!({ "last": 2 })).await, newest[5..]);
    assert_eq!(products(&ada, json!({ "last": 2, "before": cursor })).await[1], newest[1]);
    for (variables, what) in [
        (json!({ "first": 101 }), "too many"),
        (json!({ "first": 1, "last": 1 }), "both ways"),
        (json!({ "after": "bm9uc2Vuc2U" }), "no cursor"),
    ] {
        assert_eq!(app.ada().sends("Products", variables).await.failed(), "BAD_USER_INPUT", "{what}");
    }
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn lists_are_filtered_and_ordered(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = App::on(db).await;
    let boards = app.active(BOARDS_MONTHLY).await;
    app.at("2026-02-01");
    let vault = app.active(VAULT).await;
    app.at("2026-02-02");
    let pending = app.ada().buys(BOARDS_YEARLY, 1).await;
    app.ada().cancels(&boards).await.done();
    let ada = app.ada();
    let filtered = async |filter: Json| products(&ada, json!({ "filter": filter })).await;
    assert_eq!(
        filtered(json!({ "statuses": ["ACTIVE", "DISABLED"] })).await,
        [&vault.id, &boards.id].map(Clone::clone)
    );
    assert_eq!(filtered(json!({ "pricingModel": "FLAT_RATE" })).await, std::slice::from_ref(&vault.id));
    assert_eq!(filtered(json!({ "text": "VAULT" })).await, std::slice::from_ref(&vault.id));
    assert_eq!(filtered(json!({ "text": "100%" })).await, Vec::<String>::new());
    assert_eq!(
        filtered(json!({ "endsFrom": "2026-02-03T00:00:00Z", "endsBefore": "2026-12-31T00:00:00Z" })).await,
        std::slice::from_ref(&pending.id)
    );
    assert_eq!(filtered(json!({ "appId": "nonsense" })).await, Vec::<String>::new());
    let ordered = async |field: &str, direction: &str| {
        products(&ada, json!({ "orderBy": { "field": field, "direction": direction } })).await
    };
    assert_eq!(ordered("ENDS_AT", "ASC").await, [&boards.id, &pending.id, &vault.id].map(Clone::clone));
    assert_eq!(ordered("NAME", "DESC").await[0], vault.id);
    assert_eq!(ordered("STATUS", "ASC").await, [&vault.id, &boards.id, &pending.id].map(Clone::clone));
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn the_catalogue_tells_what_is_sold_where(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = App::on(db).await;
    let sold = async |client: Client<'_>, filter: Json| {
        let answer = client.sends("Catalog", json!({ "filter": filter })).await.done();
        let apps = answer.at("/apps/nodes").as_array().unwrap().clone();
        apps.iter()
            .map(|app| (app["name"].as_str().unwrap().to_owned(), app["availableInMyRegion"].clone()))
            .collect::<Vec<_>>()
    };
    let named = |name: &str, available: Json| (name.to_owned(), available);
    let all = sold(app.ada(), json!({})).await;
    assert_eq!(
        all,
        [
            named("Litware Sign", json!(false)),
            named("Northwind Boards", json!(true)),
            named("Northwind Vault", json!(true))
        ]
    );
    assert_eq!(sold(app.finn(), json!({ "availableInMyRegion": true })).await.len(), 3);
    assert_eq!(
        sold(app.ada(), json!({ "availableInMyRegion": false })).await,
        [named("Litware Sign", json!(false))]
    );
    assert_eq!(
        sold(app.aki(), json!({ "availableInMyRegion": true })).await,
        [],
        "Japan is no supported region"
    );
    assert_eq!(
        sold(app.northwind(), json!({ "billingInterval": "YEAR", "pricingModel": "PER_LICENSE" })).await,
        [named("Northwind Boards", json!(null))]
    );
    assert_eq!(
        sold(app.ada(), json!({ "category": "security" })).await,
        [named("Northwind Vault", json!(true))]
    );
    let plans = app.ada().sends("Catalog", json!({ "filter": { "text": "boards" } })).await.done();
    assert_eq!(plans.at("/apps/nodes/0/plans/0/price"), &json!({ "amount": "12.50", "currency": "USD" }));
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_node_is_found_by_who_may_see_it(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = App::on(db).await;
    let boards = app.active(BOARDS_MONTHLY).await;
    let invoice = app.ada().invoices(&boards).await.remove(0)["id"].as_str().unwrap().to_owned();
    let profile = app.ada().profile("Contoso Main").await;
    let user = app.ada().users(1).await.remove(0);
    let kind = async |client: Client<'_>, id: &str| {
        client.sends("Node", json!({ "id": id })).await.done().at("/node/__typename").clone()
    };
    for (id, name) in [
        (&boards.id, "AppSubscription"),
        (&invoice, "Invoice"),
        (&profile, "BillingProfile"),
        (&user, "User"),
    ] {
        assert_eq!(kind(app.ada(), id).await, name);
        assert_eq!(kind(app.finn(), id).await, json!(null), "{name}");
    }
    assert_eq!(kind(app.lena(), &invoice).await, json!(null), "a licence admin sees no money");
    assert_eq!(kind(app.northwind(), &boards.id).await, "AppSubscription");
    assert_eq!(kind(app.litware(), &boards.id).await, json!(null));
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn money_is_for_those_who_may_see_it(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = App::on(db).await;
    let boards = app.active(BOARDS_MONTHLY).await;
    for (client, sees) in [
        (app.ada(), true),
        (app.carl(), true),
        (app.ivan(), true),
        (app.rui(), true),
        (app.operator(), true),
        (app.lena(), false),
        (app.northwind(), false),
    ] {
        let page = client.sees(&boards).await;
        assert_eq!(!page["unitPrice"].is_null(), sees, "{}", client.who);
        assert_eq!(!page["billingProfile"].is_null(), sees, "{}", client.who);
        assert_eq!(page["invoices"]["totalCount"] == 1, sees, "{}", client.who);
    }
    let nobody = app.client("email:user1@contoso.example");
    assert_eq!(nobody.sees(&boards).await, json!(null), "a user without a role sees no subscription");
}

#[rstest]
// On one thread: loaders gather what is asked for until nobody has anything more to ask.
#[tokio::test]
async fn a_page_of_subscriptions_costs_as_many_statements_as_one(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    // What a page returns must not decide how often the database is asked: every row brings its own invoices, events,
    // licences, copies and actions.
    let app = App::on(db).await;
    let document = "query($n: Int) { appSubscriptions(first: $n) { nodes { id allowedActions app { name publisher { name } }
        plan { name } organization { name } billingProfile { name } purchasedBy { name } replaces { id status }
        replacedBy { id status } invoices(first: 3) { nodes { number lines { amount { amount } } payments { status } } }
        events(first: 3) { nodes { type actor { name } } } licenseAssignments(first: 3) { nodes { user { name } } } } } }";
    for _ in 0..6 {
        let boards = app.active(BOARDS_MONTHLY).await;
        app.ada().assigns(&boards, &app.ada().users(1).await).await.done();
    }
    let one = app.counting(async || app.ada().asks(document, json!({ "n": 1 })).await.done()).await;
    let six = app.counting(async || app.ada().asks(document, json!({ "n": 6 })).await.done()).await;
    assert_eq!(one, six);
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn billing_profiles_and_methods_are_shown_without_secrets(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = App::on(db).await;
    let answer = app.ada().sends("BillingProfiles", json!({})).await.done();
    let profile = answer.at("/viewer/organization/billingProfiles/nodes/0");
    assert_eq!(profile["name"], "Contoso Main");
    assert_eq!(profile["paymentMethod"]["last4"], "4242");
    let roles: Vec<_> =
        profile["roleAssignments"].as_array().unwrap().iter().map(|role| role["role"].clone()).collect();
    assert_eq!(roles, [json!("OWNER"), json!("CONTRIBUTOR"), json!("INVOICE_MANAGER")]);
    assert!(!answer.body.to_string().contains("card_ok"), "tokens stay inside");
    let lena = app.lena().sends("BillingProfiles", json!({})).await.done();
    assert_eq!(lena.at("/viewer/organization/billingProfiles/nodes"), &json!([]));
    for (input, why) in [
        (json!({ "kind": "CARD", "gatewayToken": "4242 4242 4242 4242" }), "a card number"),
        (json!({ "kind": "CARD", "gatewayToken": "card_unknown" }), "a token that the gateway does not know"),
        (json!({ "kind": "CARD" }), "no token"),
        (json!({ "kind": "CHECK_OR_WIRE", "gatewayToken": "card_ok" }), "a token for a check"),
    ] {
        assert_eq!(app.ada().does("AddPaymentMethod", input).await.refused(), "INVALID_INPUT", "{why}");
    }
    let wire = app.ada().does("AddPaymentMethod", json!({ "kind": "CHECK_OR_WIRE" })).await.done();
    assert_eq!(wire.text("/addPaymentMethod/paymentMethod/status"), "PENDING_APPROVAL");
    assert_eq!(
        app.rui().does("AddPaymentMethod", json!({ "kind": "CHECK_OR_WIRE" })).await.failed(),
        "FORBIDDEN"
    );
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn what_an_invoice_shows_has_to_be_printable(#[values(Db::Sqlite)] db: Db) {
    let app = App::on(db).await;
    let create = async |change: &dyn Fn(&mut Json)| {
        let mut input = json!({
            "name": "Main", "currency": "EUR", "contact": { "name": "A", "email": "a@contoso.example" },
            "billingAddress": { "line1": "1 Main Street", "city": "Springfield", "country": "US" },
        });
        change(&mut input);
        let answer = app.ada().does("CreateBillingProfile", input).await;
        (answer.outcome(), answer.refused_path().join("."))
    };
    let invalid = |path: &str| ("INVALID_INPUT".to_owned(), path.to_owned());
    assert_eq!(create(&|_| {}).await.0, "OK");
    assert_eq!(create(&|input| input["name"] = json!(" ")).await, invalid("input.name"));
    assert_eq!(create(&|input| input["currency"] = json!("XXX")).await, invalid("input.currency"));
    assert_eq!(
        create(&|input| input["billingAddress"]["country"] = json!("us")).await,
        invalid("input.billingAddress.country")
    );
    assert_eq!(
        create(&|input| input["contact"]["email"] = json!("a@b.c\nBcc: x@y.z")).await,
        invalid("input.contact.email")
    );
    assert_eq!(create(&|input| input["taxId"] = json!("9".repeat(201))).await, invalid("input.taxId"));
    assert_eq!(create(&|input| input["paymentMethodId"] = json!("nonsense")).await.0, "NOT_FOUND");
}

/// What belongs to several lists is loaded together.
#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_cursor_spoils_its_own_list_alone(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = App::on(db).await;
    let boards = app.active(BOARDS_MONTHLY).await;
    // They are loaded together.
    let document = r#"query($id: ID!) {
        spoilt: appSubscription(id: $id) { events(after: "nonsense") { totalCount } }
        whole: appSubscription(id: $id) { events(first: 1) { totalCount nodes { type } } } }"#;
    for _ in 0..5 {
        let answer = app.ada().asks(document, json!({ "id": boards.id })).await;
        let errors = answer.body["errors"].as_array().expect("errors");
        let paths: Vec<_> = errors.iter().map(|error| error["path"].clone()).collect();
        assert_eq!(paths, [json!(["spoilt", "events"])], "{:#}", answer.body);
        assert_eq!(answer.at("/spoilt"), &json!(null));
        assert_eq!(answer.at("/whole/events/totalCount"), 2);
    }
}
