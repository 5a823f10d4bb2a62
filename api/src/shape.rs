//! The shape of an answer, as the specification has it: fields in the order in which the document selects them, errors in the
//! order of their places, and null where something failed. The engine answers in the order in which its resolvers end, and
//! leaves out what failed.

use crate::outline;
use async_graphql::{
    Name, PathSegment, Request, ServerError, Value,
    indexmap::IndexMap,
    parser::types::{BaseType, ExecutableDocument, OperationType, Selection, SelectionSet, Type},
};

/// The fields of an answer by their names in it, in order, with those below them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Shape {
    /// Its type; none if the schema's outline does not know it.
    of_type: Option<&'static Type>,
    below: IndexMap<Name, Shape>,
}

impl Shape {
    /// The shape of the answer to a request whose document can be walked.
    pub(crate) fn of(request: &mut Request) -> Self {
        let name = request.operation_name.clone();
        let mut shape = Self::default();
        let Ok(document) = request.parsed_query() else { return shape };
        let asked = |found: Option<&Name>| name.is_none() || found.map(Name::as_str) == name.as_deref();
        for (found, operation) in document.operations.iter() {
            if asked(found) {
                let root = match operation.node.ty {
                    OperationType::Query => "Query",
                    OperationType::Mutation => "Mutation",
                    OperationType::Subscription => "Subscription",
                };
                shape.select(document, root, &operation.node.selection_set.node);
            }
        }
        shape
    }

    fn select(&mut self, document: &ExecutableDocument, parent: &str, selections: &SelectionSet) {
        for selection in &selections.items {
            match &selection.node {
                Selection::Field(field) => {
                    let field = &field.node;
                    let below = self.below.entry(field.response_key().node.clone()).or_default();
                    below.of_type =
                        below.of_type.or_else(|| outline::field(parent, field.name.node.as_str()));
                    let parent = below.of_type.map_or("", outline::named);
                    below.select(document, parent, &field.selection_set.node);
                }
                Selection::InlineFragment(inline) => {
                    let condition = inline.node.type_condition.as_ref();
                    let parent = condition.map_or(parent, |condition| condition.node.on.node.as_str());
                    self.select(document, parent, &inline.node.selection_set.node);
                }
                Selection::FragmentSpread(spread) => {
                    if let Some(fragment) = document.fragments.get(&spread.node.fragment_name.node) {
                        let parent = fragment.node.type_condition.node.on.node.as_str();
                        self.select(document, parent, &fragment.node.selection_set.node);
                    }
                }
            }
        }
    }

    /// The value with its fields in this order.
    pub(crate) fn order(&self, value: Value) -> Value {
        match value {
            Value::Object(mut fields) => {
                let mut ordered = IndexMap::with_capacity(fields.len());
                for (name, below) in &self.below {
                    if let Some((name, value)) = fields.swap_remove_entry(name) {
                        ordered.insert(name, below.order(value));
                    }
                }
                // What is not selected here is the value of a scalar, whose order is its own.
                ordered.extend(fields);
                Value::Object(ordered)
            }
            Value::List(values) => Value::List(values.into_iter().map(|value| self.order(value)).collect()),
            other => other,
        }
    }

    /// Makes what failed null, and what may not be null without it as well.
    pub(crate) fn fail(&self, data: &mut Value, errors: &[ServerError]) {
        for error in errors.iter().filter(|error| !error.path.is_empty()) {
            self.null(self.of_type, data, &error.path);
        }
    }

    /// Makes the value at a path null, and says whether what is around it has to be null too.
    fn null(&self, of_type: Option<&Type>, value: &mut Value, path: &[PathSegment]) -> bool {
        let around_too = of_type.is_some_and(|of_type| !of_type.nullable);
        let inside_too = match (path.split_first(), &mut *value) {
            (None, _) => true,
            (Some((PathSegment::Field(name), rest)), Value::Object(fields)) => {
                match self.below.get(name.as_str()) {
                    Some(below) => {
                        let found = fields.entry(Name::new(name)).or_insert(Value::Null);
                        below.null(below.of_type, found, rest)
                    }
                    None => false,
                }
            }
            (Some((PathSegment::Index(index), rest)), Value::List(entries)) => {
                let of_entry = of_type.and_then(|of_type| match &of_type.base {
                    BaseType::List(of_entry) => Some(of_entry.as_ref()),
                    BaseType::Named(_) => None,
                });
                entries.get_mut(*index).is_some_and(|entry| self.null(of_entry, entry, rest))
            }
            // It is null already, because of another error.
            (Some(_), found) => *found == Value::Null,
        };
        if inside_too {
            *value = Value::Null;
        }
        inside_too && around_too
    }
}

/// Puts errors in the order of their places in the document, those of one place in the order of the answer.
pub(crate) fn order_errors(errors: &mut [ServerError]) {
    let place = |error: &ServerError| {
        let at = error.locations.first().map(|at| (at.line, at.column));
        let path = error.path.iter().map(|segment| match segment {
            PathSegment::Field(name) => (0, name.clone()),
            PathSegment::Index(index) => (*index, String::new()),
        });
        (at, path.collect::<Vec<_>>())
    };
    errors.sort_by_cached_key(place);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_come_in_the_order_in_which_they_are_selected() {
        let document =
            "query Q { b: x { two one ...F } a } fragment F on T { three { y z } one } query Other { c }";
        let shape = Shape::of(&mut Request::new(document).operation_name("Q"));
        let json = r#"{"a":1,"b":[{"three":{"z":1,"y":2},"one":3,"two":4},null]}"#;
        let value: Value = serde_json::from_str(json).unwrap();
        let ordered = serde_json::to_string(&shape.order(value)).unwrap();
        assert_eq!(ordered, r#"{"b":[{"two":4,"one":3,"three":{"y":2,"z":1}},null],"a":1}"#);
    }

    /// What becomes of an answer in which something failed at a path, such as `apps.nodes.0.id`.
    fn failed(document: &str, data: &str, path: &str) -> String {
        let shape = Shape::of(&mut Request::new(document));
        let mut data: Value = serde_json::from_str(data).expect("JSON");
        let segment =
            |part: &str| part.parse().map_or_else(|_| PathSegment::Field(part.into()), PathSegment::Index);
        let path = path.split('.').map(segment).collect();
        shape.fail(&mut data, &[ServerError { path, ..ServerError::new("", None) }]);
        serde_json::to_string(&shape.order(data)).expect("JSON")
    }

    #[test]
    fn what_failed_is_null() {
        let document = "{ one: appSubscription(id: 1) { disabledAt replaces { id } } viewer { kind } }";
        let data = r#"{"viewer":{"kind":"member"},"one":{"replaces":{"id":"x"}}}"#;
        let answer = failed(document, data, "one.disabledAt");
        assert_eq!(answer, r#"{"one":{"disabledAt":null,"replaces":{"id":"x"}},"viewer":{"kind":"member"}}"#);
        let answer = failed(document, r#"{"viewer":{"kind":"member"}}"#, "one");
        assert_eq!(answer, r#"{"one":null,"viewer":{"kind":"member"}}"#);
    }

    #[test]
    fn what_may_not_be_null_takes_along_what_is_around_it() {
        let document = "{ appSubscription(id: 1) { status replaces { id ...F } } } fragment F on AppSubscription { app { name } }";
        let data = r#"{"appSubscription":{"status":"active","replaces":{"id":"x","app":{}}}}"#;
        let answer = failed(document, data, "appSubscription.replaces.app.name");
        assert_eq!(answer, r#"{"appSubscription":{"status":"active","replaces":null}}"#);
        let answer = failed(document, data, "appSubscription.status");
        assert_eq!(answer, r#"{"appSubscription":null}"#);
        assert_eq!(failed("{ viewer { kind } }", "{}", "viewer"), "null", "up to the whole answer");
        assert_eq!(failed("{ viewer { kind } }", r#"{"viewer":{}}"#, "viewer.kind"), "null");
    }

    #[test]
    fn an_entry_that_may_not_be_null_takes_its_list_along() {
        let document = "{ apps { nodes { name } } node(id: 1) { ... on App { plans { name } } } }";
        let data = r#"{"apps":{"nodes":[{"name":"a"},{}]},"node":{"plans":[{"name":"b"}]}}"#;
        assert_eq!(failed(document, data, "apps.nodes.1.name"), "null");
        let answer = failed(document, data, "node.plans.0.name");
        assert_eq!(answer, r#"{"apps":{"nodes":[{"name":"a"},{}]},"node":null}"#);
    }

    #[test]
    fn two_failures_in_one_place_are_no_more_than_one() {
        let document = "{ appSubscription(id: 1) { status app { name } } }";
        let shape = Shape::of(&mut Request::new(document));
        let at = |path: &[&str]| ServerError {
            path: path.iter().map(|part| PathSegment::Field((*part).into())).collect(),
            ..ServerError::new("", None)
        };
        let mut data: Value = serde_json::from_str(r#"{"appSubscription":{}}"#).expect("JSON");
        let errors = [at(&["appSubscription", "status"]), at(&["appSubscription", "app", "name"])];
        shape.fail(&mut data, &errors);
        assert_eq!(serde_json::to_string(&data).expect("JSON"), r#"{"appSubscription":null}"#);
    }

    #[test]
    fn errors_come_in_the_order_of_their_places() {
        let error = |column: usize, row: usize| ServerError {
            path: vec![PathSegment::Field("rows".into()), PathSegment::Index(row)],
            ..ServerError::new("", Some(async_graphql::Pos { line: 1, column }))
        };
        let mut errors = [error(9, 2), error(3, 10), error(9, 0), error(3, 9)];
        order_errors(&mut errors);
        let places = errors.iter().map(|error| (error.locations[0].column, error.path[1].clone()));
        let at = |column: usize, row: usize| (column, PathSegment::Index(row));
        assert_eq!(places.collect::<Vec<_>>(), [at(3, 9), at(3, 10), at(9, 0), at(9, 2)]);
    }
}
