//! The order of an answer: fields as the document selects them, as the specification has it, and errors as their places in it.
//! The engine answers in the order in which its resolvers end.

use crate::limits::{self, Size};
use async_graphql::{
    Name, PathSegment, Request, ServerError, Value,
    indexmap::IndexMap,
    parser::types::{ExecutableDocument, Selection, SelectionSet},
};

/// The fields of an answer by their names in it, in order, with those below them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Shape(IndexMap<Name, Shape>);

impl Shape {
    /// The shape of the answer to a request. A document that nobody may walk has none.
    pub(crate) fn of(request: &mut Request) -> Self {
        let name = request.operation_name.clone();
        let mut shape = Self::default();
        if limits::size(request) != Size::Bounded {
            return shape;
        }
        let Ok(document) = request.parsed_query() else { return shape };
        let asked = |found: Option<&Name>| name.is_none() || found.map(Name::as_str) == name.as_deref();
        for (found, operation) in document.operations.iter() {
            if asked(found) {
                shape.select(document, &operation.node.selection_set.node);
            }
        }
        shape
    }

    fn select(&mut self, document: &ExecutableDocument, selections: &SelectionSet) {
        for selection in &selections.items {
            match &selection.node {
                Selection::Field(field) => {
                    let below = self.0.entry(field.node.response_key().node.clone()).or_default();
                    below.select(document, &field.node.selection_set.node);
                }
                Selection::InlineFragment(inline) => self.select(document, &inline.node.selection_set.node),
                Selection::FragmentSpread(spread) => {
                    if let Some(fragment) = document.fragments.get(&spread.node.fragment_name.node) {
                        self.select(document, &fragment.node.selection_set.node);
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
                for (name, below) in &self.0 {
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
