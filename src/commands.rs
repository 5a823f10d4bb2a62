//! The subcommands.

use crate::{
    catalog,
    cli::{AuditCommand, Cli, Command, Direction, JobsCommand, OperatorCommand, SeedArguments, TokenFor},
    config::{Config, DEMO_DATABASE, GatewayName},
    demo, logging,
    program::{self, Failure, Result, Roles},
    schema, schema_guard,
};
use domain::{
    Database, Ids, ManualClock, Marketplace, SystemClock,
    audit::{self, Checkpoint},
    gateway::SandboxGateway,
    identity::{self, Subject},
    job::{self, Job},
    operator::add_operator,
    seed::Seed,
};
use secrecy::SecretString;
use std::sync::Arc;

/// Runs a command.
///
/// # Errors
/// A sentence for whoever started it.
pub async fn run(cli: Cli) -> Result<()> {
    let Cli { command, mut config } = cli;
    logging::start(&config.log)?;
    config.check()?;
    match command {
        Command::Demo => {
            config.database.get_or_insert_with(|| SecretString::from(DEMO_DATABASE));
            config.sandbox = true;
            config.gateway = GatewayName::Sandbox;
            config.webhooks.webhook_allow_loopback = true;
            demo::run(config).await
        }
        Command::Serve => serve(&config, Roles::Both).await,
        Command::Api => serve(&config, Roles::Api).await,
        Command::Worker => serve(&config, Roles::Worker).await,
        Command::Migrate { direction } => migrate(&config, direction).await,
        Command::Schema { command } => schema::run(command),
        Command::Errors => {
            print!("{}", api::errors());
            Ok(())
        }
        Command::Token(who) => token(&config, who),
        Command::Import { command } => catalog::import(&config, command).await,
        Command::Export { command } => catalog::export(&config, command).await,
        Command::Seed(arguments) => seed(&config, arguments).await,
        Command::Operator { command } => operator(&config, command).await,
        Command::Audit { command } => audit(&config, command).await,
        Command::Jobs { command: JobsCommand::Run { name } } => run_job(&config, &name).await,
    }
}

async fn serve(config: &Config, roles: Roles) -> Result<()> {
    if roles != Roles::Both && !config.connect().url.starts_with("postgres") {
        return Err(Failure::new(
            "SQLite is for one process: run `tenure serve`, or give a postgres:// address in DATABASE_URL",
        ));
    }
    config.issuer()?;
    // What is wrong with these is said before anything is opened.
    config.exposure.exposure(Default::default())?;
    program::refuse_unguarded(config, roles).await?;
    let db = program::open(config).await?;
    let _alone = program::alone_on_sqlite(&config.connect().url)?;
    program::serve(config, roles, db, async |_, _| Ok(())).await
}

async fn migrate(config: &Config, direction: Direction) -> Result<()> {
    let db = Database::connect_as_login(&config.connect_to_migrate()).await?;
    match direction {
        Direction::Up => migration::up(&db, config.connect().login().as_deref()).await?,
        Direction::Down => migration::down(&db).await?,
        Direction::Status => {}
    }
    let status = migration::status(&db).await?;
    for (state, names) in [
        ("applied", &status.applied),
        ("pending", &status.pending),
        ("unknown to this program", &status.unknown),
    ] {
        for name in names {
            println!("{name} {state}");
        }
    }
    Ok(db.close().await?)
}

fn token(config: &Config, who: TokenFor) -> Result<()> {
    if config.oidc_issuer.is_some() {
        return Err(Failure::new(
            "an identity provider is configured (TENURE_OIDC_ISSUER): only its tokens are accepted",
        ));
    }
    let subject = match who {
        TokenFor { email: Some(email), .. } => Subject::Email(email),
        TokenFor { publisher: Some(slug), .. } => Subject::Publisher(slug),
        TokenFor { partner: Some(slug), .. } => Subject::Partner(slug),
        TokenFor { email: None, publisher: None, partner: None, operator: _ } => Subject::Operator,
    };
    let secret = match &config.auth_secret {
        Some(secret) => secret.clone(),
        None => demo::kept_secret()?.ok_or_else(|| {
            Failure::new(format!(
                "set TENURE_AUTH_SECRET, or run this where `tenure demo` keeps its secret ({})",
                demo::SECRET_FILE
            ))
        })?,
    };
    println!("{}", identity::sign(&secret, &subject, program::real_now())?);
    Ok(())
}

async fn run_job(config: &Config, name: &str) -> Result<()> {
    let job = Job::named(name).ok_or_else(|| {
        let names: Vec<_> = Job::ALL.iter().map(|job| job.name()).collect();
        Failure::new(format!("there is no job {name}; there are {}", names.join(", ")))
    })?;
    let db = program::open(config).await?;
    let market = signs_nothing(config, &db).await?;
    let report = job::run_tick(&market, job, market.real_now()).await?.unwrap_or_default();
    println!("{}", serde_json::to_string(&report)?);
    Ok(db.close().await?)
}

/// The marketplace for a command that signs nothing.
pub(crate) async fn signs_nothing(config: &Config, db: &Database) -> Result<Marketplace> {
    let clock = Arc::new(SystemClock::default());
    program::agree(db, &clock).await?;
    program::marketplace(config, db.clone(), clock, SecretString::from(""))
}

/// Bulk data, as if everything had happened in the months before today. Its ids come from a fixed seed.
async fn seed(config: &Config, arguments: SeedArguments) -> Result<()> {
    let db = program::open(config).await?;
    let clock = Arc::new(ManualClock::at(program::real_now()));
    let mut settings = config.settings(SecretString::from(""));
    settings.sandbox = false;
    let gateway = Arc::new(SandboxGateway::new(db.clone(), SecretString::from("")));
    let market = Marketplace::new(db.clone(), clock.clone(), Arc::new(Ids::seeded(0)), gateway, settings);
    let what = Seed {
        organizations: arguments.organizations,
        subscriptions: arguments.subscriptions,
        invoices_per_subscription: arguments.invoices_per_subscription,
    };
    let today = program::real_now().date_naive();
    let tell = |done: usize, of: usize| {
        if done.is_multiple_of(of.div_ceil(10)) {
            tracing::info!(done, of, "steps");
        }
    };
    domain::seed::seed(&market, &clock, what, today, tell).await?;
    println!(
        "{} organizations with {} subscriptions; `tenure token --email owner@organization-1.example` prints a token for the first",
        what.organizations, what.subscriptions
    );
    Ok(db.close().await?)
}

async fn operator(config: &Config, command: OperatorCommand) -> Result<()> {
    let OperatorCommand::Add { email, name } = command;
    let db = program::open(config).await?;
    let market = signs_nothing(config, &db).await?;
    add_operator(&market, name.as_deref(), &email).await?;
    println!("{email} is an operator");
    Ok(db.close().await?)
}

async fn audit(config: &Config, command: AuditCommand) -> Result<()> {
    let db = program::connect(config).await?;
    let said = match command {
        AuditCommand::Verify { checkpoint } => {
            schema_guard::insist(&db).await?;
            let checkpoint = checkpoint.as_deref().map(kept).transpose()?;
            let verified = audit::verify(&db, checkpoint.as_ref()).await??;
            format!("{} events of {} histories are whole", verified.events, verified.streams)
        }
        AuditCommand::Checkpoint => serde_json::to_string(&audit::checkpoint(&db).await??)?,
    };
    println!("{said}");
    Ok(db.close().await?)
}

/// A checkpoint that was printed before.
fn kept(file: &std::path::Path) -> Result<Checkpoint> {
    let wrong = |error: &dyn std::fmt::Display| {
        Failure::new(format!("{} is no checkpoint of `tenure audit checkpoint`: {error}", file.display()))
    };
    let text = std::fs::read_to_string(file).map_err(|error| wrong(&error))?;
    serde_json::from_str(&text).map_err(|error| wrong(&error))
}
