//! Row-level security on PostgreSQL, behind the finders: what each role of the database sees and writes, whatever is asked.

use super::world::populated;
use crate::harness::{App, Db, SECRET};
use domain::{
    Actor, Connect, Database, Error, Ids, Marketplace, Member,
    database::{SYSTEM_ROLE, TENANT_ROLE},
    gateway::SandboxGateway,
    view::organization::customer_agreement,
};
use entity::{organization, user};
use sea_orm::{
    ColumnTrait, ConnectOptions, ConnectionTrait, DatabaseConnection, DbBackend, DbErr, EntityTrait,
    QueryFilter, Statement, TransactionTrait,
};
use secrecy::SecretString;
use std::{collections::BTreeMap, sync::Arc, time::Duration};

/// What of each table belongs to an organization: by which column.
const OF_TENANTS: &str = "
    select c.relname::text as name,
           case c.relname when 'organization' then 'id' when 'idempotency_key' then 'tenant_id'
                else 'organization_id' end as key
    from pg_class c
    where c.relkind = 'r' and c.relnamespace = current_schema()::regnamespace
      and (c.relname in ('organization', 'idempotency_key') or exists (
        select from pg_attribute a where a.attrelid = c.oid and a.attname = 'organization_id'))
    order by 1";

/// What everybody may know: what is sold, where, by whom and under which agreement.
const PUBLIC: [&str; 8] = [
    "app",
    "app_category",
    "customer_agreement",
    "partner",
    "plan",
    "plan_country",
    "publisher",
    "supported_country",
];

async fn texts(db: &impl ConnectionTrait, sql: &str) -> Vec<String> {
    let rows = db.query_all_raw(Statement::from_string(DbBackend::Postgres, sql)).await;
    let rows = rows.unwrap_or_else(|error| panic!("{sql}: {error}"));
    rows.iter().map(|row| row.try_get_by_index(0).expect("text")).collect()
}

async fn count(db: &impl ConnectionTrait, sql: &str) -> i64 {
    let row = db.query_one_raw(Statement::from_string(DbBackend::Postgres, sql)).await;
    let row = row.unwrap_or_else(|error| panic!("{sql}: {error}"));
    row.expect("a count").try_get_by_index(0).expect("a number")
}

/// A single connection that acts as a role, as one of the program's pools does.
async fn acting_as(app: &App, role: &'static str) -> DatabaseConnection {
    let mut options = ConnectOptions::new(app.database.url());
    options
        .max_connections(1)
        .sqlx_logging(false)
        .map_sqlx_postgres_opts(move |postgres| postgres.options([("role", role)]));
    sea_orm::Database::connect(options).await.expect("the test's database answers")
}

/// An organization's id, in single quotes.
async fn id_of(app: &App, name: &str) -> String {
    let found = organization::Entity::find().filter(organization::Column::Name.eq(name));
    let row = found.one(app.market.db().read()).await.expect("an answer").expect("an organization");
    format!("'{}'", row.id.0)
}

/// The condition that rides in the statements of a member.
fn within(organization: &str) -> String {
    format!("(select set_config('tenure.organization', {organization}, true)) is not null")
}

async fn of_tenants(owner: &DatabaseConnection) -> BTreeMap<String, String> {
    let rows =
        owner.query_all_raw(Statement::from_string(DbBackend::Postgres, OF_TENANTS)).await.expect("tables");
    rows.iter()
        .map(|row| (row.try_get("", "name").expect("a name"), row.try_get("", "key").expect("a column")))
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_table_of_a_tenant_has_one_policy_for_each_role() {
    let app = App::on(Db::Postgres).await;
    let owner = app.database.connect_as_owner().await;
    let policies = "
        select c.relname || ' ' || p.polname || ' ' || (select string_agg(rolname, ',') from pg_roles where oid = any(p.polroles))
               || ' ' || c.relrowsecurity || ' ' || c.relforcerowsecurity
        from pg_policy p join pg_class c on c.oid = p.polrelid where p.polpermissive order by 1";
    let mut expected: Vec<String> = of_tenants(&owner)
        .await
        .keys()
        .flat_map(|table| {
            [
                format!("{table} everything {SYSTEM_ROLE} true false"),
                format!("{table} tenant {TENANT_ROLE} true false"),
            ]
        })
        .collect();
    expected.sort();
    let mut found = texts(&owner, policies).await;
    found.sort();
    assert_eq!(found, expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_member_reads_the_tables_of_tenants_and_what_is_public_alone() {
    let app = App::on(Db::Postgres).await;
    let owner = app.database.connect_as_owner().await;
    let readable = "
        select c.relname::text from pg_class c
        where c.relkind = 'r' and c.relnamespace = current_schema()::regnamespace
          and has_table_privilege('tenure_tenant', c.oid, 'select') order by 1";
    let mut expected: Vec<String> = of_tenants(&owner).await.into_keys().collect();
    // Secrets of webhooks are written by members, and never read again.
    expected.retain(|table| table != "webhook_secret");
    expected.extend(PUBLIC.map(str::to_owned));
    // What all share: the counters of documents, and from where the feed counts.
    expected.extend(["document_number", "feed_epoch"].map(str::to_owned));
    expected.sort();
    assert_eq!(texts(&owner, readable).await, expected);
    // Of operators the names alone, which events show.
    let columns = "
        select attname::text from pg_attribute
        where attrelid = 'operator'::regclass and attnum > 0 and has_column_privilege('tenure_tenant', attrelid, attnum, 'select')
        order by 1";
    assert_eq!(texts(&owner, columns).await, ["id", "name"]);
}

/// A statement that names no organization sees nothing; one that does sees its rows, and leaves nothing behind on the
/// connection.
#[tokio::test(flavor = "multi_thread")]
async fn a_statement_sees_the_rows_of_the_organization_that_rides_in_it() {
    let app = populated(Db::Postgres).await;
    let owner = app.database.connect_as_owner().await;
    let tenant = acting_as(&app, TENANT_ROLE).await;
    let (contoso, fabrikam) = (id_of(&app, "Contoso").await, id_of(&app, "Fabrikam").await);
    let mut seen = 0;
    for (table, key) in of_tenants(&owner).await {
        let all = format!("select count(*) from {table}");
        // A draft of a proposal is the operator's alone.
        let except = if table == "proposal" { "and sent_at is not null" } else { "" };
        let rows_of = async |organization: &str| {
            count(&owner, &format!("{all} where {key} = {organization} {except}")).await
        };
        assert_eq!(count(&tenant, &all).await, 0, "{table}");
        for organization in [&contoso, &fabrikam] {
            let sql = format!("{all} where {}", within(organization));
            assert_eq!(count(&tenant, &sql).await, rows_of(organization).await, "{table}");
            assert_eq!(count(&tenant, &all).await, 0, "{table}: the organization stayed on the connection");
        }
        // Asking for somebody else's rows by name does not help.
        let sql = format!("{all} where {} and {key} = {fabrikam}", within(&contoso));
        assert_eq!(count(&tenant, &sql).await, 0, "{table}");
        seen += usize::from(rows_of(&contoso).await > 0 && rows_of(&fabrikam).await > 0);
    }
    assert!(seen >= 20, "only {seen} tables have rows of both organizations: this shows little");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_transaction_of_one_organization_writes_no_row_of_another() {
    let app = populated(Db::Postgres).await;
    let tenant = acting_as(&app, TENANT_ROLE).await;
    let (contoso, fabrikam) = (id_of(&app, "Contoso").await, id_of(&app, "Fabrikam").await);
    let attempt = async |sql: String| -> Result<u64, DbErr> {
        let tx = tenant.begin().await?;
        tx.execute_unprepared(&format!("select set_config('tenure.organization', {contoso}, true)")).await?;
        let done = tx.execute_unprepared(&sql).await?;
        tx.rollback().await?;
        Ok(done.rows_affected())
    };
    // Its own can be changed, those of others are not there.
    let renamed = async |organization: &str| {
        let rename = format!("update user_account set name = 'X' where organization_id = {organization}");
        attempt(rename).await.expect("nothing is refused")
    };
    assert!(renamed(&contoso).await > 0);
    assert_eq!(renamed(&fabrikam).await, 0);
    for refused in [
        format!("update user_account set organization_id = {fabrikam} where organization_id = {contoso}"),
        format!(
            "insert into user_account (id, organization_id, name, email, created_at)
             values ('00000000-0000-0000-0000-000000000001', {fabrikam}, 'X', 'x@customer.example', '2026-01-31')"
        ),
    ] {
        let refusal = attempt(refused.clone()).await.expect_err(&refused).to_string();
        assert!(refusal.contains("row-level security"), "{refused}: {refusal}");
    }
}

/// What the roles may not do at all, whatever rides in the statement.
#[tokio::test(flavor = "multi_thread")]
async fn the_roles_may_not_do_what_only_the_owner_may() {
    let app = App::on(Db::Postgres).await;
    for role in [TENANT_ROLE, SYSTEM_ROLE] {
        let connection = acting_as(&app, role).await;
        for sql in [
            "alter table subscription disable trigger all",
            "alter table subscription disable row level security",
            "drop policy tenant on subscription",
            "drop table subscription_end cascade",
            "truncate event",
            "delete from subscription",
            "delete from event",
            "update event set body = '{}'",
            "update subscription_end set reason = 'EXPIRED'",
            "update invoice_line set amount = 0",
            "create table public.mine (id int)",
            "set session_replication_role = replica",
        ] {
            let refusal = connection.execute_unprepared(sql).await.expect_err(sql).to_string();
            let denied = ["permission denied", "must be owner"].iter().any(|words| refusal.contains(words));
            assert!(denied, "{role}: {sql}: {refusal}");
        }
    }
    let tenant = acting_as(&app, TENANT_ROLE).await;
    for sql in [
        "select * from signing_key",
        "select email from operator",
        "select * from job_run",
        "update plan set name = 'X'",
    ] {
        let refusal = tenant.execute_unprepared(sql).await.expect_err(sql).to_string();
        assert!(refusal.contains("permission denied"), "{sql}: {refusal}");
    }
}

/// As a member of Contoso the program itself reads by the role that is held back: a finder that had forgotten its scope would
/// still see nothing of others.
#[tokio::test(flavor = "multi_thread")]
async fn the_program_has_a_pool_for_each_role() {
    let app = App::on(Db::Postgres).await;
    let database = app.database.connect().await;
    assert_eq!(texts(database.read(), "select current_user::text").await, [SYSTEM_ROLE]);
    // What a member asks shows up as the other one's: it may not read what that role may not.
    let owner = app.database.connect_as_owner().await;
    owner.execute_unprepared("revoke select on plan from tenure_tenant").await.expect("revoked");
    let document = "{ apps(first: 1) { nodes { plans { id } } } }";
    assert_eq!(app.ada().asks(document, serde_json::json!({})).await.failed(), "INTERNAL");
    app.northwind().asks(document, serde_json::json!({})).await.done();
}

/// Nobody's question keeps a connection for longer than others wait for one.
#[tokio::test(flavor = "multi_thread")]
async fn what_a_member_asks_ends_when_it_takes_too_long() {
    let app = App::on(Db::Postgres).await;
    app.as_owner(
        "alter table customer_agreement rename to slow_agreement;
         create view customer_agreement with (security_invoker) as
             select slow_agreement.* from slow_agreement, pg_sleep(60);
         grant select on customer_agreement, slow_agreement to tenure_tenant",
    )
    .await;
    let how = Connect { url: app.database.url(), connections: 1, patience: Duration::from_secs(1) };
    let db = Database::connect(&how).await.expect("the test's database answers");
    let gateway = Arc::new(SandboxGateway::new(db.clone(), SecretString::from(SECRET)));
    let settings = app.market.settings().clone();
    let market = Marketplace::new(db, app.clock.clone(), Arc::new(Ids::from_entropy()), gateway, settings);
    let row = user::Entity::find().one(app.market.db().read()).await.expect("an answer").expect("a user");
    let member = Member { user: Some(row.id), organization: row.organization_id, role: row.role };
    let answer = customer_agreement(&market, &Actor::Member(member)).await;
    assert!(matches!(answer, Err(Error::Unavailable(_))), "{answer:?}");
}
