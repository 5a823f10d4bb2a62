//! One file for each GraphQL type, with its inputs, queries and mutations. Doc comments are what API users read.

pub(crate) mod api_key;
pub(crate) mod app;
pub(crate) mod app_subscription;
pub(crate) mod billing_profile;
pub(crate) mod billing_summary;
pub(crate) mod credit_note;
pub(crate) mod enums;
pub(crate) mod event;
pub(crate) mod invoice;
pub(crate) mod job_run;
pub(crate) mod license;
pub(crate) mod member;
pub(crate) mod money;
pub(crate) mod node;
pub(crate) mod operator;
pub(crate) mod organization;
pub(crate) mod partner;
pub(crate) mod payment;
pub(crate) mod payment_method;
pub(crate) mod preview;
pub(crate) mod publisher;
pub(crate) mod refund;
pub(crate) mod sandbox;
pub(crate) mod support;
pub(crate) mod user;
pub(crate) mod viewer;
