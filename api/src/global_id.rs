//! Global ids as GraphQL has them.

use async_graphql::ID;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
pub(crate) use domain::global_id::Kind;
use domain::{Error, Input, Result, global_id};
use std::fmt;
use uuid::Uuid;

/// The global id of an object.
pub(crate) fn encode(kind: Kind, id: impl Into<Uuid>) -> ID {
    ID(global_id::encode(kind, id))
}

/// The global id of an event: its stream and its place there.
pub(crate) fn encode_event(stream: Uuid, seq: i64) -> ID {
    ID(global_id::encode_event(stream, seq))
}

/// The id of a part of an object, which is found with the object alone: clients keep it by that id.
pub(crate) fn encode_part(tag: &str, of: impl Into<Uuid>, place: impl fmt::Display) -> ID {
    ID(URL_SAFE_NO_PAD.encode(format!("{tag}:{}:{place}", of.into().simple())))
}

/// The stream and place of an event.
pub(crate) fn decode_event(id: &ID) -> Option<(Uuid, i64)> {
    global_id::decode_event(id)
}

/// What kind of object an id names, and which.
pub(crate) fn decode_any(id: &ID) -> Option<(Kind, Uuid)> {
    global_id::decode(id)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_one_of_its_kind_and_of_no_other() {
        let uuid = Uuid::from_u128(7);
        for kind in Kind::ALL.into_iter().filter(|kind| *kind != Kind::Event) {
            let id = encode(kind, uuid);
            assert_eq!(decode::<Uuid>(kind, &id), Some(uuid));
            let other = if kind == Kind::App { Kind::User } else { Kind::App };
            assert_eq!(decode::<Uuid>(other, &id), None);
        }
    }
}
