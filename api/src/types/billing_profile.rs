//! Billing profiles.

use super::{enums::BillingProfileRoleName, payment_method::PaymentMethod, user::User};
use crate::{
    caller::Caller,
    error::{UserError, answered, top_level},
    global_id::{Kind, encode, input},
};
use async_graphql::{Context, Description, ID, InputObject, Object, Result, SimpleObject};
use domain::{
    billing,
    view::{self, billing::ProfileView},
};

/// What decides which products are on an invoice, to whom it goes and how it is paid.
#[derive(Debug, Clone, Description)]
pub(crate) struct BillingProfile(pub(crate) ProfileView);

/// Whom invoices are addressed to.
#[derive(Debug, Clone, SimpleObject)]
pub(crate) struct BillingContact {
    /// Their name.
    name: String,
    /// Their e-mail address.
    email: String,
}

/// A billing address.
#[derive(Debug, Clone, SimpleObject)]
pub(crate) struct BillingAddress {
    /// First line.
    line1: String,
    /// Second line.
    line2: Option<String>,
    /// City.
    city: String,
    /// State, province or region.
    region: Option<String>,
    /// Postal code.
    postal_code: Option<String>,
    /// ISO 3166 alpha-2 code of the country.
    country: String,
}

/// That a user has a role on a billing profile.
#[derive(Debug, Clone, SimpleObject)]
pub(crate) struct BillingProfileRoleAssignment {
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
        let roles =
            view::billing::role_assignments(&caller.market, &[self.0.row.id]).await.map_err(top_level)?;
        Ok(roles
            .into_iter()
            .map(|(role, user)| BillingProfileRoleAssignment { user: User(user), role: role.role.into() })
            .collect())
    }
}

/// Whom invoices are addressed to.
#[derive(Debug, InputObject)]
pub(crate) struct BillingContactInput {
    /// Their name.
    name: String,
    /// Their e-mail address.
    email: String,
}

/// A billing address.
#[derive(Debug, InputObject)]
pub(crate) struct BillingAddressInput {
    /// First line.
    line1: String,
    /// Second line.
    line2: Option<String>,
    /// City.
    city: String,
    /// State, province or region.
    region: Option<String>,
    /// Postal code.
    postal_code: Option<String>,
    /// ISO 3166 alpha-2 code of the country.
    country: String,
}

/// A billing profile to create.
#[derive(Debug, InputObject)]
pub(crate) struct CreateBillingProfileInput {
    /// Its name.
    name: String,
    /// The currency of its invoices, as an ISO 4217 code. It never changes afterwards.
    currency: String,
    /// Your tax id, shown on invoices.
    tax_id: Option<String>,
    /// Your order number, shown on invoices.
    purchase_order_number: Option<String>,
    /// Whom invoices are addressed to.
    contact: BillingContactInput,
    /// The billing address.
    billing_address: BillingAddressInput,
    /// How its invoices are paid.
    payment_method_id: Option<ID>,
}

impl CreateBillingProfileInput {
    fn parsed(self) -> domain::Result<billing::CreateBillingProfile> {
        let payment_method = self.payment_method_id;
        let payment_method =
            payment_method.map(|id| input(Kind::PaymentMethod, &id, "paymentMethodId")).transpose()?;
        Ok(billing::CreateBillingProfile {
            name: self.name,
            currency: self.currency,
            tax_id: self.tax_id,
            purchase_order_number: self.purchase_order_number,
            contact: billing::Contact { name: self.contact.name, email: self.contact.email },
            address: billing::Address {
                line1: self.billing_address.line1,
                line2: self.billing_address.line2,
                city: self.billing_address.city,
                region: self.billing_address.region,
                postal_code: self.billing_address.postal_code,
                country: self.billing_address.country,
            },
            payment_method,
        })
    }
}

/// What came of creating a billing profile.
#[derive(SimpleObject)]
pub(crate) struct CreateBillingProfilePayload {
    /// The billing profile, unless it was refused.
    billing_profile: Option<BillingProfile>,
    /// Why it was refused; empty when it was done.
    user_errors: Vec<UserError>,
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

#[derive(Default)]
pub(crate) struct BillingProfileMutation;

#[Object]
impl BillingProfileMutation {
    /// Creates a billing profile. You become its owner.
    async fn create_billing_profile(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to create.")] input: CreateBillingProfileInput,
    ) -> Result<CreateBillingProfilePayload> {
        let caller = Caller::of(ctx);
        let outcome =
            async { billing::create_billing_profile(&caller.market, &caller.by, input.parsed()?).await }
                .await;
        Ok(match answered(outcome)? {
            Ok(id) => {
                let found =
                    view::billing::profile(&caller.market, caller.actor(), id).await.map_err(top_level)?;
                CreateBillingProfilePayload {
                    billing_profile: found.map(BillingProfile),
                    user_errors: Vec::new(),
                }
            }
            Err(user_errors) => CreateBillingProfilePayload { billing_profile: None, user_errors },
        })
    }
}
