//! `indexer infer`

use clap::Args;

use super::output::print;
use crate::exit::Exit;
use crate::infer::infer;
use crate::source::Input;

/// Prints a catalogue guessed from the documents of a file.
#[derive(Debug, Args)]
pub(super) struct InferArgs {
    /// JSON lines, a JSON array or CSV; plain, gzip or zstd; `-` is standard input
    #[arg(value_name = "FILE")]
    input: Input,
    /// The name of the catalogue: lower-case letters, digits, `_` and `-`
    #[arg(long, default_value = "products")]
    name: String,
}

impl InferArgs {
    pub(super) fn run(self) -> anyhow::Result<Exit> {
        let catalog = infer(&self.input, &self.name)?;
        print(catalog.trim_end())?;
        Ok(Exit::Done)
    }
}
