//! What the tests of the whole product stand on: the built binaries as processes, HTTP as a
//! client sees it, the bundled sample as plain documents, real MongoDB and PostgreSQL servers.

mod answer;
mod binary;
mod catalog;
pub mod mongo;
mod port;
mod postgres;
mod removal;
mod sample;
mod server;
mod wait;

pub use answer::Answer;
pub use binary::{Ended, indexer, indexer_command, root, search_server_command, signal};
pub use catalog::SMALL_CATALOG;
pub use postgres::{Postgres, Session};
pub use removal::remove_at_once;
pub use sample::{Sample, import_sample};
pub use server::{CATALOG, Server};
pub use wait::{PATIENCE, wait_for};
