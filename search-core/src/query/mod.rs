//! From what a caller asks to what a search does: `request` → `parse`, `filter` → `plan`.

mod condition;
pub mod filter;
mod parse;
mod plan;
mod product_filter;
mod request;
mod sort;

pub(crate) use self::condition::{Condition, Range};
pub(crate) use self::parse::{ParsedQuery, Sequence, Term, Word, sequence};
pub(crate) use self::plan::{Deadline, FacetPlan, Projection, SearchPlan};
pub use self::product_filter::ProductFilter;
pub use self::request::{
    FacetOptions, FacetRequest, RangeRefinement, Refinement, RefinementValue, SearchRequest,
    SuggestRequest,
};
pub(crate) use self::sort::{SortBy, SortKey};
