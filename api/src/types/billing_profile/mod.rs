//! Billing profiles.

mod mutation;

pub(crate) use self::mutation::BillingProfileMutation;

use super::{enums::BillingProfileRoleName, payment_method::PaymentMethod, user::User};
use crate::{
    caller::Caller,
    error::top_level,
    global_id::{Kind, encode, encode_part},
};
use async_graphql::{Context, Description, ID, Object, Result, SimpleObject};
use domain::view::{self, billing::ProfileView};

/// What decides which products are on an invoice, to whom it goes and how it is paid.
#[derive(Debug, Clone, Description)]
pub(crate) struct BillingProfile(pub(crate) ProfileView);

/// Whom invoices are addressed to.
#[derive(Debug, Clone, SimpleObject)]
pub(crate) struct BillingContact {
    /// Their name.
    pub(crate) name: String,
    /// Their e-mail address.
    pub(crate) email: String,
}

/// A billing address.
#[derive(Debug, Clone, SimpleObject)]
pub(crate) struct BillingAddress {
    /// First line.
    pub(crate) line1: String,
    /// Second line.
    pub(crate) line2: Option<String>,
    /// City.
    pub(crate) city: String,
    /// State, province or region.
    pub(crate) region: Option<String>,
    /// Postal code.
    pub(crate) postal_code: Option<String>,
    /// ISO 3166 alpha-2 code of the country.
    pub(crate) country: String,
}

/// That a user has a role on a billing profile.
#[derive(Debug, Clone, SimpleObject)]
pub(crate) struct BillingProfileRoleAssignment {
    /// The id of the assignment. It is found with its billing profile alone.
    id: ID,
    /// Who.
    user: User,
    /// Which role.
    role: BillingProfileRoleName,
}

#[Object(use_type_description)]
impl BillingProfile {
    /// The billing profile's id.
    pub(crate) async fn id(&self) -> ID {
        encode(Kind::BillingProfile, self.0.row.id.0)
    }

    /// Its name.
    async fn name(&self) -> &str {
        &self.0.row.name
    }

    /// The currency of its invoices, as an ISO 4217 code. It never changes.
    async fn currency(&self) -> &str {
        &self.0.row.currency
    }

    /// Your tax id, shown on invoices.
    async fn tax_id(&self) -> Option<&str> {
        self.0.row.tax_id.as_deref()
    }

    /// Your order number, shown on invoices.
    async fn purchase_order_number(&self) -> Option<&str> {
        self.0.row.purchase_order_number.as_deref()
    }

    /// Whom invoices are addressed to.
    async fn contact(&self) -> BillingContact {
        BillingContact { name: self.0.row.contact_name.clone(), email: self.0.row.contact_email.clone() }
    }

    /// The billing address.
    async fn billing_address(&self) -> BillingAddress {
        let row = &self.0.row;
        BillingAddress {
            line1: row.line1.clone(),
            line2: row.line2.clone(),
            city: row.city.clone(),
            region: row.region.clone(),
            postal_code: row.postal_code.clone(),
            country: row.country.clone(),
        }
    }

    /// How its invoices are paid.
    async fn payment_method(&self, ctx: &Context<'_>) -> Result<Option<PaymentMethod>> {
        let caller = Caller::of(ctx);
        let row = match (&self.0.method, self.0.row.payment_method_id) {
            (Some(row), _) => Some(row.clone()),
            // Reached from a subscription or an invoice, which join the profile alone.
            (None, Some(id)) => {
                view::billing::payment_method(&caller.market, caller.actor(), id).await.map_err(top_level)?
            }
            (None, None) => None,
        };
        match row {
            Some(row) => Ok(Some(PaymentMethod::new(caller, row).await?)),
            None => Ok(None),
        }
    }

    /// The roles that were granted on it. The owners of the organization own all its profiles beside that.
    async fn role_assignments(&self, ctx: &Context<'_>) -> Result<Vec<BillingProfileRoleAssignment>> {
        let caller = Caller::of(ctx);
        let roles = view::billing::role_assignments(&caller.market, caller.actor(), &[self.0.row.id])
            .await
            .map_err(top_level)?;
        Ok(roles
            .into_iter()
            .map(|(role, user)| BillingProfileRoleAssignment {
                id: encode_part("bpr", self.0.row.id.0, user.id.0.simple()),
                user: User(user),
                role: role.role.into(),
            })
            .collect())
    }
}

#[derive(Default)]
pub(crate) struct BillingProfileQuery;

#[Object]
impl BillingProfileQuery {
    /// A billing profile, if you may see it.
    async fn billing_profile(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The billing profile's id.")] id: ID,
    ) -> Result<Option<BillingProfile>> {
        let caller = Caller::of(ctx);
        let Some(id) = crate::global_id::decode(Kind::BillingProfile, &id) else { return Ok(None) };
        let found = view::billing::profile(&caller.market, caller.actor(), id).await.map_err(top_level)?;
        Ok(found.map(BillingProfile))
    }
}
