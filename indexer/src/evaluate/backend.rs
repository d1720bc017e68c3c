//! Who answers: an engine in this process or a server.

use std::fmt;
use std::path::PathBuf;

use search_core::{DataDir, Engine, EngineError, EngineOptions, SearchResponse};
use serde_json::Value;

use super::server::Server;
use super::{EvaluateError, SearchError, Settings};

/// Where a catalogue is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Location {
    /// In a data directory.
    DataDir(PathBuf),
    /// At the URL of a server.
    Server(String),
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::DataDir(path) => write!(f, "{}", path.display()),
            Self::Server(url) => f.write_str(url),
        }
    }
}

/// Who answers.
#[derive(Debug)]
pub enum Backend {
    /// An engine in this process.
    Embedded(Engine),
    /// A server, over HTTP.
    Server(Server),
}

impl Backend {
    /// The catalogue of this name, or the only one.
    ///
    /// # Errors
    /// When it is not there.
    pub fn open(location: &Location, name: Option<&str>) -> Result<Self, EvaluateError> {
        let opened = match location {
            Location::DataDir(path) => DataDir::open(path)
                .and_then(|dir| dir.engine(name, &EngineOptions::default()))
                .map(Self::Embedded)
                .map_err(SearchError::from),
            Location::Server(url) => Server::connect(url, name).map(Self::Server),
        };
        opened.map_err(|source| EvaluateError::Open {
            location: location.to_string(),
            source: Box::new(source),
        })
    }

    /// The first `limit` results of a query.
    ///
    /// # Errors
    /// When there is no answer.
    pub fn search(
        &self,
        q: &str,
        limit: usize,
        settings: &Settings,
    ) -> Result<SearchResponse, SearchError> {
        let request = settings.request(q, limit);
        match self {
            Self::Embedded(engine) => {
                let request = serde_json::from_value(Value::Object(request));
                let request = request.map_err(SearchError::Request)?;
                engine.search(&request).map_err(EngineError::into)
            }
            Self::Server(server) => server.search(&request),
        }
    }
}
