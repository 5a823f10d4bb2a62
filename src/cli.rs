//! The command line: what the program can do.

use crate::{
    catalog::{ExportCommand, ImportCommand},
    config::Config,
    schema::SchemaCommand,
};
use clap::{Args, Parser, Subcommand, ValueEnum};

/// The back end for an organization's third-party SaaS apps: buy, activate, licence, pay, renew, end.
#[derive(Debug, Parser)]
#[command(name = "tenure", version, propagate_version = true)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
    /// The settings.
    #[command(flatten)]
    pub config: Config,
}

/// What the program can do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// A fresh database with sample data and the sandbox clock: serves API and worker, and prints where to go.
    Demo,
    /// API and worker in one process.
    Serve,
    /// The API alone; any number of them on one PostgreSQL.
    Api,
    /// The worker alone; any number of them on one PostgreSQL.
    Worker,
    /// The migrations alone.
    Migrate {
        /// Up, down (refused while there are subscriptions), or status.
        direction: Direction,
    },
    /// Prints the schema in the schema definition language, or what changed in it.
    Schema {
        /// What to do with it instead of printing it.
        #[command(subcommand)]
        command: Option<SchemaCommand>,
    },
    /// Prints the reference of error codes, as Markdown.
    Errors,
    /// Prints a bearer token that is signed with the local secret, valid 8 hours.
    Token(TokenFor),
    /// Imports what publishers sell from a file.
    Import {
        /// What to import.
        #[command(subcommand)]
        command: ImportCommand,
    },
    /// Prints what publishers sell, to be imported again.
    Export {
        /// What to export.
        #[command(subcommand)]
        command: ExportCommand,
    },
    /// Fills an empty database with bulk sample data, the same for the same numbers and day: for measuring.
    Seed(SeedArguments),
    /// Who runs the marketplace.
    Operator {
        /// What to do.
        #[command(subcommand)]
        command: OperatorCommand,
    },
    /// The history of events.
    Audit {
        /// What to do with it.
        #[command(subcommand)]
        command: AuditCommand,
    },
    /// Scheduled jobs.
    Jobs {
        /// What to do with them.
        #[command(subcommand)]
        command: JobsCommand,
    },
}

/// Which way to migrate.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub enum Direction {
    /// Run what is pending.
    Up,
    /// Take everything back.
    Down,
    /// Say what has run and what is pending.
    Status,
}

/// How much bulk data to make.
#[derive(Debug, Clone, Copy, Args)]
pub struct SeedArguments {
    /// How many organizations, each with ten users: owner@organization-1.example and so on
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    pub organizations: u32,
    /// How many subscriptions in all, spread evenly over the organizations
    #[arg(long, value_parser = clap::value_parser!(u32).range(0..=10_000_000))]
    pub subscriptions: u32,
    /// For how many monthly periods each has been charged
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..=60))]
    pub invoices_per_subscription: u32,
}

/// What to do with operators.
#[derive(Debug, Subcommand)]
pub enum OperatorCommand {
    /// Makes somebody an operator. Needs only the database, so that a new installation can begin.
    Add {
        /// Their e-mail address, by which they are recognized the first time they come.
        #[arg(long)]
        email: String,
        /// Their name, which customers see in their history [default: Marketplace operator]
        #[arg(long)]
        name: Option<String>,
    },
}

/// What to do with the history of events.
#[derive(Debug, Subcommand)]
pub enum AuditCommand {
    /// Verifies it; says what is broken first, and exits with 1 then.
    Verify {
        /// A file with what `audit checkpoint` printed before: the history is held against it.
        #[arg(long)]
        checkpoint: Option<std::path::PathBuf>,
    },
    /// Prints a digest of the history as JSON, to be kept where nobody who writes to the database can change it.
    Checkpoint,
}

/// What to do with scheduled jobs.
#[derive(Debug, Subcommand)]
pub enum JobsCommand {
    /// Runs one job once, now, and prints its report as JSON.
    Run {
        /// The job's name.
        name: String,
    },
}

/// Whose token to print.
#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
pub struct TokenFor {
    /// The user or operator with this e-mail address.
    #[arg(long)]
    pub email: Option<String>,
    /// The publisher with this short name.
    #[arg(long)]
    pub publisher: Option<String>,
    /// The partner with this short name.
    #[arg(long)]
    pub partner: Option<String>,
    /// The operator of the marketplace.
    #[arg(long)]
    pub operator: bool,
}
