//! What changed in the members of a type: fields, arguments, and fields of inputs.

use super::compare::{Found, Weight};
use apollo_compiler::{
    Name, Node,
    ast::{FieldDefinition, InputValueDefinition, Type},
    collections::IndexMap,
    schema::Component,
};

/// The fields of an object or interface.
pub(super) fn fields(
    found: &mut Found,
    of_type: &Name,
    old: &IndexMap<Name, Component<FieldDefinition>>,
    new: &IndexMap<Name, Component<FieldDefinition>>,
) {
    let of_old = old.iter().map(|(name, field)| (name, &*field.node));
    let of_new = new.iter().map(|(name, field)| (name, &*field.node)).collect();
    let stayed =
        found.names((of_old, Weight::Breaking), (of_new, Weight::Safe), |name| format!("{of_type}.{name}"));
    for (name, before, after) in stayed {
        let place = format!("{of_type}.{name}");
        if before.ty != after.ty {
            let weight = if fits(&before.ty, &after.ty) { Weight::Safe } else { Weight::Breaking };
            found.note(weight, format!("{place} is {}, not {}", after.ty, before.ty));
        }
        arguments(found, &place, &before.arguments, &after.arguments, of_input);
        if !before.directives.has("deprecated") && after.directives.has("deprecated") {
            found.note(Weight::Safe, format!("{place} is deprecated"));
        }
    }
}

/// The fields of an input.
pub(super) fn inputs(
    found: &mut Found,
    of_type: &Name,
    old: &IndexMap<Name, Component<InputValueDefinition>>,
    new: &IndexMap<Name, Component<InputValueDefinition>>,
) {
    let nodes = |fields: &IndexMap<Name, Component<InputValueDefinition>>| {
        fields.values().map(|field| field.node.clone()).collect::<Vec<_>>()
    };
    arguments(found, of_type.as_str(), &nodes(old), &nodes(new), |of_type, name| format!("{of_type}.{name}"));
}

/// How an argument is named.
pub(super) fn of_input(place: &str, name: &Name) -> String {
    format!("{place}({name})")
}

/// The arguments of a field or a directive, or what an input has.
pub(super) fn arguments(
    found: &mut Found,
    of: &str,
    old: &[Node<InputValueDefinition>],
    new: &[Node<InputValueDefinition>],
    place: fn(&str, &Name) -> String,
) {
    for before in old {
        let place = place(of, &before.name);
        match new.iter().find(|after| after.name == before.name) {
            None => found.note(Weight::Breaking, format!("{place} is gone")),
            Some(after) => {
                if before.ty != after.ty {
                    let weight = if fits(&after.ty, &before.ty) { Weight::Safe } else { Weight::Breaking };
                    found.note(weight, format!("{place} is {}, not {}", after.ty, before.ty));
                }
                if before.default_value != after.default_value {
                    found.note(Weight::Dangerous, format!("{place} has another default"));
                }
            }
        }
    }
    for after in new.iter().filter(|after| old.iter().all(|before| before.name != after.name)) {
        let required = after.ty.is_non_null() && after.default_value.is_none();
        let (weight, what) =
            if required { (Weight::Breaking, "is new and required") } else { (Weight::Dangerous, "is new") };
        found.note(weight, format!("{} {what}", place(of, &after.name)));
    }
}

/// Whether every value of the one type is one of the other: whoever reads the other can read it.
fn fits(wider: &Type, narrower: &Type) -> bool {
    match (wider, narrower) {
        (Type::Named(wider), Type::Named(narrower) | Type::NonNullNamed(narrower))
        | (Type::NonNullNamed(wider), Type::NonNullNamed(narrower)) => wider == narrower,
        (Type::List(wider), Type::List(narrower) | Type::NonNullList(narrower))
        | (Type::NonNullList(wider), Type::NonNullList(narrower)) => fits(wider, narrower),
        (Type::Named(_) | Type::NonNullNamed(_) | Type::List(_) | Type::NonNullList(_), _) => false,
    }
}
