//! Creating and changing billing profiles, and giving roles on them.

use super::BillingProfile;
use crate::{
    caller::Caller,
    change::{filled, given},
    error::{UserError, answered, top_level},
    global_id::{Kind, decode, input},
    types::enums::BillingProfileRoleName,
};
use async_graphql::{Context, ID, InputObject, MaybeUndefined, Object, Result, SimpleObject};
use domain::{billing, view};
use entity::id::{BillingProfileId, UserId};

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

impl From<BillingContactInput> for billing::Contact {
    fn from(input: BillingContactInput) -> Self {
        Self { name: input.name, email: input.email }
    }
}

impl From<BillingAddressInput> for billing::Address {
    fn from(input: BillingAddressInput) -> Self {
        let BillingAddressInput { line1, line2, city, region, postal_code, country } = input;
        Self { line1, line2, city, region, postal_code, country }
    }
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
            contact: self.contact.into(),
            address: self.billing_address.into(),
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

/// What to change of a billing profile: what is left out stays, and `null` clears what may be empty. The currency never
/// changes.
#[derive(Debug, InputObject)]
pub(crate) struct UpdateBillingProfileInput {
    /// The billing profile.
    billing_profile_id: ID,
    /// Its name.
    name: MaybeUndefined<String>,
    /// Your tax id, shown on invoices.
    tax_id: MaybeUndefined<String>,
    /// Your order number, shown on invoices.
    purchase_order_number: MaybeUndefined<String>,
    /// Whom invoices are addressed to.
    contact: MaybeUndefined<BillingContactInput>,
    /// The billing address, whole.
    billing_address: MaybeUndefined<BillingAddressInput>,
    /// How its invoices are paid. A new card is tried at once on what is due by now; but not for what lapsed, which is paid
    /// with `payInvoice`.
    payment_method_id: MaybeUndefined<ID>,
}

impl UpdateBillingProfileInput {
    fn parsed(self) -> domain::Result<billing::UpdateBillingProfile> {
        let method = |id: ID| input(Kind::PaymentMethod, &id, "paymentMethodId");
        Ok(billing::UpdateBillingProfile {
            billing_profile: input(Kind::BillingProfile, &self.billing_profile_id, "billingProfileId")?,
            name: filled(self.name, "name")?,
            tax_id: given(self.tax_id),
            purchase_order_number: given(self.purchase_order_number),
            contact: filled(self.contact, "contact")?.map(Into::into),
            address: filled(self.billing_address, "billingAddress")?.map(Into::into),
            payment_method: given(self.payment_method_id).map(|id| id.map(method).transpose()).transpose()?,
        })
    }
}

/// What came of changing a billing profile.
#[derive(SimpleObject)]
pub(crate) struct UpdateBillingProfilePayload {
    /// The billing profile, unless it was refused.
    billing_profile: Option<BillingProfile>,
    /// Why it was refused; empty when it was done.
    user_errors: Vec<UserError>,
}

/// Who shall have which role on a billing profile.
#[derive(Debug, InputObject)]
pub(crate) struct GrantBillingProfileRoleInput {
    /// The billing profile.
    billing_profile_id: ID,
    /// A user of the organization.
    user_id: ID,
    /// The role. It replaces the one that they have.
    role: BillingProfileRoleName,
}

/// What came of granting a role.
#[derive(SimpleObject)]
pub(crate) struct GrantBillingProfileRolePayload {
    /// The billing profile, unless it was refused.
    billing_profile: Option<BillingProfile>,
    /// Why it was refused; empty when it was done.
    user_errors: Vec<UserError>,
}

/// Whose role on a billing profile to take back.
#[derive(Debug, InputObject)]
pub(crate) struct RevokeBillingProfileRoleInput {
    /// The billing profile.
    billing_profile_id: ID,
    /// The user.
    user_id: ID,
}

/// What came of taking a role back.
#[derive(SimpleObject)]
pub(crate) struct RevokeBillingProfileRolePayload {
    /// The billing profile, unless it was refused; null too when you do not see it any more.
    billing_profile: Option<BillingProfile>,
    /// Why it was refused; empty when it was done.
    user_errors: Vec<UserError>,
}

/// A user id that names nobody is like one of somebody who does not belong to the organization.
fn user(id: &ID) -> UserId {
    decode(Kind::User, id).unwrap_or(UserId(uuid::Uuid::nil()))
}

/// The profile after the change, or why there was none.
async fn shown(
    caller: &Caller,
    outcome: domain::Result<BillingProfileId>,
) -> Result<(Option<BillingProfile>, Vec<UserError>)> {
    Ok(match answered(outcome)? {
        Ok(id) => {
            let found =
                view::billing::profile(&caller.market, caller.actor(), id).await.map_err(top_level)?;
            (found.map(BillingProfile), Vec::new())
        }
        Err(user_errors) => (None, user_errors),
    })
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
        let created =
            async { billing::create_billing_profile(&caller.market, &caller.by, input.parsed()?).await };
        let (billing_profile, user_errors) = shown(caller, created.await).await?;
        Ok(CreateBillingProfilePayload { billing_profile, user_errors })
    }

    /// Changes a billing profile: for its owners and contributors. Invoices that were issued stay as they are.
    async fn update_billing_profile(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to change.")] input: UpdateBillingProfileInput,
    ) -> Result<UpdateBillingProfilePayload> {
        let caller = Caller::of(ctx);
        let updated =
            async { billing::update_billing_profile(&caller.market, &caller.by, input.parsed()?).await };
        let (billing_profile, user_errors) = shown(caller, updated.await).await?;
        Ok(UpdateBillingProfilePayload { billing_profile, user_errors })
    }

    /// Gives a user of the organization a role on a billing profile: for its owners. The last owner stays one.
    async fn grant_billing_profile_role(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Who shall have which role.")] input: GrantBillingProfileRoleInput,
    ) -> Result<GrantBillingProfileRolePayload> {
        let caller = Caller::of(ctx);
        let granted = async {
            let input = billing::GrantBillingProfileRole {
                billing_profile: self::input(
                    Kind::BillingProfile,
                    &input.billing_profile_id,
                    "billingProfileId",
                )?,
                user: user(&input.user_id),
                role: input.role.into(),
            };
            billing::grant_billing_profile_role(&caller.market, &caller.by, input).await
        };
        let (billing_profile, user_errors) = shown(caller, granted.await).await?;
        Ok(GrantBillingProfileRolePayload { billing_profile, user_errors })
    }

    /// Takes a user's role on a billing profile back: for its owners. The last owner stays.
    async fn revoke_billing_profile_role(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Whose role.")] input: RevokeBillingProfileRoleInput,
    ) -> Result<RevokeBillingProfileRolePayload> {
        let caller = Caller::of(ctx);
        let revoked = async {
            let input = billing::RevokeBillingProfileRole {
                billing_profile: self::input(
                    Kind::BillingProfile,
                    &input.billing_profile_id,
                    "billingProfileId",
                )?,
                user: user(&input.user_id),
            };
            billing::revoke_billing_profile_role(&caller.market, &caller.by, input).await
        };
        let (billing_profile, user_errors) = shown(caller, revoked.await).await?;
        Ok(RevokeBillingProfileRolePayload { billing_profile, user_errors })
    }
}
