//! Ids that cannot be mistaken for each other, and the hash of an event.

use sea_orm::{DbErr, DeriveValueType, TryFromU64};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// The SHA-256 of an event in its chain: 32 bytes, or none before the first event.
pub type Hash = Vec<u8>;

/// Declares one id type for each kind of object: SeaORM has no generic one.
macro_rules! ids {
    ($($name:ident of $what:literal,)*) => {$(
        #[doc = concat!("The id of ", $what, ".")]
        #[derive(
            Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, DeriveValueType,
        )]
        #[serde(transparent)]
        pub struct $name(
            /// The id as it is stored.
            pub Uuid,
        );

        impl From<Uuid> for $name {
            fn from(id: Uuid) -> Self {
                Self(id)
            }
        }

        // A key column has to say whether a database could count it up: ours are never made there.
        impl TryFromU64 for $name {
            fn try_from_u64(_: u64) -> Result<Self, DbErr> {
                Err(DbErr::ConvertFromU64(stringify!($name)))
            }
        }
    )*};
}

ids! {
    OrganizationId of "an organization",
    UserId of "a user",
    OperatorId of "an operator",
    PublisherId of "a publisher",
    PartnerId of "a partner",
    PartnershipId of "a partnership",
    ProposalId of "a proposal",
    AppId of "an app",
    PlanId of "a plan",
    PaymentMethodId of "a payment method",
    BillingProfileId of "a billing profile",
    SubscriptionId of "a subscription",
    LicenseAssignmentId of "a licence assignment",
    SupportRequestId of "a support request",
    InvoiceId of "an invoice",
    PaymentId of "a payment",
    CreditNoteId of "a credit note",
    RefundId of "a refund",
    ApiKeyId of "an API key",
    JobRunId of "a job run",
    WebhookEndpointId of "a webhook endpoint",
    WebhookDeliveryId of "a message to a webhook endpoint",
    WebhookSecretId of "a secret of a webhook endpoint",
}
