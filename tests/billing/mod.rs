//! Billing: profiles and payment methods, invoices, payments, credits and refunds, and what is to come.

mod bugs_of_others;
mod bugs_of_others_in_payments;
mod bugs_of_others_with_dates;
mod corrections;
mod credit_notes;
mod credits;
mod late_notices;
mod payment_methods;
mod periods;
mod previews;
mod printable;
mod profile_roles;
mod profiles;
mod refunds;
mod scene;
mod summary;
mod tax;
mod upcoming;
mod wire;
mod year_of_contoso;
