//! The logins of PostgreSQL: one owns the tables and migrates, one serves and could not remove a guard.

use crate::{
    harness::{Db, SECRET, TestDatabase, instant},
    program::{Directory, SETTINGS},
};
use domain::{Connect, Ids, Login};
use sea_orm::{ConnectionTrait, DatabaseConnection};
use std::time::Duration;

/// Two logins of a test's own, as the README makes them, on a database that belongs to the one.
struct Logins {
    superuser: DatabaseConnection,
    database: TestDatabase,
    owner: String,
    service: String,
}

impl Logins {
    async fn new() -> Self {
        let database = TestDatabase::empty(Db::Postgres).await;
        let superuser = database.connect_as_owner().await;
        let name = Ids::from_entropy().next::<uuid::Uuid>(instant("2026-01-31")).simple().to_string();
        let (owner, service) = (format!("owner_{name}"), format!("app_{name}"));
        let logins = Self { superuser, database, owner, service };
        for login in [&logins.owner, &logins.service] {
            logins.as_superuser(&format!("create role {login} login password 'only for tests'")).await;
        }
        let name = logins.database.url().rsplit_once('/').expect("a name").1.to_owned();
        logins.as_superuser(&format!("alter database {name} owner to {}", logins.owner)).await;
        logins
    }

    async fn as_superuser(&self, sql: &str) {
        self.superuser.execute_unprepared(sql).await.unwrap_or_else(|error| panic!("{sql}: {error}"));
    }

    fn url_of(&self, login: &str) -> String {
        let url = self.database.url();
        let (_, place) = url.rsplit_once('@').expect("a login in the address");
        format!("postgres://{login}:only%20for%20tests@{place}")
    }

    async fn seen(&self, login: &str) -> Login {
        let how = Connect { url: self.url_of(login), connections: 1, patience: Duration::from_secs(10) };
        Login::of(&how).await.expect("the database answers").expect("a login")
    }

    /// Logins belong to the server, not to the database that goes.
    async fn go(self) {
        for sql in [
            format!("reassign owned by {} to current_user", self.owner),
            format!("drop owned by {}, {}", self.owner, self.service),
            format!("drop role {}, {}", self.owner, self.service),
        ] {
            self.as_superuser(&sql).await;
        }
        self.superuser.close().await.expect("closed");
    }
}

/// The SQL that a refusal prints, each statement on a line of its own.
fn printed(err: &str) -> Vec<String> {
    let statements =
        err.lines().filter(|line| line.starts_with("grant ") || line.starts_with("create role "));
    statements.map(str::to_owned).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_owner_may_not_do_is_printed_for_somebody_who_may() {
    let logins = Logins::new().await;
    let directory = Directory::new();
    let (owner, service) = (logins.url_of(&logins.owner), logins.url_of(&logins.service));
    let both = [("DATABASE_URL", service.as_str()), ("TENURE_MIGRATE_DATABASE_URL", owner.as_str())];
    let refused = directory.runs(&["migrate", "up"], &both).await;
    refused.refused(&["a superuser of the server", "grant tenure_tenant to", &logins.service]);
    let sql = printed(&refused.err);
    assert_eq!(sql.len(), 2, "{}", refused.err);
    assert!(!refused.err.contains("only%20for%20tests") && !refused.err.contains("only for tests"));
    // Nothing was migrated half-way.
    let status = directory.runs(&["migrate", "status"], &both).await.done();
    assert!(!status.out.contains("applied"), "{}", status.out);
    for statement in sql {
        logins.as_superuser(&statement).await;
    }
    directory.runs(&["migrate", "up"], &both).await.done();
    directory.runs(&["operator", "add", "--email", "olivia@tenure.example"], &both[..1]).await.done();
    logins.go().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_login_that_could_remove_a_guard_serves_nobody_else() {
    let logins = Logins::new().await;
    let directory = Directory::new();
    logins.as_superuser(&format!("grant tenure_tenant, tenure_system to {}", logins.service)).await;
    let (owner, service) = (logins.url_of(&logins.owner), logins.url_of(&logins.service));
    let both = [("DATABASE_URL", service.as_str()), ("TENURE_MIGRATE_DATABASE_URL", owner.as_str())];
    directory.runs(&["migrate", "up"], &both).await.done();
    assert_eq!(
        logins.seen(&logins.service).await,
        Login { name: logins.service.clone(), exist: true, acts: true, unguarded: None }
    );
    logins.as_superuser(&format!("grant tenure_tenant, tenure_system to {}", logins.owner)).await;
    assert!(logins.seen(&logins.owner).await.unguarded.is_some_and(|why| why.contains("owns")));
    for (right, why) in [("createrole", "may make roles"), ("replication", "may replicate")] {
        logins.as_superuser(&format!("alter role {} {right}", logins.service)).await;
        assert!(
            logins.seen(&logins.service).await.unguarded.is_some_and(|said| said.contains(why)),
            "{right}"
        );
        logins.as_superuser(&format!("alter role {} no{right}", logins.service)).await;
    }
    logins.as_superuser(&format!("grant pg_write_server_files to {}", logins.service)).await;
    assert!(logins.seen(&logins.service).await.unguarded.is_some_and(|said| said.contains("server's files")));
    logins.as_superuser(&format!("revoke pg_write_server_files from {}", logins.service)).await;
    let bypasses = format!("alter role {} bypassrls", logins.service);
    let (superuser, plain) = (logins.database.url(), format!("alter role {} nobypassrls", logins.service));
    let everywhere = [("TENURE_AUTH_SECRET", SECRET), ("TENURE_LISTEN", "0.0.0.0:0")];
    let refuses = async |url: &str, why: &str| {
        for role in ["serve", "api"] {
            let settings = [everywhere.as_slice(), &[("DATABASE_URL", url)]].concat();
            directory.runs(&[role], &settings).await.refused(&[why, "127.0.0.1"]);
        }
    };
    refuses(&superuser, "is a superuser").await;
    refuses(&owner, "owns Tenure's tables").await;
    logins.as_superuser(&bypasses).await;
    refuses(&service, "bypasses row-level security").await;
    logins.as_superuser(&plain).await;
    // A worker listens nowhere, but for metrics.
    let metrics =
        [("TENURE_METRICS_LISTEN", "0.0.0.0:0"), ("TENURE_AUTH_SECRET", SECRET), ("DATABASE_URL", &owner)];
    directory.runs(&["worker"], &metrics).await.refused(&["owns Tenure's tables"]);
    // This machine alone may be served with any of them.
    for url in [&owner, &service] {
        let settings = [SETTINGS.as_slice(), &[("DATABASE_URL", url)]].concat();
        let mut running = directory.starts(&["serve"], &settings);
        running.listens().await;
        running.stops_on("TERM").await.done();
    }
    logins.go().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_login_that_may_not_act_as_the_roles_is_told_so() {
    let logins = Logins::new().await;
    let directory = Directory::new();
    let superuser = logins.database.url();
    directory.runs(&["migrate", "up"], &[("DATABASE_URL", superuser.as_str())]).await.done();
    let service = logins.url_of(&logins.service);
    let refused =
        directory.runs(&["jobs", "run", "prune-records"], &[("DATABASE_URL", service.as_str())]).await;
    let name = format!("grant tenure_system, tenure_tenant to \"{}\"", logins.service);
    refused.refused(&["may not act as the roles of Tenure", &name]);
    logins.go().await;
}
