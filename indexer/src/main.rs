//! The binary: arguments in, exit code out.

use std::process::ExitCode;

use clap::Parser;
use indexer::cli::Cli;
use indexer::exit::Exit;
use mimalloc::MiMalloc;

/// Analysing documents is many small allocations on several threads; mimalloc is
/// markedly faster at that than the system's allocator.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

fn main() -> ExitCode {
    #[cfg(feature = "failpoints")]
    let _points_of_failure = fail::FailScenario::setup();
    match Cli::try_parse() {
        Ok(cli) => indexer::cli::run(cli).into(),
        Err(error) => {
            // clap's own code for a usage error is 2, which here means "could not tell".
            let _ = error.print();
            if error.use_stderr() { Exit::Usage.into() } else { Exit::Done.into() }
        }
    }
}
