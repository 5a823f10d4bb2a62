//! Who may do what: every root field of the schema, tried by every kind of actor and every role.
//!
//! The snapshot is the table. A field without an attempt fails the test: whoever adds an operation decides
//! who may use it.

pub(crate) mod attempts;
pub(crate) mod scene;

use self::{
    attempts::{MUTATIONS, QUERIES},
    scene::{Scene, mutation},
};
use super::words::machine;
use crate::harness::{Answer, Client, Db, send};
use apollo_compiler::{Schema, validation::Valid};
use axum::{
    body::Body,
    http::{Request, StatusCode, header},
};
use serde_json::{Value as Json, json};
use std::{collections::BTreeSet, sync::LazyLock};

const LEGEND: &str = "\
yes      something is shown; it is done, or refused for another reason than who asks
no       FORBIDDEN: the role does not allow it
-        it does not exist for them: NOT_FOUND, null, an empty list
managed  MANAGED_BY_PARTNER: only the partner that bought it does this
401      nothing is executed without a token
";

/// The parts of an input that name a sale, or something that follows from one.
const OF_A_SALE: [&str; 6] =
    ["subscriptionId", "invoiceId", "paymentId", "refundId", "paymentMethodId", "billingProfileId"];

/// What says nothing about whether the attempt itself is a good one.
const SAYS_NOTHING: [&str; 5] =
    ["FORBIDDEN", "NOT_FOUND", "MANAGED_BY_PARTNER", "INVALID_INPUT", "UNAUTHENTICATED"];

static SCHEMA: LazyLock<Valid<Schema>> = LazyLock::new(|| {
    let committed = include_str!("../../schema.graphql");
    Schema::parse_and_validate(committed, "schema.graphql").expect("a valid schema")
});

/// The fields of a root type, by name.
pub(crate) fn fields(root: &str) -> BTreeSet<String> {
    let root = SCHEMA.get_object(root).expect("a root type");
    root.fields.keys().map(ToString::to_string).collect()
}

/// Whether the mutation names a sale, or something that follows from one.
pub(crate) fn is_of_a_sale(mutation: &str) -> bool {
    let mutations = &SCHEMA.get_object("Mutation").expect("mutations").fields;
    let arguments = &mutations.get(mutation).expect("a mutation").arguments;
    arguments.iter().any(|argument| {
        let input = SCHEMA.get_input_object(argument.ty.inner_named_type().as_str());
        input.is_some_and(|input| OF_A_SALE.iter().any(|part| input.fields.contains_key(*part)))
    })
}

/// Insists that there is exactly one attempt at each field.
fn has_one_attempt_each(root: &str, attempts: &[&str]) {
    let fields = fields(root);
    for field in &fields {
        let found = attempts.iter().filter(|attempt| *attempt == field).count();
        assert!(
            found == 1,
            "{root}.{field} has {found} attempts: decide who may use it, write one attempt at it in \
             tests/access/matrix/attempts.rs, and accept the matrix when its row says what you decided"
        );
    }
    for attempt in attempts {
        assert!(
            fields.contains(*attempt),
            "there is no {root}.{attempt} any more: remove its attempt from tests/access/matrix/attempts.rs"
        );
    }
}

/// Somebody who tries everything.
struct Viewer<'a> {
    title: &'static str,
    who: &'static str,
    /// None for somebody without a token.
    client: Option<Client<'a>>,
}

fn viewer<'a>(title: &'static str, who: &'static str, client: Client<'a>) -> Viewer<'a> {
    Viewer { title, who, client: Some(client) }
}

async fn viewers(scene: &Scene) -> Vec<Viewer<'_>> {
    let app = &scene.sale.app;
    if scene.sale.by_partner {
        return vec![
            viewer("tailspin", "the partner that bought it", app.tailspin()),
            viewer("wendy", "an owner of Woodgrove", app.wendy()),
            viewer("northwind", "the publisher of the app", app.northwind()),
            viewer("operator", "the operator of the marketplace", app.operator()),
        ];
    }
    let key = |scope: &str| json!({ "name": scope, "scope": scope, "role": "CONTRIBUTOR" });
    let (_, reads) = machine(app, &app.ada(), key("READ")).await;
    let (_, writes) = machine(app, &app.ada(), key("WRITE")).await;
    vec![
        viewer("ada", "an owner of Contoso", app.ada()),
        viewer("carl", "a contributor, also on the billing profile", app.carl()),
        viewer("lena", "a licence admin", app.lena()),
        viewer("ivan", "a reader, and an invoice manager on the billing profile", app.ivan()),
        viewer("rui", "a reader", app.rui()),
        viewer("user1", "a member of Contoso without a role", app.client("email:user1@contoso.example")),
        viewer("reads", "a machine of Contoso: a contributor's API key that may read", reads),
        viewer("writes", "a machine of Contoso: a contributor's API key that may write", writes),
        viewer("finn", "an owner of another organization", app.finn()),
        viewer("northwind", "the publisher of the app", app.northwind()),
        viewer("litware", "another publisher", app.litware()),
        viewer("tailspin", "a partner that has nothing to do with it", app.tailspin()),
        viewer("operator", "the operator of the marketplace", app.operator()),
        Viewer { title: "nobody", who: "somebody without a token", client: None },
    ]
}

async fn asks(scene: &Scene, viewer: &Viewer<'_>, document: &str, variables: Json) -> Answer {
    if let Some(client) = &viewer.client {
        return client.asks(document, variables).await;
    }
    let body = json!({ "query": document, "variables": variables }).to_string();
    let request = Request::post("/graphql")
        .header(header::CONTENT_TYPE, "application/json")
        .body(Body::from(body))
        .expect("a request");
    send(&scene.sale.app, request).await
}

/// What an answer says of who asked, as the legend has it.
fn told(field: &str, answer: &Answer, is_mutation: bool) -> String {
    if answer.status == StatusCode::UNAUTHORIZED {
        return "401".into();
    }
    let outcome = answer.outcome();
    let told = match outcome.as_str() {
        "FORBIDDEN" => "no",
        "NOT_FOUND" => "-",
        "MANAGED_BY_PARTNER" => "managed",
        "OK" if is_mutation || shows(answer.at(&format!("/{field}"))) => "yes",
        "OK" => "-",
        _ if is_mutation && answer.body["errors"].is_null() => "yes",
        other => other,
    };
    told.to_owned()
}

/// Whether there is something in the answer to a query.
fn shows(shown: &Json) -> bool {
    let rows = shown.get("nodes").unwrap_or(shown);
    !rows.is_null() && rows.as_array().is_none_or(|rows| !rows.is_empty())
}

/// A row of a table: a name, and a cell for each viewer.
type Row = (String, Vec<String>);

fn titles(of: &'static str, viewers: &[Viewer<'_>]) -> Vec<Row> {
    vec![(of.to_owned(), viewers.iter().map(|viewer| viewer.title.to_owned()).collect())]
}

async fn queries(scene: &Scene, viewers: &[Viewer<'_>]) -> Vec<Row> {
    let mut rows = titles("query", viewers);
    for field in fields("Query") {
        let (_, document, variables) = QUERIES.iter().find(|(name, ..)| *name == field).expect("an attempt");
        let mut cells = Vec::new();
        for viewer in viewers {
            let answer = asks(scene, viewer, document, variables(scene)).await;
            cells.push(told(&field, &answer, false));
        }
        rows.push((field, cells));
    }
    rows
}

async fn mutations(scene: &Scene, viewers: &[Viewer<'_>]) -> Vec<Row> {
    let mut rows = titles("mutation", viewers);
    for field in fields("Mutation") {
        if scene.sale.by_partner && !is_of_a_sale(&field) {
            continue;
        }
        let (_, attempt) = MUTATIONS.iter().find(|(name, _)| *name == field).expect("an attempt");
        let (mut cells, mut outcomes) = (Vec::new(), Vec::new());
        for viewer in viewers {
            let variables = json!({ "input": attempt(scene).await });
            let answer = asks(scene, viewer, &mutation(&field), variables).await;
            cells.push(told(&field, &answer, true));
            outcomes.push(answer.outcome());
        }
        let is_good = outcomes.iter().any(|outcome| !SAYS_NOTHING.contains(&outcome.as_str()));
        assert!(is_good, "the attempt at {field} is one that nobody could make: {outcomes:?}");
        rows.push((field, cells));
    }
    rows
}

/// A table, each column as wide as it has to be.
fn table(rows: &[Row]) -> String {
    let names = rows.iter().map(|(name, _)| name.len()).max().unwrap_or_default();
    let mut text = String::from("\n");
    for (name, cells) in rows {
        let mut line = format!("{name:<names$}");
        for (column, cell) in cells.iter().enumerate() {
            let width = rows.iter().map(|(_, cells)| cells[column].len()).max().unwrap_or_default();
            line += &format!("  {cell:<width$}");
        }
        text += line.trim_end();
        text.push('\n');
    }
    text
}

/// Roles do not depend on the database. What has to do with a sale is there twice: for what Contoso bought
/// for itself, and for what Tailspin bought for Woodgrove.
#[tokio::test(flavor = "multi_thread")]
async fn everybody_may_do_what_the_matrix_says_and_nothing_else() {
    has_one_attempt_each("Query", &QUERIES.iter().map(|(name, ..)| *name).collect::<Vec<_>>());
    has_one_attempt_each("Mutation", &MUTATIONS.iter().map(|(name, _)| *name).collect::<Vec<_>>());
    let mut matrix = LEGEND.to_owned();
    for (by_partner, heading) in
        [(false, "WHAT CONTOSO BOUGHT FOR ITSELF"), (true, "WHAT TAILSPIN BOUGHT FOR WOODGROVE")]
    {
        let scene = Scene::set(Db::Sqlite, by_partner).await;
        let viewers = viewers(&scene).await;
        matrix += &format!("\n{heading}\n\n");
        for viewer in &viewers {
            matrix += &format!("{:<9}  {}\n", viewer.title, viewer.who);
        }
        // First what is shown: the attempts at changing something leave traces.
        matrix += &table(&queries(&scene, &viewers).await);
        matrix += &table(&mutations(&scene, &viewers).await);
    }
    insta::assert_snapshot!(matrix);
}
