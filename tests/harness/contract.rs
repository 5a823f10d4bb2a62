//! The documents that front ends send, by name, each with the fragments that it uses.

use apollo_compiler::ast::{Definition, Document, Selection};
use std::{collections::BTreeSet, sync::LazyLock};

/// The contract, word for word.
pub(crate) const CONTRACT: &str = include_str!("../../clients/typescript/operations.graphql");

static PARSED: LazyLock<Document> =
    LazyLock::new(|| Document::parse(CONTRACT, "operations.graphql").expect("the contract is GraphQL"));

/// The names of all operations.
pub(crate) fn operations() -> Vec<String> {
    let name = |definition: &Definition| match definition {
        Definition::OperationDefinition(operation) => operation.name.as_ref().map(ToString::to_string),
        _ => None,
    };
    PARSED.definitions.iter().filter_map(name).collect()
}

/// The operation with this name, with the fragments that it uses.
pub(crate) fn document(name: &str) -> String {
    let mut wanted = BTreeSet::new();
    let mut text = String::new();
    for definition in &PARSED.definitions {
        if let Definition::OperationDefinition(operation) = definition
            && operation.name.as_ref().is_some_and(|found| found == name)
        {
            text += &definition.to_string();
            collect(&operation.selection_set, &mut wanted);
        }
    }
    assert!(!text.is_empty(), "the contract has no operation {name}");
    let mut seen = BTreeSet::new();
    while let Some(fragment) = wanted.pop_first() {
        if !seen.insert(fragment.clone()) {
            continue;
        }
        for definition in &PARSED.definitions {
            if let Definition::FragmentDefinition(found) = definition
                && found.name == fragment.as_str()
            {
                text += &definition.to_string();
                collect(&found.selection_set, &mut wanted);
            }
        }
    }
    text
}

fn collect(selections: &[Selection], into: &mut BTreeSet<String>) {
    for selection in selections {
        match selection {
            Selection::Field(field) => collect(&field.selection_set, into),
            Selection::FragmentSpread(spread) => {
                into.insert(spread.fragment_name.to_string());
            }
            Selection::InlineFragment(inline) => collect(&inline.selection_set, into),
        }
    }
}
