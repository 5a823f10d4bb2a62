//! How much a document has, counted before anything walks it: with fragments that spread each other, a few hundred bytes can
//! stand for more fields than there are atoms.

use async_graphql::{
    Name, Positioned,
    parser::types::{ExecutableDocument, Field, FragmentDefinition, OperationType, Selection, SelectionSet},
};
use std::collections::HashMap;

/// The lists of the introspection by which a short query can ask for the schema many times over.
const LISTS: [&str; 4] = ["fields", "interfaces", "possibleTypes", "inputFields"];

/// How much there is in a selection, or in all operations of a document, those of a fragment counted wherever it is spread.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Count {
    /// Fields at all levels.
    pub(crate) fields: usize,
    /// Fields at the level of the selection itself; of a document, those of the operation that has the most.
    pub(crate) root_fields: usize,
    /// Fields with another name.
    pub(crate) aliases: usize,
    /// Directives at fields, fragments and operations.
    pub(crate) directives: usize,
    /// The levels of fields.
    pub(crate) depth: usize,
    /// The levels of selections, those without a field between them too.
    pub(crate) levels: usize,
    /// How deep the introspection's lists nest, wherever they stand.
    lists: usize,
    /// How deep they nest in the introspection; none if nothing asks for it.
    pub(crate) introspection: Option<usize>,
    /// Whether there is a subscription.
    pub(crate) subscribes: bool,
}

impl Count {
    fn and(self, other: Self) -> Self {
        Self {
            fields: self.fields.saturating_add(other.fields),
            root_fields: self.root_fields.saturating_add(other.root_fields),
            aliases: self.aliases.saturating_add(other.aliases),
            directives: self.directives.saturating_add(other.directives),
            depth: self.depth.max(other.depth),
            levels: self.levels.max(other.levels),
            lists: self.lists.max(other.lists),
            introspection: self.introspection.max(other.introspection),
            subscribes: self.subscribes || other.subscribes,
        }
    }
}

/// What a document has; nothing if its fragments spread themselves or are not there: the engine finds fault with it by itself,
/// and nobody else may walk it.
pub(crate) fn count(document: &ExecutableDocument) -> Option<Count> {
    let mut counted = Counted { document, fragments: HashMap::new() };
    let (mut whole, mut root_fields) = (Count::default(), 0);
    for (_, operation) in document.operations.iter() {
        let operation = &operation.node;
        let mut found = counted.selected(&operation.selection_set.node)?;
        let variables = operation.variable_definitions.iter();
        found.directives += operation.directives.len();
        found.directives += variables.map(|variable| variable.node.directives.len()).sum::<usize>();
        found.subscribes = operation.ty == OperationType::Subscription;
        root_fields = root_fields.max(found.root_fields);
        whole = whole.and(found);
    }
    Some(Count { root_fields, ..whole })
}

struct Counted<'a> {
    document: &'a ExecutableDocument,
    /// Each fragment is counted once. While that goes on there is nothing: who needs it then is in a circle.
    fragments: HashMap<&'a Name, Option<Count>>,
}

impl<'a> Counted<'a> {
    fn selected(&mut self, selections: &'a SelectionSet) -> Option<Count> {
        let mut count = Count::default();
        for selection in &selections.items {
            let found = match &selection.node {
                Selection::Field(field) => self.field(&field.node)?,
                Selection::InlineFragment(inline) => {
                    let found = self.selected(&inline.node.selection_set.node)?;
                    spread(found, inline.node.directives.len())
                }
                Selection::FragmentSpread(fragment) => {
                    let found = self.fragment(&fragment.node.fragment_name.node)?;
                    spread(found, fragment.node.directives.len())
                }
            };
            count = count.and(found);
        }
        Some(count)
    }

    fn field(&mut self, field: &'a Field) -> Option<Count> {
        let below = self.selected(&field.selection_set.node)?;
        let name = field.name.node.as_str();
        let introspects = matches!(name, "__schema" | "__type");
        Some(Count {
            fields: below.fields.saturating_add(1),
            root_fields: 1,
            aliases: below.aliases.saturating_add(field.alias.is_some().into()),
            directives: below.directives.saturating_add(field.directives.len()),
            depth: below.depth + 1,
            levels: below.levels + 1,
            lists: below.lists + usize::from(LISTS.contains(&name)),
            introspection: if introspects { Some(below.lists) } else { below.introspection },
            subscribes: false,
        })
    }

    fn fragment(&mut self, name: &'a Name) -> Option<Count> {
        if let Some(known) = self.fragments.get(name) {
            return *known;
        }
        let definition: &'a Positioned<FragmentDefinition> = self.document.fragments.get(name)?;
        self.fragments.insert(name, None);
        let mut count = self.selected(&definition.node.selection_set.node)?;
        count.directives += definition.node.directives.len();
        self.fragments.insert(name, Some(count));
        Some(count)
    }
}

/// What is selected through a fragment, at which there are directives.
fn spread(count: Count, directives: usize) -> Count {
    Count { directives: count.directives.saturating_add(directives), levels: count.levels + 1, ..count }
}

#[cfg(test)]
mod tests {
    use super::*;
    use async_graphql::parser::parse_query;

    fn counted(document: &str) -> Option<Count> {
        count(&parse_query(document).expect("a document"))
    }

    #[track_caller]
    fn of<T>(document: &str, what: fn(Count) -> T) -> T {
        what(counted(document).unwrap_or_else(|| panic!("{document} can be walked")))
    }

    #[test]
    fn fragments_count_wherever_they_are_spread() {
        let doubling: String = (0..40)
            .map(|level| format!("fragment F{level} on Query {{ ...F{next} ...F{next} }} ", next = level + 1))
            .collect();
        let document = format!("{{ ...F0 }} {doubling} fragment F40 on Query {{ a b: c @d }}");
        let count = counted(&document).expect("it is walked in no time");
        assert_eq!((count.fields, count.root_fields), (2 << 40, 2 << 40));
        assert_eq!((count.aliases, count.directives), (1 << 40, 1 << 40));
        assert_eq!((count.depth, count.levels), (1, 42));
    }

    #[test]
    fn nobody_walks_in_circles() {
        assert!(counted("{ a { b c } ...F } fragment F on Query { d }").is_some());
        for invalid in ["{ ...F } fragment F on Query { ...F }", "{ ...F }"] {
            assert_eq!(counted(invalid), None, "{invalid}");
        }
        let everyone: String = (0..20).map(|one| format!("...F{one} ")).collect();
        let circles: String =
            (0..20).map(|one| format!("fragment F{one} on Query {{ {everyone} }} ")).collect();
        assert_eq!(counted(&format!("{{ ...F0 }} {circles}")), None);
    }

    #[test]
    fn root_fields_are_those_of_one_operation() {
        assert_eq!(of("{ a { b c d } ...F ... { e } } fragment F on T { f }", |count| count.root_fields), 3);
        assert_eq!(of("query A { a b } query B { c }", |count| count.root_fields), 2);
        assert_eq!(of("query A { a b } query B { c }", |count| count.fields), 3);
    }

    #[test]
    fn names_and_directives_count_everywhere() {
        assert_eq!(of("{ x: __typename y: a { z: __typename } }", |count| count.aliases), 3);
        let document = "query Q($v: Int @a) @b { c @d ... @e { f } ...F @g } fragment F on T @h { i }";
        assert_eq!(of(document, |count| count.directives), 6);
    }

    #[test]
    fn introspection_is_as_deep_as_its_lists() {
        let lists = |document| of(document, |count| count.introspection);
        assert_eq!(lists("{ a { fields { fields { b } } } }"), None, "these are ours");
        assert_eq!(lists("{ __schema { types { name } } }"), Some(0));
        assert_eq!(lists("{ __schema { types { fields { type { ofType { name } } } } } }"), Some(1));
        assert_eq!(
            lists(
                "{ __type(name: \"Q\") { fields { type { ...F } } } } fragment F on __Type { fields { name } }"
            ),
            Some(2)
        );
    }
}
