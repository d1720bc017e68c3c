//! What can change without a new generation: the synonyms of a catalogue.

use serde::{Deserialize, Serialize};

use crate::analysis::{Analyzer, Synonyms};
use crate::error::Result;
use crate::index::{CatalogLayout, read_json};

/// As it lies on disk.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct StoredSettings {
    /// Rises with every change; part of the index version.
    pub version: u64,
    #[serde(default)]
    pub synonyms: Vec<String>,
}

impl StoredSettings {
    /// The settings of a catalogue; none have been made yet where there is no file.
    pub(crate) fn read(layout: &CatalogLayout) -> Result<Self> {
        Ok(read_json(&layout.settings())?.unwrap_or_default())
    }

    pub(crate) fn version_in(layout: &CatalogLayout) -> Result<u64> {
        Ok(Self::read(layout)?.version)
    }
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
