//! The reference of error codes: what is committed is what the code says, and no code is missing in it.

use std::{collections::BTreeSet, fs, path::Path, sync::LazyLock};

/// The committed reference, as it is now: `make errors` needs no test built anew.
fn committed() -> &'static str {
    static REFERENCE: LazyLock<String> = LazyLock::new(|| {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/errors.md");
        fs::read_to_string(path).unwrap_or_else(|error| panic!("{path}: {error}"))
    });
    &REFERENCE
}

/// The codes in the first column of the tables.
fn listed() -> BTreeSet<&'static str> {
    committed().lines().filter_map(|line| line.strip_prefix("| `")?.split('`').next()).collect()
}

#[test]
fn the_committed_reference_of_errors_is_the_one_of_the_code() {
    assert!(api::errors() == committed(), "docs/errors.md is not what the code says: run `make errors`");
}

#[test]
fn every_code_of_a_refusal_is_in_the_reference() {
    let missing: Vec<_> =
        domain::Code::all().map(|code| code.name()).filter(|code| !listed().contains(code)).collect();
    assert_eq!(missing, Vec::<&str>::new());
}

/// The file whose texts in capitals are values of enums.
const ENUMS: &str = "enums.rs";

/// The texts in capitals that a file of the API has in quotes, after which codes look.
fn in_capitals(text: &str) -> impl Iterator<Item = &str> {
    let code =
        |part: &&str| part.len() > 5 && part.bytes().all(|byte| byte.is_ascii_uppercase() || byte == b'_');
    text.split('"').filter(code)
}

#[test]
fn every_code_that_the_api_answers_is_in_the_reference() {
    let sources = Path::new(env!("CARGO_MANIFEST_DIR")).join("api/src");
    let (mut directories, mut unlisted, mut seen) = (vec![sources], BTreeSet::new(), BTreeSet::new());
    while let Some(directory) = directories.pop() {
        for entry in fs::read_dir(&directory).expect("a directory") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                directories.push(path);
                continue;
            }
            if path.ends_with(ENUMS) {
                continue;
            }
            let text = fs::read_to_string(&path).expect("text");
            for code in in_capitals(&text) {
                seen.insert(code.to_owned());
                if !listed().contains(code) {
                    unlisted.insert(format!("{code} in {}", path.display()));
                }
            }
        }
    }
    assert_eq!(unlisted, BTreeSet::new(), "say in api/src/reference.rs what they mean");
    assert!(seen.len() > 5, "codes are written differently now: {seen:?}");
}
