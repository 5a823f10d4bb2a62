//! The outline of the schema: what type each field has. The engine keeps its own to itself, so it is read from what it prints.

use crate::schema::sdl;
use async_graphql::parser::{
    parse_schema,
    types::{BaseType, Type, TypeKind, TypeSystemDefinition},
};
use std::{collections::HashMap, sync::LazyLock};

/// The fields of every object and interface, by the names of both.
static FIELDS: LazyLock<HashMap<String, HashMap<String, Type>>> = LazyLock::new(|| fields_of(&sdl()));

fn fields_of(sdl: &str) -> HashMap<String, HashMap<String, Type>> {
    let definitions = parse_schema(sdl).map(|document| document.definitions).unwrap_or_default();
    let types = definitions.into_iter().filter_map(|definition| match definition {
        TypeSystemDefinition::Type(of_type) => Some(of_type.node),
        TypeSystemDefinition::Schema(_) | TypeSystemDefinition::Directive(_) => None,
    });
    let fields = types.filter_map(|of_type| {
        let fields = match of_type.kind {
            TypeKind::Object(object) => object.fields,
            TypeKind::Interface(interface) => interface.fields,
            TypeKind::Scalar | TypeKind::Union(_) | TypeKind::Enum(_) | TypeKind::InputObject(_) => {
                return None;
            }
        };
        let fields = fields.into_iter().map(|field| (field.node.name.node.to_string(), field.node.ty.node));
        Some((of_type.name.node.to_string(), fields.collect()))
    });
    fields.collect()
}

/// The type of a field of an object or interface; none if it is not one of ours, such as those of the introspection.
pub(crate) fn field(of_type: &str, name: &str) -> Option<&'static Type> {
    FIELDS.get(of_type)?.get(name)
}

/// The name of the type that a type is, or has a list of.
pub(crate) fn named(of_type: &Type) -> &str {
    match &of_type.base {
        BaseType::Named(name) => name.as_str(),
        BaseType::List(of_type) => named(of_type),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_types_of_fields_are_those_of_the_schema() {
        let shown = |of_type, name| field(of_type, name).map(ToString::to_string);
        assert_eq!(shown("Query", "viewer").as_deref(), Some("Viewer!"));
        assert_eq!(shown("Query", "appSubscription").as_deref(), Some("AppSubscription"));
        assert_eq!(shown("AppConnection", "nodes").as_deref(), Some("[App!]!"));
        assert_eq!(shown("Node", "id").as_deref(), Some("ID!"));
        assert_eq!(shown("Query", "nothing"), None);
        assert_eq!(field("AppConnection", "nodes").map(named), Some("App"));
    }
}
