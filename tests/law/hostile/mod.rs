//! Hostile SQL: every way that we know of to bring a disabled subscription back or to rewrite its history, tried by everybody
//! who can speak to the database.
//!
//! A try is refused only if it raised an error, and the error is a refusal: what is misspelt is no attack. Who owns the tables
//! can take a guard away, and SQLite knows nobody else; then the watch over the guards has to find it.

mod both;
mod parents;
mod postgres;
mod sqlite;

use super::attack::{Scene, attempt};
use crate::harness::{Db, instant};
use domain::Ids;
use migration::guard::findings;
use rstest::rstest;
use sea_orm::{ConnectOptions, ConnectionTrait, DatabaseConnection, DbErr, RuntimeErr, TransactionTrait};
use std::collections::BTreeMap;

/// Who tries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Role {
    /// On SQLite the program, with a connection like its own.
    Program,
    /// On SQLite anybody else, with foreign keys and recursive triggers off, as they are in its shell.
    Shell,
    /// What members act as on PostgreSQL, for the organization that it happens to.
    Tenant,
    /// What the program acts as otherwise.
    System,
    /// The login of the service, as itself.
    Login,
    /// The owner of the tables.
    Owner,
    /// A superuser in replica mode: no trigger fires that does not fire always, and no key is checked.
    Replica,
}

/// Who is stopped by the database itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stops {
    /// Everybody.
    All,
    /// All but those who switched keys and checks off.
    WhileKeysHold,
    /// All but those to whom the tables belong: it takes a guard away, or goes round it.
    AllButOwners,
}

/// A try.
struct Try {
    name: &'static str,
    sql: String,
    stops: Stops,
}

fn refused(name: &'static str, sql: impl Into<String>) -> Try {
    Try { name, sql: sql.into(), stops: Stops::All }
}

fn while_keys_hold(name: &'static str, sql: impl Into<String>) -> Try {
    Try { name, sql: sql.into(), stops: Stops::WhileKeysHold }
}

fn owners_may(name: &'static str, sql: impl Into<String>) -> Try {
    Try { name, sql: sql.into(), stops: Stops::AllButOwners }
}

impl Try {
    fn may_pass(&self, role: Role) -> bool {
        match (self.stops, role) {
            (Stops::All, _) => false,
            (Stops::WhileKeysHold, Role::Shell | Role::Replica) => true,
            (Stops::AllButOwners, Role::Program | Role::Shell | Role::Owner | Role::Replica) => true,
            (
                Stops::WhileKeysHold,
                Role::Program | Role::Tenant | Role::System | Role::Login | Role::Owner,
            )
            | (Stops::AllButOwners, Role::Tenant | Role::System | Role::Login) => false,
        }
    }
}

fn roles(db: Db) -> &'static [Role] {
    match db {
        Db::Sqlite => &[Role::Program, Role::Shell],
        Db::Postgres => &[Role::Tenant, Role::System, Role::Login, Role::Owner, Role::Replica],
    }
}

fn tries(scene: &Scene) -> Vec<Try> {
    let mut tries = both::tries(scene);
    tries.extend(match scene.db {
        Db::Sqlite => sqlite::tries(scene),
        Db::Postgres => postgres::tries(scene),
    });
    tries
}

/// Two logins of a test's own: one owns the tables, one serves.
struct Logins {
    owner: String,
    service: String,
}

impl Logins {
    async fn of(scene: &Scene) -> Self {
        let name = Ids::from_entropy().next::<uuid::Uuid>(instant("2026-01-31")).simple().to_string();
        let logins = Self { owner: format!("law_owner_{name}"), service: format!("law_app_{name}") };
        let Self { owner, service } = &logins;
        if scene.db == Db::Postgres {
            scene
                .does(&format!(
                    "create role {owner}; create role {service}; grant tenure_tenant, tenure_system to {service}"
                ))
                .await;
        }
        logins
    }

    /// The tables of this scene belong to the owner from now on.
    async fn own(&self, scene: &Scene) {
        if scene.db == Db::Postgres {
            let sql = "do $$ declare it record; begin
                 execute format('alter schema %I owner to OWNER', current_schema());
                 for it in select c.relname as name from pg_class c
                   where c.relnamespace = current_schema()::regnamespace and c.relkind = 'r'
                 loop execute format('alter table %I owner to OWNER', it.name); end loop;
                 for it in select p.oid::regprocedure as name from pg_proc p where p.pronamespace = current_schema()::regnamespace
                 loop execute format('alter function %s owner to OWNER', it.name); end loop;
               end $$";
            scene.does(&sql.replace("OWNER", &self.owner)).await;
        }
    }

    /// Logins belong to the server, not to the database that goes.
    async fn go(self, scene: &Scene) {
        let Self { owner, service } = &self;
        if scene.db == Db::Postgres {
            let owned =
                format!("reassign owned by {owner} to current_user; drop owned by {owner}, {service}");
            scene.does(&format!("{owned}; drop role {owner}, {service}")).await;
        }
    }
}

/// A connection of this role.
async fn connect(scene: &Scene, logins: &Logins, role: Role) -> DatabaseConnection {
    let mut options = ConnectOptions::new(scene.app.database.url());
    options.max_connections(1).sqlx_logging(false).map_sqlx_sqlite_opts(move |sqlite| {
        if role == Role::Program {
            sqlite.foreign_keys(true).pragma("recursive_triggers", "on")
        } else {
            sqlite.foreign_keys(false).pragma("recursive_triggers", "off")
        }
    });
    let db = sea_orm::Database::connect(options).await.expect("the test's database answers");
    let organization = "select set_config('tenure.organization', (select id::text from organization where name = 'Contoso'), false)";
    let becomes = match role {
        Role::Program | Role::Shell => return db,
        Role::Tenant => format!("{organization}; set role tenure_tenant"),
        Role::System => "set role tenure_system".to_owned(),
        Role::Login => format!("set session authorization {}", logins.service),
        Role::Owner => format!("set session authorization {}", logins.owner),
        Role::Replica => "set session_replication_role = replica".to_owned(),
    };
    db.execute_unprepared(&becomes).await.expect("the role");
    db
}

/// Whether an error is a refusal, and not a slip of whoever wrote the try.
fn is_refusal(db: Db, error: &DbErr) -> bool {
    let (DbErr::Exec(RuntimeErr::SqlxError(cause)) | DbErr::Query(RuntimeErr::SqlxError(cause))) = error
    else {
        return false;
    };
    let code = cause.as_database_error().and_then(|error| error.code()).unwrap_or_default();
    let said = error.to_string();
    match db {
        // Our guards, integrity, missing rights, what depends on it, what does not go, generated columns, other objects.
        Db::Postgres => ["TE001", "23", "42501", "2BP01", "0A000", "428C9", "42809", "55006"]
            .iter()
            .any(|known| code.starts_with(known)),
        // Constraints, triggers among them; and what a table has not, or a connection may not.
        Db::Sqlite => {
            code.parse::<u32>().is_ok_and(|code| code & 0xff == 19)
                || [
                    "rowid",
                    "may not be modified",
                    "after drop column",
                    "cannot UPDATE generated column",
                    "cannot INSERT into generated",
                ]
                .iter()
                .any(|known| said.contains(known))
        }
    }
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn no_hostile_sql_brings_a_disabled_one_back_or_rewrites_what_happened(
    #[values(Db::Sqlite, Db::Postgres)] db: Db,
) {
    let scene = Scene::on(db).await;
    let logins = Logins::of(&scene).await;
    logins.own(&scene).await;
    let before = scene.rows().await;
    let (mut wrong, mut counted) = (Vec::new(), BTreeMap::<Role, [usize; 3]>::new());
    let mut passing = Vec::new();
    for role in roles(db) {
        let connection = connect(&scene, &logins, *role).await;
        for (index, hostile) in tries(&scene).into_iter().enumerate() {
            let counts = counted.entry(*role).or_default();
            counts[0] += 1;
            if hostile.may_pass(*role) {
                passing.push((*role, index));
                continue;
            }
            match attempt(&connection, &hostile.sql).await {
                Ok(()) => wrong.push(format!("{role:?}: {}: was not refused", hostile.name)),
                Err(error) if is_refusal(db, &error) => counts[1] += 1,
                Err(error) => wrong.push(format!("{role:?}: {}: is no attack: {error}", hostile.name)),
            }
        }
        connection.close().await.expect("closed");
        if scene.rows().await != before {
            wrong.push(format!("{role:?}: something has changed"));
        }
    }
    assert_eq!(findings(scene.app.market.db().read()).await.expect("read"), Vec::<String>::new());
    for (role, index) in passing {
        let counts = counted.entry(role).or_default();
        let (name, passed) = passes(&scene, &logins, role, index).await;
        match passed {
            Err(error) if is_refusal(db, &error) => counts[1] += 1,
            Err(error) => wrong.push(format!("{role:?}: {name}: is no attack: {error}")),
            Ok(found) if found.is_empty() => {
                wrong.push(format!("{role:?}: {name}: passed, and nobody finds it"));
            }
            Ok(_) => counts[2] += 1,
        }
    }
    logins.go(&scene).await;
    let mut sum = [0; 3];
    for (role, counts) in &counted {
        let [tried, refused, found] = counts;
        println!(
            "hostile SQL on {db:?} by {role:?}: {tried} tried, {refused} refused, {found} passed and found"
        );
        sum = [sum[0] + tried, sum[1] + refused, sum[2] + found];
    }
    let [tried, refused, found] = sum;
    println!("hostile SQL on {db:?}: {tried} tried, {refused} refused, {found} passed and found");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(found > 0 && refused + found == tried, "the watch was reached");
}

/// What the watch finds after a try that may pass, or why it did not pass. On PostgreSQL in a transaction that is taken back; on
/// SQLite, where the commit alone looks at keys, on a database of its own.
async fn passes(
    scene: &Scene,
    logins: &Logins,
    role: Role,
    index: usize,
) -> (&'static str, Result<Vec<String>, DbErr>) {
    if scene.db == Db::Sqlite {
        let scene = Scene::on(scene.db).await;
        let hostile = tries(&scene).swap_remove(index);
        let connection = connect(&scene, logins, role).await;
        let outcome = attempt(&connection, &hostile.sql).await;
        connection.close().await.expect("closed");
        let found = match outcome {
            Ok(()) => Ok(findings(scene.app.market.db().read()).await.expect("the watch looks")),
            Err(error) => Err(error),
        };
        return (hostile.name, found);
    }
    let hostile = tries(scene).swap_remove(index);
    let connection = connect(scene, logins, role).await;
    let transaction = connection.begin().await.expect("a transaction");
    let tried = async {
        transaction.execute_unprepared(&hostile.sql).await?;
        // As the commit would.
        transaction.execute_unprepared("set constraints all immediate").await
    };
    let found = match tried.await {
        Ok(_) => {
            if role == Role::Replica {
                let origin = "set local session_replication_role = origin";
                transaction.execute_unprepared(origin).await.expect("as others are");
            }
            Ok(findings(&transaction).await.expect("the watch looks"))
        }
        Err(error) => Err(error),
    };
    transaction.rollback().await.expect("rolled back");
    connection.close().await.expect("closed");
    (hostile.name, found)
}
