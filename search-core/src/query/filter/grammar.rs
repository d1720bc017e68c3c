//! The parser that pest derives from `filter.pest`; in a file of its own, because the generated
//! code has no docs.

#![allow(missing_docs, missing_debug_implementations, unreachable_pub)]

#[derive(pest_derive::Parser)]
#[grammar = "query/filter/filter.pest"]
pub(super) struct FilterGrammar;
