//! What the tests of access share: people who come and go, machines with keys, a search through a database.

use crate::harness::{Answer, App, Client, SECRET};
use axum::http::{StatusCode, header};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use domain::{
    By, Database,
    identity::{self, Issuer, Recognized},
};
use entity::{event, organization};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbBackend, EntityTrait, QueryFilter, QueryOrder, Statement, Value,
};
use secrecy::SecretString;
use serde_json::{Value as Json, json};
use uuid::Uuid;

// ---- people ----------------------------------------------------------------------------------------------

pub(super) const INVITE: &str = "mutation($input: InviteMemberInput!) { inviteMember(input: $input) {
    user { id name email role joinedAt } userErrors { code message path } } }";

const CHANGE_ROLE: &str = "mutation($input: ChangeMemberRoleInput!) { changeMemberRole(input: $input) {
    user { id role } userErrors { code message path } } }";

const REMOVE: &str = "mutation($input: RemoveMemberInput!) { removeMember(input: $input) {
    removedUserId userErrors { code message path } } }";

const ERASE: &str = "mutation($input: EraseUserInput!) { eraseUser(input: $input) {
    erasedUserId userErrors { code message path } } }";

pub(super) async fn invites(client: &Client<'_>, name: &str, email: &str, role: Option<&str>) -> Answer {
    let input = json!({ "name": name, "email": email, "role": role });
    client.asks(INVITE, json!({ "input": input })).await
}

pub(super) async fn changes_role(client: &Client<'_>, user: &str, role: Option<&str>) -> Answer {
    client.asks(CHANGE_ROLE, json!({ "input": { "userId": user, "role": role } })).await
}

pub(crate) async fn removes(client: &Client<'_>, user: &str) -> Answer {
    client.asks(REMOVE, json!({ "input": { "userId": user } })).await
}

pub(super) async fn erases(client: &Client<'_>, user: &str) -> Answer {
    client.asks(ERASE, json!({ "input": { "userId": user } })).await
}

/// Ada invites somebody into Contoso: their id, and they themselves.
pub(crate) async fn newcomer<'a>(app: &'a App, name: &str, role: Option<&str>) -> (String, Client<'a>) {
    let email = format!("{name}@contoso.example");
    let invited = invites(&app.ada(), name, &email, role).await.done();
    (invited.text("/inviteMember/user/id").to_owned(), app.client(&format!("email:{email}")))
}

/// Who the client is.
pub(super) async fn viewer(client: &Client<'_>) -> Json {
    let document = "{ viewer { kind roles user { id } organization { name }
                               publisher { name } partner { name } } }";
    client.asks(document, json!({})).await.done().at("/viewer").clone()
}

/// The user's own id.
pub(crate) async fn user_of(client: &Client<'_>) -> String {
    viewer(client).await["user"]["id"].as_str().expect("a user").to_owned()
}

/// The client's roles in its organization.
pub(super) async fn roles(client: &Client<'_>) -> Vec<String> {
    let viewer = viewer(client).await;
    let roles = viewer["roles"].as_array().expect("roles");
    roles.iter().map(|role| role.as_str().expect("a role").to_owned()).collect()
}

/// The addresses of everybody whom the client's organization lists.
pub(super) async fn listed(client: &Client<'_>) -> Vec<String> {
    let document = "{ viewer { organization { users(first: 100) { totalCount nodes { email } } } } }";
    let answer = client.asks(document, json!({})).await.done();
    let users = answer.at("/viewer/organization/users");
    let nodes = users["nodes"].as_array().expect("users");
    assert_eq!(users["totalCount"], nodes.len(), "who is counted is listed");
    nodes.iter().map(|user| user["email"].as_str().expect("an address").to_owned()).collect()
}

/// Insists that there is no way in: whatever they ask, nothing is executed.
pub(super) async fn is_locked_out(client: &Client<'_>) {
    for document in ["{ viewer { kind } }", "{ __typename }", "{ __schema { queryType { name } } }"] {
        let answer = client.asks(document, json!({})).await;
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{}: {document}", client.who);
        assert_eq!(answer.failed(), "UNAUTHENTICATED", "{}: {document}", client.who);
        assert!(answer.headers.contains_key(header::WWW_AUTHENTICATE), "{}: {document}", client.who);
        assert!(answer.body["data"].is_null(), "{}: {:#}", client.who, answer.body);
    }
}

/// The code of a refusal and the path that it is about: `INVALID_INPUT input.email`.
#[track_caller]
pub(super) fn refusal(answer: &Answer) -> String {
    let (code, path) = (answer.refused(), answer.refused_path());
    std::iter::once(code).chain((!path.is_empty()).then(|| path.join("."))).collect::<Vec<_>>().join(" ")
}

// ---- machines --------------------------------------------------------------------------------------------

const CREATE_KEY: &str = "mutation($input: CreateApiKeyInput!) { createApiKey(input: $input) {
    apiKey { id name prefix scope role createdAt expiresAt lastUsedAt revokedAt } secret
    userErrors { code message path } } }";

const REVOKE_KEY: &str = "mutation($input: RevokeApiKeyInput!) { revokeApiKey(input: $input) {
    apiKey { id revokedAt } userErrors { code message path } } }";

pub(crate) async fn creates_key(client: &Client<'_>, input: Json) -> Answer {
    client.asks(CREATE_KEY, json!({ "input": input })).await
}

pub(crate) async fn revokes_key(client: &Client<'_>, key: &str) -> Answer {
    client.asks(REVOKE_KEY, json!({ "input": { "apiKeyId": key } })).await
}

/// A machine with a new key of this holder: the key's id, and the machine.
pub(crate) async fn machine<'a>(app: &'a App, holder: &Client<'_>, key: Json) -> (String, Client<'a>) {
    let who = format!("a machine of {}", holder.who);
    let created = creates_key(holder, key).await.done();
    let id = created.text("/createApiKey/apiKey/id").to_owned();
    (id, Client::new(app, who, created.text("/createApiKey/secret").to_owned()))
}

/// On behalf of whoever this token names now: what a request that has just come in acts as.
pub(crate) async fn recognized(app: &App, token: &str) -> By {
    let issuer = Issuer::Local(SecretString::from(SECRET));
    let verified = issuer.verify(token, app.market.real_now()).await.expect("a good token");
    let found = identity::recognize(&app.market, &verified.who, None).await.expect("the database answers");
    let Recognized { actor, key } = found.expect("somebody");
    By { actor, key, request_id: None }
}

// ---- the database ----------------------------------------------------------------------------------------

/// The id as the tables know it.
pub(crate) fn uuid_of(id: &str) -> Uuid {
    let text = String::from_utf8(URL_SAFE_NO_PAD.decode(id).expect("base64")).expect("text");
    text.split_once(':').expect("a kind").1.parse().expect("an id")
}

/// The events of the stream of the organization with this name, the oldest first.
pub(super) async fn history(app: &App, name: &str) -> Vec<event::Model> {
    let db = app.market.db().read();
    let named = organization::Entity::find().filter(organization::Column::Name.eq(name));
    let found = named.one(db).await.unwrap().unwrap_or_else(|| panic!("no organization {name}"));
    let events = event::Entity::find().filter(event::Column::StreamId.eq(found.id.0));
    events.order_by_asc(event::Column::Seq).all(db).await.unwrap()
}

/// The tables of the database that hold this text in whatever column, in any case of letters, also as bytes.
pub(super) async fn tables_with(db: &Database, text: &str) -> Vec<String> {
    let needle = text.to_lowercase();
    let needles = [needle.clone(), hex::encode(text), hex::encode(&needle)];
    let mut found = Vec::new();
    for (table, content) in contents(db).await {
        let place = if db.backend() == DbBackend::Sqlite { "instr" } else { "strpos" };
        let sql = format!(
            "select count(*) as hits from (select {content} as content from {table} as r) as texts
             where {place}(content, $1) > 0 or {place}(content, $2) > 0 or {place}(content, $3) > 0"
        );
        let statement = Statement::from_sql_and_values(db.backend(), sql, needles.clone().map(Value::from));
        let counted = db.read().query_one_raw(statement).await.unwrap_or_else(|e| panic!("{table}: {e}"));
        let hits: i64 = counted.expect("a count").try_get("", "hits").expect("a number");
        if hits > 0 {
            found.push(table.rsplit('.').next().unwrap_or_default().trim_matches('"').to_owned());
        }
    }
    found.sort();
    found
}

/// All tables, each with the SQL that makes one text of a row `r` of it, in small letters.
async fn contents(db: &Database) -> Vec<(String, String)> {
    if db.backend() != DbBackend::Sqlite {
        let tables = "select format('%I.%I', schemaname, tablename) from pg_tables
                      where schemaname not in ('pg_catalog', 'information_schema')";
        let of_row = |table| (table, "lower(r::text)".to_owned());
        return texts(db, tables).await.into_iter().map(of_row).collect();
    }
    let mut all = Vec::new();
    for table in texts(db, "select name from sqlite_master where type = 'table'").await {
        let columns = texts(db, &format!("select name from pragma_table_info('{table}')")).await;
        let of_column = |column: &String| {
            format!("coalesce(lower(cast(r.\"{column}\" as text)) || ' ' || lower(hex(r.\"{column}\")), '')")
        };
        let of_row = columns.iter().map(of_column).collect::<Vec<_>>().join(" || ' ' || ");
        all.push((format!("\"{table}\""), of_row));
    }
    all
}

/// The first column of a query, which is text.
async fn texts(db: &Database, sql: &str) -> Vec<String> {
    let rows = db.read().query_all_raw(Statement::from_string(db.backend(), sql)).await.expect("rows");
    rows.iter().map(|row| row.try_get_by_index(0).expect("text")).collect()
}
