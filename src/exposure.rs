//! The settings that say how much of the API the public gets.

use crate::{
    limits::LimitSettings,
    program::{Failure, Result},
};
use api::{Exposure, Graphiql, Introspection, Origin, Proxies, RateLimit, Trusted};
use clap::Args;
use std::{num::NonZeroU32, path::PathBuf, sync::Arc};

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

    /// Who may ask what the schema is like: everybody, operators or nobody
    #[arg(long, env = "TENURE_INTROSPECTION", default_value = "everybody", global = true)]
    pub introspection: Introspection,

    /// A file with the documents that clients may name instead of send, as Apollo's or Relay's tools write it [default: none]
    #[arg(long, env = "TENURE_TRUSTED_DOCUMENTS", global = true)]
    pub trusted_documents: Option<PathBuf>,

    /// Whether those are all that is executed
    #[arg(long, env = "TENURE_TRUSTED_DOCUMENTS_ONLY", global = true)]
    pub trusted_documents_only: bool,

    /// How large and how many things may be
    #[command(flatten)]
    pub limits: LimitSettings,
}

impl ExposureSettings {
    /// As the API takes them.
    ///
    /// # Errors
    /// When the file of trusted documents cannot be read or is none, or is needed and not there.
    pub fn exposure(&self, graphiql: Graphiql) -> Result<Exposure> {
        let points = (NonZeroU32::new(self.rate_limit_burst), NonZeroU32::new(self.rate_limit_per_second));
        let rate_limit = match points {
            (Some(burst), Some(per_second)) => Some(RateLimit { burst, per_second }),
            (None, _) | (_, None) => None,
        };
        Ok(Exposure {
            rate_limit,
            failures_per_minute: NonZeroU32::new(self.auth_failures_per_minute),
            origins: self.cors_origins.clone(),
            proxies: self.trusted_proxies.clone(),
            limits: self.limits.limits(),
            introspection: self.introspection,
            trusted: self.trusted()?.map(Arc::new),
            only_trusted: self.trusted_documents_only,
            graphiql,
        })
    }

    fn trusted(&self) -> Result<Option<Trusted>> {
        let Some(file) = &self.trusted_documents else {
            return match self.trusted_documents_only {
                true => Err(Failure::new(
                    "TENURE_TRUSTED_DOCUMENTS_ONLY needs TENURE_TRUSTED_DOCUMENTS: a file with the documents that are executed",
                )),
                false => Ok(None),
            };
        };
        let wrong = |error: &dyn std::fmt::Display| {
            Failure::new(format!("TENURE_TRUSTED_DOCUMENTS, {}: {error}", file.display()))
        };
        let text = std::fs::read_to_string(file).map_err(|error| wrong(&error))?;
        Trusted::read(&text).map(Some).map_err(|error| wrong(&error))
    }
}
