//! Facets: how many matching products have which values.
//!
//! `dictionary` gives all segments' values common numbers, `count` adds up while the search runs,
//! `result` makes the answer. What another backend has counted becomes an answer by `tally`.

mod count;
mod dictionary;
mod ranges;
mod result;
mod tally;

pub(crate) use self::count::FacetCounts;
pub(crate) use self::dictionary::Dictionary;
pub use self::tally::{FacetTally, NumbersPresent, Present, RangeTally};
