//! Documents made from the schema: all of a field, or something at random.

use apollo_compiler::{
    Name, Schema,
    ast::{InputValueDefinition, Type},
    schema::{ExtendedType, FieldDefinition},
    validation::Valid,
};
use rand::{Rng, SeedableRng, rngs::StdRng, seq::IndexedRandom};
use std::sync::LazyLock;

pub(super) static SCHEMA: LazyLock<Valid<Schema>> = LazyLock::new(|| {
    let committed = include_str!("../../schema.graphql");
    Schema::parse_and_validate(committed, "schema.graphql").expect("a valid schema")
});

/// How deep documents select.
const DEEPEST: usize = 6;

/// Everything below a field of this type, down to some depth; where something has to be said, it is `saying`.
pub(super) fn all_of(of: &Type, depth: usize, saying: &dyn Fn(&Type) -> String) -> String {
    let name = of.inner_named_type();
    let fields = |of: &Name| {
        let mut text = String::from("__typename");
        for (field, definition) in fields_of(of) {
            let leads_on = is_composite(definition.ty.inner_named_type());
            if leads_on && depth == 0 {
                continue;
            }
            let arguments: Vec<String> = definition
                .arguments
                .iter()
                .filter(|argument| argument.is_required())
                .map(|argument| format!("{}: {}", argument.name, saying(&argument.ty)))
                .collect();
            let arguments =
                if arguments.is_empty() { String::new() } else { format!("({})", arguments.join(", ")) };
            let below = if leads_on { all_of(&definition.ty, depth - 1, saying) } else { String::new() };
            text += &format!(" {field}{arguments}{below}");
        }
        text
    };
    match SCHEMA.types.get(name) {
        Some(ExtendedType::Object(_)) => format!(" {{ {} }}", fields(name)),
        Some(ExtendedType::Interface(_)) => {
            let of_each = objects_of(name);
            let of_each = of_each.iter().map(|object| format!(" ... on {object} {{ {} }}", fields(object)));
            format!(" {{ __typename{} }}", of_each.collect::<String>())
        }
        Some(_) | None => String::new(),
    }
}

/// Documents at random: the same ones for the same seed.
pub(super) struct Generator<'a> {
    random: StdRng,
    /// What ids are taken from.
    ids: &'a [String],
    /// What texts are taken from: names, cursors, what does not mean anything.
    texts: &'a [String],
}

impl<'a> Generator<'a> {
    pub(super) fn new(seed: u64, ids: &'a [String], texts: &'a [String]) -> Self {
        Self { random: StdRng::seed_from_u64(seed), ids, texts }
    }

    /// A query of one to three fields.
    pub(super) fn document(&mut self) -> String {
        let roots: Vec<_> = fields_of(&Name::new_unchecked("Query")).collect();
        let fields: Vec<String> = (0..self.random.random_range(1..=3))
            .filter_map(|alias| {
                let (name, definition) = roots.choose(&mut self.random)?;
                Some(format!("f{alias}: {}", self.field(name, definition, DEEPEST)))
            })
            .collect();
        format!("{{ {} }}", fields.join(" "))
    }

    fn field(&mut self, name: &str, definition: &FieldDefinition, depth: usize) -> String {
        let mut arguments = Vec::new();
        let from_the_end = self.random.random_bool(0.2);
        for argument in &definition.arguments {
            // A page is asked for from one end.
            let other_end = if from_the_end { "first" } else { "last" };
            if argument.name == other_end {
                continue;
            }
            if argument.is_required() || self.random.random_bool(0.5) {
                arguments.push(format!("{}: {}", argument.name, self.argument(argument)));
            }
        }
        let arguments =
            if arguments.is_empty() { String::new() } else { format!("({})", arguments.join(", ")) };
        format!("{name}{arguments}{}", self.selection(&definition.ty, depth))
    }

    fn selection(&mut self, of: &Type, depth: usize) -> String {
        let name = of.inner_named_type();
        let parts: Vec<Name> = match SCHEMA.types.get(name) {
            Some(ExtendedType::Object(_)) => return format!(" {{ {} }}", self.fields(name, depth)),
            Some(ExtendedType::Interface(_)) => objects_of(name),
            Some(_) | None => return String::new(),
        };
        // Some of the many: all at once would be more than a document may have.
        let parts: Vec<Name> = parts.into_iter().filter(|_| self.random.random_bool(0.3)).collect();
        let parts: Vec<String> =
            parts.iter().map(|part| format!("... on {part} {{ {} }}", self.fields(part, depth))).collect();
        format!(" {{ __typename {} }}", parts.join(" "))
    }

    fn fields(&mut self, of: &Name, depth: usize) -> String {
        let mut chosen = vec!["__typename".to_owned()];
        for (name, definition) in fields_of(of) {
            let leads_on = is_composite(definition.ty.inner_named_type());
            let taken = if leads_on {
                depth > 0 && self.random.random_bool(0.4)
            } else {
                self.random.random_bool(0.7)
            };
            if taken {
                // An alias, because fields of one name in the parts of an interface may differ.
                let alias = format!("{}_{name}", of.to_lowercase());
                let field = self.field(name, definition, depth.saturating_sub(1));
                chosen.push(format!("{alias}: {field}"));
            }
        }
        chosen.join(" ")
    }

    fn argument(&mut self, argument: &InputValueDefinition) -> String {
        match argument.name.as_str() {
            "first" | "last" => self.random.random_range(0..=5).to_string(),
            "months" | "quantity" => self.random.random_range(1..=24).to_string(),
            "after" | "before" if self.random.random_bool(0.9) => "null".into(),
            _ => self.value(&argument.ty),
        }
    }

    fn value(&mut self, of: &Type) -> String {
        if of.is_list() {
            let values: Vec<String> =
                (0..self.random.random_range(1..=2)).map(|_| self.value(of.item_type())).collect();
            return format!("[{}]", values.join(", "));
        }
        let name = of.inner_named_type();
        match SCHEMA.types.get(name) {
            Some(ExtendedType::Enum(values)) => {
                let values: Vec<_> = values.values.keys().collect();
                values.choose(&mut self.random).expect("a value").to_string()
            }
            Some(ExtendedType::InputObject(input)) => {
                let mut fields = Vec::new();
                for (name, field) in &input.fields {
                    if field.is_required() || self.random.random_bool(0.4) {
                        fields.push(format!("{name}: {}", self.value(&field.ty)));
                    }
                }
                format!("{{ {} }}", fields.join(", "))
            }
            _ => self.scalar(name),
        }
    }

    fn scalar(&mut self, name: &str) -> String {
        match name {
            "ID" => format!("{:?}", self.ids.choose(&mut self.random).expect("an id")),
            "Int" => self.random.random_range(0..=20).to_string(),
            "Boolean" => self.random.random_bool(0.5).to_string(),
            "DateTime" => format!("\"2026-0{}-15T09:00:00Z\"", self.random.random_range(1..=9)),
            "Date" | "NaiveDate" => format!("\"2026-0{}-15\"", self.random.random_range(1..=9)),
            _ => format!("{:?}", self.texts.choose(&mut self.random).expect("a text")),
        }
    }
}

fn fields_of(name: &Name) -> impl Iterator<Item = (&'static str, &'static FieldDefinition)> + use<> {
    let object = SCHEMA.get_object(name.as_str()).unwrap_or_else(|| panic!("no object {name}"));
    object.fields.iter().map(|(name, definition)| (name.as_str(), definition.node.as_ref()))
}

fn is_composite(name: &Name) -> bool {
    matches!(SCHEMA.types.get(name), Some(ExtendedType::Object(_) | ExtendedType::Interface(_)))
}

/// The objects that an interface can be.
fn objects_of(interface: &Name) -> Vec<Name> {
    SCHEMA
        .types
        .iter()
        .filter(|(_, of)| matches!(of, ExtendedType::Object(object) if object.implements_interfaces.iter().any(|of| of.name == *interface)))
        .map(|(name, _)| name.clone())
        .collect()
}
