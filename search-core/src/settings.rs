//! What can change without a new generation: the synonyms and the rules of a catalogue.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::analysis::{Analyzers, Synonyms};
use crate::catalog::Catalog;
use crate::error::{EngineError, Result};
use crate::index::{CatalogLayout, read_json, write_json};
use crate::query::{ParsedQuery, Word};
use crate::rules::{Rule, Rules, boundaries};

/// The settings of a catalogue as they were given, and as they are kept.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct StoredSettings {
    /// Rises with every change; part of the index version.
    pub version: u64,
    /// The synonym rules.
    #[serde(default)]
    pub synonyms: Vec<String>,
    /// The rules for certain words and categories.
    #[serde(default)]
    pub rules: Vec<Rule>,
}

impl StoredSettings {
    /// The settings of a catalogue; none have been made yet where there is no file.
    pub(crate) fn read(layout: &CatalogLayout) -> Result<Self> {
        Ok(read_json(&layout.settings())?.unwrap_or_default())
    }

    /// Puts these in the place of a catalogue's settings, under a version of their own.
    pub(crate) fn restore(self, layout: &CatalogLayout) -> Result<Self> {
        let _lock = layout.lock_settings()?;
        let next = match Self::read(layout) {
            // Nothing can be read of what is to be replaced: there have been fewer changes than
            // milliseconds.
            Err(EngineError::Damaged { .. }) => u64::try_from(now()).unwrap_or_default(),
            current => current?.next_version(),
        };
        let restored = Self { version: next.max(self.version), ..self };
        write_json(&layout.settings(), &restored)?;
        Ok(restored)
    }

    /// Their version alone: to see that nothing has changed, large sets need not be read.
    pub(crate) fn version_in(layout: &CatalogLayout) -> Result<u64> {
        #[derive(Default, Deserialize)]
        struct Versioned {
            version: u64,
        }
        Ok(read_json::<Versioned>(&layout.settings())?.unwrap_or_default().version)
    }

    /// What they add to the index version at a moment.
    pub(crate) fn version_at(&self, now: i64) -> u64 {
        let passed = boundaries(&self.rules).partition_point(|boundary| *boundary <= now);
        self.version + passed as u64
    }

    /// A version for a change of these settings: over all that they will ever have.
    pub(crate) fn next_version(&self) -> u64 {
        self.version + boundaries(&self.rules).len() as u64 + 1
    }
}

/// Compiled, for searching.
#[derive(Debug)]
pub(crate) struct Settings {
    pub version: u64,
    pub synonyms: Synonyms,
    /// What the language knows besides.
    pub thesaurus: Synonyms,
    pub rules: Rules,
}

impl Settings {
    pub(crate) fn compile(
        stored: &StoredSettings,
        catalog: &Catalog,
        analyzers: &Analyzers,
    ) -> Result<Self> {
        let analyzer = analyzers.of_query(None);
        Ok(Self {
            version: stored.version,
            synonyms: Synonyms::from_rules(&stored.synonyms, analyzer)?,
            thesaurus: match catalog.ranking().thesaurus {
                true => Synonyms::thesaurus(catalog.language(), analyzer),
                false => Synonyms::empty(),
            },
            rules: Rules::compile(&stored.rules, catalog, analyzer),
        })
    }

    /// What they add to the index version: rules that begin or end change answers as a new set
    /// does.
    pub(crate) fn version_at(&self, now: i64) -> u64 {
        self.version + self.rules.boundaries_passed(now)
    }

    /// As they would lie on disk.
    pub(crate) fn stored(&self) -> StoredSettings {
        StoredSettings {
            version: self.version,
            synonyms: self.synonyms.rules().to_vec(),
            rules: self.rules.given().to_vec(),
        }
    }
}

/// The moment by which rules are in use or not, in milliseconds since 1970.
pub(crate) fn now() -> i64 {
    Timestamp::now().as_millisecond()
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
