//! Billing: profiles, payment methods, invoices, payments and what they make of a subscription's standing.

mod add_payment_method;
pub(crate) mod charge;
pub mod collect;
mod create_billing_profile;
pub(crate) mod issue;
pub(crate) mod ledger;
mod pay_invoice;
pub mod payer;
pub mod schedule;
pub mod settle;
pub mod standing;

pub use self::{
    add_payment_method::{AddPaymentMethod, add_payment_method},
    create_billing_profile::{Address, Contact, CreateBillingProfile, create_billing_profile},
    pay_invoice::{PayInvoice, pay_invoice},
};
