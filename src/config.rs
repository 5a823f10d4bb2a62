//! The configuration: every setting, its flag, its environment variable and its default, in this one place.

use crate::address::in_the_open;
use crate::exposure::ExposureSettings;
use crate::graphiql::GraphiqlArguments;
use crate::jobs::JobArguments;
use crate::program::{Failure, Result};
use crate::tax_rates::{TaxRates, tax_rates};
use crate::webhooks::WebhookArguments;
use chrono::TimeDelta;
use clap::{Args, ValueEnum};
use domain::{
    Connect, Seller, Settings,
    identity::{Issuer, Oidc, SHORTEST_SECRET},
};
use secrecy::{ExposeSecret, SecretString};
use std::{ffi::OsString, sync::Arc, time::Duration};

/// Who charges cards.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum GatewayName {
    /// Made-up cards, for trying things out.
    Sandbox,
    /// Stripe.
    Stripe,
}

/// The settings. Each has a flag and an environment variable; the flag wins.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Settings")]
pub struct Config {
    /// The database: `sqlite://FILE?mode=rwc` or `postgres://USER:PASSWORD@HOST/NAME` [default: sqlite://tenure.db?mode=rwc]
    #[arg(long, env = "DATABASE_URL", global = true, hide_env_values = true)]
    pub database: Option<SecretString>,

    /// The database's address for migrations, with the login of the tables' owner [default: the same]
    #[arg(long, env = "TENURE_MIGRATE_DATABASE_URL", global = true, hide_env_values = true)]
    pub migrate_database: Option<SecretString>,

    /// Where the API listens; port 0 picks a free one and prints it
    #[arg(long, env = "TENURE_LISTEN", default_value = "127.0.0.1:8000", global = true)]
    pub listen: std::net::SocketAddr,

    /// Whether the clock can be advanced with `advanceClock`
    #[arg(long, env = "TENURE_SANDBOX", global = true)]
    pub sandbox: bool,

    /// Signs local bearer tokens and portal links: at least 32 bytes
    #[arg(long, env = "TENURE_AUTH_SECRET", global = true, hide_env_values = true)]
    pub auth_secret: Option<SecretString>,

    /// The identity provider whose bearer tokens are accepted, as its `iss` names it: https://… [default: none, the local secret]
    #[arg(long, env = "TENURE_OIDC_ISSUER", global = true)]
    pub oidc_issuer: Option<String>,

    /// For whom the identity provider's tokens have to be, as their `aud` says
    #[arg(long, env = "TENURE_OIDC_AUDIENCE", global = true)]
    pub oidc_audience: Option<String>,

    /// Where metrics are served as `GET /metrics`; port 0 picks a free one and prints it [default: nowhere]
    #[arg(long, env = "TENURE_METRICS_LISTEN", global = true)]
    pub metrics_listen: Option<std::net::SocketAddr>,

    /// The name of the seller on invoices
    #[arg(long, env = "TENURE_SELLER_NAME", default_value = "Tenure Marketplace", global = true)]
    pub seller_name: String,

    /// The address of the seller on invoices
    #[arg(long, env = "TENURE_SELLER_ADDRESS", default_value = "not configured", global = true)]
    pub seller_address: String,

    /// The tax id of the seller on invoices
    #[arg(long, env = "TENURE_SELLER_TAX_ID", default_value = "not configured", global = true)]
    pub seller_tax_id: String,

    /// How a check or wire reaches the seller, as invoices tell it: the bank and account
    #[arg(long, env = "TENURE_PAYMENT_INSTRUCTIONS", default_value = "not configured", global = true)]
    pub payment_instructions: String,

    /// The tax on invoices by the country of the billing address, in percent: `DE=19,FR=20,CH=8.1` [default: none]
    #[arg(long, env = "TENURE_TAX_RATES", global = true, value_parser = tax_rates)]
    pub tax_rates: Option<TaxRates>,

    /// Who charges cards
    #[arg(long, env = "TENURE_GATEWAY", default_value = "sandbox", global = true)]
    pub gateway: GatewayName,

    /// The secret key of the account at Stripe
    #[arg(long, env = "TENURE_STRIPE_SECRET_KEY", global = true, hide_env_values = true)]
    pub stripe_secret_key: Option<SecretString>,

    /// The secret of the webhook endpoint at Stripe
    #[arg(long, env = "TENURE_STRIPE_WEBHOOK_SECRET", global = true, hide_env_values = true)]
    pub stripe_webhook_secret: Option<SecretString>,

    /// The address of Stripe's API
    #[arg(long, env = "TENURE_STRIPE_URL", default_value = "https://api.stripe.com", global = true)]
    pub stripe_url: String,

    /// For how many days of 24 hours a past-due subscription stays active; 0 disables it at once
    #[arg(long, env = "TENURE_GRACE_DAYS", default_value_t = 30, global = true, value_parser = clap::value_parser!(u32).range(0..=366))]
    pub grace_days: u32,

    /// On which days after the due time a declined charge is tried again, while in grace
    #[arg(
        long,
        env = "TENURE_RETRY_DAYS",
        default_value = "3,5,7,14,21",
        value_delimiter = ',',
        global = true
    )]
    pub retry_days: Vec<u16>,

    /// For how many seconds a payment gateway may take to answer, before the outcome counts as unknown
    #[arg(long, env = "TENURE_GATEWAY_TIMEOUT", default_value_t = 10, global = true, value_parser = clap::value_parser!(u64).range(1..=60))]
    pub gateway_timeout: u64,

    /// The most database connections of one process
    #[arg(long, env = "TENURE_DATABASE_CONNECTIONS", default_value_t = 16, global = true, value_parser = clap::value_parser!(u32).range(2..=1000))]
    pub database_connections: u32,

    /// For how many seconds to wait for a database connection or a lock
    #[arg(long, env = "TENURE_DATABASE_TIMEOUT", default_value_t = 10, global = true, value_parser = clap::value_parser!(u64).range(1..=60))]
    pub database_timeout: u64,

    /// How many due rows a sweep takes at once
    #[arg(long, env = "TENURE_SWEEP_BATCH", default_value_t = 500, global = true, value_parser = clap::value_parser!(u64).range(1..=5000))]
    pub sweep_batch: u64,

    /// How jobs are run
    #[command(flatten)]
    pub jobs: JobArguments,

    /// How webhooks are sent
    #[command(flatten)]
    pub webhooks: WebhookArguments,

    /// How much of the API the public gets
    #[command(flatten)]
    pub exposure: ExposureSettings,

    /// How GraphiQL is served
    #[command(flatten)]
    pub graphiql: GraphiqlArguments,

    /// What is logged, as a tracing filter
    #[arg(long, env = "TENURE_LOG", default_value = "info", global = true)]
    pub log: String,
}

/// The file that the database is in when nothing is said.
const DEFAULT_DATABASE: &str = "sqlite://tenure.db?mode=rwc";

/// The file of the demo's database.
pub const DEMO_DATABASE: &str = "sqlite://tenure-demo.db?mode=rwc";

impl Config {
    /// How to connect to serve.
    pub fn connect(&self) -> Connect {
        self.connect_to(self.database.as_ref())
    }

    /// How to connect to migrate.
    pub fn connect_to_migrate(&self) -> Connect {
        self.connect_to(self.migrate_database.as_ref().or(self.database.as_ref()))
    }

    fn connect_to(&self, url: Option<&SecretString>) -> Connect {
        Connect {
            url: url.map_or(DEFAULT_DATABASE, SecretString::expose_secret).to_owned(),
            connections: self.database_connections,
            patience: Duration::from_secs(self.database_timeout),
        }
    }

    /// The settings of the rules.
    pub fn settings(&self, secret: SecretString) -> Settings {
        Settings {
            sandbox: self.sandbox,
            seller: Seller {
                name: self.seller_name.clone(),
                address: self.seller_address.clone(),
                tax_id: self.seller_tax_id.clone(),
                payment_instructions: self.payment_instructions.clone(),
            },
            tax_rates: self.tax_rates.clone().unwrap_or_default().into(),
            grace: TimeDelta::days(i64::from(self.grace_days)),
            retry_days: self.retry_days.iter().copied().map(i64::from).collect(),
            gateway_timeout: Duration::from_secs(self.gateway_timeout),
            sweep_batch: self.sweep_batch,
            jobs: self.jobs.settings(),
            webhooks: self.webhooks.settings(),
            ..Settings::with_portal_secret(secret)
        }
    }

    /// Whom to trust: the identity provider, or else the local secret, which serving needs then.
    ///
    /// # Errors
    /// When there is neither.
    pub fn issuer(&self) -> Result<Issuer> {
        match (&self.oidc_issuer, &self.oidc_audience, &self.auth_secret) {
            (Some(issuer), Some(audience), _) => Ok(Issuer::Provider(Arc::new(Oidc::new(issuer, audience)?))),
            (None, _, Some(secret)) => Ok(Issuer::Local(secret.clone())),
            _ => Err(Failure::new(
                "set TENURE_AUTH_SECRET to a secret of at least 32 bytes, or TENURE_OIDC_ISSUER and TENURE_OIDC_AUDIENCE: bearer tokens are signed by one of them",
            )),
        }
    }

    /// The local secret, which the demo needs.
    ///
    /// # Errors
    /// When there is none.
    pub fn secret(&self) -> Result<SecretString> {
        self.auth_secret.clone().ok_or_else(|| Failure::new("there is no local secret"))
    }

    /// Checks what holds a secret. The parser of the command line would show the value with its complaint.
    ///
    /// # Errors
    /// With the name of the setting, never with its value.
    pub fn check(&self) -> Result<()> {
        if self.auth_secret.as_ref().is_some_and(|secret| secret.expose_secret().len() < SHORTEST_SECRET) {
            return Err(Failure::new(format!(
                "TENURE_AUTH_SECRET is too short: it has at least {SHORTEST_SECRET} bytes"
            )));
        }
        if self.oidc_issuer.is_some() != self.oidc_audience.is_some() {
            return Err(Failure::new(
                "TENURE_OIDC_ISSUER and TENURE_OIDC_AUDIENCE belong together: set both",
            ));
        }
        if let Some(issuer) = &self.oidc_issuer {
            in_the_open(issuer, "TENURE_OIDC_ISSUER", "the keys of tokens are fetched from there")?;
        }
        self.graphiql.check(self.oidc_issuer.as_deref())?;
        in_the_open(&self.stripe_url, "TENURE_STRIPE_URL", "the secret key is sent there")?;
        for (name, url) in
            [("DATABASE_URL", &self.database), ("TENURE_MIGRATE_DATABASE_URL", &self.migrate_database)]
        {
            let known = |url: &SecretString| {
                ["sqlite:", "postgres:", "postgresql:"]
                    .iter()
                    .any(|kind| url.expose_secret().starts_with(kind))
            };
            if url.as_ref().is_some_and(|url| !known(url)) {
                return Err(Failure::new(format!("{name} is neither a sqlite: nor a postgres: address")));
            }
        }
        Ok(())
    }
}

/// Refuses variables that look like settings and are none: a misspelt setting must not be ignored.
///
/// # Errors
/// With the name of the first.
pub fn refuse_unknown_settings(variables: impl Iterator<Item = (OsString, OsString)>) -> Result<()> {
    use clap::CommandFactory;
    let command = crate::cli::Cli::command();
    let known: Vec<_> = command.get_arguments().filter_map(|argument| argument.get_env()).collect();
    for (name, _) in variables {
        if name.to_string_lossy().starts_with("TENURE_") && !known.iter().any(|known| *known == name) {
            return Err(Failure::new(format!(
                "{} is no setting of tenure; see tenure --help",
                name.to_string_lossy()
            )));
        }
    }
    Ok(())
}
