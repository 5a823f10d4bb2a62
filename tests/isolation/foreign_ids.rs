//! Every field that takes an id, with ids of others: the answer is the one that an id of nothing gets, to the byte.

use super::{
    generator::{SCHEMA, all_of},
    world::{CONTOSO, FABRIKAM, has_one_of_everything},
};
use crate::{
    access::matrix::{
        attempts::MUTATIONS,
        scene::{Scene, mutation},
    },
    harness::{App, Client, Db},
};
use apollo_compiler::{Node, ast::Type, schema::FieldDefinition, schema::InputObjectType};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use entity::{
    api_key, billing_profile, billing_profile_role, credit_note, event, id::OrganizationId, invoice,
    license_assignment, organization, payment, payment_method, refund, subscription, support_request, user,
    webhook_delivery, webhook_endpoint,
};
use rstest::rstest;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use serde_json::{Value as Json, json};
use uuid::Uuid;

/// An id of somebody else's, and one of the same kind that nothing has.
struct Foreign {
    theirs: String,
    nothings: String,
}

fn global(kind: &str, id: Uuid, rest: &str) -> String {
    URL_SAFE_NO_PAD.encode(format!("{kind}:{}{rest}", id.simple()))
}

fn foreign(kind: &str, id: Uuid, rest: &str) -> Foreign {
    Foreign { theirs: global(kind, id, rest), nothings: global(kind, Uuid::from_u128(4711), rest) }
}

async fn organization_of(app: &App, name: &str) -> OrganizationId {
    let found = organization::Entity::find().filter(organization::Column::Name.eq(name));
    found.one(app.market.db().read()).await.expect("an answer").expect("an organization").id
}

/// One id of each kind that an organization has.
async fn ids_of(app: &App, of: OrganizationId) -> Vec<Foreign> {
    let db = app.market.db().read();
    let mut ids = vec![foreign("org", of.0, "")];
    macro_rules! one {
        ($kind:literal, $entity:ident) => {{
            let found = $entity::Entity::find().filter($entity::Column::OrganizationId.eq(of)).one(db).await;
            let row = found.expect("an answer").expect(concat!("one of ", $kind));
            ids.push(foreign($kind, row.id.0, ""));
        }};
    }
    one!("sub", subscription);
    one!("bip", billing_profile);
    one!("pam", payment_method);
    one!("inv", invoice);
    one!("pay", payment);
    one!("cre", credit_note);
    one!("ref", refund);
    one!("usr", user);
    one!("key", api_key);
    one!("sup", support_request);
    one!("whe", webhook_endpoint);
    one!("whd", webhook_delivery);
    let found = event::Entity::find().filter(event::Column::OrganizationId.eq(of)).one(db).await;
    let row = found.expect("an answer").expect("an event");
    ids.push(foreign("evt", row.stream_id, &format!(":{}", row.seq)));
    ids
}

/// All that an organization has, as text.
async fn belongings(app: &App, of: OrganizationId) -> Vec<String> {
    let db = app.market.db().read();
    let mut rows = Vec::new();
    macro_rules! all {
        ($($entity:ident),*) => {$(
            let found = $entity::Entity::find().filter($entity::Column::OrganizationId.eq(of)).all(db).await;
            rows.extend(found.expect("an answer").iter().map(|row| format!("{row:?}")));
        )*};
    }
    all!(subscription, billing_profile, billing_profile_role, payment_method, invoice, payment, credit_note);
    all!(
        refund,
        user,
        api_key,
        support_request,
        license_assignment,
        event,
        webhook_endpoint,
        webhook_delivery
    );
    rows.sort();
    rows
}

fn is_id(of: &Type) -> bool {
    of.inner_named_type() == "ID"
}

fn input_object(of: &Type) -> Option<&'static Node<InputObjectType>> {
    SCHEMA.get_input_object(of.inner_named_type())
}

/// A value for an argument, with `$id` where the id stands.
fn around(of: &Type, text: &str) -> String {
    if of.is_list() { format!("[{text}]") } else { text.to_owned() }
}

/// A query of this field for each place where an id can stand in its arguments.
fn queries_with_an_id(name: &str, field: &FieldDefinition) -> Vec<(String, String)> {
    let below = all_of(&field.ty, 2, &|_| "1".into());
    let others = |but: &str| -> String {
        let required =
            field.arguments.iter().filter(|argument| argument.is_required() && argument.name != but);
        required.map(|argument| format!("{}: 1 ", argument.name)).collect()
    };
    let document = |argument: &str, value: &str| {
        format!("query($id: ID!) {{ {name}({argument}: {value} {}){below} }}", others(argument))
    };
    let mut found = Vec::new();
    for argument in &field.arguments {
        if is_id(&argument.ty) {
            let value = around(&argument.ty, "$id");
            found.push((argument.name.to_string(), document(&argument.name, &value)));
        }
        for (part, of_part) in input_object(&argument.ty).iter().flat_map(|input| &input.fields) {
            if is_id(&of_part.ty) {
                let value = format!("{{ {part}: {} }}", around(&of_part.ty, "$id"));
                found.push((format!("{}.{part}", argument.name), document(&argument.name, &value)));
            }
        }
    }
    found
}

/// The one place for an id that its sender does not see: an organization tells a partner its id, so that it can be asked.
const TOLD: (&str, &str) = ("requestPartnership", "organizationId");

/// What was tried.
#[derive(Default)]
struct Tally {
    places: usize,
    tried: usize,
}

/// Insists that both ids get the same answer.
async fn same(client: &Client<'_>, place: &str, document: &str, ids: &Foreign, with: &dyn Fn(&str) -> Json) {
    let told = async |id: &str| {
        let answer = client.asks(document, with(id)).await;
        let told = format!("{} {}", answer.status, answer.body);
        assert!(!told.contains("INTERNAL"), "{place}, {}: {told}", client.who);
        assert!(!told.contains("Cannot query") && !told.contains("Unknown"), "{place}: {document}: {told}");
        told.replace(id, "ID")
    };
    let (theirs, nothings) = (told(&ids.theirs).await, told(&ids.nothings).await);
    assert_eq!(theirs, nothings, "{place} with {}, asked by {}", ids.theirs, client.who);
}

async fn tries_queries(client: &Client<'_>, ids: &[Foreign], tally: &mut Tally) {
    for (name, field) in &SCHEMA.get_object("Query").expect("queries").fields {
        for (place, document) in queries_with_an_id(name, field) {
            tally.places += 1;
            for id in ids {
                tally.tried += 1;
                let place = format!("Query.{name}({place})");
                same(client, &place, &document, id, &|id| json!({ "id": id })).await;
            }
        }
    }
}

async fn tries_mutations(client: &Client<'_>, scene: &Scene, ids: &[Foreign], tally: &mut Tally) {
    for (name, field) in &SCHEMA.get_object("Mutation").expect("mutations").fields {
        let of_input = &field.arguments.first().expect("an input").ty;
        let input = input_object(of_input).expect("an input");
        let places: Vec<_> = input.fields.iter().filter(|(_, part)| is_id(&part.ty)).collect();
        if places.is_empty() {
            continue;
        }
        let (_, attempt) =
            MUTATIONS.iter().find(|(attempt, _)| *attempt == name.as_str()).expect("an attempt");
        // One that was refused changed nothing, so that it can be tried again.
        let good = attempt(scene).await;
        for (part, of_part) in places {
            if (name.as_str(), part.as_str()) == TOLD {
                continue;
            }
            tally.places += 1;
            for id in ids {
                tally.tried += 1;
                let place = format!("Mutation.{name}({part})");
                let with = |id: &str| {
                    let mut input = good.clone();
                    input[part.as_str()] = if of_part.ty.is_list() { json!([id]) } else { json!(id) };
                    json!({ "input": input })
                };
                same(client, &place, &mutation(name), id, &with).await;
            }
        }
    }
}

/// Ada with what is Fabrikam's; a publisher and a partner with what Contoso has, which is nothing to them.
#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn an_id_of_somebody_elses_is_like_an_id_of_nothing(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let scene = Scene::set(db, false).await;
    let app = &scene.sale.app;
    has_one_of_everything(app, &CONTOSO).await;
    has_one_of_everything(app, &FABRIKAM).await;
    let (contoso, fabrikam) = (organization_of(app, "Contoso").await, organization_of(app, "Fabrikam").await);
    let of_contoso = ids_of(app, contoso).await;
    // The plans and apps of the catalogue are everybody's; the ids of all others are tried in every place.
    let of_fabrikam = ids_of(app, fabrikam).await;
    let before = belongings(app, fabrikam).await;
    let mut tally = Tally::default();
    for (client, ids) in
        [(app.ada(), &of_fabrikam), (app.litware(), &of_contoso), (app.tailspin(), &of_contoso)]
    {
        tries_queries(&client, ids, &mut tally).await;
        tries_mutations(&client, &scene, ids, &mut tally).await;
    }
    assert_eq!(belongings(app, fabrikam).await, before, "nothing of Fabrikam's was changed");
    // It would have been noticed: to its owner each of these ids is another one than an id of nothing.
    let document = "query($id: ID!) { invoice(id: $id) { id } }";
    let shown = app.ada().asks(document, json!({ "id": of_contoso[4].theirs })).await.done();
    assert!(shown.at("/invoice").is_object());
    println!(
        "foreign ids on {db:?}: {} places that take an id × {} kinds of ids, {} pairs of answers compared",
        tally.places,
        of_fabrikam.len(),
        tally.tried
    );
}
