//! Inputs that change a part: what is left out stays, and `null` clears what may be empty.

use async_graphql::MaybeUndefined;

/// None when it was left out; none inside when it is null.
pub(crate) fn given<T>(value: MaybeUndefined<T>) -> Option<Option<T>> {
    match value {
        MaybeUndefined::Undefined => None,
        MaybeUndefined::Null => Some(None),
        MaybeUndefined::Value(value) => Some(Some(value)),
    }
}

/// The same for what may not be empty.
pub(crate) fn filled<T>(value: MaybeUndefined<T>, field: &'static str) -> domain::Result<Option<T>> {
    match given(value) {
        Some(None) => Err(domain::Error::invalid(field, "it cannot be empty: leave it out, and it stays")),
        Some(Some(value)) => Ok(Some(value)),
        None => Ok(None),
    }
}
