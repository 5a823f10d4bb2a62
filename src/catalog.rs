//! `tenure import catalog` and `tenure export catalog`.

use crate::{
    commands::signs_nothing,
    config::Config,
    program::{self, Failure, Result},
};
use clap::Subcommand;
use domain::{
    Error,
    catalog::{self, Catalog, Imported},
};
use secrecy::ExposeSecret;
use std::path::{Path, PathBuf};

/// What to import.
#[derive(Debug, Subcommand)]
pub enum ImportCommand {
    /// Publishers, apps and plans, all of the file or nothing. What is not in it stays as it is.
    Catalog {
        /// JSON, as `export catalog` prints it.
        file: PathBuf,
    },
}

/// What to export.
#[derive(Debug, Subcommand)]
pub enum ExportCommand {
    /// Prints publishers, apps and plans as JSON that can be imported again.
    Catalog {
        /// Only the publisher with this short name.
        #[arg(long, value_name = "SLUG")]
        publisher: Option<String>,
    },
}

pub(crate) async fn import(config: &Config, command: ImportCommand) -> Result<()> {
    let ImportCommand::Catalog { file } = command;
    let unread = |error| Failure::new(format!("{} cannot be read: {error}", file.display()));
    let text = std::fs::read_to_string(&file).map_err(unread)?;
    let catalog = Catalog::parse(&text).map_err(|error| at_its_place(&file, error))?;
    let db = program::open(config).await?;
    let market = signs_nothing(config, &db).await?;
    let imported = catalog::import(&market, &catalog).await.map_err(|error| at_its_place(&file, error))?;
    let Imported { new, changed, unchanged, publishers } = imported;
    println!("publishers, apps and plans: {new} new, {changed} changed, {unchanged} unchanged");
    for (slug, key) in publishers {
        println!(
            "publisher {slug} is new; its first API key, shown this once: {}",
            key.secret.expose_secret()
        );
    }
    Ok(db.close().await?)
}

/// What is wrong, and where in the file: as a JSON pointer.
fn at_its_place(file: &Path, error: Error) -> Failure {
    let file = file.display();
    match error {
        Error::Invalid(path, message) if path.0.is_empty() => Failure::new(format!("{file}: {message}")),
        Error::Invalid(path, message) => Failure::new(format!("{file}: {}: {message}", path.pointer())),
        error => error.into(),
    }
}

pub(crate) async fn export(config: &Config, command: ExportCommand) -> Result<()> {
    let ExportCommand::Catalog { publisher } = command;
    let db = program::open(config).await?;
    let market = signs_nothing(config, &db).await?;
    let catalog = catalog::export(&market, publisher.as_deref()).await?;
    println!("{}", serde_json::to_string_pretty(&catalog)?);
    Ok(db.close().await?)
}
