//! Facets: how many matching products have which values.
//!
//! `dictionary` gives all segments' values common numbers, `count` adds up while the search runs,
//! `result` makes the answer.

mod count;
mod dictionary;
mod ranges;
mod result;

pub(crate) use self::count::FacetCounts;
pub(crate) use self::dictionary::Dictionary;
