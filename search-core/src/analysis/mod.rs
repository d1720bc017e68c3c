//! Text to tokens: how words of products and of queries become the terms of the index.
//!
//! The order of work is the order of the files: `fold` normalises the characters and remembers
//! where they came from, `chain` cuts them into chains of letters and numbers, `measure` knows
//! sizes and units, `analyzer` turns chains into [`Token`]s, `stem` and `stop_words` know the
//! languages and `compounds` the parts of long words. `languages` holds the analyzers of a
//! catalogue together; beside them stand the grams of codes and the [`Synonyms`].
//!
//! Documents and queries go through the same [`Analyzer`], so both sides always agree.

mod analyzer;
mod chain;
mod compounds;
mod fold;
mod grams;
mod kind;
mod languages;
mod measure;
mod stem;
mod stop_words;
mod synonyms;
#[cfg(test)]
mod tests;
mod thesaurus;
mod token;

pub use analyzer::Analyzer;
pub(crate) use fold::fold_words;
pub(crate) use grams::{edge_ngrams, ngrams};
pub(crate) use languages::Analyzers;
pub use languages::QueryAnalyzer;
pub use synonyms::{SynonymAlternative, SynonymError, SynonymFault, SynonymMatch, Synonyms};
pub use token::{MAX_TOKEN_BYTES, Token, TokenKind};
