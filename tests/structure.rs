//! The shape of the code: who may know whom, and rules that no compiler keeps.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

/// Our crates beside the program itself, and which of our crates each may know.
const CRATES: [(&str, &[&str]); 5] = [
    ("api", &["domain", "entity"]),
    ("worker", &["domain", "entity"]),
    ("domain", &["entity"]),
    ("entity", &[]),
    ("migration", &[]),
];

/// What a crate must not know of the world: names, or beginnings of names, of other people's crates.
const UNKNOWN: [(&str, &[&str]); 5] = [
    ("api", &["apalis", "cron"]),
    ("worker", &["async-graphql", "axum", "tower"]),
    ("domain", &["async-graphql", "axum", "tower", "hyper", "apalis", "cron", "clap"]),
    ("entity", &["async-graphql", "axum", "tower", "hyper", "apalis", "cron", "clap", "sqlx"]),
    ("migration", &["async-graphql", "axum", "tower", "hyper", "apalis", "cron", "clap"]),
];

/// Where the code of the program is.
const PROGRAM: [&str; 6] = ["src", "api", "worker", "domain", "entity", "migration"];

/// The most lines that one file of the program has.
const LONGEST: usize = 400;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// What the manifest of one of our crates names as dependencies, of whichever kind.
fn dependencies(name: &str) -> BTreeSet<String> {
    let manifest = root().join(name).join("Cargo.toml");
    let text =
        fs::read_to_string(&manifest).unwrap_or_else(|error| panic!("{}: {error}", manifest.display()));
    let mut found = BTreeSet::new();
    let mut among_them = false;
    for line in text.lines().map(str::trim).filter(|line| !line.starts_with('#')) {
        if let Some(section) = line.strip_prefix('[') {
            // `[dependencies]`, `[target.'cfg(unix)'.dev-dependencies]`, or `[dependencies.NAME]`
            let section = section.trim_end_matches(']');
            among_them = section.ends_with("dependencies");
            found.extend(section.split_once("dependencies.").map(|(_, name)| name.to_owned()));
        } else if among_them && let Some((name, value)) = line.split_once(['.', '=', ' ']) {
            found.insert(name.to_owned());
            // One that goes by another name here.
            let renamed = value.split_once("package").and_then(|(_, rest)| rest.split('"').nth(1));
            found.extend(renamed.map(str::to_owned));
        }
    }
    found
}

/// The files of Rust below a directory, by their paths from the root.
fn rust_files(below: &str) -> Vec<PathBuf> {
    let (mut files, mut directories) = (Vec::new(), vec![root().join(below)]);
    while let Some(directory) = directories.pop() {
        let entries =
            fs::read_dir(&directory).unwrap_or_else(|error| panic!("{}: {error}", directory.display()));
        for entry in entries {
            let path = entry.expect("an entry").path();
            let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
            if path.is_dir() {
                // What cargo and npm put beside the sources is not ours.
                let cache = name == "node_modules" || path.join("CACHEDIR.TAG").exists();
                if !cache && !name.starts_with('.') {
                    directories.push(path);
                }
            } else if name.ends_with(".rs") {
                files.push(path.strip_prefix(root()).expect("a path below the root").to_owned());
            }
        }
    }
    files.sort();
    files
}

/// Every file of the program, and what is in it.
fn program() -> BTreeMap<PathBuf, String> {
    let found: BTreeMap<_, _> =
        PROGRAM.into_iter().flat_map(rust_files).map(|path| (path.clone(), read(&path))).collect();
    for part in PROGRAM {
        assert!(found.keys().any(|path| path.starts_with(part)), "no code in {part}");
    }
    found
}

fn read(path: &Path) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

#[test]
fn dependencies_point_one_way() {
    for (name, may_know) in CRATES {
        let ours: BTreeSet<_> = CRATES.iter().map(|(name, _)| *name).chain(["tenure"]).collect();
        let known: Vec<_> =
            dependencies(name).into_iter().filter(|known| ours.contains(known.as_str())).collect();
        let wrong: Vec<_> = known.iter().filter(|known| !may_know.contains(&known.as_str())).collect();
        assert!(wrong.is_empty(), "{name} must not know {wrong:?}");
    }
}

#[test]
fn api_and_worker_meet_in_the_domain_alone() {
    for (name, knows) in [("api", "domain"), ("worker", "domain"), ("domain", "entity")] {
        assert!(dependencies(name).contains(knows), "{name} builds on {knows}");
    }
    assert!(!dependencies("api").contains("worker"));
    assert!(!dependencies("worker").contains("api"));
}

#[test]
fn every_crate_of_the_workspace_has_its_place() {
    let manifest = read(Path::new("Cargo.toml"));
    let members =
        manifest.lines().find_map(|line| line.strip_prefix("members = ")).expect("members, on one line");
    let members: BTreeSet<_> =
        members.split('"').skip(1).step_by(2).filter(|member| *member != ".").collect();
    let placed: BTreeSet<_> = CRATES.into_iter().map(|(name, _)| name).collect();
    let kept_apart: BTreeSet<_> = UNKNOWN.into_iter().map(|(name, _)| name).collect();
    assert_eq!((&members, &members), (&placed, &kept_apart));
}

#[test]
fn each_crate_knows_only_its_part_of_the_world() {
    for (name, unknown) in UNKNOWN {
        let known = dependencies(name);
        assert!(!known.is_empty(), "{name} has dependencies that this test can read");
        let wrong: Vec<_> =
            known.iter().filter(|known| unknown.iter().any(|unknown| known.starts_with(unknown))).collect();
        assert!(wrong.is_empty(), "{name} must not know {wrong:?}");
    }
}

/// SeaORM's root brings in a name `entity`, which hides our crate.
#[test]
fn nothing_takes_all_of_sea_orm() {
    for (path, text) in program() {
        for (number, line) in (1..).zip(text.lines()) {
            let all = line.contains("sea_orm::*") || line.contains("sea_orm::{*");
            assert!(!all, "{}:{number}: {line}", path.display());
        }
    }
}

#[test]
fn no_file_of_the_program_is_long() {
    let long: Vec<_> = program()
        .into_iter()
        .map(|(path, text)| (text.lines().count(), path))
        .filter(|(lines, _)| *lines > LONGEST)
        .collect();
    assert!(long.is_empty(), "more than {LONGEST} lines: {long:?}");
}

#[test]
fn every_file_says_what_it_is() {
    let silent: Vec<_> = rust_files("").into_iter().filter(|path| !read(path).starts_with("//! ")).collect();
    assert!(silent.is_empty(), "these do not open with a line of `//!`: {silent:?}");
}

/// The lints of clippy.toml say so too, where they are not switched off.
#[test]
fn time_ids_and_randomness_have_one_source_each() {
    let sources: [(&str, &[&str]); 2] = [
        ("domain/src/clock.rs", &["Utc::now", "Local::now", "SystemTime::now", "std::time::Instant"]),
        (
            "domain/src/ids.rs",
            &[
                "Uuid::new_v4",
                "Uuid::now_v1",
                "Uuid::now_v6",
                "Uuid::now_v7",
                "rand::rng(",
                "rand::random",
                "rand::thread_rng",
                "from_os_rng",
                "OsRng",
                "ThreadRng",
            ],
        ),
    ];
    let program = program();
    for (source, calls) in sources {
        assert!(program.contains_key(Path::new(source)), "{source} is where it was");
        for (path, text) in program.iter().filter(|(path, _)| path.as_path() != Path::new(source)) {
            let call = calls.iter().find(|call| text.contains(**call));
            assert_eq!(call, None, "{} has what belongs into {source}", path.display());
        }
    }
}

/// What is shown to actors is found by a reader, which narrows every statement to what they see. Only a subquery, which
/// narrows one of those further, begins elsewhere.
#[test]
fn what_is_shown_is_found_by_a_reader() {
    let shows = |path: &Path| {
        path.starts_with("domain/src/view")
            || path.starts_with("api/src/types")
            || [Path::new("domain/src/subscription/allowed.rs"), Path::new("domain/src/billing/upcoming.rs")]
                .contains(&path)
    };
    let mut looked_at = 0;
    for (path, text) in program().iter().filter(|(path, _)| shows(path)) {
        looked_at += 1;
        for pool in ["db().read()", "db().writer()"] {
            assert!(!text.contains(pool), "{} goes past the reader: {pool}", path.display());
        }
    }
    assert!(looked_at > 20, "{looked_at} files show something");
}
