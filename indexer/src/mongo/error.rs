//! What can go wrong between here and MongoDB, told by what can be done about it.

use mongodb::error::{Error, ErrorKind};

use super::namespace::Namespace;

/// A resume token that the oplog does not reach back to, does not know any more, or cannot read.
const HISTORY_LOST: [i32; 6] = [286, 280, 260, 40_647, 40_648, 40_649];
/// Wrong credentials, or too few rights.
const REFUSED: [i32; 2] = [18, 13];
/// Change streams on a server that is no member of a replica set.
const NOT_A_REPLICA_SET: i32 = 40_573;

/// What went wrong between here and MongoDB.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum MongoError {
    /// The connection string cannot be read.
    #[error("expected a MongoDB connection string such as mongodb://localhost:27017, but {reason}")]
    Uri {
        /// What is wrong with it.
        reason: String,
    },
    /// Nobody answers.
    #[error("cannot reach MongoDB: {reason}")]
    Unreachable {
        /// What was tried.
        reason: String,
    },
    /// The deployment does not let us in, or not far enough.
    #[error(
        "MongoDB refuses: {reason}; the user needs the role `read` on the database, for `find` and \
         `changeStream`"
    )]
    Refused {
        /// What the server said.
        reason: String,
    },
    /// A server by itself has no change streams.
    #[error(
        "this MongoDB is a standalone server: change streams need a replica set, which may have \
         one member (start mongod with --replSet and run rs.initiate() once)"
    )]
    Standalone,
    /// The collection is not there.
    #[error("the deployment holds no collection {namespace}; {} holds {present:?}", namespace.database())]
    NoSuchCollection {
        /// The collection.
        namespace: Namespace,
        /// The collections of its database.
        present: Vec<String>,
    },
    /// The oplog does not reach back to where the stream should go on.
    #[error("the oplog no longer reaches back to the position: {reason}")]
    HistoryLost {
        /// What the server said.
        reason: String,
    },
    /// Anything else.
    #[error("MongoDB: {0}")]
    Driver(String),
}

/// What can be done about an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// It may heal by itself: try again.
    Passing,
    /// Somebody has to change something.
    Lasting,
    /// Changes were missed: compare everything.
    HistoryLost,
}

impl MongoError {
    /// What can be done about it.
    pub fn fault(&self) -> Fault {
        match self {
            Self::Unreachable { .. } | Self::Driver(_) => Fault::Passing,
            Self::HistoryLost { .. } => Fault::HistoryLost,
            Self::Uri { .. }
            | Self::Refused { .. }
            | Self::Standalone
            | Self::NoSuchCollection { .. } => Fault::Lasting,
        }
    }
}

impl From<Error> for MongoError {
    fn from(error: Error) -> Self {
        // The error itself also prints labels and whole server replies.
        let reason = error.kind.to_string();
        let code = match error.kind.as_ref() {
            ErrorKind::Command(command) => Some(command.code),
            _ => None,
        };
        match (error.kind.as_ref(), code) {
            (ErrorKind::Authentication { .. }, _) => Self::Refused { reason },
            (ErrorKind::ServerSelection { .. }, _) => Self::Unreachable { reason },
            (_, Some(NOT_A_REPLICA_SET)) => Self::Standalone,
            (_, Some(code)) if REFUSED.contains(&code) => Self::Refused { reason },
            (_, Some(code)) if HISTORY_LOST.contains(&code) => Self::HistoryLost { reason },
            _ => Self::Driver(reason),
        }
    }
}
