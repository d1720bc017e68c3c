//! Text to tokens: how words of products and of queries become the terms of the index.
//!
//! The order of work is the order of the files: `fold` normalises the characters and remembers
//! where they came from, `chain` cuts them into chains of letters and numbers, `measure` knows
//! sizes and units, `analyzer` turns chains into [`Token`]s, `stem` and `stop_words` know the
//! languages. Beside them stand the grams of codes and the [`Synonyms`] of a catalogue.
//!
//! Documents and queries go through the same [`Analyzer`], so both sides always agree.

mod analyzer;
mod chain;
mod fold;
mod grams;
mod kind;
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
pub use synonyms::{SynonymError, SynonymFault, SynonymMatch, Synonyms};
pub use token::{MAX_TOKEN_BYTES, Token, TokenKind};
