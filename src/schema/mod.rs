//! `tenure schema`: prints the schema, and says what changed since an older one.

mod compare;
mod members;

pub use self::compare::{Change, Weight, changes};

use crate::program::{Failure, Result};
use apollo_compiler::{Schema, validation::Valid};
use clap::Subcommand;
use std::{fs, path::PathBuf};

/// What to do with the schema.
#[derive(Debug, Subcommand)]
pub enum SchemaCommand {
    /// Says what changed since an older one: what breaks clients, what may surprise them, and what does neither. Exits with 1
    /// for a breaking change that is not declared.
    Diff {
        /// A file with the older schema in the schema definition language.
        old: PathBuf,
        /// A file with breaking changes that are meant, each on a line as it is printed here; behind `#` stands why.
        #[arg(long)]
        declared: Option<PathBuf>,
    },
}

/// Prints the schema, or what the command asks for.
///
/// # Errors
/// When a file cannot be read, is no schema, or a breaking change is not declared.
pub fn run(command: Option<SchemaCommand>) -> Result<()> {
    let Some(SchemaCommand::Diff { old, declared }) = command else {
        print!("{}", api::sdl());
        return Ok(());
    };
    let read = |file: &PathBuf| {
        fs::read_to_string(file).map_err(|error| Failure::new(format!("{}: {error}", file.display())))
    };
    let older = parsed(&read(&old)?, &old.display().to_string())?;
    let declared = declared.as_ref().map(read).transpose()?.unwrap_or_default();
    let newer = parsed(&api::sdl(), "the schema of this program")?;
    let found = changes(&older, &newer);
    for change in &found {
        println!("{change}");
    }
    let undeclared = undeclared(&found, &declared);
    if undeclared.is_empty() {
        return Ok(());
    }
    Err(Failure::new(format!("{} breaking changes are not declared", undeclared.len())))
}

/// A schema in the schema definition language.
///
/// # Errors
/// When it is none.
pub fn parsed(text: &str, name: &str) -> Result<Valid<Schema>> {
    Schema::parse_and_validate(text, name)
        .map_err(|invalid| Failure::new(format!("{name} is no valid schema: {}", invalid.errors)))
}

/// The breaking changes that are not among the declared ones.
pub fn undeclared<'a>(found: &'a [Change], declared: &str) -> Vec<&'a Change> {
    let lines = declared.lines().map(|line| line.split('#').next().unwrap_or_default().trim());
    let declared: Vec<&str> = lines.filter(|line| !line.is_empty()).collect();
    let breaking = found.iter().filter(|change| change.weight == Weight::Breaking);
    breaking.filter(|change| !declared.contains(&change.what.as_str())).collect()
}
