//! Licences.

use super::user::User;
use async_graphql::SimpleObject;
use chrono::{DateTime, Utc};

/// How many licences a subscription has. For a flat rate there is nothing to count: `purchased` and `available` are null,
/// which means unlimited.
#[derive(Debug, Clone, SimpleObject)]
pub(crate) struct Licenses {
    /// How many are purchased; null for a flat rate.
    pub(crate) purchased: Option<i64>,
    /// How many are assigned to users.
    pub(crate) assigned: i64,
    /// How many can still be assigned, a scheduled decrease heeded; null for a flat rate.
    pub(crate) available: Option<i64>,
    /// The lower number that takes effect at the next renewal, if one is scheduled.
    pub(crate) scheduled: Option<i64>,
}

/// That a licence is assigned to a user.
#[derive(Debug, Clone, SimpleObject)]
pub(crate) struct LicenseAssignment {
    /// To whom.
    pub(crate) user: User,
    /// Since when.
    pub(crate) assigned_at: DateTime<Utc>,
}
