//! What an operator of Tenure can set, as far as the rules know it.

use chrono::TimeDelta;
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, time::Duration};

/// The settings of the rules. The program reads them from its configuration.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Whether the clock can be advanced.
    pub sandbox: bool,
    /// Signs the tokens of portal links.
    pub portal_secret: SecretString,
    /// Who issues invoices.
    pub seller: Seller,
    /// How long a past-due subscription stays active: 30 days by default, none disables at once.
    pub grace: TimeDelta,
    /// On which days after the due time a declined charge is tried again.
    pub retry_days: Vec<i64>,
    /// How long a charge may take before its outcome counts as unknown, and how long `payInvoice` waits.
    pub gateway_timeout: Duration,
    /// The tax on invoices by the country of the billing address, in thousandths of a percent: 19 % is 19000. None
    /// elsewhere.
    pub tax_rates: BTreeMap<String, i64>,
    /// How many due rows a sweep takes at once.
    pub sweep_batch: u64,
    /// How webhooks are sent.
    pub webhooks: WebhookSettings,
    /// How jobs are run.
    pub jobs: JobSettings,
}

impl Settings {
    /// The defaults, with a secret for portal links.
    pub fn with_portal_secret(portal_secret: SecretString) -> Self {
        Self {
            sandbox: false,
            portal_secret,
            seller: Seller::default(),
            grace: TimeDelta::days(30),
            retry_days: vec![3, 5, 7, 14, 21],
            gateway_timeout: Duration::from_secs(10),
            tax_rates: BTreeMap::new(),
            sweep_batch: 500,
            webhooks: WebhookSettings::default(),
            jobs: JobSettings::default(),
        }
    }
}

/// How jobs are run.
#[derive(Debug, Clone)]
pub struct JobSettings {
    /// How long a worker holds a run without saying that it is still at it: then another takes it over.
    pub lease: Duration,
    /// How long a run may go without a batch or a row done: then it is cut off.
    pub patience: Duration,
    /// How often sweeps run, in seconds: what divides a minute.
    pub sweep_every: u32,
}

impl Default for JobSettings {
    fn default() -> Self {
        Self { lease: Duration::from_secs(30), patience: Duration::from_secs(60), sweep_every: 60 }
    }
}

/// How webhooks are sent.
#[derive(Debug, Clone)]
pub struct WebhookSettings {
    /// Whether endpoints may be on this machine, and unencrypted there. For development.
    pub allow_loopback: bool,
    /// How many messages one process sends at once.
    pub at_once: usize,
    /// How long an endpoint may take to answer, from the look-up of its name to the end of the answer.
    pub patience: Duration,
}

impl Default for WebhookSettings {
    fn default() -> Self {
        Self { allow_loopback: false, at_once: 64, patience: Duration::from_secs(15) }
    }
}

/// The marketplace as invoices name it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seller {
    /// Its name.
    pub name: String,
    /// Its address, on one line.
    pub address: String,
    /// Its tax id.
    pub tax_id: String,
    /// How a check or wire reaches it.
    #[serde(default)]
    pub payment_instructions: String,
}

impl Default for Seller {
    fn default() -> Self {
        Self {
            name: "Tenure Marketplace".into(),
            address: "not configured".into(),
            tax_id: "not configured".into(),
            payment_instructions: "not configured".into(),
        }
    }
}

/// Until when a purchase can be activated: 30 days of 24 hours.
pub const ACTIVATION_TIME: TimeDelta = TimeDelta::days(30);

/// How long a portal link is valid.
pub const PORTAL_LINK_TIME: TimeDelta = TimeDelta::hours(24);

/// Until when a cancellation is credited, after the charge of the period was issued.
pub const FULL_REFUND_TIME: TimeDelta = TimeDelta::hours(72);

/// When an invoice to a check or wire payer is due, after its issue.
pub const WIRE_TIME: TimeDelta = TimeDelta::days(30);

/// How long an idempotency key is kept, unless it is kept for ever.
pub const KEY_TIME: TimeDelta = TimeDelta::hours(24);

/// How long the second sender of an idempotency key, or of a payment, waits for the first.
pub const WAIT_FOR_FIRST: Duration = Duration::from_secs(10);
