//! What can go wrong, split by whose fault it is.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::analysis::SynonymError;
use crate::catalog::CatalogError;
use crate::document::RejectedProduct;
use crate::limits::MAX_SNAPSHOT_NAME_BYTES;
use crate::query::filter::FilterError;
use crate::rules::RuleError;

/// `Result` with [`EngineError`].
pub type Result<T, E = EngineError> = std::result::Result<T, E>;

/// Why the engine could not do what was asked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EngineError {
    /// The request is at fault; nothing was done.
    #[error(transparent)]
    Request(#[from] RequestError),
    /// The catalogue is at fault.
    #[error(transparent)]
    Catalog(#[from] CatalogError),
    /// The synonyms are at fault; the running set stays.
    #[error(transparent)]
    Synonyms(#[from] SynonymError),
    /// The rules are at fault; the running set stays.
    #[error(transparent)]
    Rules(#[from] RuleError),
    /// The document cannot be indexed.
    #[error(transparent)]
    Rejected(#[from] RejectedProduct),
    /// No product has this id.
    #[error("no product has the id {id:?}")]
    NoSuchProduct {
        /// The id asked for.
        id: String,
    },
    /// The data directory holds no such catalogue.
    #[error("the data directory {} holds no catalogue {name:?}, it holds {present:?}", dir.display())]
    NoSuchCatalog {
        /// The data directory.
        dir: PathBuf,
        /// The catalogue asked for.
        name: String,
        /// The catalogues that are there.
        present: Vec<String>,
    },
    /// The data directory holds several catalogues and none was named.
    #[error("the data directory {} holds several catalogues, name one of {present:?}", dir.display())]
    AmbiguousCatalog {
        /// The data directory.
        dir: PathBuf,
        /// The catalogues that are there.
        present: Vec<String>,
    },
    /// The path is not a data directory.
    #[error("{} is not a data directory: {reason}", dir.display())]
    NotADataDirectory {
        /// The path.
        dir: PathBuf,
        /// What is missing.
        reason: String,
    },
    /// No generation has this number.
    #[error("no generation {number} is kept, kept are {kept:?}")]
    NoSuchGeneration {
        /// The number asked for.
        number: u64,
        /// The generations that are kept.
        kept: Vec<u64>,
    },
    /// What a snapshot was to be called is no name for one.
    #[error(
        "a snapshot's name is 1 to {MAX_SNAPSHOT_NAME_BYTES} characters of a-z, 0-9, '.', '_' and \
         '-', and begins neither with '.' nor with 'building-', got {name:?}"
    )]
    InvalidSnapshotName {
        /// The name.
        name: String,
    },
    /// A snapshot of this name has been saved already.
    #[error("a snapshot {name:?} is saved already")]
    SnapshotExists {
        /// The name.
        name: String,
    },
    /// No snapshot of this name is saved.
    #[error("no snapshot {name:?} is saved, saved are {present:?}")]
    NoSuchSnapshot {
        /// The name asked for.
        name: String,
        /// The snapshots that are there.
        present: Vec<String>,
    },
    /// The path is not a saved snapshot.
    #[error("{} is not a saved snapshot: {reason}", dir.display())]
    NotASnapshot {
        /// The path.
        dir: PathBuf,
        /// What is missing.
        reason: String,
    },
    /// There was no commit that could have been saved as a whole.
    #[error(
        "no whole commit was found in {looks} looks: commits come too fast, or the last one was \
         cut short and the next one completes it"
    )]
    NoWholeCommit {
        /// How often it was looked for one.
        looks: usize,
    },
    /// Another writer holds the data directory.
    #[error("another writer holds the data directory: {holder}")]
    Locked {
        /// Who holds it, since when.
        holder: String,
    },
    /// The search did not finish in its time; the work was stopped.
    #[error("the search did not finish within {timeout_ms} ms")]
    DeadlineExceeded {
        /// The time it had.
        timeout_ms: u64,
    },
    /// Something on disk is not as it was written.
    #[error("{} is damaged: {reason}", path.display())]
    Damaged {
        /// What is damaged.
        path: PathBuf,
        /// How it shows.
        reason: String,
    },
    /// A write failed, and what came after the last commit with it.
    #[error("a write failed: roll back and go on from the position of the last commit")]
    RollbackNeeded,
    /// A file could not be read or written.
    #[error("{}: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The index library failed.
    #[error("the index failed: {0}")]
    Index(#[from] tantivy::TantivyError),
}

/// Does work on files that the index library trusts: where they are damaged it panics.
pub(crate) fn guarded<T>(what: &str, work: impl FnOnce() -> Result<T>) -> Result<T> {
    std::panic::catch_unwind(std::panic::AssertUnwindSafe(work)).unwrap_or_else(|panic| {
        let message = panic.downcast_ref::<String>().map(String::as_str);
        let message = message.or_else(|| panic.downcast_ref::<&str>().copied());
        Err(EngineError::Damaged {
            path: what.into(),
            reason: message.unwrap_or("the index library panicked").to_owned(),
        })
    })
}

impl EngineError {
    /// The stable code of this error, for programs.
    pub fn code(&self) -> ErrorCode {
        match self {
            Self::Request(error) => error.code,
            Self::Catalog(_) => ErrorCode::InvalidCatalog,
            Self::Synonyms(_) => ErrorCode::InvalidSynonyms,
            Self::Rules(_) => ErrorCode::InvalidRules,
            Self::Rejected(_) => ErrorCode::InvalidDocument,
            Self::NoSuchProduct { .. } => ErrorCode::ProductNotFound,
            Self::NoSuchCatalog { .. } | Self::AmbiguousCatalog { .. } => {
                ErrorCode::CatalogNotFound
            }
            Self::NotADataDirectory { .. } => ErrorCode::NotADataDirectory,
            Self::NoSuchGeneration { .. } => ErrorCode::GenerationNotFound,
            Self::InvalidSnapshotName { .. } => ErrorCode::InvalidSnapshotName,
            Self::SnapshotExists { .. } => ErrorCode::SnapshotExists,
            Self::NoSuchSnapshot { .. } => ErrorCode::SnapshotNotFound,
            Self::NotASnapshot { .. } => ErrorCode::NotASnapshot,
            Self::NoWholeCommit { .. } => ErrorCode::NoWholeCommit,
            Self::Locked { .. } => ErrorCode::WriterHeld,
            Self::DeadlineExceeded { .. } => ErrorCode::DeadlineExceeded,
            Self::Damaged { .. } => ErrorCode::Damaged,
            Self::RollbackNeeded | Self::Io { .. } | Self::Index(_) => ErrorCode::Internal,
        }
    }

    pub(crate) fn io(path: impl Into<PathBuf>) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.into();
        move |source| Self::Io { path, source }
    }
}

/// A stable name for a kind of error.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ErrorCode {
    /// The query text is at fault.
    InvalidQuery,
    /// The filter is at fault.
    InvalidFilter,
    /// A refinement is at fault.
    InvalidRefinement,
    /// A facet is at fault.
    InvalidFacet,
    /// A sort key is at fault.
    InvalidSort,
    /// Limit, offset or cursor is at fault.
    InvalidPage,
    /// A field named in `fields` or `highlight` is at fault.
    InvalidField,
    /// The timeout is at fault.
    InvalidTimeout,
    /// The language of the query is no language tag.
    InvalidLocale,
    /// Any other part of the request is at fault.
    InvalidRequest,
    /// The catalogue is at fault.
    InvalidCatalog,
    /// The synonyms are at fault.
    InvalidSynonyms,
    /// The rules are at fault.
    InvalidRules,
    /// The document is at fault.
    InvalidDocument,
    /// There is no such product.
    ProductNotFound,
    /// There is no such catalogue.
    CatalogNotFound,
    /// There is no such generation.
    GenerationNotFound,
    /// The name is none for a snapshot.
    InvalidSnapshotName,
    /// There is such a snapshot already.
    SnapshotExists,
    /// There is no such snapshot.
    SnapshotNotFound,
    /// The path is not a saved snapshot.
    NotASnapshot,
    /// No commit could be saved as a whole.
    NoWholeCommit,
    /// The path is not a data directory.
    NotADataDirectory,
    /// Another writer holds the data directory.
    WriterHeld,
    /// The search took too long.
    DeadlineExceeded,
    /// Something on disk is damaged.
    Damaged,
    /// The engine failed.
    Internal,
}

impl ErrorCode {
    /// Whether a request, or a document, synonyms or rules that came with one, is at fault: the
    /// same will be refused again, by whoever is asked.
    pub fn is_invalid_input(self) -> bool {
        matches!(
            self,
            Self::InvalidQuery
                | Self::InvalidFilter
                | Self::InvalidRefinement
                | Self::InvalidFacet
                | Self::InvalidSort
                | Self::InvalidPage
                | Self::InvalidField
                | Self::InvalidTimeout
                | Self::InvalidLocale
                | Self::InvalidRequest
                | Self::InvalidSynonyms
                | Self::InvalidRules
                | Self::InvalidDocument
        )
    }

    /// The code as it is written in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::InvalidQuery => "invalid_query",
            Self::InvalidFilter => "invalid_filter",
            Self::InvalidRefinement => "invalid_refinement",
            Self::InvalidFacet => "invalid_facet",
            Self::InvalidSort => "invalid_sort",
            Self::InvalidPage => "invalid_page",
            Self::InvalidField => "invalid_field",
            Self::InvalidTimeout => "invalid_timeout",
            Self::InvalidLocale => "invalid_locale",
            Self::InvalidRequest => "invalid_request",
            Self::InvalidCatalog => "invalid_catalog",
            Self::InvalidSynonyms => "invalid_synonyms",
            Self::InvalidRules => "invalid_rules",
            Self::InvalidDocument => "invalid_document",
            Self::ProductNotFound => "product_not_found",
            Self::CatalogNotFound => "catalog_not_found",
            Self::GenerationNotFound => "generation_not_found",
            Self::InvalidSnapshotName => "invalid_snapshot_name",
            Self::SnapshotExists => "snapshot_exists",
            Self::SnapshotNotFound => "snapshot_not_found",
            Self::NotASnapshot => "not_a_snapshot",
            Self::NoWholeCommit => "no_whole_commit",
            Self::NotADataDirectory => "not_a_data_directory",
            Self::WriterHeld => "writer_held",
            Self::DeadlineExceeded => "deadline_exceeded",
            Self::Damaged => "damaged",
            Self::Internal => "internal",
        }
    }
}

/// A fault in a request: what it is and exactly where.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct RequestError {
    /// The stable code.
    pub code: ErrorCode,
    /// What was expected and what came.
    pub message: String,
    /// The part of the request at fault, such as `facets[1].limit`.
    pub pointer: String,
    /// The place within that part, 1-based, in characters (filters only).
    pub column: Option<usize>,
}

impl RequestError {
    pub(crate) fn new(
        code: ErrorCode,
        pointer: impl Into<String>,
        message: impl Into<String>,
    ) -> Self {
        Self { code, message: message.into(), pointer: pointer.into(), column: None }
    }

    pub(crate) fn at(mut self, column: usize) -> Self {
        self.column = Some(column);
        self
    }
}

impl From<FilterError> for RequestError {
    fn from(error: FilterError) -> Self {
        let column = error.column;
        Self::new(ErrorCode::InvalidFilter, "filter", error.to_string()).at(column)
    }
}
