//! The settings that say how much of the API the public gets.

use api::{Exposure, Graphiql, Origin, Proxies, RateLimit};
use clap::Args;
use std::num::NonZeroU32;

/// How much of the API the public gets.
#[derive(Debug, Clone, Args)]
pub struct ExposureSettings {
    /// How many points a caller may spend at once; 0 for no limit
    #[arg(long, env = "TENURE_RATE_LIMIT_BURST", default_value_t = 500_000, global = true)]
    pub rate_limit_burst: u32,

    /// How many points a caller gets back in a second; 0 for no limit
    #[arg(long, env = "TENURE_RATE_LIMIT_PER_SECOND", default_value_t = 50_000, global = true, value_parser = clap::value_parser!(u32).range(0..=1_000_000_000))]
    pub rate_limit_per_second: u32,

    /// How often an address may fail to authenticate in a minute, before it is slowed down; 0 for as often as it likes
    #[arg(long, env = "TENURE_AUTH_FAILURES_PER_MINUTE", default_value_t = 20, global = true)]
    pub auth_failures_per_minute: u32,

    /// The sites whose pages may use the API, beside our own: `https://app.example,https://…` [default: none]
    #[arg(long, env = "TENURE_CORS_ORIGINS", value_delimiter = ',', global = true)]
    pub cors_origins: Vec<Origin>,

    /// The proxies in front of us, as addresses or networks: `10.0.0.7,fd00::/8` [default: none]
    #[arg(long, env = "TENURE_TRUSTED_PROXIES", value_delimiter = ',', global = true)]
    pub trusted_proxies: Vec<Proxies>,
}

impl ExposureSettings {
    /// As the API takes them.
    pub fn exposure(&self, graphiql: Graphiql) -> Exposure {
        let points = (NonZeroU32::new(self.rate_limit_burst), NonZeroU32::new(self.rate_limit_per_second));
        let rate_limit = match points {
            (Some(burst), Some(per_second)) => Some(RateLimit { burst, per_second }),
            (None, _) | (_, None) => None,
        };
        Exposure {
            rate_limit,
            failures_per_minute: NonZeroU32::new(self.auth_failures_per_minute),
            origins: self.cors_origins.clone(),
            proxies: self.trusted_proxies.clone(),
            graphiql,
        }
    }
}
