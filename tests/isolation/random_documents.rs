//! Random documents, asked by Contoso's people over one frozen set of data, with and without what Fabrikam has: the answers
//! are the same, to the byte.

use super::{generator::Generator, world::populated};
use crate::{
    access::words::machine,
    harness::{App, Client, Db},
};
use axum::{
    body::{Body, to_bytes},
    http::{Request, header},
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use rstest::rstest;
use sea_orm::{ConnectionTrait, DatabaseConnection, Statement};
use serde_json::json;
use std::collections::BTreeMap;
use tower::ServiceExt;

/// How many documents are compared when nothing is said.
const DOCUMENTS: u64 = 1_000;

/// The variable that says otherwise, for a longer run.
const HOW_MANY: &str = "TENURE_TEST_DOCUMENTS";

/// Ids are made of a row's: the kind, the table, and which organization's a row is.
const KINDS: [(&str, &str); 16] = [
    ("org", "organization"),
    ("sub", "subscription"),
    ("bip", "billing_profile"),
    ("pam", "payment_method"),
    ("inv", "invoice"),
    ("pay", "payment"),
    ("cre", "credit_note"),
    ("ref", "refund"),
    ("usr", "user_account"),
    ("key", "api_key"),
    ("app", "app"),
    ("pln", "plan"),
    ("pub", "publisher"),
    ("ptn", "partner"),
    ("whe", "webhook_endpoint"),
    ("whd", "webhook_delivery"),
];

/// The global ids of everything, everybody's.
async fn ids(db: &DatabaseConnection) -> Vec<String> {
    let mut ids = vec!["nonsense".to_owned()];
    for (kind, table) in KINDS {
        let hex = match db.get_database_backend() {
            sea_orm::DbBackend::Sqlite => "lower(hex(id))",
            _ => "replace(id::text, '-', '')",
        };
        let sql = format!("select {hex} from {table} order by id limit 40");
        for row in
            db.query_all_raw(Statement::from_string(db.get_database_backend(), sql)).await.expect("rows")
        {
            let id: String = row.try_get_by_index(0).expect("an id");
            ids.push(URL_SAFE_NO_PAD.encode(format!("{kind}:{id}")));
        }
    }
    ids
}

/// Sends a document as the client, and gives back every byte of the answer.
async fn bytes(app: &App, client: &Client<'_>, document: &str) -> Vec<u8> {
    let request = Request::post("/graphql")
        .header(header::CONTENT_TYPE, "application/json")
        .header(header::AUTHORIZATION, format!("Bearer {}", client.token))
        .header("x-request-id", "the-same")
        .body(Body::from(json!({ "query": document }).to_string()))
        .expect("a request");
    let response = app.routes().oneshot(request).await.expect("an answer");
    to_bytes(response.into_body(), usize::MAX).await.expect("a body").to_vec()
}

/// Takes away everything that Fabrikam has, past all guards: as if it had never been.
async fn fabrikam_was_never_there(app: &App, db: Db) {
    let owner = app.database.connect_as_owner().await;
    let list = match db {
        Db::Sqlite => {
            "select m.name as name, max(p.name = 'organization_id') as of_tenant
             from sqlite_master m, pragma_table_info(m.name) p where m.type = 'table' group by 1"
        }
        Db::Postgres => {
            "select table_name::text as name, max((column_name = 'organization_id')::int) as of_tenant
             from information_schema.columns where table_schema = current_schema() group by 1"
        }
    };
    let rows = owner
        .query_all_raw(Statement::from_string(owner.get_database_backend(), list))
        .await
        .expect("tables");
    let tables: BTreeMap<String, bool> = rows
        .iter()
        .map(|row| {
            let of_tenant = match db {
                Db::Sqlite => row.try_get::<i64>("", "of_tenant").expect("a number"),
                Db::Postgres => i64::from(row.try_get::<i32>("", "of_tenant").expect("a number")),
            };
            (row.try_get("", "name").expect("a name"), of_tenant == 1)
        })
        .collect();
    let does = async |sql: String| {
        owner.execute_unprepared(&sql).await.unwrap_or_else(|error| panic!("{sql}: {error}"));
    };
    match db {
        Db::Sqlite => {
            does("pragma foreign_keys = off".into()).await;
            let triggers = Statement::from_string(
                owner.get_database_backend(),
                "select name from sqlite_master where type = 'trigger'",
            );
            for row in owner.query_all_raw(triggers).await.expect("triggers") {
                does(format!("drop trigger {}", row.try_get::<String>("", "name").expect("a name"))).await;
            }
        }
        Db::Postgres => {
            for table in tables.keys() {
                does(format!("alter table {table} disable trigger all")).await;
            }
        }
    }
    for (table, _) in tables.iter().filter(|(_, of_tenant)| **of_tenant) {
        let fabrikam = "(select id from organization where name = 'Fabrikam')";
        does(format!("delete from {table} where organization_id = {fabrikam}")).await;
    }
    does("delete from organization where name = 'Fabrikam'".into()).await;
    owner.close().await.expect("closed");
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn nothing_that_another_organization_has_changes_an_answer(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = populated(db).await;
    let ids = ids(app.market.db().read()).await;
    let texts: Vec<String> = [
        "a",
        "an",
        "Fabrikam",
        "Finn",
        "Contoso",
        "USD",
        "EUR",
        "US",
        "DE",
        "Boards",
        "",
        "1",
        "Productivity",
    ]
    .map(str::to_owned)
    .into();
    let reads = json!({ "name": "looks", "scope": "READ", "role": "READER" });
    let (_, machine) = machine(&app, &app.ada(), reads).await;
    let clients = [app.ada(), app.ivan(), app.lena(), app.client("email:user1@contoso.example"), machine];
    let documents = std::env::var(HOW_MANY).ok().map_or(DOCUMENTS, |text| text.parse().expect("a number"));
    let asks = async || {
        let mut generator = Generator::new(20_260_131, &ids, &texts);
        let mut answers = Vec::new();
        for number in 0..documents {
            let document = generator.document();
            let client = &clients[usize::try_from(number).expect("few") % clients.len()];
            answers.push((bytes(&app, client, &document).await, document));
        }
        answers
    };
    let operator = async || bytes(&app, &app.operator(), "{ invoices(first: 100) { totalCount } }").await;
    let (with, everything) = (asks().await, operator().await);
    fabrikam_was_never_there(&app, db).await;
    let (without, less) = (asks().await, operator().await);
    assert_ne!(everything, less, "Fabrikam had something, and has nothing any more");
    let mut shown = 0;
    for ((with, document), (without, _)) in with.iter().zip(&without) {
        let (with, without) = (String::from_utf8_lossy(with), String::from_utf8_lossy(without));
        assert_eq!(with, without, "{document}");
        assert!(!with.contains("INTERNAL"), "{document}: {with}");
        shown += u64::from(with.contains(r#""__typename""#));
    }
    // What fails takes with it what cannot be without it, often the whole answer: random cursors and sizes fail often.
    assert!(shown * 3 > documents, "only {shown} of {documents} documents were shown anything");
    println!("random documents on {db:?}: {documents} compared, {shown} were shown something");
}
