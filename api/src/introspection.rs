//! Who may ask what the schema is like, and is helped with names that they do not know.

use domain::Actor;
use std::{fmt, str::FromStr};

/// Who may ask what the schema is like.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Introspection {
    /// Everybody who is let in.
    #[default]
    Everybody,
    /// Operators alone.
    Operators,
    /// Nobody.
    Nobody,
}

/// What the setting has to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NoIntrospection;

impl fmt::Display for NoIntrospection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("write everybody, operators or nobody")
    }
}

impl std::error::Error for NoIntrospection {}

impl FromStr for Introspection {
    type Err = NoIntrospection;

    fn from_str(text: &str) -> Result<Self, NoIntrospection> {
        match text {
            "everybody" => Ok(Self::Everybody),
            "operators" => Ok(Self::Operators),
            "nobody" => Ok(Self::Nobody),
            _ => Err(NoIntrospection),
        }
    }
}

impl Introspection {
    /// Whether this one may ask.
    pub(crate) fn open_to(self, actor: &Actor) -> bool {
        match self {
            Self::Everybody => true,
            Self::Operators => matches!(actor, Actor::Operator(_)),
            Self::Nobody => false,
        }
    }
}

/// Takes the names that the engine suggests out of its words for a name that it does not know.
pub(crate) fn without_suggestions(message: &mut String) {
    if let Some(at) = message.find(" Did you mean ") {
        message.truncate(at);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_engine_suggests_is_left_out() {
        let mut message = "Unknown field \"kin\" on type \"Viewer\". Did you mean \"kind\"?".to_owned();
        without_suggestions(&mut message);
        assert_eq!(message, "Unknown field \"kin\" on type \"Viewer\".");
    }
}
