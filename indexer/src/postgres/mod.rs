//! A catalogue in PostgreSQL, for searches when there is no index to answer them.
//!
//! `connect` reaches the server and `migrations` makes the schema `aisle` there; `layout` says
//! which tables and columns a catalogue becomes. A document goes `row` (its terms as a
//! `ts_vector`, its fields as columns) → `table` (written in one transaction with the position
//! it covers). `generations` builds a table aside and switches it in, `vocabulary` keeps the
//! words that a misspelt one may stand for, `present` the kinds of values under facets, `settings`
//! the synonyms and rules.

mod connect;
mod error;
mod generations;
mod layout;
mod migrations;
mod present;
mod row;
mod settings;
mod table;
mod ts_vector;
mod vocabulary;

pub use self::connect::PostgresUrl;
pub use self::error::PostgresError;
pub use self::generations::{Current, catalogs, current, feed, resume, start};
pub use self::layout::{ColumnKind, ID_COLLATION, SPELT, Tables, trigram_schema};
pub use self::migrations::{check_schema, migrate};
pub use self::settings::{read_settings, settings_version, write_settings};
pub use self::table::TableWriter;
pub use self::ts_vector::{GRAM, SURFACE};
