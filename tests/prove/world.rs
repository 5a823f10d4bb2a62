//! One database with the demo's actors, the processes on it, and what everybody in the proof knows of it.

use super::{
    plan::Plan,
    process::{Process, Start},
    reach::Reach,
    server::Server,
};
use crate::{
    harness::{Db, SECRET, document},
    invariants::Ledger,
};
use chrono::{DateTime, Datelike, NaiveDate, TimeDelta, Utc};
use domain::{Connect, Database, Ids, ManualClock, Marketplace, Settings, gateway::SandboxGateway, identity};
use entity::sandbox_clock;
use rand::{Rng, SeedableRng, rngs::StdRng};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, sea_query::Expr};
use secrecy::SecretString;
use std::{
    collections::HashMap,
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Duration,
};
use tokio::time::sleep;

/// A subscription that the clients know.
#[derive(Debug, Clone)]
pub(super) struct Known {
    pub(super) id: String,
    pub(super) plan: String,
    pub(super) quantity: Option<i64>,
    /// The subject who bought it.
    pub(super) buyer: &'static str,
    pub(super) app: String,
    pub(super) disabled: bool,
}

/// What is needed to buy: found out before the faults begin.
#[derive(Debug, Clone, Default)]
pub(super) struct Market {
    /// Plans with their app, and whether they have licences.
    pub(super) plans: Vec<(String, String, bool)>,
    /// Profiles by who buys with them.
    pub(super) profiles: HashMap<&'static str, Vec<String>>,
    pub(super) users: Vec<String>,
    pub(super) organization: String,
    /// The organization that the partner buys for.
    pub(super) customer: String,
}

pub(super) struct World {
    pub(super) db: Db,
    pub(super) url: String,
    pub(super) reach: Arc<Reach>,
    pub(super) processes: Vec<Arc<Process>>,
    pub(super) http: reqwest::Client,
    pub(super) ledger: Mutex<Ledger>,
    pub(super) known: Mutex<Vec<Known>>,
    pub(super) market: Market,
    pub(super) requests: AtomicU64,
    pub(super) stopping: AtomicBool,
    /// Held by who writes to the database past the processes, so that a lock that is seen is a process's.
    pub(super) hand: tokio::sync::Mutex<()>,
    tokens: HashMap<&'static str, String>,
    documents: HashMap<&'static str, String>,
    directory: PathBuf,
}

/// Who acts.
pub(super) const ADA: &str = "email:ada@contoso.example";
pub(super) const CARL: &str = "email:carl@contoso.example";
pub(super) const LENA: &str = "email:lena@contoso.example";
pub(super) const WENDY: &str = "email:wendy@woodgrove.example";
pub(super) const NORTHWIND: &str = "publisher:northwind";
pub(super) const TAILSPIN: &str = "partner:tailspin";
pub(super) const OPERATOR: &str = "operator";
const ACTORS: [&str; 7] = [ADA, CARL, LENA, WENDY, NORTHWIND, TAILSPIN, OPERATOR];

/// The documents that are sent.
const DOCUMENTS: [&str; 23] = [
    "Catalog",
    "BillingProfiles",
    "PartnerHome",
    "Products",
    "Invoices",
    "Purchase",
    "OpenPublisherPortal",
    "Activate",
    "AssignLicenses",
    "UnassignLicenses",
    "ChangeLicenseQuantity",
    "ChangeBillingProfile",
    "SetAutoRenew",
    "Cancel",
    "AddPaymentMethod",
    "ApprovePaymentMethod",
    "CreateBillingProfile",
    "PayInvoice",
    "RecordPayment",
    "CreateProposal",
    "AcceptProposal",
    "RequestSupport",
    "AdvanceClock",
];

pub(super) fn how(url: &str) -> Connect {
    Connect { url: url.to_owned(), connections: 4, patience: Duration::from_secs(10) }
}

/// A database that is migrated, with the demo's actors.
async fn filled(url: &str) {
    let owner = Database::connect_as_login(&how(url)).await.expect("the database answers");
    migration::up(&owner, None).await.expect("migrations run");
    owner.close().await.expect("closed");
    let db = Database::connect(&how(url)).await.expect("the database answers");
    let clock = Arc::new(ManualClock::at(tenure::program::real_now()));
    let gateway = Arc::new(SandboxGateway::new(db.clone(), SecretString::from(SECRET)));
    let settings = Settings::with_portal_secret(SecretString::from(SECRET));
    let market = Marketplace::new(db.clone(), clock, Arc::new(Ids::from_entropy()), gateway, settings);
    tenure::demo::data::base(&market).await.expect("the demo's actors");
    // What is activated on the last day of January shows from where periods are counted.
    let ahead = last_of_january(market.real_now()) - market.real_now();
    set_ahead(&db, ahead).await.expect("the clock is set");
    drop(market);
    db.close().await.expect("closed");
}

/// Nine in the morning of the next 31 January.
fn last_of_january(now: DateTime<Utc>) -> DateTime<Utc> {
    let of = |year| {
        NaiveDate::from_ymd_opt(year, 1, 31)
            .and_then(|date| date.and_hms_opt(9, 0, 0))
            .expect("a date")
            .and_utc()
    };
    let this = of(now.year());
    if this > now { this } else { of(now.year() + 1) }
}

/// Sets the sandbox clock to this much ahead of the real one, unless it is already further.
pub(super) async fn set_ahead(db: &Database, ahead: TimeDelta) -> domain::Result<()> {
    let micros = ahead.num_microseconds().unwrap_or(0);
    sandbox_clock::Entity::update_many()
        .col_expr(sandbox_clock::Column::OffsetMicros, Expr::value(micros))
        .filter(sandbox_clock::Column::OffsetMicros.lt(micros))
        .exec(db.writer()?)
        .await?;
    Ok(())
}

impl World {
    /// Makes the database and starts the processes: on PostgreSQL two of each role, on SQLite one with both.
    pub(super) async fn begin(
        db: Db,
        plan: &Plan,
        server: Option<&Server>,
        faults: &str,
        reach: Arc<Reach>,
    ) -> Self {
        let name = Ids::from_entropy().next::<uuid::Uuid>(tenure::program::real_now()).simple().to_string();
        let directory = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("prove-{name}"));
        std::fs::create_dir(&directory).expect("a directory");
        let url = match server {
            None => format!("sqlite://{}?mode=rwc", directory.join("tenure.db").display()),
            Some(server) => {
                let admin =
                    sea_orm::Database::connect(server.url("postgres")).await.expect("the server answers");
                let sql = format!("create database prove_{name}");
                sea_orm::ConnectionTrait::execute_unprepared(&admin, &sql).await.expect("a database");
                admin.close().await.expect("closed");
                server.url(&format!("prove_{name}"))
            }
        };
        filled(&url).await;
        let starts: &[(&str, &'static str)] = match db {
            Db::Sqlite => &[("serve", "serve")],
            Db::Postgres => {
                &[("api-1", "api"), ("api-2", "api"), ("worker-1", "worker"), ("worker-2", "worker")]
            }
        };
        let processes = starts.iter().map(|(name, command)| {
            let mark = if db == Db::Postgres { format!("?application_name={name}") } else { String::new() };
            let settings = [
                ("DATABASE_URL", format!("{url}{mark}")),
                ("TENURE_AUTH_SECRET", SECRET.to_owned()),
                ("TENURE_LISTEN", "127.0.0.1:0".to_owned()),
                ("TENURE_SANDBOX", "true".to_owned()),
                ("TENURE_RATE_LIMIT_BURST", "0".to_owned()),
                ("TENURE_RATE_LIMIT_PER_SECOND", "0".to_owned()),
                ("TENURE_AUTH_FAILURES_PER_MINUTE", "0".to_owned()),
                ("TENURE_DATABASE_CONNECTIONS", "8".to_owned()),
                ("TENURE_DATABASE_TIMEOUT", "5".to_owned()),
                // What fell due waits for a sweep, which comes every minute otherwise.
                ("TENURE_SWEEP_EVERY", "15".to_owned()),
            ];
            let settings = settings.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
            let start = Start {
                name: (*name).to_owned(),
                program: plan.program.clone(),
                command,
                settings,
                faults: faults.to_owned(),
            };
            Process::start(start, reach.clone())
        });
        let processes = processes.collect();
        let now = tenure::program::real_now();
        let token = |actor: &&'static str| {
            let subject = actor.parse().expect("a subject");
            (*actor, identity::sign(&SecretString::from(SECRET), &subject, now).expect("a token"))
        };
        let http = reqwest::Client::builder().timeout(Duration::from_secs(20)).build().expect("a client");
        Self {
            db,
            url,
            reach,
            processes,
            http,
            ledger: Mutex::default(),
            known: Mutex::default(),
            market: Market::default(),
            requests: AtomicU64::new(0),
            stopping: AtomicBool::new(false),
            hand: tokio::sync::Mutex::default(),
            tokens: ACTORS.iter().map(token).collect(),
            documents: DOCUMENTS.iter().map(|name| (*name, document(name))).collect(),
            directory,
        }
    }

    pub(super) fn token(&self, who: &str) -> &str {
        &self.tokens[who]
    }

    pub(super) fn document(&self, name: &str) -> &str {
        &self.documents[name]
    }

    pub(super) fn stops(&self) -> bool {
        self.stopping.load(Ordering::Relaxed)
    }

    /// An API that listens; it may be gone when it is asked. None when the proof stops before there is one.
    pub(super) async fn address(&self, random: &mut StdRng) -> Option<String> {
        loop {
            let addresses: Vec<_> = self
                .processes
                .iter()
                .filter_map(|process| process.alive().address)
                .filter(|address| !address.is_empty())
                .collect();
            if !addresses.is_empty() {
                return Some(addresses[random.random_range(0..addresses.len())].clone());
            }
            if self.stops() {
                return None;
            }
            sleep(Duration::from_millis(20)).await;
        }
    }

    /// A source of choices for one of those who act.
    pub(super) fn random(seed: u64, who: u64) -> StdRng {
        StdRng::seed_from_u64(seed.wrapping_mul(1_000_003).wrapping_add(who))
    }

    /// One of the subscriptions that are known.
    pub(super) fn any(&self, random: &mut StdRng) -> Option<Known> {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        // Rather a late one: those are alive.
        let count = known.len();
        let from = if random.random_bool(0.8) { count.saturating_sub(12) } else { 0 };
        (count > 0).then(|| known[random.random_range(from..count)].clone())
    }

    pub(super) fn living(&self) -> usize {
        self.known
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .iter()
            .filter(|known| !known.disabled)
            .count()
    }

    /// Ends all processes.
    pub(super) async fn ends(&self) {
        for process in &self.processes {
            process.ends().await;
        }
    }
}

impl Drop for World {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.directory);
    }
}
