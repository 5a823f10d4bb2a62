//! How large a document may be, counted before anything walks it: with fragments that spread each other, a few hundred
//! bytes can stand for more fields than there are atoms.

use async_graphql::{
    Name, Positioned, Request,
    parser::types::{ExecutableDocument, FragmentDefinition, Selection, SelectionSet},
};
use std::collections::HashMap;

/// How deep a document may nest. The standard introspection query needs 13.
pub(crate) const DEPTH: usize = 16;

/// How many fields a document may select, those of a fragment counted wherever it is spread.
pub(crate) const FIELDS: usize = 2_000;

/// How many fields a document selects, if that is too many. One that cannot be parsed, or whose fragments spread themselves,
/// is left to the engine, which finds fault with it by itself.
pub(crate) fn too_large(request: &mut Request) -> Option<usize> {
    let document = request.parsed_query().ok()?;
    let mut counted = Counted { document, fragments: HashMap::new() };
    let operations =
        document.operations.iter().map(|(_, operation)| counted.fields(&operation.node.selection_set.node));
    Some(operations.fold(0, usize::saturating_add)).filter(|fields| *fields > FIELDS)
}

struct Counted<'a> {
    document: &'a ExecutableDocument,
    /// Each fragment is counted once. While that goes on it counts as nothing: it spreads itself.
    fragments: HashMap<&'a Name, usize>,
}

impl<'a> Counted<'a> {
    fn fields(&mut self, selections: &'a SelectionSet) -> usize {
        let mut fields = 0_usize;
        for selection in &selections.items {
            let more = match &selection.node {
                Selection::Field(field) => self.fields(&field.node.selection_set.node).saturating_add(1),
                Selection::InlineFragment(inline) => self.fields(&inline.node.selection_set.node),
                Selection::FragmentSpread(spread) => self.fragment(&spread.node.fragment_name.node),
            };
            fields = fields.saturating_add(more);
        }
        fields
    }

    fn fragment(&mut self, name: &'a Name) -> usize {
        if let Some(known) = self.fragments.get(name) {
            return *known;
        }
        let Some(definition): Option<&'a Positioned<FragmentDefinition>> = self.document.fragments.get(name)
        else {
            return 0;
        };
        self.fragments.insert(name, 0);
        let fields = self.fields(&definition.node.selection_set.node);
        self.fragments.insert(name, fields);
        fields
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields(document: &str) -> Option<usize> {
        too_large(&mut Request::new(document))
    }

    #[test]
    fn fragments_count_wherever_they_are_spread() {
        let doubling: String = (0..40)
            .map(|level| format!("fragment F{level} on Query {{ ...F{next} ...F{next} }} ", next = level + 1))
            .collect();
        let document = format!("{{ ...F0 }} {doubling} fragment F40 on Query {{ a }}");
        assert_eq!(fields(&document), Some(1 << 40));
    }

    #[test]
    fn ordinary_documents_and_circles_are_left_to_the_engine() {
        assert_eq!(fields("{ a { b c } ...F } fragment F on Query { d }"), None);
        assert_eq!(fields("{ ...F } fragment F on Query { ...F }"), None);
        assert_eq!(fields("{ a"), None);
    }
}
