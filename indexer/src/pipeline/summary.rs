//! What an import did.

use std::fmt;
use std::path::PathBuf;

use indicatif::HumanCount;
use serde::Serialize;

use crate::exit::Exit;

/// What an import did.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Summary {
    /// The catalogue.
    pub catalog: String,
    /// The generation that the products went into.
    pub generation: u64,
    /// The version of the index that shows them.
    pub index_version: u64,
    /// Products that went in, each id once.
    pub products: u64,
    /// Documents that could not be indexed.
    pub rejected: u64,
    /// Documents that a later one with the same id replaced.
    pub duplicates: u64,
    /// Time it took.
    pub seconds: f64,
    /// Speed.
    pub products_per_second: f64,
    /// The file with the rejected documents.
    pub dead_letters: Option<PathBuf>,
}

impl Summary {
    /// How the command ends.
    pub fn exit(&self) -> Exit {
        if self.rejected == 0 { Exit::Done } else { Exit::DeadLetters }
    }
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}: {} products in generation {} ({} rejected, {} duplicates) in {:.1} s, {} products/s",
            self.catalog,
            HumanCount(self.products),
            self.generation,
            HumanCount(self.rejected),
            HumanCount(self.duplicates),
            self.seconds,
            HumanCount(self.products_per_second as u64),
        )?;
        match &self.dead_letters {
            Some(file) => write!(f, "; dead letters in {}", file.display()),
            None => Ok(()),
        }
    }
}
