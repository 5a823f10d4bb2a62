//! The life of subscriptions.

mod activate;
mod allowed_actions;
mod buy_again;
mod cancel;
mod change_billing_profile;
mod change_license_quantity;
mod ending_soon;
mod expire;
mod idempotency;
mod lapse;
mod licenses;
mod portal;
mod purchase;
mod renew;
mod set_auto_renew;
mod support;
mod terminal;
