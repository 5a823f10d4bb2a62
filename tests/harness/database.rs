//! A database for each test, copied from a template that is made once: migrated, with the demo's actors.

use super::{BEGINNING, SECRET, instant};
use domain::{Connect, Database, Ids, ManualClock, Marketplace, Settings, gateway::SandboxGateway};
use sea_orm::{ConnectionTrait, DatabaseConnection};
use secrecy::SecretString;
use std::{
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};
use tokio::sync::OnceCell;

/// Which database a test runs on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Db {
    Sqlite,
    Postgres,
}

/// A database of a test. It goes when the last that shares it goes.
pub(crate) struct TestDatabase {
    place: Arc<Place>,
}

enum Place {
    File(PathBuf),
    Name(String),
}

static SQLITE_TEMPLATE: OnceCell<PathBuf> = OnceCell::const_new();
static POSTGRES_TEMPLATE: OnceCell<String> = OnceCell::const_new();

/// Copies of one template are made one at a time.
static COPYING: tokio::sync::Mutex<()> = tokio::sync::Mutex::const_new(());

fn unique() -> String {
    Ids::from_entropy().next::<uuid::Uuid>(instant(BEGINNING)).simple().to_string()
}

fn server() -> String {
    std::env::var("TEST_POSTGRES_URL")
        .expect("TEST_POSTGRES_URL names a PostgreSQL server to test on: run `make test`, which provides one")
}

fn url_of(name: &str) -> String {
    let server = server();
    let (base, _) = server.rsplit_once('/').expect("a database in TEST_POSTGRES_URL");
    format!("{base}/{name}")
}

fn file_url(path: &Path) -> String {
    format!("sqlite://{}?mode=rwc", path.display())
}

fn how(url: String) -> Connect {
    Connect { url, connections: 8, patience: Duration::from_secs(10) }
}

async fn admin() -> DatabaseConnection {
    sea_orm::Database::connect(server()).await.expect("the server in TEST_POSTGRES_URL answers")
}

async fn filled(url: String) {
    let how = how(url);
    let owner = Database::connect_as_login(&how).await.expect("the test's database answers");
    migration::up(&owner, None).await.expect("migrations run");
    owner.close().await.expect("closed");
    let db = Database::connect(&how).await.expect("the test's database answers");
    let clock = Arc::new(ManualClock::at(instant("2026-01-01")));
    let gateway = Arc::new(SandboxGateway::new(db.clone(), SecretString::from(SECRET)));
    let settings = Settings::with_portal_secret(SecretString::from(SECRET));
    let market = Marketplace::new(db.clone(), clock, Arc::new(Ids::from_entropy()), gateway, settings);
    tenure::demo::data::base(&market).await.expect("the demo's actors");
    drop(market);
    db.close().await.expect("the template is closed");
}

async fn sqlite_template() -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR"));
    // A process cannot clean up behind itself at its very end: the next one does.
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        let of_process = name.strip_prefix("template-").and_then(|rest| rest.split('-').next());
        if of_process.is_some_and(|process| !Path::new("/proc").join(process).exists()) {
            let _ = std::fs::remove_file(entry.path());
        }
    }
    let path = folder.join(format!("template-{}-{}.db", std::process::id(), unique()));
    filled(file_url(&path)).await;
    path
}

async fn postgres_template() -> String {
    let name = format!("tenure_template_{}", unique());
    let admin = admin().await;
    admin.execute_unprepared(&format!("create database {name}")).await.expect("a template");
    admin.close().await.expect("closed");
    filled(url_of(&name)).await;
    name
}

impl TestDatabase {
    /// With the demo's actors.
    pub(crate) async fn create(db: Db) -> Self {
        let _one_at_a_time = COPYING.lock().await;
        let place = match db {
            Db::Sqlite => {
                let template = SQLITE_TEMPLATE.get_or_init(sqlite_template).await;
                let path = template.with_file_name(format!("test-{}.db", unique()));
                std::fs::copy(template, &path).expect("a copy of the template");
                Place::File(path)
            }
            Db::Postgres => {
                let template = POSTGRES_TEMPLATE.get_or_init(postgres_template).await;
                let name = format!("tenure_test_{}", unique());
                let admin = admin().await;
                let sql = format!("create database {name} template {template}");
                admin.execute_unprepared(&sql).await.expect("a copy of the template");
                admin.close().await.expect("closed");
                Place::Name(name)
            }
        };
        Self { place: Arc::new(place) }
    }

    /// Without anything in it.
    pub(crate) async fn empty(db: Db) -> Self {
        let place = match db {
            Db::Sqlite => {
                Place::File(Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("test-{}.db", unique())))
            }
            Db::Postgres => {
                let name = format!("tenure_test_{}", unique());
                let admin = admin().await;
                admin.execute_unprepared(&format!("create database {name}")).await.expect("a database");
                admin.close().await.expect("closed");
                Place::Name(name)
            }
        };
        Self { place: Arc::new(place) }
    }

    /// One that was made otherwise. It goes with the test too.
    pub(crate) fn of_file(file: &Path) -> Self {
        Self { place: Arc::new(Place::File(file.to_owned())) }
    }

    pub(crate) fn shared(&self) -> Self {
        Self { place: self.place.clone() }
    }

    pub(crate) fn url(&self) -> String {
        match self.place.as_ref() {
            Place::File(path) => file_url(path),
            Place::Name(name) => url_of(name),
        }
    }

    /// As the program does, to one that was migrated.
    pub(crate) async fn connect(&self) -> Database {
        Database::connect(&how(self.url())).await.expect("the test's database answers")
    }

    /// As the owner of the tables.
    pub(crate) async fn connect_as_owner(&self) -> DatabaseConnection {
        Database::connect_as_login(&how(self.url())).await.expect("the test's database answers")
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        match self {
            Self::File(path) => {
                for ending in ["", "-wal", "-shm"] {
                    let _ = std::fs::remove_file(format!("{}{ending}", path.display()));
                }
            }
            Self::Name(name) => {
                let sql = format!("drop database if exists {name} with (force)");
                // Dropping is not async, and the test's runtime may be ending.
                let dropped = std::thread::spawn(move || {
                    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
                    runtime.expect("a runtime").block_on(async {
                        let admin = admin().await;
                        admin.execute_unprepared(&sql).await.expect("the test's database goes");
                        admin.close().await.expect("closed");
                    });
                });
                dropped.join().expect("the test's database goes");
            }
        }
    }
}
