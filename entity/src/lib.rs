//! The tables as SeaORM entities, the typed ids and the enums of state. Knows no GraphQL and no rules.
//!
//! Instants are UTC; dates are calendar days in UTC; amounts are minor units of the currency beside them.

pub mod id;
pub mod state;

pub mod agreement_acceptance;
pub mod api_key;
pub mod app;
pub mod app_category;
pub mod app_setup;
pub mod billing_profile;
pub mod billing_profile_role;
pub mod cancellation_note;
pub mod credit_note;
pub mod credit_note_line;
pub mod customer_agreement;
pub mod demo_marker;
pub mod event;
pub mod idempotency_key;
pub mod invoice;
pub mod invoice_line;
pub mod job_run;
pub mod job_tick;
pub mod license_assignment;
pub mod marketplace;
pub mod operator;
pub mod organization;
pub mod partner;
pub mod partnership;
pub mod payment;
pub mod payment_method;
pub mod plan;
pub mod plan_country;
pub mod proposal;
pub mod proposal_line;
pub mod publisher;
pub mod refund;
pub mod sandbox_charge;
pub mod sandbox_clock;
pub mod sandbox_refund;
pub mod set_aside;
pub mod signing_key;
pub mod subscription;
pub mod subscription_end;
pub mod support_request;
pub mod supported_country;
pub mod user;
pub mod webhook_attempt;
pub mod webhook_delivery;
pub mod webhook_endpoint;
pub mod webhook_position;
pub mod webhook_secret;
pub mod worker_process;
