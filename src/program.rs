//! Starting and stopping: what serves, what works, and how they end.

use crate::{
    config::{Config, GatewayName},
    metrics, schema_guard,
};
use api::{Api, Exposure, router};
use domain::{
    Clock, Database, Gateway, Ids, Login, Marketplace, SystemClock,
    database::{SYSTEM_ROLE, TENANT_ROLE},
    feed::Feed,
    gateway::{SandboxGateway, StripeGateway, StripeKeys},
    identity::Issuer,
};
use sea_orm::{ConnectionTrait, DatabaseConnection, DbBackend, Statement};
use secrecy::{ExposeSecret, SecretString};
use std::{fmt, fs::File, future::IntoFuture, net::SocketAddr, path::Path, sync::Arc, time::Duration};
use tokio::{net::TcpListener, signal::unix::SignalKind, time::Instant};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

/// Why the program ends with a failure: a sentence for whoever started it.
#[derive(Debug)]
pub struct Failure(String);

/// The outcome of a command.
pub type Result<T, E = Failure> = std::result::Result<T, E>;

impl Failure {
    /// With this sentence.
    pub fn new(message: impl Into<String>) -> Self {
        Self(message.into())
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl<E: std::error::Error> From<E> for Failure {
    fn from(error: E) -> Self {
        Self(error.to_string())
    }
}

/// Which roles a process has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Roles {
    /// Both, in one process.
    Both,
    /// The API alone.
    Api,
    /// The worker alone.
    Worker,
}

/// How often the database's clock is measured; in between it is carried on.
const MEASURE_EVERY: Duration = Duration::from_secs(15);

/// How long the database may take to say what its schema is, when the program starts.
const STATUS_TIME: Duration = Duration::from_secs(60);

/// How long requests that have begun may take to end.
const SHUTDOWN_TIME: Duration = Duration::from_secs(30);

/// Connects, brings the schema up to date when this login may, and refuses one that this program does not know.
///
/// # Errors
/// When the database cannot be reached, its schema is not ours or lacks a guard, or this login may not act as the program's
/// roles.
pub async fn open(config: &Config) -> Result<Database> {
    let connect = config.connect();
    let migrates = Database::connect_as_login(&config.connect_to_migrate()).await?;
    let migrated = migrate(&migrates, connect.login().as_deref()).await;
    migrates.close().await?;
    match Login::of(&connect).await? {
        // Who may read nothing cannot even see what the schema is like: that there is nothing to be seen says nothing.
        Some(login) if login.exist && !login.acts => Err(may_not_act(&login.name)),
        Some(_) | None => migrated,
    }?;
    let db = Database::connect(&connect).await?;
    schema_guard::insist(&db).await?;
    Ok(db)
}

/// Connects for a command that migrates nothing.
///
/// # Errors
/// When the database cannot be reached, or this login may not act as the program's roles.
pub async fn connect(config: &Config) -> Result<Database> {
    match Login::of(&config.connect()).await? {
        Some(login) if !login.acts => Err(may_not_act(&login.name)),
        Some(_) | None => Ok(Database::connect(&config.connect()).await?),
    }
}

fn may_not_act(login: &str) -> Failure {
    Failure::new(format!(
        "the login {login} may not act as the roles of Tenure: run `tenure migrate up` with the login of the tables' owner in TENURE_MIGRATE_DATABASE_URL, or as a superuser: grant {SYSTEM_ROLE}, {TENANT_ROLE} to \"{login}\""
    ))
}

/// Refuses to serve others than this machine with a login that could switch the database's guards off.
///
/// # Errors
/// With what the login may do.
pub async fn refuse_unguarded(config: &Config, roles: Roles) -> Result<()> {
    let api = (roles != Roles::Worker).then_some(config.listen);
    let heard_outside =
        api.into_iter().chain(config.metrics_listen).any(|address| !address.ip().is_loopback());
    if !heard_outside {
        return Ok(());
    }
    match Login::of(&config.connect()).await? {
        Some(Login { name, unguarded: Some(why), .. }) => Err(Failure::new(format!(
            "the database's login {name} {why}, and could switch its guards off: serve with a login of its own, which the README describes, or listen on 127.0.0.1 alone"
        ))),
        Some(_) | None => Ok(()),
    }
}

async fn migrate(db: &DatabaseConnection, login: Option<&str>) -> Result<()> {
    let status = tokio::time::timeout(STATUS_TIME, migration::status(db)).await;
    let status = status.map_err(|_| Failure::new("the database does not answer"))??;
    if let Some(unknown) = status.beyond.first() {
        return Err(Failure::new(format!(
            "the database has the migration {unknown}, which this program does not know and cannot run on: run a newer tenure"
        )));
    }
    if let Some(newest) = status.unknown.last() {
        tracing::warn!(newest, "a newer tenure has migrated the schema; this one still runs on it");
    }
    if !status.pending.is_empty()
        && let Err(error) = migration::up(db, login).await
    {
        return Err(Failure::new(format!(
            "the schema is old ({} pending) and could not be migrated: {error}; run `tenure migrate up` with the login of the tables' owner in TENURE_MIGRATE_DATABASE_URL",
            status.pending.join(", ")
        )));
    }
    Ok(())
}

/// The marketplace on this database, with the machine's clock and the configured gateway.
///
/// # Errors
/// When a key of the gateway is missing.
pub fn marketplace(
    config: &Config,
    db: Database,
    clock: Arc<SystemClock>,
    secret: SecretString,
) -> Result<Marketplace> {
    let gateway = gateway(config, &db, &secret)?;
    Ok(Marketplace::new(db, clock, Arc::new(Ids::from_entropy()), gateway, config.settings(secret)))
}

fn gateway(config: &Config, db: &Database, secret: &SecretString) -> Result<Arc<dyn Gateway>> {
    let needed = |key: &Option<SecretString>, name: &str| {
        let missing = || Failure::new(format!("set {name}: charging through Stripe needs it"));
        key.clone().filter(|key| !key.expose_secret().is_empty()).ok_or_else(missing)
    };
    Ok(match config.gateway {
        GatewayName::Sandbox => Arc::new(SandboxGateway::new(db.clone(), secret.clone())),
        GatewayName::Stripe => {
            let keys = StripeKeys {
                secret_key: needed(&config.stripe_secret_key, "TENURE_STRIPE_SECRET_KEY")?,
                webhook_secret: needed(&config.stripe_webhook_secret, "TENURE_STRIPE_WEBHOOK_SECRET")?,
            };
            Arc::new(StripeGateway::new(&config.stripe_url, keys)?)
        }
    })
}

/// Serves until it is asked to stop: requests and runs of jobs that have begun are finished.
///
/// # Errors
/// When it cannot start, or a part of it ends by itself.
pub async fn serve(
    config: &Config,
    roles: Roles,
    db: Database,
    greet: impl AsyncFnOnce(&str, &Marketplace) -> Result<()>,
) -> Result<()> {
    let issuer = config.issuer()?;
    let exposure = config.exposure.exposure(config.graphiql.graphiql(config.oidc_issuer.as_deref()))?;
    let clock = Arc::new(SystemClock::default());
    agree(&db, &clock).await?;
    let secret = match &config.auth_secret {
        Some(secret) => secret.clone(),
        None => Ids::from_entropy().signing_key(&db).await?,
    };
    let market = marketplace(config, db.clone(), clock.clone(), secret)?;
    if config.gateway == GatewayName::Sandbox && !config.sandbox {
        tracing::warn!(
            "the sandbox gateway takes made-up cards: no money comes in before TENURE_GATEWAY names another"
        );
    }
    let stopping = CancellationToken::new();
    if let Some(address) = config.metrics_listen {
        tokio::spawn(metrics::listen(address, market.clone()).await?);
        tokio::spawn(metrics::keep_measuring(market.clone(), clock.clone(), stopping.clone()));
    }
    tokio::spawn(stop_on_signal(stopping.clone())?);
    tokio::spawn({
        let (market, stopping) = (market.clone(), stopping.clone());
        async move {
            stopping.cancelled().await;
            market.stop();
        }
    });
    tokio::spawn({
        let (market, stopping) = (market.clone(), stopping.clone());
        async move { stopping.run_until_cancelled(market.listen()).await }
    });
    tokio::spawn(keep_agreeing(db.clone(), clock.clone(), stopping.clone()));
    schema_guard::say(&[]);
    tokio::spawn(schema_guard::watch(db.clone(), schema_guard::Rhythm::default(), stopping.clone()));
    let api = async {
        if roles == Roles::Worker {
            return Ok(());
        }
        let listener = TcpListener::bind(config.listen)
            .await
            .map_err(|error| Failure::new(format!("cannot listen on {}: {error}", config.listen)))?;
        let address = format!("http://{}", listener.local_addr()?);
        println!("listening on {address}");
        greet(&address, &market).await?;
        tracing::info!(address, "listening");
        serve_api(exposure, listener, market.clone(), issuer, stopping.clone()).await
    };
    let work = async {
        if roles == Roles::Api {
            return Ok(());
        }
        tracing::info!("working");
        Ok(worker::run(market.clone(), stopping.clone()).await?)
    };
    // Both are waited for, whichever fails: neither is cut off by the other.
    let (served, worked) = tokio::join!(stops_all(api, &stopping), stops_all(work, &stopping));
    tracing::info!("stopped");
    db.close().await?;
    served.and(worked)
}

/// Keeps a second process from serving the same SQLite file: it would sweep and migrate under our feet. The lock goes with
/// the process.
pub(crate) fn alone_on_sqlite(url: &str) -> Result<Option<File>> {
    let Some(path) = url.strip_prefix("sqlite:") else { return Ok(None) };
    let path = path.trim_start_matches("//").split('?').next().unwrap_or_default();
    if !Path::new(path).is_file() {
        return Ok(None);
    }
    let file = File::open(path)?;
    file.try_lock()
        .map_err(|_| Failure::new(format!("another tenure serves {path}: SQLite is for one process")))?;
    Ok(Some(file))
}

/// When one part fails, the others are asked to stop too.
async fn stops_all(part: impl Future<Output = Result<()>>, stopping: &CancellationToken) -> Result<()> {
    let outcome = part.await;
    if outcome.is_err() {
        stopping.cancel();
    }
    outcome
}

async fn serve_api(
    exposure: Exposure,
    listener: TcpListener,
    market: Marketplace,
    issuer: Issuer,
    stopping: CancellationToken,
) -> Result<()> {
    let feed = Feed::new();
    let reader = tokio::spawn({
        let (feed, market) = (feed.clone(), market.clone());
        let from = domain::feed::head(&market).await?;
        async move { feed.run(&market, from).await }
    });
    let sockets = TaskTracker::new();
    let routes =
        router(Api { market, feed, issuer, stopping: stopping.clone(), sockets: sockets.clone(), exposure })
            .into_make_service_with_connect_info::<SocketAddr>();
    let asked = stopping.clone();
    let serving =
        axum::serve(listener, routes).with_graceful_shutdown(async move { asked.cancelled().await });
    let late = async {
        stopping.cancelled().await;
        tokio::time::sleep(SHUTDOWN_TIME).await;
    };
    sockets.close();
    let all = async {
        let outcome = serving.into_future().await;
        sockets.wait().await;
        outcome
    };
    let outcome = tokio::select! {
        outcome = all => outcome.map_err(Failure::from),
        () = late => Err(Failure::new("requests did not end in time")),
    };
    reader.abort();
    outcome
}

fn stop_on_signal(stopping: CancellationToken) -> Result<impl Future<Output = ()>> {
    let mut terminate = tokio::signal::unix::signal(SignalKind::terminate())?;
    let mut interrupt = tokio::signal::unix::signal(SignalKind::interrupt())?;
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => tracing::info!("SIGTERM: stopping"),
            _ = interrupt.recv() => tracing::info!("SIGINT: stopping"),
        }
        stopping.cancel();
    })
}

/// Measures the database's clock, so that replicas agree. SQLite has no other clock than ours.
pub(crate) async fn agree(db: &Database, clock: &SystemClock) -> Result<()> {
    if db.backend() == DbBackend::Sqlite {
        return Ok(());
    }
    let statement = Statement::from_string(DbBackend::Postgres, "select clock_timestamp() as now");
    // A connection is at hand then: to open one takes longer than to ask.
    db.read().ping().await?;
    let asked = Instant::now();
    if let Some(row) = db.read().query_one_raw(statement).await? {
        clock.agree_with(row.try_get("", "now")?, asked);
    }
    Ok(())
}

async fn keep_agreeing(db: Database, clock: Arc<SystemClock>, stopping: CancellationToken) {
    loop {
        tokio::select! {
            () = stopping.cancelled() => return,
            () = tokio::time::sleep(MEASURE_EVERY) => {}
        }
        if let Err(error) = agree(&db, &clock).await {
            tracing::warn!(%error, "the database's clock could not be measured");
        }
    }
}

/// The real time, for commands that only sign a token.
pub fn real_now() -> chrono::DateTime<chrono::Utc> {
    SystemClock::default().now()
}
