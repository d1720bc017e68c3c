//! A search: `rewrite` (words to postings) → `scatter` over segments → `leaf` (walk, test, score,
//! count, rank) → `merge` → `fetch`.

mod admission;
mod apart;
mod bm25;
mod curation;
mod cursor;
mod deadline;
mod explain;
mod fetch;
mod geo;
mod group;
mod highlight;
mod kinds;
mod leaf;
mod materialize;
mod merge;
mod pins;
mod placement;
mod postings;
mod predicate;
mod proximity;
mod rewrite;
mod scatter;
mod searcher;
mod signals;
mod slot;
mod sort;
mod suggest;
mod top_k;
mod vocabulary;

pub(crate) use self::cursor::{Cursor, CursorPlace};
pub(crate) use self::geo::distance_meters;
pub(crate) use self::group::GroupKey;
pub(crate) use self::postings::PostingList;
pub(crate) use self::searcher::Searcher;
pub(crate) use self::slot::{Prefix, TermRange};
pub(crate) use self::vocabulary::TypoAutomata;
