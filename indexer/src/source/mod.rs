//! Where documents come from: files and standard input.
//!
//! `compressed` opens and decompresses, `format` tells what came, and `jsonl`, `array` and
//! `csv` each split it into documents that [`Chunks`] packs for the pipeline. Everything is read
//! once, front to back, in bounded memory.

mod array;
mod bounded;
mod chunk;
mod compressed;
mod csv;
mod error;
mod format;
mod input;
mod jsonl;

pub use self::chunk::{Chunk, Chunks, Record};
pub use self::csv::CellTypes;
pub use self::error::SourceError;
pub use self::input::{Input, Meter};

#[cfg(test)]
mod tests;
