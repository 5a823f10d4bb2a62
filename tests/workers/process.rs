//! Worker processes that somebody starts again when they end, and what their database shows.

use crate::{
    harness::{App, SECRET},
    program::Directory,
};
use chrono::{DateTime, TimeDelta, Utc};
use domain::{Clock, ManualClock};
use entity::{event, state::EventType, subscription};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbBackend, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, Statement,
};
use std::{
    process::{ExitStatus, Stdio},
    time::Duration,
};
use tokio::{
    process::{Child, Command},
    time::{Instant, sleep},
};
use uuid::Uuid;

/// How long anything may take before a test gives up.
pub(super) const PATIENCE: Duration = Duration::from_secs(120);

/// How often a condition is looked at.
const LOOK: Duration = Duration::from_millis(100);

/// Settings of one process.
pub(super) type Environment<'a> = &'a [(&'a str, &'a str)];

/// Worker processes on the database of an app, started again when they end.
pub(super) struct Supervised {
    directory: Directory,
    processes: Vec<(Vec<(String, String)>, Child)>,
    ended: Vec<ExitStatus>,
}

impl Supervised {
    /// One worker for each of these settings. Sweeps come every second.
    pub(super) fn start(app: &App, each: &[Environment<'_>]) -> Self {
        let directory = Directory::new();
        let url = app.database.url();
        let processes = each
            .iter()
            .map(|settings| {
                let given = [
                    ("DATABASE_URL", url.as_str()),
                    ("TENURE_AUTH_SECRET", SECRET),
                    ("TENURE_SWEEP_EVERY", "1"),
                    ("TENURE_DATABASE_CONNECTIONS", "4"),
                    ("TENURE_LOG", "warn"),
                ];
                // What is given for one process comes last, and wins.
                let all = given.iter().chain(settings.iter());
                let settings: Vec<_> = all.map(|(name, value)| ((*name).into(), (*value).into())).collect();
                let child = spawn(&directory, &settings);
                (settings, child)
            })
            .collect();
        Self { directory, processes, ended: Vec::new() }
    }

    /// Waits until something is so, and starts again what ends meanwhile.
    pub(super) async fn until(&mut self, what: &str, so: impl AsyncFn() -> bool) {
        let begun = Instant::now();
        while !so().await {
            assert!(begun.elapsed() < PATIENCE, "not in time: {what}; ended: {:?}", self.ended);
            for (settings, child) in &mut self.processes {
                if let Some(status) = child.try_wait().expect("a process") {
                    self.ended.push(status);
                    *child = spawn(&self.directory, settings);
                }
            }
            sleep(LOOK).await;
        }
    }

    /// Asks the first of them to stop, and waits until it has.
    pub(super) async fn terminate_first(&mut self) -> ExitStatus {
        let (_, mut child) = self.processes.remove(0);
        terminate(&child).await;
        tokio::time::timeout(PATIENCE, child.wait()).await.expect("it stops in time").expect("a status")
    }

    /// Kills all of them, and says how those ended that had done so by themselves.
    pub(super) async fn stop(mut self) -> Vec<ExitStatus> {
        for (_, child) in &mut self.processes {
            match child.try_wait().expect("a process") {
                Some(status) => self.ended.push(status),
                None => child.kill().await.expect("it is killed"),
            }
        }
        self.ended
    }
}

fn spawn(directory: &Directory, settings: &[(String, String)]) -> Child {
    Command::new(env!("CARGO_BIN_EXE_tenure"))
        .arg("worker")
        .env_clear()
        .envs(settings.iter().cloned())
        .current_dir(&directory.0)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        // Told with the test that it belongs to, if that fails.
        .stderr(Stdio::inherit())
        .kill_on_drop(true)
        .spawn()
        .expect("it starts")
}

async fn terminate(child: &Child) {
    let process = child.id().expect("it runs").to_string();
    // Not every system has `kill` as a program, but every shell has it.
    let told =
        Command::new("sh").args(["-c", "kill -s TERM \"$0\"", &process]).status().await.expect("a shell");
    assert!(told.success());
}

/// What time it is for the processes: by the database.
pub(super) async fn database_now(app: &App) -> DateTime<Utc> {
    let sql = Statement::from_string(DbBackend::Postgres, "select clock_timestamp() as now");
    let row = app.market.db().read().query_one_raw(sql).await.expect("an answer").expect("a row");
    row.try_get("", "now").expect("an instant")
}

/// Lets the app's own clock show a time from which a month has passed for the processes, and not two.
pub(super) fn a_month_ago(app: &App) {
    app.clock.set(tenure::program::real_now() - TimeDelta::days(35));
    assert!(ManualClock::now(&app.clock) < tenure::program::real_now());
}

/// How many renewals there were.
pub(super) async fn renewed(app: &App) -> u64 {
    let renewed = event::Entity::find().filter(event::Column::Type.eq(EventType::Renewed));
    renewed.count(app.market.db().read()).await.expect("a count")
}

/// Which subscriptions are due by now, the first first.
pub(super) async fn due(app: &App) -> Vec<Uuid> {
    let due = subscription::Entity::find()
        .filter(subscription::Column::DueAt.lte(database_now(app).await))
        .order_by_asc(subscription::Column::DueAt)
        .order_by_asc(subscription::Column::Id);
    let rows = due.all(app.market.db().read()).await.expect("rows");
    rows.into_iter().map(|row| row.id.0).collect()
}
