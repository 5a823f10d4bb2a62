//! What a request asks for: which of the operations in its document, of which kind.

use crate::limits::Looked;
use async_graphql::{
    Name, Request, Value,
    parser::types::{
        DocumentOperations, ExecutableDocument, OperationType, Selection, SelectionSet, VariableDefinition,
    },
};

/// The operation that is asked for.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Asks {
    /// None if there is no such operation.
    pub(super) kind: Option<OperationType>,
    /// Its name, if it is the only one.
    pub(super) name: Option<String>,
    /// Whether it advances the sandbox clock.
    pub(super) advances: bool,
    /// A variable that has to have a value and has none: the engine would notice where it is used, and execute the rest.
    pub(super) lacks: Option<String>,
}

/// What a request asks for, as far as its document can be walked.
pub(super) fn operation(request: &mut Request, looked: Looked) -> Asks {
    if looked == Looked::Invalid {
        return Asks::default();
    }
    let name = request.operation_name.clone();
    let Ok(document) = request.parsed_query() else { return Asks::default() };
    let (found, name) = match (&document.operations, name) {
        (DocumentOperations::Single(operation), _) => (Some(operation), None),
        (DocumentOperations::Multiple(named), Some(name)) => (named.get(name.as_str()), Some(name)),
        (DocumentOperations::Multiple(named), None) if named.len() == 1 => {
            (named.values().next(), named.keys().next().map(ToString::to_string))
        }
        (DocumentOperations::Multiple(_), None) => (None, None),
    };
    let Some(operation) = found else { return Asks::default() };
    let advances = operation.node.ty == OperationType::Mutation
        && selects(document, &operation.node.selection_set.node, "advanceClock");
    let variables = operation.node.variable_definitions.iter().map(|variable| &variable.node);
    let needed: Vec<_> =
        variables.filter(|variable| needed(variable)).map(|variable| variable.name.node.clone()).collect();
    let kind = Some(operation.node.ty);
    let given = |name: &Name| request.variables.get(name).is_some_and(|value| *value != Value::Null);
    let lacks = needed.iter().find(|name| !given(name)).map(ToString::to_string);
    Asks { kind, name, advances, lacks }
}

/// Whether a variable has to have a value.
fn needed(variable: &VariableDefinition) -> bool {
    !variable.var_type.node.nullable && variable.default_value.is_none()
}

/// Whether a selection has a field at its root.
fn selects(document: &ExecutableDocument, selections: &SelectionSet, name: &str) -> bool {
    selections.items.iter().any(|selection| match &selection.node {
        Selection::Field(field) => field.node.name.node == name,
        Selection::InlineFragment(inline) => selects(document, &inline.node.selection_set.node, name),
        Selection::FragmentSpread(spread) => {
            let fragment = document.fragments.get(&spread.node.fragment_name.node);
            fragment.is_some_and(|fragment| selects(document, &fragment.node.selection_set.node, name))
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::limits::Count;

    fn asks(document: &str, name: Option<&str>) -> Asks {
        let mut request = Request::new(document);
        request.operation_name = name.map(str::to_owned);
        operation(&mut request, Looked::Bounded(Count::default()))
    }

    #[test]
    fn the_operation_that_is_asked_for_counts() {
        let kind = |document, name| asks(document, name).kind;
        let both = "query One { a } mutation Two { a }";
        assert_eq!(kind("{ a }", None), Some(OperationType::Query));
        assert_eq!(kind(both, Some("Two")), Some(OperationType::Mutation));
        assert_eq!(kind(both, Some("One")), Some(OperationType::Query));
        assert_eq!((kind(both, None), kind(both, Some("Three"))), (None, None));
        assert_eq!(asks("subscription S { a }", None).name.as_deref(), Some("S"));
    }

    #[test]
    fn what_has_to_have_a_value_and_has_none_is_named() {
        let lacks = |document| asks(document, None).lacks;
        assert_eq!(lacks("query($n: Int!) { a(n: $n) }").as_deref(), Some("n"));
        assert_eq!(lacks("query($n: Int! = 1, $m: Int) { a(n: $n, m: $m) }"), None);
    }

    #[test]
    fn the_clock_is_advanced_by_whatever_name() {
        assert!(asks("mutation { x: advanceClock { now } }", None).advances);
        assert!(
            asks("mutation { ...F } fragment F on Mutation { ... { advanceClock { now } } }", None).advances
        );
        assert!(!asks("mutation { advanceClock: cancel { now } }", None).advances);
        assert!(!asks("query { advanceClock }", None).advances);
    }
}
