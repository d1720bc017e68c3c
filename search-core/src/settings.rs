//! What can change without a new generation: the synonyms of a catalogue.

use serde::{Deserialize, Serialize};

use crate::analysis::{QueryAnalyzer, Synonyms};
use crate::error::Result;
use crate::index::{CatalogLayout, read_json};
use crate::query::{ParsedQuery, Word};

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
    pub(crate) fn compile(stored: &StoredSettings, analyzer: &QueryAnalyzer) -> Result<Self> {
        let synonyms = Synonyms::from_rules(&stored.synonyms, analyzer)?;
        Ok(Self { version: stored.version, synonyms })
    }
}

/// How a query is expanded by synonyms.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SynonymPreview {
    /// The query's words, as they are looked up.
    pub words: Vec<String>,
    /// What each run of words may also be.
    pub expansions: Vec<SynonymExpansion>,
}

/// A run of words and what it may also be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SynonymExpansion {
    /// The words of the query.
    pub words: Vec<String>,
    /// The terms that are searched as well, as the rules write them.
    pub alternatives: Vec<String>,
}

impl SynonymPreview {
    pub(crate) fn of(query: &ParsedQuery, synonyms: &Synonyms) -> Self {
        let surfaces = |words: &[Word]| words.iter().map(|word| word.surface.clone()).collect();
        let expansions = query.synonyms(synonyms).into_iter().map(|found| SynonymExpansion {
            words: surfaces(query.words.get(found.range.clone()).unwrap_or_default()),
            alternatives: found.alternatives.into_iter().map(|term| term.text).collect(),
        });
        Self { words: surfaces(&query.words), expansions: expansions.collect() }
    }
}
