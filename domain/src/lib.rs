//! The rules of Tenure: pure decisions, and operations that load, decide and store in one transaction.
//!
//! Knows neither HTTP, GraphQL nor the job runner. [`Marketplace`] holds what every operation needs; an operation is a
//! function that takes it, who asks, and the input. Start reading at [`subscription::lifecycle`], the law.

pub mod access;
pub mod actor;
pub mod api_key;
pub mod audit;
mod bell;
pub mod billing;
pub mod bounded;
pub mod calendar;
pub mod catalog;
pub mod clock;
pub mod country;
pub mod database;
pub mod error;
pub mod event;
pub mod failpoint;
mod fault;
pub mod feed;
pub mod gateway;
pub mod global_id;
pub mod health;
pub mod idempotency;
pub mod identity;
pub mod ids;
pub mod job;
mod login;
pub mod money;
pub mod operator;
pub mod organization;
pub mod partnership;
mod pool;
pub mod proposal;
mod reader;
pub mod regions;
mod said;
pub mod sandbox;
pub mod scope;
pub mod seed;
pub mod settings;
mod store;
pub mod subscription;
pub mod sweep;
mod text;
pub mod view;
pub mod webhook;
mod work;
mod writing;

use bell::Bells;
use chrono::{DateTime, TimeDelta, Utc};
use entity::sandbox_clock;
use job::{Progress, Pulse};
use sea_orm::EntityTrait;
use std::sync::{
    Arc, OnceLock,
    atomic::{AtomicBool, Ordering},
};

pub use self::{
    access::Action,
    actor::{Actor, By, Key, Member},
    clock::{Clock, ManualClock, Now, SystemClock},
    database::{Connect, Database},
    error::{Code, Error, Input, Refusal, Result},
    gateway::Gateway,
    ids::Ids,
    login::Login,
    money::Money,
    settings::{JobSettings, Seller, Settings, WebhookSettings},
};

/// Everything that an operation needs: the database, the time, ids, the gateway, the settings.
#[derive(Clone)]
pub struct Marketplace {
    parts: Arc<Parts>,
    /// Business time, when it stands still: the sandbox clock walks with such a marketplace.
    frozen: Option<DateTime<Utc>>,
    /// How far the run of a job is that goes on with it.
    progress: Option<Arc<Progress>>,
}

struct Parts {
    db: Database,
    clock: Arc<dyn Clock>,
    ids: Arc<Ids>,
    gateway: Arc<dyn Gateway>,
    settings: Settings,
    /// Rung after every commit.
    bells: Bells,
    /// Only one call advances the sandbox clock at a time.
    advancing: tokio::sync::Mutex<()>,
    /// Set when the process is to stop: sweeps end after their batch.
    stopping: AtomicBool,
    /// The name of this process, once somebody asked.
    process: OnceLock<String>,
    /// How the jobs of this process go, if it works.
    pulse: Pulse,
}

impl std::fmt::Debug for Marketplace {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Marketplace").field("settings", &self.parts.settings).finish_non_exhaustive()
    }
}

impl Marketplace {
    /// Puts the parts together.
    pub fn new(
        db: Database,
        clock: Arc<dyn Clock>,
        ids: Arc<Ids>,
        gateway: Arc<dyn Gateway>,
        settings: Settings,
    ) -> Self {
        let parts = Parts {
            db,
            clock,
            ids,
            gateway,
            settings,
            bells: Bells::default(),
            advancing: tokio::sync::Mutex::default(),
            stopping: AtomicBool::new(false),
            process: OnceLock::new(),
            pulse: Pulse::default(),
        };
        Self { parts: Arc::new(parts), frozen: None, progress: None }
    }

    /// The same marketplace, with business time standing still.
    pub(crate) fn frozen_at(&self, business: DateTime<Utc>) -> Self {
        Self { parts: self.parts.clone(), frozen: Some(business), progress: self.progress.clone() }
    }

    /// The same marketplace, for a run of a job that tells how far it is.
    pub(crate) fn telling(&self, progress: Arc<Progress>) -> Self {
        Self { parts: self.parts.clone(), frozen: self.frozen, progress: Some(progress) }
    }

    /// A batch or a row is done, or shown to be somebody else's: the run does not hang.
    pub(crate) fn step(&self) {
        if let Some(progress) = &self.progress {
            progress.step();
        }
    }

    /// Whether something ended this run, or one like it, half-way: each row is set aside before it is touched then.
    pub(crate) fn careful(&self) -> bool {
        self.progress.as_ref().is_some_and(|progress| progress.careful())
    }

    /// Whether what was set aside is tried again by this run. One that was taken over leaves that to the next tick.
    pub(crate) fn retries(&self) -> bool {
        self.progress.as_ref().is_none_or(|progress| progress.retries())
    }

    /// How the jobs of this process go, if it works.
    pub fn pulse(&self) -> &Pulse {
        &self.parts.pulse
    }

    /// Asks everything that goes on for long to end at its next resting place.
    pub fn stop(&self) {
        self.parts.stopping.store(true, Ordering::Relaxed);
    }

    pub(crate) fn stopping(&self) -> bool {
        self.parts.stopping.load(Ordering::Relaxed)
            || self.progress.as_ref().is_some_and(|progress| progress.lost())
    }

    /// The database.
    pub fn db(&self) -> &Database {
        &self.parts.db
    }

    /// The settings.
    pub fn settings(&self) -> &Settings {
        &self.parts.settings
    }

    pub(crate) fn gateway(&self) -> &dyn Gateway {
        self.parts.gateway.as_ref()
    }

    pub(crate) fn id<T: From<uuid::Uuid>>(&self, now: Now) -> T {
        self.parts.ids.next(now.real)
    }

    /// The real time: for tokens of callers, keys and heartbeats.
    pub fn real_now(&self) -> DateTime<Utc> {
        self.parts.clock.now()
    }

    /// The time, read once for an operation. In the sandbox business time is ahead by what was advanced.
    ///
    /// # Errors
    /// What the database said.
    pub async fn now(&self) -> Result<Now> {
        let real = self.real_now();
        if let Some(business) = self.frozen {
            return Ok(Now { real, business });
        }
        let ahead = if self.settings().sandbox { self.sandbox_offset().await? } else { TimeDelta::zero() };
        Ok(Now { real, business: real + ahead })
    }

    /// The name of this process, which no other has, now or later.
    pub fn process_name(&self) -> &str {
        let name = || self.parts.ids.next::<uuid::Uuid>(self.real_now()).simple().to_string();
        self.parts.process.get_or_init(name)
    }

    async fn sandbox_offset(&self) -> Result<TimeDelta> {
        let row = sandbox_clock::Entity::find_by_id(1).one(self.db().read()).await?;
        Ok(TimeDelta::microseconds(row.map_or(0, |row| row.offset_micros)))
    }
}
