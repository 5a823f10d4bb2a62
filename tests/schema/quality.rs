//! What front ends expect of a schema: Relay's shapes, ids, sentences, scalars with a specification, dates of what goes.

use super::committed;
use apollo_compiler::{
    Schema,
    ast::Type,
    schema::{ExtendedType, ObjectType},
};
use chrono::NaiveDate;
use std::collections::BTreeSet;

fn schema() -> Schema {
    Schema::parse_and_validate(committed(), "schema.graphql").expect("a valid schema").into_inner()
}

/// The object types that are data: not the roots.
fn objects(schema: &Schema) -> Vec<(String, ObjectType)> {
    let roots = ["Query", "Mutation", "Subscription"];
    let object = |(name, of_type): (&apollo_compiler::Name, &ExtendedType)| match of_type {
        ExtendedType::Object(object) if !name.starts_with("__") && !roots.contains(&name.as_str()) => {
            Some((name.to_string(), object.as_ref().clone()))
        }
        _ => None,
    };
    schema.types.iter().filter_map(object).collect()
}

fn is_node(schema: &Schema, name: &str) -> bool {
    schema
        .get_object(name)
        .is_some_and(|object| object.implements_interfaces.iter().any(|of| of.name.as_str() == "Node"))
}

#[test]
fn every_object_has_an_id_but_the_values_that_are_listed() {
    let listed: BTreeSet<String> = include_str!("no_ids.txt")
        .lines()
        .filter(|line| !line.starts_with('#'))
        .map(|line| {
            let (name, reason) = line.split_once(' ').expect("a type and why");
            assert!(reason.trim().len() > 5, "{name}: why?");
            name.to_owned()
        })
        .collect();
    let helpers = ["Connection", "Edge", "Payload", "Summary", "Error"];
    let without: BTreeSet<String> = objects(&schema())
        .into_iter()
        .filter(|(name, object)| {
            let helps = name == "PageInfo" || helpers.iter().any(|ending| name.ends_with(ending));
            !helps && object.fields.get("id").is_none_or(|id| id.ty.to_string() != "ID!")
        })
        .map(|(name, _)| name)
        .collect();
    assert_eq!(without, listed);
}

#[test]
fn every_list_in_pages_is_a_connection_of_nodes_that_goes_both_ways() {
    let schema = schema();
    let mut connections = 0;
    for (name, object) in objects(&schema) {
        if name.ends_with("Edge") {
            let node = object.fields["node"].ty.inner_named_type();
            assert!(is_node(&schema, node), "{name}.node: {node} is no Node");
            assert_eq!(object.fields["cursor"].ty.to_string(), "String!", "{name}");
        }
    }
    for (name, of_type) in &schema.types {
        let ExtendedType::Object(object) = of_type else { continue };
        for (field, definition) in &object.fields {
            if !definition.ty.inner_named_type().ends_with("Connection") {
                continue;
            }
            connections += 1;
            for (argument, kind) in
                [("first", "Int"), ("after", "String"), ("last", "Int"), ("before", "String")]
            {
                let found = definition.argument_by_name(argument);
                let found = found.unwrap_or_else(|| panic!("{name}.{field} without {argument}"));
                assert_eq!(found.ty.to_string(), kind, "{name}.{field}({argument})");
            }
        }
    }
    assert!(connections > 20, "{connections}");
}

#[test]
fn mutations_take_one_input_and_answer_with_a_payload() {
    let schema = schema();
    let mutations = schema.get_object("Mutation").expect("mutations");
    assert!(mutations.fields.len() > 40);
    for (name, field) in &mutations.fields {
        assert_eq!(field.arguments.len(), 1, "{name}");
        let input = &field.arguments[0];
        assert!(
            input.name.as_str() == "input"
                && matches!(&*input.ty, Type::NonNullNamed(of) if of.ends_with("Input")),
            "{name}"
        );
        let payload = field.ty.inner_named_type();
        assert!(payload.ends_with("Payload"), "{name}");
        let errors = &schema.get_object(payload).expect("a payload").fields["userErrors"];
        assert_eq!(errors.ty.to_string(), "[UserError!]!", "{name}");
    }
}

#[test]
fn every_scalar_of_ours_says_where_it_is_specified() {
    let schema = schema();
    let ours: Vec<_> =
        schema.types.iter().filter(|(_, of_type)| of_type.is_scalar() && !of_type.is_built_in()).collect();
    assert!(!ours.is_empty());
    for (name, of_type) in ours {
        let ExtendedType::Scalar(scalar) = of_type else { continue };
        let specified = scalar.directives.get("specifiedBy").unwrap_or_else(|| panic!("{name}: by what?"));
        let url =
            specified.specified_argument_by_name("url").and_then(|url| url.as_str()).unwrap_or_default();
        assert!(url.starts_with("https://"), "{name}: {url}");
    }
}

/// That a deprecation says what replaces it, and when it goes.
fn is_dated(reason: &str) -> bool {
    let parts = reason.strip_prefix("Use ").and_then(|rest| rest.split_once(". Removed on "));
    parts.is_some_and(|(instead, date)| !instead.is_empty() && date.parse::<NaiveDate>().is_ok())
}

#[test]
fn what_is_deprecated_says_what_replaces_it_and_when_it_goes() {
    assert!(is_dated("Use `plan.price`. Removed on 2027-06-30"));
    for wrong in ["No longer supported", "Use x", "Use x. Removed on some day", "Use . Removed on 2027-06-30"]
    {
        assert!(!is_dated(wrong), "{wrong}");
    }
    for (number, line) in committed().lines().enumerate() {
        let Some((_, said)) = line.split_once("@deprecated") else { continue };
        let reason = said.split('"').nth(1).unwrap_or_default();
        assert!(is_dated(reason), "line {}: {line}", number + 1);
    }
}
