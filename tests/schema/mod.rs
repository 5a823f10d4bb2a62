//! The schema: what is committed is what the code says, everything is described, and the contract's documents validate.

mod changes;
mod errors;
mod quality;
mod scalars;

use crate::harness::contract::{document, operations};
use apollo_compiler::{
    ExecutableDocument, Schema,
    schema::{Component, ExtendedType},
};
use std::sync::LazyLock;

/// The committed schema, as it is now: `make schema` needs no test built anew.
fn committed() -> &'static str {
    static SCHEMA: LazyLock<String> = LazyLock::new(|| {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/schema.graphql");
        std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{path}: {error}"))
    });
    &SCHEMA
}

#[test]
fn the_committed_schema_is_the_one_of_the_code() {
    assert!(api::sdl() == committed(), "schema.graphql is not what the code says: run `make schema`");
}

#[test]
fn every_document_of_the_contract_validates() {
    let schema = Schema::parse_and_validate(committed(), "schema.graphql").expect("a valid schema");
    for name in operations() {
        let validated = ExecutableDocument::parse_and_validate(&schema, document(&name), "contract.graphql");
        assert!(validated.is_ok(), "{name}: {:#?}", validated.err());
    }
}

#[test]
fn everything_is_described() {
    let schema = Schema::parse_and_validate(committed(), "schema.graphql").expect("a valid schema");
    let mut bare = Vec::new();
    // Like a sentence: for whoever reads it in GraphiQL.
    let mut look = |place: String, description: Option<&str>| {
        if description.is_none_or(|text| text.starts_with(char::is_lowercase)) {
            bare.push(place);
        }
    };
    for (name, of_type) in schema.types.iter().filter(|(name, _)| !name.starts_with("__")) {
        if of_type.is_built_in() {
            continue;
        }
        look(name.to_string(), of_type.description().map(|text| &**text));
        match of_type {
            ExtendedType::Object(object) => {
                for (field, definition) in &object.fields {
                    look(format!("{name}.{field}"), definition.description.as_deref());
                    for argument in &definition.arguments {
                        look(format!("{name}.{field}({})", argument.name), argument.description.as_deref());
                    }
                }
            }
            ExtendedType::Interface(interface) => {
                for (field, definition) in &interface.fields {
                    look(format!("{name}.{field}"), definition.description.as_deref());
                }
            }
            ExtendedType::InputObject(input) => {
                for (field, definition) in &input.fields {
                    look(format!("{name}.{field}"), definition.description.as_deref());
                }
            }
            ExtendedType::Enum(values) => {
                for (value, definition) in &values.values {
                    let definition: &Component<_> = definition;
                    look(format!("{name}.{value}"), definition.description.as_deref());
                }
            }
            ExtendedType::Scalar(_) | ExtendedType::Union(_) => {}
        }
    }
    assert_eq!(bare, Vec::<String>::new());
}
