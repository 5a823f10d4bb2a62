//! The settings of jobs: how often sweeps run, and for how long a worker holds a run.

use clap::Args;
use domain::JobSettings;
use std::time::Duration;

/// The settings of jobs.
#[derive(Debug, Clone, Args)]
pub struct JobArguments {
    /// How often sweeps run, in seconds: a number that divides 60
    #[arg(long, env = "TENURE_SWEEP_EVERY", default_value_t = 60, global = true, value_parser = sweep_every)]
    pub sweep_every: u32,

    /// For how many seconds a worker holds a run without saying that it is still at it, before another takes it over
    #[arg(long, env = "TENURE_JOB_LEASE", default_value_t = 30, global = true, value_parser = clap::value_parser!(u64).range(1..=600))]
    pub job_lease: u64,

    /// For how many seconds a run may go without a batch or a row done, before it is cut off
    #[arg(long, env = "TENURE_JOB_PATIENCE", default_value_t = 60, global = true, value_parser = clap::value_parser!(u64).range(1..=3600))]
    pub job_patience: u64,
}

impl JobArguments {
    /// The settings of the rules.
    pub fn settings(&self) -> JobSettings {
        JobSettings {
            lease: Duration::from_secs(self.job_lease),
            patience: Duration::from_secs(self.job_patience),
            sweep_every: self.sweep_every,
        }
    }
}

fn sweep_every(text: &str) -> Result<u32, &'static str> {
    let seconds = text.parse().ok().filter(|seconds| (1..=60).contains(seconds) && 60 % seconds == 0);
    seconds.ok_or("it has to be a number of seconds that divides 60")
}
