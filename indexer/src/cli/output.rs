//! Results, on standard output.

use std::fmt::Display;
use std::io::{self, Write};

use serde::Serialize;

/// Prints a result.
pub(super) fn print(result: impl Display) -> io::Result<()> {
    ignore_broken_pipe(writeln!(io::stdout().lock(), "{result}"))
}

/// Prints a result as one line of JSON.
pub(super) fn print_json(result: &impl Serialize) -> io::Result<()> {
    print(serde_json::to_string(result)?)
}

/// A reader that has seen enough, as in `indexer infer FILE | head`, is no failure.
fn ignore_broken_pipe(result: io::Result<()>) -> io::Result<()> {
    match result {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        other => other,
    }
}
