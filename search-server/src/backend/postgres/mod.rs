//! PostgreSQL as a backend: the same request, answered from the tables that the indexer feeds.
//!
//! A request becomes the same plan as for the index ([`search_core::plan`]). `session` is one view
//! of the database for all statements of a search, and `catalogs` says which tables are searched.
//! `search` tries the words: `lexicon` asks what the rewriting of a query wants to know of words,
//! `spellings` finds that out, and `words` writes what was rewritten as a `tsquery`. `hits` makes
//! the statements that find products, of `condition`s, their `rank` and their `order`; `facets`
//! counts. Text of statements follows from the shape of a request, values go beside it
//! (`statement`).

mod backend;
mod catalogs;
mod condition;
mod error;
mod facets;
mod hits;
mod lexicon;
mod order;
mod rank;
mod search;
mod session;
mod spellings;
mod statement;
mod suggest;
mod words;

pub use self::backend::PostgresBackend;
