//! What a document costs, in points, counted before anything is executed.
//!
//! Every field that is selected costs one point; those in a page as many times as the page may have entries, pages in
//! pages multiplied. Each field of a mutation or subscription itself costs [`WORK`] more: it opens a transaction, or is
//! watched. What adds up or counts many rows, or tries a change out, costs as much more as [`more`] says.

use crate::limits;
use async_graphql::{
    Name, Request, Value, Variables,
    parser::types::{
        DocumentOperations, ExecutableDocument, Field, OperationDefinition, OperationType, Selection,
        SelectionSet,
    },
};
use domain::view::page;
use std::num::NonZeroU32;

/// What costs the least, and what cannot be executed.
pub(crate) const LEAST: NonZeroU32 = NonZeroU32::MIN;

/// More fields than this nobody walks, whatever the limits say.
const WALKED: usize = 1_000_000;

/// What to change or to watch something costs more than to read it.
const WORK: u64 = 100;

/// What a field costs beyond its point, because of what it makes the database do.
fn more(field: &str) -> u64 {
    match field {
        "billingSummary" | "upcomingInvoices" => 1_000,
        "previewCancellation" | "previewLicenseChange" => 200,
        "totalCount" => 100,
        _ => 0,
    }
}

/// The cost of the operation that a request asks for, at least one point. What cannot be executed costs that.
pub(crate) fn of(request: &mut Request) -> NonZeroU32 {
    let points = points(request).unwrap_or_default();
    u32::try_from(points).ok().map_or(NonZeroU32::MAX, |points| NonZeroU32::new(points).unwrap_or(LEAST))
}

fn points(request: &mut Request) -> Option<u64> {
    let (name, variables) = (request.operation_name.clone(), request.variables.clone());
    let document = request.parsed_query().ok()?;
    limits::count(document).filter(|found| found.fields <= WALKED)?;
    let operation = match &document.operations {
        DocumentOperations::Single(operation) => operation,
        DocumentOperations::Multiple(named) => match name {
            Some(name) => named.get(name.as_str())?,
            None if named.len() == 1 => named.values().next()?,
            None => return None,
        },
    };
    let prices = Prices { document, operation: &operation.node, variables: &variables };
    Some(prices.whole())
}

/// What a selection costs: once, and for each entry of the page that it is selected from.
#[derive(Debug, Clone, Copy, Default)]
struct Price {
    once: u64,
    each: u64,
}

impl Price {
    fn times(self, entries: u64) -> u64 {
        self.once.saturating_add(self.each.saturating_mul(entries))
    }
}

struct Prices<'a> {
    document: &'a ExecutableDocument,
    operation: &'a OperationDefinition,
    variables: &'a Variables,
}

impl Prices<'_> {
    fn whole(&self) -> u64 {
        let work = match self.operation.ty {
            OperationType::Query => 0,
            OperationType::Mutation | OperationType::Subscription => WORK,
        };
        self.selected(&self.operation.selection_set.node, work).times(1)
    }

    /// The price of fields, each with this work. That this ends was seen to by the count of the document's size.
    fn selected(&self, selections: &SelectionSet, work: u64) -> Price {
        let mut price = Price::default();
        for selection in &selections.items {
            let found = match &selection.node {
                Selection::Field(field) => self.field(&field.node, work),
                Selection::InlineFragment(inline) => self.selected(&inline.node.selection_set.node, work),
                Selection::FragmentSpread(spread) => {
                    let fragment = self.document.fragments.get(&spread.node.fragment_name.node);
                    fragment.map_or_else(Price::default, |fragment| {
                        self.selected(&fragment.node.selection_set.node, work)
                    })
                }
            };
            price.once = price.once.saturating_add(found.once);
            price.each = price.each.saturating_add(found.each);
        }
        price
    }

    fn field(&self, field: &Field, work: u64) -> Price {
        let below = self.selected(&field.selection_set.node, 0);
        let cost = below.times(self.entries(field)).saturating_add(1 + work + more(field.name.node.as_str()));
        match field.name.node.as_str() {
            "nodes" | "edges" => Price { once: 0, each: cost },
            _ => Price { once: cost, each: 0 },
        }
    }

    /// How many entries the page of a field may have. One that is refused anyway counts as the largest that is not.
    fn entries(&self, field: &Field) -> u64 {
        let size = |name: &str| match self.argument(field, name) {
            Some(Value::Number(size)) => size.as_u64(),
            Some(_) | None => None,
        };
        size("first").max(size("last")).unwrap_or(page::DEFAULT_SIZE).min(page::LARGEST)
    }

    fn argument(&self, field: &Field, name: &str) -> Option<Value> {
        let value = field.get_argument(name)?.node.clone();
        value.into_const_with(|variable| self.variable(&variable).ok_or(())).ok()
    }

    fn variable(&self, name: &Name) -> Option<Value> {
        let defined =
            self.operation.variable_definitions.iter().find(|defined| defined.node.name.node == *name);
        let default = || defined?.node.default_value().cloned();
        self.variables.get(name).cloned().or_else(default)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[track_caller]
    fn costs(points: u32, document: &str, variables: serde_json::Value) {
        let mut request = Request::new(document).variables(Variables::from_json(variables));
        assert_eq!(of(&mut request).get(), points, "{document}");
    }

    #[test]
    fn each_field_costs_a_point() {
        costs(1, "{ a }", json!({}));
        costs(5, "{ a { b c: b ... on T { c } } d }", json!({}));
        costs(3, "{ a { ...F } } fragment F on T { b c }", json!({}));
    }

    #[test]
    fn entries_cost_as_many_times_as_there_may_be() {
        costs(1 + 20 * 2, "{ list { nodes { a } } }", json!({}));
        costs(1 + 101 + 5 * 3, "{ list(first: 5) { totalCount edges { node { a } } } }", json!({}));
        costs(1 + 7 * 2, "{ list(last: 7) { ...F } } fragment F on List { nodes { a } }", json!({}));
        costs(1, "{ list(first: 0) { nodes { a } } }", json!({}));
        costs(
            1 + 10 * (1 + 1 + 3 * 2),
            "{ l(first: 10) { nodes { m(first: 3) { nodes { a } } } } }",
            json!({}),
        );
    }

    #[test]
    fn the_size_of_a_page_may_be_a_variable() {
        let document = "query($n: Int = 4) { list(first: $n) { nodes { a } } }";
        costs(1 + 9 * 2, document, json!({ "n": 9 }));
        costs(1 + 4 * 2, document, json!({}));
        for nothing in [json!({ "n": null }), json!({ "n": "9" }), json!({ "n": -9 })] {
            costs(1 + 20 * 2, document, nothing);
        }
        costs(1 + 100 * 2, document, json!({ "n": 1_000_000 }));
    }

    #[test]
    fn what_looks_at_many_rows_costs_more() {
        costs(1_001 + 1, "{ billingSummary { currency } }", json!({}));
        costs(2 * (201 + 1), "{ a: previewCancellation { b } c: previewCancellation { b } }", json!({}));
    }

    #[test]
    fn to_change_and_to_watch_costs_more() {
        costs(2 * 101 + 1, "mutation { a { b } ...F } fragment F on Mutation { c: a }", json!({}));
        costs(102, "subscription { a { b } }", json!({}));
    }

    #[test]
    fn what_cannot_be_executed_costs_a_point() {
        for document in ["{ a", "{ ...F } fragment F on T { ...F }", "mutation { ...F }"] {
            costs(1, document, json!({}));
        }
    }

    #[test]
    fn the_operation_that_is_asked_for_counts() {
        let document = "query One { a } mutation Two { a }";
        assert_eq!(of(&mut Request::new(document).operation_name("Two")).get(), 101);
        costs(3, "query Only { a { b c } }", json!({}));
        for missing in [Request::new(document), Request::new(document).operation_name("Three")] {
            assert_eq!(of(&mut { missing }).get(), 1, "it is not executed");
        }
    }

    #[test]
    fn pages_in_pages_do_not_overflow() {
        let (open, close) = ("l(first: 100) { nodes { ".repeat(30), " } }".repeat(30));
        costs(u32::MAX, &format!("{{ {open} a {close} }}"), json!({}));
    }
}
