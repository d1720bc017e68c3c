//! The filter language: `price < 100 AND NOT brand IN ["Acme", "Bolt"]`.
//!
//! [`parse`] reads the text by the grammar of `filter.pest` and gives a [`Filter`]; names and
//! types are checked later, against the catalogue. A filter is written back by `Display`.

mod ast;
mod display;
mod error;
mod grammar;
mod parse;
mod source;
#[cfg(test)]
mod tests;

pub use ast::{CompareOp, Filter, Literal, LiteralValue, Predicate, Test};
pub use error::FilterError;
pub use parse::parse;
