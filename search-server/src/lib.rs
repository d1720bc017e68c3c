//! Product search over HTTP.
//!
//! A search goes `http::routes::search` → `page_cache` → `backend` (the index, or who stands in
//! for it) → bytes. A write goes `http::routes::{products, bulk}` → `write_queue` → the engine's one
//! writer. `catalogs` holds what is served. `access` says who may ask for what, and how often.
//! `follower` keeps catalogues equal to collections of MongoDB, `feeder` PostgreSQL equal to the
//! catalogues. `refresh` picks up what other processes commit, and `synonym_file` what an editor
//! saves. `mapped_files` survives that files of an index are cut. `config` and `limits` say how
//! much of everything there may be.

mod access;
pub mod backend;
mod catalogs;
pub mod cli;
mod config;
mod demo;
mod feeder;
mod follower;
#[doc(hidden)]
pub mod fuzzing;
mod http;
mod keys_command;
pub mod limits;
mod mapped_files;
mod page;
mod page_cache;
mod refresh;
mod run;
mod shutdown;
mod state;
mod synonym_file;
mod telemetry;
#[cfg(test)]
mod tests;
mod write_queue;

pub use self::access::{Key, KeyError, KeyRequest, KeyRing, Origin, Scope};
pub use self::catalogs::Catalogs;
pub use self::config::ConfigError;
pub use self::http::{openapi_document, router};
pub use self::run::run;
pub use self::state::{App, AppState};
