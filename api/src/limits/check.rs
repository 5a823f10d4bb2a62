//! A request, held against its limits before anything of it is executed.

use super::{Count, Exceeded, Limits, count, lexical};
use async_graphql::{
    Positioned, Request, Value,
    parser::types::{Directive, ExecutableDocument, Selection, SelectionSet},
};

/// What a document that goes beyond no limit is like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Looked {
    /// It can be walked, and has this much.
    Bounded(Count),
    /// It cannot be parsed, or its fragments spread themselves: the engine finds fault with it by itself, and nobody else
    /// may walk it.
    Invalid,
}

/// Looks at the document and the variables of a request.
///
/// # Errors
/// With the first limit that is gone beyond.
pub(crate) fn check(request: &mut Request, limits: &Limits) -> Result<Looked, Exceeded> {
    Exceeded::beyond("documentBytes", "bytes", limits.document_bytes, request.query.len())?;
    lexical::check(&request.query, limits.tokens)?;
    Exceeded::beyond("variables", "variables", limits.variables, request.variables.len())?;
    let longest = request.variables.values().map(longest_list).max().unwrap_or(0);
    Exceeded::beyond("listEntries", "entries in a list", limits.list_entries, longest)?;
    let Ok(document) = request.parsed_query() else { return Ok(Looked::Invalid) };
    Exceeded::beyond("fragments", "fragments", limits.fragments, document.fragments.len())?;
    for (_, operation) in document.operations.iter() {
        let defined = operation.node.variable_definitions.len();
        Exceeded::beyond("variables", "variables", limits.variables, defined)?;
    }
    let Some(found) = count(document) else { return Ok(Looked::Invalid) };
    Exceeded::beyond("depth", "levels", limits.depth, found.depth)?;
    // Selections without a field between them nest too, and what walks them goes deeper with each.
    Exceeded::beyond("depth", "levels of selections", 2 * limits.depth, found.levels)?;
    Exceeded::beyond("fields", "fields", limits.fields, found.fields)?;
    Exceeded::beyond("rootFields", "fields at the root", limits.root_fields, found.root_fields)?;
    Exceeded::beyond("aliases", "aliases", limits.aliases, found.aliases)?;
    Exceeded::beyond("directives", "directives", limits.directives, found.directives)?;
    let nested = found.introspection.unwrap_or(0);
    let what = "lists of the introspection in each other";
    Exceeded::beyond("introspectionDepth", what, limits.introspection_depth, nested)?;
    Exceeded::beyond("listEntries", "entries in a list", limits.list_entries, longest_argument(document))?;
    Ok(Looked::Bounded(found))
}

/// How many entries the longest list in a value has.
fn longest_list(value: &Value) -> usize {
    match value {
        Value::List(values) => values.iter().map(longest_list).max().unwrap_or(0).max(values.len()),
        Value::Object(fields) => fields.values().map(longest_list).max().unwrap_or(0),
        Value::Null
        | Value::Number(_)
        | Value::String(_)
        | Value::Boolean(_)
        | Value::Binary(_)
        | Value::Enum(_) => 0,
    }
}

/// The same of everything that is written in a document itself.
fn longest_argument(document: &ExecutableDocument) -> usize {
    let operations = document.operations.iter().map(|(_, operation)| {
        let defaults =
            operation.node.variable_definitions.iter().filter_map(|defined| defined.node.default_value());
        let longest = defaults.map(longest_list).max().unwrap_or(0);
        longest
            .max(in_selections(&operation.node.selection_set.node))
            .max(in_directives(&operation.node.directives))
    });
    let fragments =
        document.fragments.values().map(|fragment| in_selections(&fragment.node.selection_set.node));
    operations.chain(fragments).max().unwrap_or(0)
}

/// The longest list in selections, of fragments only the directives where they are spread.
fn in_selections(selections: &SelectionSet) -> usize {
    let in_each = selections.items.iter().map(|selection| match &selection.node {
        Selection::Field(field) => {
            let arguments = field.node.arguments.iter().filter_map(|(_, value)| {
                value.node.clone().into_const_with(|_| Ok::<_, ()>(Value::Null)).ok()
            });
            let longest = arguments.map(|value| longest_list(&value)).max().unwrap_or(0);
            longest
                .max(in_selections(&field.node.selection_set.node))
                .max(in_directives(&field.node.directives))
        }
        Selection::InlineFragment(inline) => {
            in_selections(&inline.node.selection_set.node).max(in_directives(&inline.node.directives))
        }
        Selection::FragmentSpread(spread) => in_directives(&spread.node.directives),
    });
    in_each.max().unwrap_or(0)
}

fn in_directives(directives: &[Positioned<Directive>]) -> usize {
    let arguments = directives.iter().flat_map(|directive| &directive.node.arguments);
    let values = arguments
        .filter_map(|(_, value)| value.node.clone().into_const_with(|_| Ok::<_, ()>(Value::Null)).ok());
    values.map(|value| longest_list(&value)).max().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use async_graphql::Variables;
    use serde_json::json;

    /// Which limit a document goes beyond, when each is one less than it needs.
    #[track_caller]
    fn refused(limit: &str, document: &str, variables: serde_json::Value, with: impl Fn(&mut Limits, usize)) {
        let mut request = Request::new(document).variables(Variables::from_json(variables));
        let mut limits = Limits::default();
        with(&mut limits, 3);
        assert!(check(&mut request, &limits).is_ok(), "{limit}: {document}");
        with(&mut limits, 2);
        let refused = check(&mut request, &limits).expect_err(document);
        assert_eq!((refused.limit, refused.allowed, refused.asked), (limit, 2, 3), "{document}");
    }

    #[test]
    fn each_limit_is_named_with_what_is_allowed_and_what_was_asked_for() {
        let nothing = || json!({});
        refused("documentBytes", "{a}", nothing(), |limits, most| limits.document_bytes = most);
        refused("tokens", "{a}", nothing(), |limits, most| limits.tokens = most);
        refused("depth", "{ a { b { c } } }", nothing(), |limits, most| limits.depth = most);
        refused("fields", "{ a { b c } }", nothing(), |limits, most| limits.fields = most);
        refused(
            "rootFields",
            "{ a b ...F } fragment F on Query { c { d e f } }",
            nothing(),
            |limits, most| limits.root_fields = most,
        );
        refused("aliases", "{ a: __typename b: __typename c: __typename d }", nothing(), |limits, most| {
            limits.aliases = most
        });
        refused("directives", "{ a @x @x @x b }", nothing(), |limits, most| limits.directives = most);
        let unused = "{ a } fragment F on A { b } fragment G on A { b } fragment H on A { b }";
        refused("fragments", unused, nothing(), |limits, most| limits.fragments = most);
        refused("variables", "query($a: Int, $b: Int, $c: Int) { a }", nothing(), |limits, most| {
            limits.variables = most
        });
        refused("variables", "{ a }", json!({ "a": 1, "b": 2, "c": 3 }), |limits, most| {
            limits.variables = most
        });
        let entries = |limits: &mut Limits, most: usize| limits.list_entries = most;
        refused("listEntries", "{ a }", json!({ "v": { "in": [[1, 2, 3]] } }), entries);
        refused("listEntries", "{ a(b: { c: [1, 2, 3] }) }", nothing(), entries);
        refused("listEntries", "query($v: [Int] = [1, 2, 3]) { a }", nothing(), entries);
        refused("listEntries", "{ ...F } fragment F on T { a(b: [$v, $v, $v]) }", nothing(), entries);
        refused("listEntries", "{ ... @d(v: [1, 2, 3]) { a } }", nothing(), entries);
        let nested =
            "{ __schema { types { fields { type { fields { type { inputFields { name } } } } } } } }";
        refused("introspectionDepth", nested, nothing(), |limits, most| limits.introspection_depth = most);
    }

    #[test]
    fn what_nobody_may_walk_is_left_to_the_engine() {
        for document in ["{ a", "", "{ ...F }", "{ ...F } fragment F on T { ...F }"] {
            assert_eq!(
                check(&mut Request::new(document), &Limits::default()),
                Ok(Looked::Invalid),
                "{document}"
            );
        }
    }
}
