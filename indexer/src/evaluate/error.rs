//! Why nothing can be said about the answers.

use std::io;
use std::path::PathBuf;

use search_core::EngineError;

/// Why an evaluation failed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EvaluateError {
    /// A file cannot be read.
    #[error("cannot read {}", file.display())]
    Read {
        /// The file.
        file: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A file is larger than [`MAX_EVALUATION_FILE_BYTES`](crate::limits::MAX_EVALUATION_FILE_BYTES).
    #[error("{} is longer than {limit} bytes", file.display())]
    TooLong {
        /// The file.
        file: PathBuf,
        /// The limit.
        limit: u64,
    },
    /// A line is no query or no rating.
    #[error("{}, line {line}: {reason}", file.display())]
    Line {
        /// The file.
        file: PathBuf,
        /// The line, 1-based.
        line: usize,
        /// What was expected and what came.
        reason: String,
    },
    /// The two files do not belong together, or nothing is good enough for any query.
    #[error(
        "expected a grade above 0 in {} for one of the query ids of {}, got none",
        qrels.display(), queries.display()
    )]
    NothingRelevant {
        /// The file of the queries.
        queries: PathBuf,
        /// The file of the ratings.
        qrels: PathBuf,
    },
    /// A file holds no report.
    #[error("{} holds no report of `indexer evaluate --json`", file.display())]
    NotAReport {
        /// The file.
        file: PathBuf,
        /// What is wrong with it.
        source: serde_json::Error,
    },
    /// A report cannot be judged by these queries.
    #[error("the report {} cannot be compared with: {reason}", file.display())]
    OtherReport {
        /// The file.
        file: PathBuf,
        /// What was expected and what came.
        reason: String,
    },
    /// The catalogue cannot be reached.
    #[error("cannot search {location}")]
    Open {
        /// Where it was looked for.
        location: String,
        /// Why not.
        source: Box<SearchError>,
    },
    /// A query got no answer.
    #[error("query {id} `{text}`")]
    Search {
        /// The query's id.
        id: String,
        /// Its words.
        text: String,
        /// Why not.
        source: Box<SearchError>,
    },
}

/// Why a search got no answer.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SearchError {
    /// The engine refused or failed.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// The settings are none of a search request.
    #[error("the request is not valid")]
    Request(#[source] serde_json::Error),
    /// Nobody answered.
    #[error("no answer from {url}")]
    NoAnswer {
        /// What was asked.
        url: String,
        /// What the connection said.
        source: Box<ureq::Error>,
    },
    /// The server refused.
    #[error("{url} answered {status}: {detail}")]
    Refused {
        /// What was asked.
        url: String,
        /// The HTTP status.
        status: u16,
        /// The server's reason.
        detail: String,
    },
    /// The server sent something else than an answer.
    #[error("{url} sent no answer of a search-server")]
    NotAnAnswer {
        /// What was asked.
        url: String,
        /// What is wrong with it.
        source: serde_json::Error,
    },
    /// The server serves no or several catalogues, and none is named.
    #[error("expected the name of one of the catalogues of {url}: {}", names.join(", "))]
    WhichCatalog {
        /// The server.
        url: String,
        /// The catalogues it serves.
        names: Vec<String>,
    },
}
