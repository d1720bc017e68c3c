//! What can change without a new generation: the synonyms of a catalogue.

use serde::{Deserialize, Serialize};

use crate::analysis::{Analyzer, Synonyms};
use crate::error::Result;

/// As it lies on disk.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct StoredSettings {
    /// Rises with every change; part of the index version.
    pub version: u64,
    #[serde(default)]
    pub synonyms: Vec<String>,
}

/// Compiled, for searching.
#[derive(Debug)]
pub(crate) struct Settings {
    pub version: u64,
    pub synonyms: Synonyms,
}

impl Settings {
    pub(crate) fn compile(stored: &StoredSettings, analyzer: &Analyzer) -> Result<Self> {
        let synonyms = Synonyms::from_rules(&stored.synonyms, analyzer)?;
        Ok(Self { version: stored.version, synonyms })
    }
}
