//! Billing: profiles, payment methods, invoices, payments and what they make of a subscription's standing.

mod add_payment_method;
mod approve_payment_method;
pub(crate) mod charge;
pub mod collect;
mod create_billing_profile;
pub(crate) mod credit;
mod credit_invoice;
mod details;
pub(crate) mod issue;
pub(crate) mod ledger;
mod notice;
mod pay_invoice;
pub mod payer;
mod preview;
mod profile_roles;
mod record_payment;
pub mod refund;
mod remove_payment_method;
mod resolve_payment;
pub mod schedule;
pub mod settle;
pub mod standing;
mod upcoming;
mod update_billing_profile;

pub use self::{
    add_payment_method::{AddPaymentMethod, add_payment_method},
    approve_payment_method::{ApprovePaymentMethod, approve_payment_method},
    create_billing_profile::{CreateBillingProfile, create_billing_profile},
    credit_invoice::{CreditInvoice, credit_invoice},
    details::{Address, Contact},
    notice::{NoticeError, receive_notice},
    pay_invoice::{PayInvoice, pay_invoice},
    preview::{CancellationPreview, LicenseChangePreview, preview_cancellation, preview_license_change},
    profile_roles::{
        GrantBillingProfileRole, RevokeBillingProfileRole, grant_billing_profile_role,
        revoke_billing_profile_role,
    },
    record_payment::{RecordPayment, record_payment},
    refund::{RecordRefund, record_refund},
    remove_payment_method::remove_payment_method,
    resolve_payment::{ResolvePayment, resolve_payment},
    upcoming::{Upcoming, upcoming_invoices},
    update_billing_profile::{UpdateBillingProfile, update_billing_profile},
};

use crate::{Error, Result, view::billing::held_by, work::Work};
use entity::{billing_profile, id::BillingProfileId, state::BillingProfileRole};
use sea_orm::PaginatorTrait;

/// The billing profile with this id, if the actor sees it, locked, and the actor's role on it.
async fn profile_of(
    work: &Work<'_>,
    id: BillingProfileId,
) -> Result<(billing_profile::Model, Option<BillingProfileRole>)> {
    let seen = work.reader().find_by_id::<billing_profile::Entity>(id);
    if seen.count(&work.tx).await? == 0 {
        return Err(Error::not_found("billingProfileId"));
    }
    let profile = work.profile(id).await?;
    let role = held_by(&work.tx, &work.by.actor, &profile).await?;
    Ok((profile, role))
}
