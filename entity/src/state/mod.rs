//! The enums of state, as the tables spell them.

mod billing;
mod catalog;
mod event;
mod job;
mod people;
mod proposal;
mod subscription;
mod webhook;

pub use self::{
    billing::{
        InvoiceLineKind, InvoiceStatus, PaymentMethodKind, PaymentMethodStatus, PaymentStatus, RefundStatus,
        SandboxOutcome,
    },
    catalog::{AppStatus, BillingInterval, PricingModel},
    event::{EventType, StreamKind},
    job::JobRunStatus,
    people::{ActorKind, ApiKeyScope, BillingProfileRole, PartnershipStatus, Role},
    proposal::ProposalStatus,
    subscription::{DisabledReason, DueChange, PurchaseChannel, Standing, Status},
    webhook::{WebhookDeliveryStatus, WebhookDisabledReason},
};
