//! The settings of webhooks.

use clap::Args;

/// How webhooks are sent.
#[derive(Debug, Clone, Args)]
pub struct WebhookArguments {
    /// Whether webhook endpoints may be on this machine, and unencrypted there; for development
    #[arg(long, env = "TENURE_WEBHOOK_ALLOW_LOOPBACK", global = true)]
    pub webhook_allow_loopback: bool,

    /// How many webhooks one process sends at once
    #[arg(long, env = "TENURE_WEBHOOK_CONCURRENCY", default_value_t = 64, global = true, value_parser = clap::value_parser!(u16).range(1..=1000))]
    pub webhook_concurrency: u16,
}

impl WebhookArguments {
    /// As the rules take them.
    pub fn settings(&self) -> domain::WebhookSettings {
        domain::WebhookSettings {
            allow_loopback: self.webhook_allow_loopback,
            at_once: usize::from(self.webhook_concurrency),
            ..domain::WebhookSettings::default()
        }
    }
}
