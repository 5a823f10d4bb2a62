//! Licences.

use super::{app::App, user::User};
use crate::{
    caller::Caller,
    error::top_level,
    global_id::{Kind, encode},
    relay::{Connection, slice, wants_total},
};
use async_graphql::{Context, Description, ID, Object, Result, SimpleObject};
use chrono::{DateTime, Utc};
use domain::view::license::{AssignmentView, OwnLicense, own_licenses};

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

/// A licence that is assigned to you.
#[derive(Debug, Clone, Description)]
pub(crate) struct MyLicense(pub(crate) OwnLicense);

#[Object(use_type_description)]
impl MyLicense {
    /// The licence's id.
    pub(crate) async fn id(&self) -> ID {
        encode(Kind::MyLicense, self.0.row.id.0)
    }

    /// The app that you may use.
    async fn app(&self) -> App {
        App::alone(self.0.app.clone())
    }

    /// Since when.
    async fn assigned_at(&self) -> DateTime<Utc> {
        self.0.row.assigned_at
    }
}

#[derive(Default)]
pub(crate) struct LicenseQuery;

#[Object]
impl LicenseQuery {
    /// The licences that are assigned to you, the earliest first. Every member of an organization sees their own, with or
    /// without a role.
    async fn my_licenses(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many from the start: 20 by default, at most 100.")] first: Option<i32>,
        #[graphql(desc = "Behind this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, at most 100.")] last: Option<i32>,
        #[graphql(desc = "Before this cursor.")] before: Option<String>,
    ) -> Result<Connection<MyLicense>> {
        let caller = Caller::of(ctx);
        let slice = slice(first, after, last, before).map_err(top_level)?;
        let page = own_licenses(&caller.market, caller.actor(), &slice, wants_total(ctx)).await;
        Ok(page.map_err(top_level)?.map(MyLicense).into())
    }
}

/// That a licence is assigned to a user.
#[derive(Debug, Clone, Description)]
pub(crate) struct LicenseAssignment(pub(crate) AssignmentView);

#[Object(use_type_description)]
impl LicenseAssignment {
    /// The assignment's id.
    pub(crate) async fn id(&self) -> ID {
        encode(Kind::LicenseAssignment, self.0.row.id.0)
    }

    /// To whom.
    async fn user(&self) -> User {
        User(self.0.user.clone())
    }

    /// Since when.
    async fn assigned_at(&self) -> DateTime<Utc> {
        self.0.row.assigned_at
    }
}
