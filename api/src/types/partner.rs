//! Partners.

use super::{
    billing_profile::BillingProfile, organization::Organization, partnership::Partnership,
    payment_method::PaymentMethod,
};
use crate::{
    caller::Caller,
    error::top_level,
    global_id::{Kind, encode},
    relay::{Connection, slice, wants_total},
};
use async_graphql::{Context, Description, ID, Object, Result};
use domain::view::{
    billing::{self, Holder},
    partnership::{self, Side},
};
use entity::partner::Model;

/// A company that buys apps for organizations, on its own account.
#[derive(Debug, Clone, Description)]
pub(crate) struct Partner(pub(crate) Model);

#[Object(use_type_description)]
impl Partner {
    /// The partner's id.
    pub(crate) async fn id(&self) -> ID {
        encode(Kind::Partner, self.0.id.0)
    }

    /// Its name.
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// The organizations that approved it, by name. Only the partner itself and the operator see them.
    async fn customers(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many from the start: 20 by default, at most 100.")] first: Option<i32>,
        #[graphql(desc = "Behind this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, at most 100.")] last: Option<i32>,
        #[graphql(desc = "Before this cursor.")] before: Option<String>,
    ) -> Result<Connection<Organization>> {
        let caller = Caller::of(ctx);
        let slice = slice(first, after, last, before).map_err(top_level)?;
        let (id, total) = (self.0.id, wants_total(ctx));
        let page = partnership::customers(&caller.market, caller.actor(), id, &slice, total).await;
        Ok(page.map_err(top_level)?.map(Organization).into())
    }

    /// Its partnerships, the newest first. Either side sees its own.
    async fn customer_partnerships(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many from the start: 20 by default, at most 100.")] first: Option<i32>,
        #[graphql(desc = "Behind this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, at most 100.")] last: Option<i32>,
        #[graphql(desc = "Before this cursor.")] before: Option<String>,
    ) -> Result<Connection<Partnership>> {
        let caller = Caller::of(ctx);
        let slice = slice(first, after, last, before).map_err(top_level)?;
        let (side, total) = (Side::Partner(self.0.id), wants_total(ctx));
        let page = partnership::partnerships(&caller.market, caller.actor(), side, &slice, total).await;
        Ok(page.map_err(top_level)?.map(Partnership).into())
    }

    /// Its billing profiles, by name. Only the partner itself and the operator see them.
    async fn billing_profiles(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many from the start: 20 by default, at most 100.")] first: Option<i32>,
        #[graphql(desc = "Behind this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, at most 100.")] last: Option<i32>,
        #[graphql(desc = "Before this cursor.")] before: Option<String>,
    ) -> Result<Connection<BillingProfile>> {
        let caller = Caller::of(ctx);
        let slice = slice(first, after, last, before).map_err(top_level)?;
        let holder = Holder::Partner(self.0.id);
        let page = billing::profiles(&caller.market, caller.actor(), holder, &slice, wants_total(ctx)).await;
        Ok(page.map_err(top_level)?.map(BillingProfile).into())
    }

    /// Its payment methods, the oldest first. Only the partner itself and the operator see them.
    async fn payment_methods(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many from the start: 20 by default, at most 100.")] first: Option<i32>,
        #[graphql(desc = "Behind this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, at most 100.")] last: Option<i32>,
        #[graphql(desc = "Before this cursor.")] before: Option<String>,
    ) -> Result<Connection<PaymentMethod>> {
        let caller = Caller::of(ctx);
        let slice = slice(first, after, last, before).map_err(top_level)?;
        let holder = Holder::Partner(self.0.id);
        let page =
            billing::payment_methods(&caller.market, caller.actor(), holder, &slice, wants_total(ctx)).await;
        PaymentMethod::page(caller, page).await
    }
}
