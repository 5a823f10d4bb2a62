//! The program: command line, configuration, start and stop.

mod address;
pub mod catalog;
pub mod cli;
pub mod commands;
pub mod config;
pub mod demo;
pub mod exposure;
pub mod graphiql;
pub mod jobs;
pub mod limits;
pub mod logging;
pub mod metrics;
pub mod program;
pub mod schema;
pub mod schema_guard;
pub mod tax_rates;
pub mod webhooks;
