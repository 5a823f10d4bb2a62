//! The harness: a whole Tenure in a test, on either database, spoken to in the words of the domain.
//!
//! ```ignore
//! #[rstest]
//! #[tokio::test(flavor = "multi_thread")]
//! async fn a_cancelled_one_stays_cancelled(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
//!     let app = App::on(db).await;
//!     let boards = app.ada().buys(BOARDS_MONTHLY, 10).await;
//!     app.ada().cancels(&boards).await.done();
//! }
//! ```
//!
//! - [`App::on`] gives a database of its own with the demo's actors (without Woodgrove's history), on
//!   31 January 2026 at 9:00 UTC. Databases are copied from a template that is made once.
//! - Time stands still. [`App::until`] moves it, and everything falls due on the way; [`App::at`] only moves it, as if
//!   every worker had been down.
//! - [`App::ada`] and her colleagues are clients that send the documents of the contract, by name, through the router.
//!   What they get is an [`Answer`]: `done()` insists that nothing was refused, `refused()` gives the code.
//! - PostgreSQL is found in `TEST_POSTGRES_URL`; `make test` provides it.

mod answer;
mod client;
pub(crate) mod contract;
mod database;

pub(crate) use self::{
    answer::Answer,
    client::{Client, Subscription, send},
    contract::document,
    database::{Db, TestDatabase},
};

use chrono::{DateTime, Utc};
use domain::{
    Connect, Database, Gateway, Ids, ManualClock, Marketplace, Settings,
    feed::Feed,
    gateway::SandboxGateway,
    identity::{self, Subject},
    job::{self, Job},
    sandbox::{Advanced, Kept, walk},
    sweep::Report,
};
use sea_orm::ConnectionTrait;
use secrecy::SecretString;
use serde_json::json;
use std::sync::{
    Arc, Mutex,
    atomic::{AtomicI64, AtomicU64, Ordering},
};
use tokio_util::sync::CancellationToken;

/// When tests begin.
pub(crate) const BEGINNING: &str = "2026-01-31T09:00:00Z";

/// What signs tokens in tests.
pub(crate) const SECRET: &str = "a secret that is only good for tests";

/// An app and a plan of the demo's catalogue, by the names of both.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Offer {
    pub(crate) app: &'static str,
    pub(crate) plan: &'static str,
}

pub(crate) const BOARDS_MONTHLY: Offer = Offer { app: "Northwind Boards", plan: "Monthly" };
pub(crate) const BOARDS_YEARLY: Offer = Offer { app: "Northwind Boards", plan: "Yearly" };
pub(crate) const BOARDS_EUROS: Offer = Offer { app: "Northwind Boards", plan: "Monthly, in euros" };
pub(crate) const VAULT: Offer = Offer { app: "Northwind Vault", plan: "Yearly" };
pub(crate) const SIGN: Offer = Offer { app: "Litware Sign", plan: "Monthly" };

/// A whole Tenure.
pub(crate) struct App {
    pub(crate) market: Marketplace,
    pub(crate) clock: Arc<ManualClock>,
    pub(crate) feed: Feed,
    /// How many statements were sent to the database.
    statements: Arc<AtomicU64>,
    /// A piece of SQL, and how many statements had it.
    like: Arc<Mutex<(String, u64)>>,
    routes: axum::Router,
    // Last: the database goes when everything that is connected to it has gone.
    pub(crate) database: TestDatabase,
}

/// How an app differs from the usual.
pub(crate) struct Setup {
    pub(crate) db: Db,
    pub(crate) settings: Settings,
    pub(crate) gateway: Option<Arc<dyn Gateway>>,
}

impl Setup {
    pub(crate) fn on(db: Db) -> Self {
        Self { db, settings: Settings::with_portal_secret(SecretString::from(SECRET)), gateway: None }
    }

    pub(crate) async fn start(self) -> App {
        // What goes wrong inside is told with the test that it goes wrong in.
        let _ = tracing_subscriber::fmt().with_env_filter("warn").with_test_writer().try_init();
        let database = TestDatabase::create(self.db).await;
        let db = database.connect().await;
        App::over(db, database, self.settings, self.gateway)
    }
}

pub(crate) fn instant(text: &str) -> DateTime<Utc> {
    let full = if text.contains('T') { text.to_owned() } else { format!("{text}T00:00:00Z") };
    full.parse().unwrap_or_else(|error| panic!("{text}: {error}"))
}

impl App {
    /// The usual one.
    pub(crate) async fn on(db: Db) -> Self {
        Setup::on(db).start().await
    }

    /// Does something to the database that the program's roles may not do.
    pub(crate) async fn as_owner(&self, sql: &str) {
        let owner = self.database.connect_as_owner().await;
        owner.execute_unprepared(sql).await.unwrap_or_else(|error| panic!("{sql}: {error}"));
        owner.close().await.expect("closed");
    }

    /// One whose clock can be advanced by the operator.
    pub(crate) async fn sandbox(db: Db) -> Self {
        let mut setup = Setup::on(db);
        setup.settings.sandbox = true;
        setup.start().await
    }

    fn over(
        mut db: Database,
        database: TestDatabase,
        settings: Settings,
        gateway: Option<Arc<dyn Gateway>>,
    ) -> Self {
        let statements = Arc::new(AtomicU64::new(0));
        let counted = statements.clone();
        let like = Arc::new(Mutex::new((String::new(), 0)));
        let looks = like.clone();
        db.observe(move |info| {
            counted.fetch_add(1, Ordering::Relaxed);
            let mut like = looks.lock().expect("nobody panicked");
            if !like.0.is_empty() && info.statement.sql.contains(&like.0) {
                like.1 += 1;
            }
        });
        let clock = Arc::new(ManualClock::at(instant(BEGINNING)));
        let gateway =
            gateway.unwrap_or_else(|| Arc::new(SandboxGateway::new(db.clone(), SecretString::from(SECRET))));
        let market = Marketplace::new(db, clock.clone(), Arc::new(Ids::from_entropy()), gateway, settings);
        let feed = Feed::new();
        let api = api::Api {
            market: market.clone(),
            feed: feed.clone(),
            issuer: domain::identity::Issuer::Local(SecretString::from(SECRET)),
            stopping: CancellationToken::new(),
            sockets: tokio_util::task::TaskTracker::new(),
            exposure: api::Exposure::default(),
        };
        Self { market, clock, feed, statements, like, routes: api::router(api), database }
    }

    /// A second Tenure on the same database, as another process would be. It shows the same time.
    pub(crate) async fn replica(&self) -> Self {
        let db = self.database.connect().await;
        let replica = Self::over(db, self.database.shared(), self.market.settings().clone(), None);
        replica.clock.set(domain::Clock::now(self.clock.as_ref()));
        replica
    }

    /// The same on a copy of its database. It shows the same time.
    pub(crate) async fn on_a_copy(&self, copy: &TestDatabase) -> Self {
        let app = Self::over(copy.connect().await, copy.shared(), self.market.settings().clone(), None);
        app.clock.set(domain::Clock::now(self.clock.as_ref()));
        app
    }

    /// The same, reaching the database in another way.
    pub(crate) async fn by_way_of(&self, how: &Connect) -> Self {
        let db = Database::connect(how).await.expect("the database answers");
        let other = Self::over(db, self.database.shared(), self.market.settings().clone(), None);
        other.clock.set(domain::Clock::now(self.clock.as_ref()));
        other
    }

    pub(crate) fn routes(&self) -> axum::Router {
        self.routes.clone()
    }

    /// The client of whoever this subject is.
    pub(crate) fn client(&self, subject: &str) -> Client<'_> {
        let subject: Subject = subject.parse().expect("a subject");
        let now = domain::Clock::now(self.clock.as_ref());
        let token = identity::sign(&SecretString::from(SECRET), &subject, now).expect("a token");
        Client::new(self, subject.to_string(), token)
    }

    pub(crate) fn ada(&self) -> Client<'_> {
        self.client("email:ada@contoso.example")
    }

    pub(crate) fn carl(&self) -> Client<'_> {
        self.client("email:carl@contoso.example")
    }

    pub(crate) fn ivan(&self) -> Client<'_> {
        self.client("email:ivan@contoso.example")
    }

    pub(crate) fn lena(&self) -> Client<'_> {
        self.client("email:lena@contoso.example")
    }

    pub(crate) fn rui(&self) -> Client<'_> {
        self.client("email:rui@contoso.example")
    }

    pub(crate) fn finn(&self) -> Client<'_> {
        self.client("email:finn@fabrikam.example")
    }

    pub(crate) fn aki(&self) -> Client<'_> {
        self.client("email:aki@adatum.example")
    }

    pub(crate) fn wendy(&self) -> Client<'_> {
        self.client("email:wendy@woodgrove.example")
    }

    pub(crate) fn northwind(&self) -> Client<'_> {
        self.client("publisher:northwind")
    }

    pub(crate) fn litware(&self) -> Client<'_> {
        self.client("publisher:litware")
    }

    pub(crate) fn tailspin(&self) -> Client<'_> {
        self.client("partner:tailspin")
    }

    pub(crate) fn operator(&self) -> Client<'_> {
        self.client("operator")
    }

    /// How many statements something takes.
    pub(crate) async fn counting<T>(&self, something: impl AsyncFnOnce() -> T) -> u64 {
        let before = self.statements.load(Ordering::Relaxed);
        something().await;
        self.statements.load(Ordering::Relaxed) - before
    }

    /// How many statements with this piece of SQL something takes.
    pub(crate) async fn counting_of<T>(&self, sql: &str, something: impl AsyncFnOnce() -> T) -> u64 {
        *self.like.lock().expect("nobody panicked") = (sql.to_owned(), 0);
        something().await;
        std::mem::take(&mut *self.like.lock().expect("nobody panicked")).1
    }

    /// Time passes, and everything that falls due on the way happens when it does.
    pub(crate) async fn until(&self, to: &str) -> Advanced {
        let (from, to) = (domain::Clock::now(self.clock.as_ref()), instant(to));
        let advanced = walk(&self.market, from, to, Kept::Elsewhere).await.expect("time passes");
        self.clock.set(to);
        advanced
    }

    /// Time passes, and nothing happens: every worker was down.
    pub(crate) fn at(&self, to: &str) {
        self.clock.set(instant(to));
    }

    /// A worker runs one job once, now. Each call is a tick of its own.
    pub(crate) async fn runs(&self, job: Job) -> Report {
        static TICKS: AtomicI64 = AtomicI64::new(0);
        let tick = chrono::TimeDelta::microseconds(TICKS.fetch_add(1, Ordering::Relaxed) % 1_000_000);
        job::run_tick(&self.market, job, domain::Clock::now(self.clock.as_ref()) + tick)
            .await
            .expect("the job runs")
            .unwrap_or_default()
    }

    /// A worker runs all jobs of a minute, as they come.
    pub(crate) async fn works(&self) {
        for job in [
            Job::DisableLapsedApps,
            Job::ExpireSubscriptions,
            Job::RenewSubscriptions,
            Job::CollectPayments,
            Job::RefundPayments,
        ] {
            self.runs(job).await;
        }
    }

    /// Ada buys it with ten licences, or none for a flat rate, and it is activated and paid.
    pub(crate) async fn active(&self, offer: Offer) -> Subscription {
        let quantity = if offer.app == BOARDS_MONTHLY.app { Some(10) } else { None };
        self.active_for(&self.ada(), offer, quantity, "Contoso Main").await
    }

    /// The same, for whoever buys with which profile.
    pub(crate) async fn active_for(
        &self,
        buyer: &Client<'_>,
        offer: Offer,
        quantity: Option<i64>,
        profile: &str,
    ) -> Subscription {
        let bought = buyer
            .buys_with(offer, quantity, profile, json!({}))
            .await
            .done()
            .subscription("purchaseSubscription");
        self.activated(buyer, &bought).await;
        self.runs(Job::CollectPayments).await;
        bought
    }

    /// The buyer opens the portal, and the publisher activates what was bought.
    pub(crate) async fn activated(&self, buyer: &Client<'_>, bought: &Subscription) {
        buyer.opens_portal(bought).await.done();
        let publisher = if bought.publisher == "Litware" { self.litware() } else { self.northwind() };
        publisher.activates(bought).await.done();
    }
}
