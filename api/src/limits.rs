//! How large a document may be, counted before anything walks it: with fragments that spread each other, a few hundred
//! bytes can stand for more fields than there are atoms.

use async_graphql::{
    Name, Positioned, Request,
    parser::types::{ExecutableDocument, FragmentDefinition, Selection, SelectionSet},
};
use std::collections::HashMap;

/// How deep a document may nest. The standard introspection query needs 13.
pub(crate) const DEPTH: usize = 16;

/// How long a document may be, in bytes. What it names can be in its variables, which are not looked at so closely.
pub(crate) const LENGTH: usize = 32 * 1024;

/// How many errors an answer has at most: a document can be wrong in as many places as it has words.
pub(crate) const ERRORS: usize = 50;

/// How many fields a document may select, those of a fragment counted wherever it is spread.
pub(crate) const FIELDS: usize = 2_000;

/// What a document is like, before anything walks it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Size {
    /// It can be walked.
    Bounded,
    /// It selects this many fields: too many.
    TooLarge(usize),
    /// It cannot be parsed, or its fragments spread themselves: the engine finds fault with it by itself, and nobody else
    /// may walk it.
    Invalid,
}

/// How large the document of a request is.
pub(crate) fn size(request: &mut Request) -> Size {
    let Ok(document) = request.parsed_query() else { return Size::Invalid };
    let mut counted = Counted { document, fragments: HashMap::new() };
    let mut fields = 0_usize;
    for (_, operation) in document.operations.iter() {
        match counted.fields(&operation.node.selection_set.node) {
            Some(more) => fields = fields.saturating_add(more),
            None => return Size::Invalid,
        }
    }
    if fields > FIELDS { Size::TooLarge(fields) } else { Size::Bounded }
}

struct Counted<'a> {
    document: &'a ExecutableDocument,
    /// Each fragment is counted once. While that goes on there is nothing: who needs it then is in a circle.
    fragments: HashMap<&'a Name, Option<usize>>,
}

impl<'a> Counted<'a> {
    fn fields(&mut self, selections: &'a SelectionSet) -> Option<usize> {
        let mut fields = 0_usize;
        for selection in &selections.items {
            let more = match &selection.node {
                Selection::Field(field) => self.fields(&field.node.selection_set.node)?.saturating_add(1),
                Selection::InlineFragment(inline) => self.fields(&inline.node.selection_set.node)?,
                Selection::FragmentSpread(spread) => self.fragment(&spread.node.fragment_name.node)?,
            };
            fields = fields.saturating_add(more);
        }
        Some(fields)
    }

    fn fragment(&mut self, name: &'a Name) -> Option<usize> {
        if let Some(known) = self.fragments.get(name) {
            return *known;
        }
        let definition: &'a Positioned<FragmentDefinition> = self.document.fragments.get(name)?;
        self.fragments.insert(name, None);
        let fields = self.fields(&definition.node.selection_set.node)?;
        self.fragments.insert(name, Some(fields));
        Some(fields)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn size_of(document: &str) -> Size {
        size(&mut Request::new(document))
    }

    #[test]
    fn fragments_count_wherever_they_are_spread() {
        let doubling: String = (0..40)
            .map(|level| format!("fragment F{level} on Query {{ ...F{next} ...F{next} }} ", next = level + 1))
            .collect();
        let document = format!("{{ ...F0 }} {doubling} fragment F40 on Query {{ a }}");
        assert_eq!(size_of(&document), Size::TooLarge(1 << 40));
    }

    #[test]
    fn nobody_walks_in_circles() {
        assert_eq!(size_of("{ a { b c } ...F } fragment F on Query { d }"), Size::Bounded);
        for invalid in ["{ ...F } fragment F on Query { ...F }", "{ ...F }", "{ a"] {
            assert_eq!(size_of(invalid), Size::Invalid, "{invalid}");
        }
        let everyone: String = (0..20).map(|one| format!("...F{one} ")).collect();
        let circles: String =
            (0..20).map(|one| format!("fragment F{one} on Query {{ {everyone} }} ")).collect();
        assert_eq!(size_of(&format!("{{ ...F0 }} {circles}")), Size::Invalid);
    }
}
