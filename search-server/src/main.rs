//! The `search-server` command.

use std::process::ExitCode;

use clap::Parser;
use search_core::EngineError;
use search_server::ConfigError;
use search_server::cli::Cli;

// Searches allocate from many threads at once; the system's allocator makes them wait.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const FAILED: u8 = 1;
/// Another process writes into the data directory.
const LOCKED: u8 = 4;
const USAGE: u8 = 64;

fn main() -> ExitCode {
    #[cfg(feature = "failpoints")]
    let _points_of_failure = fail::FailScenario::setup();
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            let asked_for = !error.use_stderr();
            let printed = error.print();
            let code = if asked_for && printed.is_ok() { 0 } else { USAGE };
            return ExitCode::from(code);
        }
    };
    match search_server::run(cli) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("search-server: {error:#}");
            ExitCode::from(exit_code(&error))
        }
    }
}

fn exit_code(error: &anyhow::Error) -> u8 {
    match error.downcast_ref() {
        Some(EngineError::Locked { .. }) => LOCKED,
        _ if error.is::<ConfigError>() => USAGE,
        _ => FAILED,
    }
}
