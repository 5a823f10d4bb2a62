//! The binary `tenure`.

use clap::Parser;
use std::process::ExitCode;
use tenure::{cli::Cli, commands, config};

#[tokio::main]
async fn main() -> ExitCode {
    #[cfg(feature = "failpoints")]
    let _faults = domain::failpoint::switch_on();
    let outcome = match config::refuse_unknown_settings(std::env::vars_os()) {
        Ok(()) => commands::run(Cli::parse()).await,
        Err(error) => Err(error),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("tenure: {error}");
            ExitCode::FAILURE
        }
    }
}
