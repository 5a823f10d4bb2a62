//! The one source of ids and randomness.

use crate::{Database, Error, Result};
use chrono::{DateTime, Utc};
use entity::signing_key;
use rand::{RngCore, SeedableRng, rngs::StdRng};
use sea_orm::{EntityTrait, IntoActiveModel, sea_query::OnConflict};
use secrecy::SecretString;
use std::sync::{Mutex, PoisonError};
use uuid::Uuid;

/// Makes ids that sort by time (UUID version 7) from a generator that is seeded once.
#[derive(Debug)]
pub struct Ids {
    random: Mutex<StdRng>,
}

impl Ids {
    /// From the system's entropy.
    #[expect(clippy::disallowed_methods, reason = "the one place that may")]
    pub fn from_entropy() -> Self {
        Self { random: Mutex::new(StdRng::from_os_rng()) }
    }

    /// The same ids for the same seed and times.
    pub fn seeded(seed: u64) -> Self {
        Self { random: Mutex::new(StdRng::seed_from_u64(seed)) }
    }

    /// An id that was not given before.
    pub fn next<T: From<Uuid>>(&self, at: DateTime<Utc>) -> T {
        let mut bytes = [0; 10];
        self.fill(&mut bytes);
        let millis = u64::try_from(at.timestamp_millis()).unwrap_or(0);
        uuid::Builder::from_unix_timestamp_millis(millis, &bytes).into_uuid().into()
    }

    /// The key that signs portal links for all processes on this database, made now if there is none.
    ///
    /// # Errors
    /// What the database said.
    pub async fn signing_key(&self, db: &Database) -> Result<SecretString> {
        let mut fresh = [0; 32];
        self.fill(&mut fresh);
        let row = signing_key::Model { id: 1, secret: fresh.to_vec() };
        signing_key::Entity::insert(row.into_active_model())
            .on_conflict(OnConflict::new().do_nothing().to_owned())
            .exec_without_returning(db.writer()?)
            .await?;
        let kept = signing_key::Entity::find_by_id(1).one(db.writer()?).await?;
        let kept = kept.ok_or_else(|| Error::internal("the signing key is gone"))?;
        Ok(SecretString::from(hex::encode(kept.secret)))
    }

    /// Fills the bytes with randomness.
    pub fn fill(&self, bytes: &mut [u8]) {
        self.random.lock().unwrap_or_else(PoisonError::into_inner).fill_bytes(bytes);
    }
}
