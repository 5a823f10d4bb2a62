//! How long, with which program, and from which seed.

use domain::Ids;
use std::{path::PathBuf, time::Duration};

/// What a proof goes by. `make prove` sets the variables; without them it is short.
#[derive(Debug, Clone)]
pub(super) struct Plan {
    /// The program, built with the feature `failpoints`.
    pub(super) program: PathBuf,
    /// How long faults go on in all.
    pub(super) time: Duration,
    /// Where the random choices begin.
    pub(super) seed: u64,
    /// How long all due work may take after the last fault: a minute, or more where the machine is slow.
    pub(super) promised: Duration,
    /// Where the rows of the table go.
    pub(super) table: Option<PathBuf>,
}

/// How long the faults of one history go on at most: after that it is settled and checked, and the next one begins.
pub(super) const ROUND: Duration = Duration::from_secs(90);

/// How long all due work may take after the last fault.
const PROMISED: Duration = Duration::from_secs(60);

/// How long faults go on when nobody says.
const SHORT: Duration = Duration::from_secs(30);

fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

impl Plan {
    pub(super) fn of_the_environment() -> Self {
        let program = variable("PROVE_PROGRAM").expect("a program with failpoints: run `make prove`").into();
        let minutes = variable("PROVE_MINUTES").map(|text| text.parse::<f64>().expect("a number of minutes"));
        let seed = variable("PROVE_SEED").map(|text| text.parse::<u64>().expect("a seed"));
        Self {
            program,
            time: minutes.map_or(SHORT, |minutes| Duration::from_secs_f64(minutes * 60.0)),
            seed: seed.unwrap_or_else(|| {
                let id: uuid::Uuid = Ids::from_entropy().next(tenure::program::real_now());
                // Short enough to be typed again.
                id.as_u64_pair().1 % 1_000_000
            }),
            promised: variable("PROVE_PATIENCE")
                .map_or(PROMISED, |text| Duration::from_secs(text.parse().expect("a number of seconds"))),
            table: variable("PROVE_TABLE").map(PathBuf::from),
        }
    }
}
