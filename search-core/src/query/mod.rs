//! From what a caller asks to what a search does: `request` → `parse`, `filter` → `plan`.

mod condition;
pub mod filter;
mod parse;
mod plan;
mod product_filter;
mod request;
mod sort;

pub use self::condition::{Condition, Range};
pub(crate) use self::parse::sequence;
pub use self::parse::{ParsedQuery, Sequence, Term, Word};
pub use self::plan::{Deadline, FacetPlan, Page, Projection, RefinementPlan, SearchPlan};
pub use self::product_filter::ProductFilter;
pub use self::request::{
    FacetOptions, FacetRequest, RangeRefinement, Refinement, RefinementValue, SearchRequest,
    SuggestRequest,
};
pub use self::sort::{SortBy, SortKey};
