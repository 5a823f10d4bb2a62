//! Global ids: opaque to clients, of a kind to us.

use async_graphql::ID;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use domain::{Error, Input, Result};
use uuid::Uuid;

/// The kinds of objects that have a global id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    ApiKey,
    App,
    AppSubscription,
    BillingProfile,
    CreditNote,
    Event,
    Invoice,
    JobRun,
    Organization,
    Partner,
    Partnership,
    Payment,
    PaymentMethod,
    Plan,
    Proposal,
    Publisher,
    Refund,
    SupportRequest,
    User,
}

impl Kind {
    const ALL: [Self; 19] = [
        Self::ApiKey,
        Self::App,
        Self::AppSubscription,
        Self::BillingProfile,
        Self::CreditNote,
        Self::Event,
        Self::Invoice,
        Self::JobRun,
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
        }
    }
}

/// The global id of an object.
pub(crate) fn encode(kind: Kind, id: impl Into<Uuid>) -> ID {
    ID(URL_SAFE_NO_PAD.encode(format!("{}:{}", kind.tag(), id.into().simple())))
}

/// The global id of an event: its stream and its place there.
pub(crate) fn encode_event(stream: Uuid, seq: i64) -> ID {
    ID(URL_SAFE_NO_PAD.encode(format!("{}:{}:{seq}", Kind::Event.tag(), stream.simple())))
}

/// The stream and place of an event.
pub(crate) fn decode_event(id: &ID) -> Option<(Uuid, i64)> {
    let text = text(id)?;
    let mut parts = text.split(':');
    let (tag, stream, seq) = (parts.next()?, parts.next()?, parts.next()?);
    (tag == Kind::Event.tag()).then_some(())?;
    Some((stream.parse().ok()?, seq.parse().ok()?))
}

/// What kind of object an id names, and which.
pub(crate) fn decode_any(id: &ID) -> Option<(Kind, Uuid)> {
    let text = text(id)?;
    let (tag, id) = text.split_once(':')?;
    let kind = Kind::ALL.into_iter().find(|kind| kind.tag() == tag)?;
    Some((kind, id.parse().ok()?))
}

/// The id of an object of this kind.
pub(crate) fn decode<T: From<Uuid>>(kind: Kind, id: &ID) -> Option<T> {
    decode_any(id).filter(|(found, _)| *found == kind).map(|(_, id)| id.into())
}

/// The id that a field of an input names. One that names nothing is like one of something that does not exist.
///
/// # Errors
/// `NotFound`.
pub(crate) fn input<T: From<Uuid>>(kind: Kind, id: &ID, field: &'static str) -> Result<T> {
    decode(kind, id).ok_or_else(|| Error::NotFound(Input::field(field)))
}

fn text(id: &ID) -> Option<String> {
    String::from_utf8(URL_SAFE_NO_PAD.decode(id.as_str()).ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_comes_back_as_what_it_was_and_as_nothing_else() {
        let uuid = Uuid::from_u128(7);
        for kind in Kind::ALL.into_iter().filter(|kind| *kind != Kind::Event) {
            let id = encode(kind, uuid);
            assert_eq!(decode_any(&id), Some((kind, uuid)));
            let other = if kind == Kind::App { Kind::User } else { Kind::App };
            assert_eq!(decode::<Uuid>(other, &id), None);
        }
        assert_eq!(decode_event(&encode_event(uuid, 3)), Some((uuid, 3)));
        for nonsense in ["", "x", "4242", "c3ViOg"] {
            assert_eq!(decode_any(&ID(nonsense.into())), None, "{nonsense}");
        }
    }
}
