//! How long operations take, by what they ask for: the field of the schema that they select. The name that a client gives an
//! operation is theirs to choose, and every name would be a series of its own.

use crate::schema::TenureSchema;
use async_graphql::{
    Request,
    parser::types::{DocumentOperations, ExecutableDocument, OperationType, Selection, SelectionSet},
};
use std::{collections::BTreeSet, sync::OnceLock};
use tokio::time::Instant;

/// What is said of an operation that selects several fields.
const SEVERAL: &str = "several";

/// What is said of one whose field is none of the schema's.
const UNKNOWN: &str = "unknown";

/// What is said of one that asks for the schema itself.
const INTROSPECTION: &str = "introspection";

/// The most fragments in fragments that are looked into.
const DEEPEST: usize = 8;

/// An operation that began.
pub(crate) struct Measured {
    began: Instant,
    operation: &'static str,
}

impl Measured {
    /// Begins to measure a query or mutation. A subscription takes as long as somebody listens.
    pub(crate) fn begin(schema: &TenureSchema, request: &mut Request) -> Option<Self> {
        let name = request.operation_name.clone();
        let document = request.parsed_query().ok()?;
        let operation = match &document.operations {
            DocumentOperations::Single(operation) => operation,
            DocumentOperations::Multiple(named) => match name {
                Some(name) => named.get(name.as_str())?,
                None => named.values().next()?,
            },
        };
        match operation.node.ty {
            OperationType::Query | OperationType::Mutation => {}
            OperationType::Subscription => return None,
        }
        let mut fields = BTreeSet::new();
        collect(document, &operation.node.selection_set.node, DEEPEST, &mut fields);
        let mut fields = fields.into_iter();
        let operation = match (fields.next(), fields.next()) {
            (Some(field), None) => known(schema, field),
            (Some(_), Some(_)) => SEVERAL,
            (None, _) => UNKNOWN,
        };
        Some(Self { began: Instant::now(), operation })
    }

    /// It was answered.
    pub(crate) fn ended(self) {
        let seconds = self.began.elapsed().as_secs_f64();
        metrics::histogram!("tenure_operation_duration_seconds", "operation" => self.operation)
            .record(seconds);
    }
}

/// The fields that are selected at the root, fragments followed.
fn collect<'a>(
    document: &'a ExecutableDocument,
    set: &'a SelectionSet,
    depth: usize,
    fields: &mut BTreeSet<&'a str>,
) {
    for item in &set.items {
        let inner = match &item.node {
            Selection::Field(field) => {
                fields.insert(field.node.name.node.as_str());
                continue;
            }
            Selection::InlineFragment(inline) => Some(&inline.node.selection_set.node),
            Selection::FragmentSpread(spread) => {
                let fragment = document.fragments.get(&spread.node.fragment_name.node);
                fragment.map(|fragment| &fragment.node.selection_set.node)
            }
        };
        if let Some(inner) = inner.filter(|_| depth > 0 && fields.len() < 2) {
            collect(document, inner, depth - 1, fields);
        }
    }
}

/// The field's name, if it is one of the schema's: there are only so many.
fn known(schema: &TenureSchema, field: &str) -> &'static str {
    static NAMES: OnceLock<BTreeSet<String>> = OnceLock::new();
    let names = NAMES.get_or_init(|| schema.names().into_iter().collect());
    if field.starts_with("__") {
        return INTROSPECTION;
    }
    names.get(field).map_or(UNKNOWN, String::as_str)
}
