//! What changed in the schema: breaking, dangerous and safe changes are told apart, and no breaking one is undeclared.

use rstest::rstest;
use tenure::schema::{Weight, changes, parsed, undeclared};

/// The schema that was released last.
const BASELINE: &str = include_str!("../../docs/schema/baseline.graphql");

/// The breaking changes since then that are meant.
const DECLARED: &str = include_str!("../../docs/schema/breaking-changes.txt");

#[test]
fn no_breaking_change_is_undeclared() {
    let old = parsed(BASELINE, "docs/schema/baseline.graphql").expect("a schema");
    let new = parsed(&api::sdl(), "schema.graphql").expect("a schema");
    let found = changes(&old, &new);
    let undeclared: Vec<_> = undeclared(&found, DECLARED).into_iter().map(ToString::to_string).collect();
    assert!(
        undeclared.is_empty(),
        "declare them in docs/schema/breaking-changes.txt, or take them back: {undeclared:#?}"
    );
}

const OLD: &str = "
    directive @oneOf on INPUT_OBJECT
    directive @d(a: Int, b: Int) repeatable on FIELD | QUERY
    type Query implements I { id: ID! a(x: Int, y: Int! = 1): String! b: [Int] c: E d: U node(in: In, one: One): N }
    interface I { id: ID! }
    type N { n: Int! }
    type M { m: Int }
    union U = N | M
    enum E { ONE TWO }
    input In { a: Int! b: [Int!] c: Int = 1 }
    input One { a: Int b: Int }
    scalar S @specifiedBy(url: \"https://one.example\")
    type Mutation { s(s: S): S }";

#[rstest]
#[case("| M", "", Weight::Breaking, "The member M of U is gone")]
#[case("| M", "| M | Query", Weight::Dangerous, "The member Query of U is new")]
#[case("b: [Int] ", "", Weight::Breaking, "Query.b is gone")]
#[case("b: [Int] ", "b: [Int]! ", Weight::Safe, "Query.b is [Int]!, not [Int]")]
#[case("b: [Int] ", "b: [Int!] ", Weight::Safe, "Query.b is [Int!], not [Int]")]
#[case("b: [Int] ", "b: Int ", Weight::Breaking, "Query.b is Int, not [Int]")]
#[case("b: [Int] ", "b: [Int] z: Int ", Weight::Safe, "Query.z is new")]
#[case("b: [Int] ", "b: [Int] @deprecated ", Weight::Safe, "Query.b is deprecated")]
#[case("y: Int! = 1): String!", "y: Int! = 1): String", Weight::Breaking, "Query.a is String, not String!")]
#[case("x: Int,", "", Weight::Breaking, "Query.a(x) is gone")]
#[case("x: Int,", "x: Int!,", Weight::Breaking, "Query.a(x) is Int!, not Int")]
#[case("y: Int! = 1", "y: Int! = 2", Weight::Dangerous, "Query.a(y) has another default")]
#[case("y: Int! = 1", "y: Int = 1", Weight::Safe, "Query.a(y) is Int, not Int!")]
#[case("x: Int,", "x: Int, z: Int!,", Weight::Breaking, "Query.a(z) is new and required")]
#[case("x: Int,", "x: Int, z: Int,", Weight::Dangerous, "Query.a(z) is new")]
#[case("type Query implements I {", "type Query {", Weight::Breaking, "The interface I of Query is gone")]
#[case(
    "type N {",
    "type N implements J { j: Int } interface J { j: Int } type X {",
    Weight::Dangerous,
    "The interface J of N is new"
)]
#[case("ONE TWO", "ONE", Weight::Breaking, "E.TWO is gone")]
#[case("ONE TWO", "ONE TWO THREE", Weight::Dangerous, "E.THREE is new")]
#[case("input In { a: Int! ", "input In { ", Weight::Breaking, "In.a is gone")]
#[case("input In { a: Int! ", "input In { a: Int ", Weight::Safe, "In.a is Int, not Int!")]
#[case("b: [Int!] c", "b: [Int!]! c", Weight::Breaking, "In.b is [Int!]!, not [Int!]")]
#[case("c: Int = 1", "c: Int = 1 z: Int!", Weight::Breaking, "In.z is new and required")]
#[case("c: Int = 1", "c: Int = 1 z: Int", Weight::Dangerous, "In.z is new")]
#[case("c: Int = 1", "c: Int", Weight::Dangerous, "In.c has another default")]
#[case("input One {", "input One @oneOf {", Weight::Breaking, "One takes exactly one of its fields")]
#[case("https://one.example", "https://two.example", Weight::Dangerous, "S is specified elsewhere")]
#[case("enum E { ONE TWO }", "scalar E", Weight::Breaking, "E is of another kind")]
#[case("FIELD | QUERY", "FIELD", Weight::Breaking, "@d may not stand at QUERY any more")]
#[case("repeatable on", "on", Weight::Breaking, "@d may not be repeated any more")]
#[case("@d(a: Int, b", "@d(b", Weight::Breaking, "@d(a) is gone")]
#[case(
    "type Mutation { s(s: S): S }",
    "type Other { s(s: S): S }",
    Weight::Breaking,
    "The root of the kind mutation is not Mutation any more"
)]
#[case("scalar S", "scalar T type X { x: T } scalar S", Weight::Safe, "The type X is new")]
fn a_change_is_weighed(#[case] from: &str, #[case] to: &str, #[case] weight: Weight, #[case] what: &str) {
    let new = OLD.replacen(from, to, 1);
    assert_ne!(new, OLD, "{from}");
    let (old, new) = (parsed(OLD, "old").expect("a schema"), parsed(&new, "new").expect("a schema"));
    let found = changes(&old, &new);
    let told = found.iter().find(|change| change.what == what);
    assert_eq!(told.map(|change| change.weight), Some(weight), "{what}: {found:#?}");
}

#[test]
fn nothing_changed_where_nothing_did() {
    let old = parsed(OLD, "old").expect("a schema");
    assert_eq!(changes(&old, &old), []);
}

#[test]
fn a_breaking_change_that_is_declared_is_none() {
    let (old, new) = (OLD, OLD.replace("b: [Int] ", "").replace("ONE TWO", "ONE"));
    let (old, new) = (parsed(old, "old").expect("a schema"), parsed(&new, "new").expect("a schema"));
    let found = changes(&old, &new);
    let count = |declared: &str| undeclared(&found, declared).len();
    assert_eq!(count(""), 2);
    assert_eq!(count("# Query.b is gone"), 2, "a comment declares nothing");
    assert_eq!(count("Query.b is gone   # nobody asked for it\n\n"), 1);
    assert_eq!(count("Query.b is gone\nE.TWO is gone"), 0);
}
