//! Global ids: opaque to clients, of a kind to us. The API shows them, and so do webhooks.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use uuid::Uuid;

/// The kinds of objects that have a global id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// An API key.
    ApiKey,
    /// An app.
    App,
    /// A subscription.
    AppSubscription,
    /// A billing profile.
    BillingProfile,
    /// A credit note.
    CreditNote,
    /// An event.
    Event,
    /// An invoice.
    Invoice,
    /// A run of a job.
    JobRun,
    /// That a licence is assigned to a user.
    LicenseAssignment,
    /// The same, for that user.
    MyLicense,
    /// An organization.
    Organization,
    /// A partner.
    Partner,
    /// A partnership.
    Partnership,
    /// A payment.
    Payment,
    /// A payment method.
    PaymentMethod,
    /// A plan.
    Plan,
    /// A proposal.
    Proposal,
    /// A publisher.
    Publisher,
    /// A refund.
    Refund,
    /// A request for support.
    SupportRequest,
    /// A user.
    User,
    /// A message to a webhook endpoint.
    WebhookDelivery,
    /// A webhook endpoint.
    WebhookEndpoint,
}

impl Kind {
    /// All kinds.
    pub const ALL: [Self; 23] = [
        Self::ApiKey,
        Self::App,
        Self::AppSubscription,
        Self::BillingProfile,
        Self::CreditNote,
        Self::Event,
        Self::Invoice,
        Self::JobRun,
        Self::LicenseAssignment,
        Self::MyLicense,
        Self::Organization,
        Self::Partner,
        Self::Partnership,
        Self::Payment,
        Self::PaymentMethod,
        Self::Plan,
        Self::Proposal,
        Self::Publisher,
        Self::Refund,
        Self::SupportRequest,
        Self::User,
        Self::WebhookDelivery,
        Self::WebhookEndpoint,
    ];

    /// The letters before the id: short, and never shown.
    fn tag(self) -> &'static str {
        match self {
            Self::ApiKey => "key",
            Self::App => "app",
            Self::AppSubscription => "sub",
            Self::BillingProfile => "bip",
            Self::CreditNote => "cre",
            Self::Event => "evt",
            Self::Invoice => "inv",
            Self::JobRun => "job",
            Self::LicenseAssignment => "lic",
            Self::MyLicense => "myl",
            Self::Organization => "org",
            Self::Partner => "ptn",
            Self::Partnership => "pts",
            Self::Payment => "pay",
            Self::PaymentMethod => "pam",
            Self::Plan => "pln",
            Self::Proposal => "pro",
            Self::Publisher => "pub",
            Self::Refund => "ref",
            Self::SupportRequest => "sup",
            Self::User => "usr",
            Self::WebhookDelivery => "whd",
            Self::WebhookEndpoint => "whe",
        }
    }
}

/// The global id of an object.
pub fn encode(kind: Kind, id: impl Into<Uuid>) -> String {
    URL_SAFE_NO_PAD.encode(format!("{}:{}", kind.tag(), id.into().simple()))
}

/// The global id of an event: its stream and its place there.
pub fn encode_event(stream: Uuid, seq: i64) -> String {
    URL_SAFE_NO_PAD.encode(format!("{}:{}:{seq}", Kind::Event.tag(), stream.simple()))
}

/// The stream and place of an event.
pub fn decode_event(id: &str) -> Option<(Uuid, i64)> {
    let text = text(id)?;
    let mut parts = text.split(':');
    let (tag, stream, seq) = (parts.next()?, parts.next()?, parts.next()?);
    (tag == Kind::Event.tag()).then_some(())?;
    Some((stream.parse().ok()?, seq.parse().ok()?))
}

/// What kind of object an id names, and which.
pub fn decode(id: &str) -> Option<(Kind, Uuid)> {
    let text = text(id)?;
    let (tag, id) = text.split_once(':')?;
    let kind = Kind::ALL.into_iter().find(|kind| kind.tag() == tag)?;
    Some((kind, id.parse().ok()?))
}

fn text(id: &str) -> Option<String> {
    String::from_utf8(URL_SAFE_NO_PAD.decode(id).ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_comes_back_as_what_it_was() {
        let uuid = Uuid::from_u128(7);
        for kind in Kind::ALL.into_iter().filter(|kind| *kind != Kind::Event) {
            assert_eq!(decode(&encode(kind, uuid)), Some((kind, uuid)));
        }
        assert_eq!(decode_event(&encode_event(uuid, 3)), Some((uuid, 3)));
        for nonsense in ["", "x", "4242", "c3ViOg"] {
            assert_eq!(decode(nonsense), None, "{nonsense}");
        }
    }
}
