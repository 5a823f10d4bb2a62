//! What publishers see of those who bought: whom to serve, and nothing about their money or about other publishers.

use crate::harness::{App, BOARDS_MONTHLY, Client, Db, SIGN, Subscription};
use rstest::rstest;
use serde_json::{Value as Json, json};

/// Boards, bought by Ada and past its first invoice, with a licence assigned to the first user.
async fn sold(app: &App) -> Subscription {
    let boards = app.active(BOARDS_MONTHLY).await;
    app.ada().assigns(&boards, &app.ada().users(1).await).await.done();
    boards
}

async fn asks(client: &Client<'_>, document: &str, id: &str) -> Json {
    client.asks(document, json!({ "id": id })).await.done().body["data"].clone()
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_publisher_sees_whom_to_serve(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = App::on(db).await;
    let boards = sold(&app).await;
    let document = "query($id: ID!) { appSubscription(id: $id) { status
        organization { name country } purchasedBy { name email } app { name }
        plan { name pricingModel billingInterval price { amount currency } }
        licenses { purchased assigned available } licenseAssignments { totalCount nodes { user { name } } }
        assignableUsers(first: 100) { totalCount nodes { name email } } allowedActions } }";
    let page = asks(&app.northwind(), document, &boards.id).await;
    let page = &page["appSubscription"];
    assert_eq!(page["organization"], json!({ "name": "Contoso", "country": "US" }));
    assert_eq!(page["purchasedBy"], json!({ "name": "Ada", "email": "ada@contoso.example" }));
    let plan = json!({
        "name": "Monthly", "pricingModel": "PER_LICENSE", "billingInterval": "MONTH",
        "price": { "amount": "12.50", "currency": "USD" },
    });
    assert_eq!(page["plan"], plan);
    assert_eq!(page["licenses"], json!({ "purchased": 10, "assigned": 1, "available": 9 }));
    assert_eq!(page["licenseAssignments"]["totalCount"], 1);
    let everybody =
        app.ada().asks("{ viewer { organization { users { totalCount } } } }", json!({})).await.done();
    assert_eq!(&page["assignableUsers"]["totalCount"], everybody.at("/viewer/organization/users/totalCount"));
    let emails: Vec<_> = page["assignableUsers"]["nodes"]
        .as_array()
        .expect("users")
        .iter()
        .map(|user| &user["email"])
        .collect();
    assert!(emails.contains(&&json!("lena@contoso.example")), "{emails:?}");
    assert_eq!(page["allowedActions"], json!(["ASSIGN_LICENSES"]));
    let listed = app.northwind().sends("Products", json!({})).await.done();
    assert_eq!(listed.at("/appSubscriptions/totalCount"), 1);
    assert_eq!(listed.at("/appSubscriptions/edges/0/node/id"), &json!(boards.id));
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_publisher_sees_nothing_of_the_money(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = App::on(db).await;
    let boards = sold(&app).await;
    let (invoice, profile) =
        (app.ada().invoices(&boards).await.remove(0), app.ada().profile("Contoso Main").await);
    assert_eq!(invoice["status"], "PAID");
    let northwind = app.northwind();
    let document = "query($id: ID!) { appSubscription(id: $id) {
        unitPrice { amount } billingProfile { id } invoices { totalCount nodes { id } pageInfo { hasNextPage } }
        organization { billingProfiles { totalCount nodes { id } } paymentMethods { totalCount nodes { id } } } } }";
    let page = asks(&northwind, document, &boards.id).await;
    let empty = json!({ "totalCount": 0, "nodes": [] });
    let expected = json!({
        "unitPrice": null, "billingProfile": null,
        "invoices": { "totalCount": 0, "nodes": [], "pageInfo": { "hasNextPage": false } },
        "organization": { "billingProfiles": empty, "paymentMethods": empty },
    });
    assert_eq!(page["appSubscription"], expected);
    // However it is asked for.
    let id = invoice["id"].as_str().expect("an id");
    assert_eq!(
        asks(&northwind, "query($id: ID!) { invoice(id: $id) { id } }", id).await["invoice"],
        json!(null)
    );
    for id in [id, &profile] {
        assert_eq!(
            asks(&northwind, "query($id: ID!) { node(id: $id) { id } }", id).await["node"],
            json!(null)
        );
    }
    let profile = asks(&northwind, "query($id: ID!) { billingProfile(id: $id) { id } }", &profile).await;
    assert_eq!(profile["billingProfile"], json!(null));
    let everything =
        "{ invoices { totalCount } upcomingInvoices(months: 3) { issuedOn } billingSummary { currency } }";
    let answer = northwind.asks(everything, json!({})).await.done();
    assert_eq!(
        answer.body["data"],
        json!({ "invoices": { "totalCount": 0 }, "upcomingInvoices": [], "billingSummary": [] })
    );
    let of_boards = json!({ "id": boards.id });
    for document in [
        "query($id: ID!) { previewCancellation(subscriptionId: $id) { credited { amount } } }",
        "query($id: ID!) { previewLicenseChange(subscriptionId: $id, quantity: 12) { chargedNow { amount } } }",
    ] {
        assert_eq!(northwind.asks(document, of_boards.clone()).await.failed(), "FORBIDDEN", "{document}");
    }
    for document in ["{ paymentMethods { totalCount } }", "{ refunds { totalCount } }"] {
        assert_eq!(northwind.asks(document, json!({})).await.failed(), "FORBIDDEN", "{document}");
    }
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_publisher_sees_nothing_of_other_publishers(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = App::on(db).await;
    let boards = sold(&app).await;
    let viewer = app.finn().sends("Viewer", json!({})).await.done();
    let version = json!({ "version": viewer.text("/customerAgreement/currentVersion") });
    app.finn().does("AcceptCustomerAgreement", version).await.done();
    let sign = app.active_for(&app.finn(), SIGN, None, "Fabrikam Main").await;
    for (client, own, other) in [(app.northwind(), &boards, &sign), (app.litware(), &sign, &boards)] {
        assert!(client.sees(own).await.is_object(), "{}", client.who);
        assert_eq!(client.sees(other).await, json!(null), "{}", client.who);
        let listed = client.sends("Products", json!({})).await.done();
        assert_eq!(listed.at("/appSubscriptions/totalCount"), 1, "{}", client.who);
        assert_eq!(client.activates(other).await.refused(), "NOT_FOUND");
        assert_eq!(client.assigns(other, &["x".into()]).await.refused(), "NOT_FOUND");
        // Nor of the organization that bought from the other alone.
        let of_other = app.operator().sees(other).await["organization"]["id"].clone();
        let node = client.sends("Node", json!({ "id": of_other })).await.done();
        assert_eq!(node.at("/node"), &json!(null), "{}", client.who);
        let narrowed =
            client.sends("Products", json!({ "filter": { "organizationId": of_other } })).await.done();
        assert_eq!(narrowed.at("/appSubscriptions/totalCount"), 0, "{}", client.who);
    }
}
