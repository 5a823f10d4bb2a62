//! What changed between two schemas, weighed as graphql-js weighs it: by what clients that were written for the old one meet.

use super::members::{arguments, fields, inputs, of_input};
use apollo_compiler::{Name, Schema, ast::DirectiveDefinition, schema::ExtendedType};
use std::fmt;

/// What a change means for a client that was written for the old schema.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Weight {
    /// A document that was valid is not any more, or its answer has another shape.
    Breaking,
    /// It goes on, and may meet what it does not know.
    Dangerous,
    /// Nothing.
    Safe,
}

impl fmt::Display for Weight {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Breaking => "breaking",
            Self::Dangerous => "dangerous",
            Self::Safe => "safe",
        })
    }
}

/// A change.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Change {
    /// What it means.
    pub weight: Weight,
    /// Where, and what: `Query.apps is gone`.
    pub what: String,
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:<10}{}", self.weight, self.what)
    }
}

/// The changes that were found so far.
#[derive(Debug, Default)]
pub(super) struct Found(Vec<Change>);

impl Found {
    pub(super) fn note(&mut self, weight: Weight, what: String) {
        self.0.push(Change { weight, what });
    }

    /// Notes which names came and which went, and hands on those that stayed.
    pub(super) fn names<'a, T>(
        &mut self,
        (old, gone): (impl Iterator<Item = (&'a Name, T)>, Weight),
        (new, came): (Vec<(&'a Name, T)>, Weight),
        place: impl Fn(&Name) -> String,
    ) -> Vec<(&'a Name, T, T)>
    where
        T: Copy,
    {
        let mut stayed = Vec::new();
        let mut known = Vec::new();
        for (name, before) in old {
            known.push(name);
            match new.iter().find(|(found, _)| *found == name) {
                Some((_, after)) => stayed.push((name, before, *after)),
                None => self.note(gone, format!("{} is gone", place(name))),
            }
        }
        for (name, _) in new.iter().filter(|(name, _)| !known.contains(name)) {
            self.note(came, format!("{} is new", place(name)));
        }
        stayed
    }
}

/// What changed, what weighs most first.
pub fn changes(old: &Schema, new: &Schema) -> Vec<Change> {
    let mut found = Found::default();
    roots(&mut found, old, new);
    let ours = |schema| types(schema).collect::<Vec<_>>();
    let stayed = found
        .names((types(old), Weight::Breaking), (ours(new), Weight::Safe), |name| format!("The type {name}"));
    for (name, before, after) in stayed {
        of_type(&mut found, name, before, after);
    }
    directives(&mut found, old, new);
    let Found(mut changes) = found;
    changes.sort();
    changes
}

fn types(schema: &Schema) -> impl Iterator<Item = (&Name, &ExtendedType)> {
    schema.types.iter().filter(|(_, of_type)| !of_type.is_built_in())
}

fn roots(found: &mut Found, old: &Schema, new: &Schema) {
    let (old, new) = (&old.schema_definition, &new.schema_definition);
    for (kind, before, after) in [
        ("query", &old.query, &new.query),
        ("mutation", &old.mutation, &new.mutation),
        ("subscription", &old.subscription, &new.subscription),
    ] {
        match (before, after) {
            (Some(before), after) if after.as_ref().is_none_or(|after| after.name != before.name) => {
                found.note(
                    Weight::Breaking,
                    format!("The root of the kind {kind} is not {} any more", before.name),
                );
            }
            (None, Some(after)) => {
                found.note(Weight::Safe, format!("The root of the kind {kind} is {}", after.name))
            }
            (Some(_) | None, _) => {}
        }
    }
}

fn of_type(found: &mut Found, name: &Name, old: &ExtendedType, new: &ExtendedType) {
    let place = |member: &Name| format!("{name}.{member}");
    match (old, new) {
        (ExtendedType::Object(old), ExtendedType::Object(new)) => {
            fields(found, name, &old.fields, &new.fields);
            implemented(found, name, &old.implements_interfaces, &new.implements_interfaces);
        }
        (ExtendedType::Interface(old), ExtendedType::Interface(new)) => {
            fields(found, name, &old.fields, &new.fields);
            implemented(found, name, &old.implements_interfaces, &new.implements_interfaces);
        }
        (ExtendedType::Union(old), ExtendedType::Union(new)) => {
            let new = new.members.iter().map(|member| (&member.name, ())).collect();
            let old = old.members.iter().map(|member| (&member.name, ()));
            found.names((old, Weight::Breaking), (new, Weight::Dangerous), |member| {
                format!("The member {member} of {name}")
            });
        }
        (ExtendedType::Enum(old), ExtendedType::Enum(new)) => {
            let of_new = new.values.keys().map(|value| (value, ())).collect();
            let of_old = old.values.keys().map(|value| (value, ()));
            found.names((of_old, Weight::Breaking), (of_new, Weight::Dangerous), place);
        }
        (ExtendedType::InputObject(old), ExtendedType::InputObject(new)) => {
            inputs(found, name, &old.fields, &new.fields);
            let (before, after) = (old.directives.has("oneOf"), new.directives.has("oneOf"));
            if !before && after {
                found.note(Weight::Breaking, format!("{name} takes exactly one of its fields"));
            } else if before && !after {
                found.note(Weight::Safe, format!("{name} takes more than one of its fields"));
            }
        }
        (ExtendedType::Scalar(old), ExtendedType::Scalar(new)) => {
            let specified = |directives: &apollo_compiler::schema::DirectiveList| {
                directives.get("specifiedBy").map(|directive| directive.node.to_string())
            };
            if specified(&old.directives) != specified(&new.directives) {
                found.note(Weight::Dangerous, format!("{name} is specified elsewhere"));
            }
        }
        (
            ExtendedType::Object(_)
            | ExtendedType::Interface(_)
            | ExtendedType::Union(_)
            | ExtendedType::Enum(_)
            | ExtendedType::InputObject(_)
            | ExtendedType::Scalar(_),
            _,
        ) => found.note(Weight::Breaking, format!("{name} is of another kind")),
    }
}

fn implemented(
    found: &mut Found,
    name: &Name,
    old: &apollo_compiler::collections::IndexSet<apollo_compiler::schema::ComponentName>,
    new: &apollo_compiler::collections::IndexSet<apollo_compiler::schema::ComponentName>,
) {
    let new = new.iter().map(|interface| (&interface.name, ())).collect();
    let old = old.iter().map(|interface| (&interface.name, ()));
    found.names((old, Weight::Breaking), (new, Weight::Dangerous), |interface| {
        format!("The interface {interface} of {name}")
    });
}

fn directives(found: &mut Found, old: &Schema, new: &Schema) {
    fn ours(schema: &Schema) -> impl Iterator<Item = (&Name, &DirectiveDefinition)> {
        let all = schema.directive_definitions.iter();
        all.filter(|(_, directive)| !directive.is_built_in()).map(|(name, directive)| (name, &**directive))
    }
    let stayed = found.names((ours(old), Weight::Breaking), (ours(new).collect(), Weight::Safe), |name| {
        format!("The directive @{name}")
    });
    for (name, before, after) in stayed {
        arguments(found, &format!("@{name}"), &before.arguments, &after.arguments, of_input);
        if before.repeatable && !after.repeatable {
            found.note(Weight::Breaking, format!("@{name} may not be repeated any more"));
        }
        for location in before.locations.iter().filter(|location| !after.locations.contains(location)) {
            found.note(Weight::Breaking, format!("@{name} may not stand at {} any more", location.name()));
        }
    }
}
