//! What can go wrong between here and PostgreSQL.

use std::error::Error;

use search_core::CatalogError;
use tokio_postgres::error::SqlState;

/// What went wrong between here and PostgreSQL.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PostgresError {
    /// The connection string cannot be read.
    #[error("expected a PostgreSQL URL such as postgres://aisle@localhost/shop, but {reason}")]
    Url {
        /// What is wrong with it.
        reason: String,
    },
    /// The certificates that servers are checked against cannot be read.
    #[error("{path}: {reason}")]
    Certificates {
        /// The file.
        path: String,
        /// Why not.
        reason: String,
    },
    /// Nobody answers, or not any more.
    #[error("cannot reach PostgreSQL: {reason}")]
    Unreachable {
        /// What was tried.
        reason: String,
    },
    /// The database does not let us in, or not far enough.
    #[error(
        "PostgreSQL refuses: {reason}; the user needs CREATE on the database, for the schema \
         `aisle` and the extension `pg_trgm`"
    )]
    Refused {
        /// What the server said.
        reason: String,
    },
    /// Texts cannot be kept in the database.
    #[error("expected a database in the encoding UTF8, got {encoding}")]
    Encoding {
        /// The encoding it is in.
        encoding: String,
    },
    /// A newer program has made the schema.
    #[error("the schema `aisle` is of version {found}, this program knows up to {known}")]
    NewerSchema {
        /// Its version.
        found: i32,
        /// The newest version that is known here.
        known: i32,
    },
    /// Nobody has fed the database yet.
    #[error("the database has no schema `aisle` yet: nothing has been fed into it")]
    NoSchema,
    /// Somebody else feeds the catalogue.
    #[error("another process feeds the catalogue `{catalog}` into this database")]
    Busy {
        /// The catalogue.
        catalog: String,
    },
    /// A stored catalogue cannot be read.
    #[error("the stored catalogue `{catalog}`: {source}")]
    Catalog {
        /// The catalogue.
        catalog: String,
        /// Why not.
        source: CatalogError,
    },
    /// What is stored of a catalogue cannot be read.
    #[error("what is stored of the catalogue `{catalog}`: {source}")]
    Stored {
        /// The catalogue.
        catalog: String,
        /// Why not.
        source: serde_json::Error,
    },
    /// Anything else.
    #[error("PostgreSQL: {reason}")]
    Server {
        /// What the server said.
        reason: String,
    },
}

impl From<tokio_postgres::Error> for PostgresError {
    fn from(error: tokio_postgres::Error) -> Self {
        let reason = reason(&error);
        match error.code() {
            Some(
                &(SqlState::INVALID_PASSWORD
                | SqlState::INVALID_AUTHORIZATION_SPECIFICATION
                | SqlState::INSUFFICIENT_PRIVILEGE),
            ) => Self::Refused { reason },
            Some(
                &(SqlState::ADMIN_SHUTDOWN
                | SqlState::CRASH_SHUTDOWN
                | SqlState::CANNOT_CONNECT_NOW
                | SqlState::TOO_MANY_CONNECTIONS),
            )
            | None => Self::Unreachable { reason },
            Some(_) => Self::Server { reason },
        }
    }
}

/// The innermost words: those around them only say that something failed.
fn reason(error: &tokio_postgres::Error) -> String {
    if let Some(error) = error.as_db_error() {
        let detail = error.detail().map(|detail| format!(" ({detail})")).unwrap_or_default();
        return format!("{}{detail}", error.message());
    }
    match error.source() {
        Some(cause) => format!("{error}: {cause}"),
        None => error.to_string(),
    }
}
