//! An empty database becomes a marketplace: operator, organizations, publishers, partners, a first purchase.

use super::{
    fresh::Fresh,
    words::{INVITE, refusal, uuid_of},
};
use crate::harness::{Db, document};
use axum::http::StatusCode;
use domain::{
    Error, Ids,
    job::{self, Job},
    operator::add_operator,
};
use entity::{
    app, event,
    id::{AppId, PublisherId},
    operator, plan, plan_country,
    state::{ActorKind, AppStatus, BillingInterval, EventType, PricingModel},
};
use rstest::rstest;
use sea_orm::{EntityTrait, IntoActiveModel, PaginatorTrait};
use serde_json::{Value as Json, json};

const CREATE_ORGANIZATION: &str = "mutation($input: CreateOrganizationInput!) {
    createOrganization(input: $input) { organization { id name country }
                                        userErrors { code message path } } }";

const CREATE_PUBLISHER: &str = "mutation($input: CreatePublisherInput!) {
    createPublisher(input: $input) { publisher { id name supportUrl } apiKeySecret
                                     userErrors { code message path } } }";

const CREATE_PARTNER: &str = "mutation($input: CreatePartnerInput!) {
    createPartner(input: $input) { partner { id name } apiKeySecret userErrors { code message path } } }";

const OPERATOR: &str = "email:olivia@tenure.example";

fn initech() -> Json {
    json!({
        "name": "Initech", "country": "US", "owner": { "name": "Olga", "email": "olga@initech.example" },
    })
}

fn proseware() -> Json {
    json!({
        "slug": "proseware", "name": "Proseware", "supportUrl": "https://support.proseware.example/",
        "portalUrl": "https://portal.proseware.example/activate?from=tenure",
    })
}

fn wingtip() -> Json {
    json!({ "slug": "wingtip", "name": "Wingtip" })
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn an_operator_is_added_to_the_database_itself(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let fresh = Fresh::on(db).await;
    for subject in ["operator", OPERATOR] {
        let answer = fresh.somebody(subject).asks("{ __typename }", json!({})).await;
        assert_eq!((answer.status, answer.failed().as_str()), (StatusCode::UNAUTHORIZED, "UNAUTHENTICATED"));
    }
    for (name, email) in [("Olivia", "olivia"), ("Olivia", ""), (" ", "olivia@tenure.example")] {
        let refused = add_operator(&fresh.market, Some(name), email).await;
        assert!(matches!(refused, Err(Error::Invalid(..))), "{refused:?}");
    }
    let olivia = add_operator(&fresh.market, Some("Olivia"), "olivia@tenure.example").await.unwrap();
    let again = add_operator(&fresh.market, Some("Somebody"), "OLIVIA@Tenure.example").await.unwrap();
    assert_eq!(olivia, again);
    assert_eq!(operator::Entity::find().count(fresh.market.db().read()).await.unwrap(), 1);
    for subject in ["operator", OPERATOR, "email:Olivia@tenure.example"] {
        assert_eq!(fresh.somebody(subject).viewer().await["kind"], "OPERATOR", "{subject}");
    }
    let omar = add_operator(&fresh.market, Some("Omar"), "omar@tenure.example").await.unwrap();
    assert_ne!(olivia, omar);
    assert_eq!(fresh.somebody("email:omar@tenure.example").viewer().await["kind"], "OPERATOR");
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn the_operator_creates_and_nobody_else_does(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let fresh = Fresh::begun(db).await;
    let operator = fresh.somebody(OPERATOR);
    let organization = operator.does(CREATE_ORGANIZATION, initech()).await.done();
    let created = organization.at("/createOrganization/organization");
    assert_eq!((&created["name"], &created["country"]), (&json!("Initech"), &json!("US")));
    let publisher = operator.does(CREATE_PUBLISHER, proseware()).await.done();
    assert_eq!(publisher.at("/createPublisher/publisher/supportUrl"), "https://support.proseware.example/");
    let partner = operator.does(CREATE_PARTNER, wingtip()).await.done();

    // All of them are there at once.
    let olga = fresh.somebody("email:olga@initech.example");
    let of_publisher = fresh.machine(publisher.text("/createPublisher/apiKeySecret"));
    let of_partner = fresh.machine(partner.text("/createPartner/apiKeySecret"));
    let nobody = json!({
        "kind": null, "roles": [], "user": null, "organization": null, "publisher": null, "partner": null,
    });
    let mut expected = [nobody.clone(), nobody.clone(), nobody];
    expected[0]["kind"] = json!("MEMBER");
    expected[0]["roles"] = json!(["OWNER"]);
    expected[0]["user"] = json!({ "name": "Olga" });
    expected[0]["organization"] = json!({ "name": "Initech", "country": "US" });
    expected[1]["kind"] = json!("PUBLISHER");
    expected[1]["publisher"] = json!({ "name": "Proseware" });
    expected[2]["kind"] = json!("PARTNER");
    expected[2]["partner"] = json!({ "name": "Wingtip" });
    let others = [&olga, &of_publisher, &of_partner];
    for (somebody, expected) in others.into_iter().zip(expected) {
        assert_eq!(somebody.viewer().await, expected);
        let mut other = [initech(), proseware(), wingtip()];
        (other[1]["slug"], other[2]["slug"]) = (json!("another"), json!("another"));
        for (document, input) in
            [CREATE_ORGANIZATION, CREATE_PUBLISHER, CREATE_PARTNER].into_iter().zip(other)
        {
            let answer = somebody.does(document, input).await;
            assert_eq!(answer.failed(), "FORBIDDEN", "{:#}", answer.body);
        }
    }
    let events = event::Entity::find().all(fresh.market.db().read()).await.unwrap();
    let mut told: Vec<_> = events.iter().map(|event| (event.r#type, event.actor_kind)).collect();
    told.sort();
    let mut expected: Vec<_> = [
        EventType::OrganizationCreated,
        EventType::PublisherCreated,
        EventType::PublisherKeyCreated,
        EventType::PartnerCreated,
        EventType::PartnerKeyCreated,
    ]
    .map(|kind| (kind, ActorKind::Operator))
    .into();
    // Whom the command added before.
    expected.push((EventType::OperatorAdded, ActorKind::System));
    expected.sort();
    assert_eq!(told, expected);
    for event in events {
        assert!(!event.body.contains('@') && !event.body.contains("Ol"), "{}", event.body);
    }
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn an_organization_is_looked_at_before_it_is_created(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let fresh = Fresh::begun(db).await;
    let operator = fresh.somebody(OPERATOR);
    let long = "n".repeat(201);
    for (pointer, wrong) in [
        ("/name", ""),
        ("/name", "  "),
        ("/name", "Ini\ntech"),
        ("/name", &long),
        ("/country", ""),
        ("/country", "XX"),
        ("/country", "USA"),
        ("/country", "United States"),
        ("/owner/name", ""),
        ("/owner/name", "\t"),
        ("/owner/email", ""),
        ("/owner/email", "olga"),
        ("/owner/email", "olga@"),
        ("/owner/email", "ol ga@initech.example"),
    ] {
        let mut input = initech();
        *input.pointer_mut(pointer).expect("a field") = json!(wrong);
        let answer = operator.does(CREATE_ORGANIZATION, input).await;
        let path = pointer.replace('/', ".");
        assert_eq!(refusal(&answer), format!("INVALID_INPUT input{path}"), "{wrong:?}");
    }
    let told = event::Entity::find().count(fresh.market.db().read()).await.unwrap();
    assert_eq!(told, 1, "that there is an operator, and nothing else");
    // Two organizations may be called the same, and have owners with the same address.
    for _ in 0..2 {
        operator.does(CREATE_ORGANIZATION, initech()).await.done();
    }
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn short_names_are_short_and_taken_once(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let fresh = Fresh::begun(db).await;
    let (operator, again) = (fresh.somebody(OPERATOR), fresh.somebody(OPERATOR));
    let long = "n".repeat(51);
    for slug in ["", "Proseware", "prose ware", "prose_ware", "pröse", "prose.ware", &long] {
        for (document, mut input) in [(CREATE_PUBLISHER, proseware()), (CREATE_PARTNER, wingtip())] {
            input["slug"] = json!(slug);
            assert_eq!(
                refusal(&operator.does(document, input).await),
                "INVALID_INPUT input.slug",
                "{slug:?}"
            );
        }
    }
    for (document, input) in [(CREATE_PUBLISHER, proseware()), (CREATE_PARTNER, wingtip())] {
        let mut other = input.clone();
        other["name"] = json!("Another");
        let (one, two) = tokio::join!(operator.does(document, input.clone()), again.does(document, other));
        let mut outcomes = [one.outcome(), two.outcome()];
        outcomes.sort();
        assert_eq!(outcomes, ["INVALID_INPUT", "OK"], "{:#} {:#}", one.body, two.body);
        assert_eq!(refusal(&operator.does(document, input).await), "INVALID_INPUT input.slug");
    }
    // A publisher and a partner are two things, and digits and dashes are fine.
    let mut partner = wingtip();
    for slug in ["proseware", "4-2", &long[..50]] {
        partner["slug"] = json!(slug);
        operator.does(CREATE_PARTNER, partner.clone()).await.done();
    }
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_publisher_is_found_on_the_web(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let fresh = Fresh::begun(db).await;
    let operator = fresh.somebody(OPERATOR);
    let long = format!("https://proseware.example/{}", "n".repeat(500));
    for (field, wrong) in [("name", ""), ("name", "Prose\nware")].into_iter().chain(
        [
            "",
            "nonsense",
            "/activate",
            "https://",
            "ftp://x.example/",
            "javascript:alert(1)",
            "mailto:a@b",
            &long,
        ]
        .into_iter()
        .flat_map(|wrong| [("supportUrl", wrong), ("portalUrl", wrong)]),
    ) {
        let mut input = proseware();
        input[field] = json!(wrong);
        let answer = operator.does(CREATE_PUBLISHER, input).await;
        assert_eq!(refusal(&answer), format!("INVALID_INPUT input.{field}"), "{wrong:?}");
    }
    operator.does(CREATE_PUBLISHER, proseware()).await.done();
}

/// The publisher sells Prose, for 10.00 dollars a month and licence, in the United States.
async fn sells(fresh: &Fresh, publisher_id: PublisherId) {
    let (db, created_at) = (fresh.market.db().writer().unwrap(), fresh.market.real_now());
    let ids = Ids::from_entropy();
    let app = app::Model {
        id: ids.next::<AppId>(created_at),
        publisher_id,
        name: "Prose".into(),
        summary: "Writes".into(),
        description: "Writes for teams of any size.".into(),
        status: AppStatus::Published,
        published_at: Some(created_at),
        website_url: None,
        documentation_url: None,
        terms_url: None,
        privacy_url: None,
        support_url: None,
        support_email: None,
        created_at,
    };
    let plan = plan::Model {
        id: ids.next(created_at),
        app_id: app.id,
        name: "Monthly".into(),
        pricing_model: PricingModel::PerLicense,
        billing_interval: BillingInterval::Month,
        currency: "USD".into(),
        unit_price: 1000,
        min_licenses: Some(1),
        max_licenses: Some(100),
        retired_at: None,
        created_at,
    };
    let sold = plan_country::Model { plan_id: plan.id, country: "US".into() };
    app::Entity::insert(app.into_active_model()).exec_without_returning(db).await.unwrap();
    plan::Entity::insert(plan.into_active_model()).exec_without_returning(db).await.unwrap();
    plan_country::Entity::insert(sold.into_active_model()).exec_without_returning(db).await.unwrap();
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn from_an_empty_database_to_the_first_purchase(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let fresh = Fresh::begun(db).await;
    let operator = fresh.somebody(OPERATOR);
    let publisher = operator.does(CREATE_PUBLISHER, proseware()).await.done();
    let portal = fresh.machine(publisher.text("/createPublisher/apiKeySecret"));
    sells(&fresh, PublisherId(uuid_of(publisher.text("/createPublisher/publisher/id")))).await;
    operator.does(CREATE_ORGANIZATION, initech()).await.done();

    let olga = fresh.somebody("email:olga@initech.example");
    let agreement = olga.asks(&document("Viewer"), json!({})).await.done();
    let accepted = json!({ "version": agreement.text("/customerAgreement/currentVersion") });
    olga.does(&document("AcceptCustomerAgreement"), accepted).await.done();
    let cleo = json!({ "name": "Cleo", "email": "cleo@initech.example", "role": "CONTRIBUTOR" });
    olga.does(INVITE, cleo).await.done();

    let cleo = fresh.somebody("email:cleo@initech.example");
    let card = json!({ "kind": "CARD", "gatewayToken": "card_ok" });
    let card = cleo.does(&document("AddPaymentMethod"), card).await.done();
    let profile = json!({
        "name": "Initech Main", "currency": "USD",
        "contact": { "name": "Accounts payable", "email": "billing@initech.example" },
        "billingAddress": { "line1": "1 Main Street", "city": "Springfield", "country": "US" },
        "paymentMethodId": card.text("/addPaymentMethod/paymentMethod/id"),
    });
    let profile = cleo.does(&document("CreateBillingProfile"), profile).await.done();
    let catalog = cleo.asks(&document("Catalog"), json!({ "first": 1 })).await.done();
    let plan = catalog.text("/apps/nodes/0/plans/0/id");
    let purchase = json!({
        "planId": plan, "licenseQuantity": 5,
        "billingProfileId": profile.text("/createBillingProfile/billingProfile/id"),
    });
    let bought = cleo.does(&document("Purchase"), purchase).await.done().subscription("purchaseSubscription");

    let link = json!({ "subscriptionId": bought.id });
    let link = cleo.does(&document("OpenPublisherPortal"), link).await.done();
    let url = link.text("/openPublisherPortal/url");
    let (page, token) = url.split_once("&token=").expect("a token");
    assert_eq!(page, "https://portal.proseware.example/activate?from=tenure");
    let resolved = portal.asks(&document("ResolvePurchase"), json!({ "token": token })).await.done();
    assert_eq!(resolved.text("/resolvePurchase/subscription/id"), bought.id);
    let activation = json!({ "subscriptionId": bought.id, "planId": plan, "licenseQuantity": 5 });
    let activated = portal.does(&document("Activate"), activation).await.done();
    assert_eq!(activated.text("/activateSubscription/subscription/status"), "ACTIVE");

    let collected = job::run_tick(&fresh.market, Job::CollectPayments, fresh.market.real_now()).await;
    assert_eq!(collected.unwrap().expect("a run").changed, 1);
    let invoices = olga.asks(&document("Invoices"), json!({})).await.done();
    assert_eq!(invoices.text("/invoices/nodes/0/status"), "PAID");
    assert_eq!(invoices.text("/invoices/nodes/0/total/amount"), "50.00");
    domain::audit::verify(fresh.market.db(), None).await.unwrap().expect("the history is whole");
}
