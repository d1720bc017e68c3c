//! What a rewriter asks an index about its words, so that every backend reads a query alike.

use std::fmt::Debug;

use super::vocabulary::Alternative;
use crate::error::Result;
use crate::query::Word;

/// The words of all products, as one backend knows them.
///
/// Numbers of products may be upper bounds: they decide how a query is read and what a word is
/// worth, never what is counted.
pub trait Lexicon {
    /// How the backend finds the products with certain terms.
    type Terms: Debug;

    /// How many products have a term of the words.
    fn docs_with(&self, term: &str) -> Result<u64>;

    /// Products with any of these terms of the words.
    fn any_of(&self, terms: &[&str]) -> Result<Found<Self::Terms>>;

    /// Products with a term that begins as the word is written and is wanted; which ones are
    /// depends on the word and the query's language alone. A term that is not wanted may be counted
    /// and found all the same: the word has it by another way.
    fn beginning_with(
        &self,
        index: Index,
        word: &Word,
        is_wanted: &dyn Fn(&[u8]) -> bool,
    ) -> Result<Found<Self::Terms>>;

    /// Products with these terms at these offsets from each other, and how many products have
    /// each of the terms.
    fn in_sequence(&self, index: Index, terms: &[(u32, &str)]) -> Result<(Self::Terms, Vec<u64>)>;

    /// Whether some product has what [`in_sequence`](Self::in_sequence) gave.
    fn has_sequence(&self, terms: &Self::Terms) -> Result<bool>;

    /// The words that a word may be a misspelling of, the best first. With `prefix`, words that
    /// begin with something like it.
    fn alternatives(&self, word: &str, prefix: bool) -> Result<Vec<Alternative>>;

    /// How much a term says that so many products have.
    fn idf(&self, docs: u64) -> f32;
}

/// Products with certain terms.
#[derive(Debug)]
pub struct Found<T> {
    /// How many there are, at most.
    pub docs: u64,
    /// How to find them.
    pub terms: T,
}

/// What terms are written of a product for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Index {
    /// Stemmed words with their positions, and whole values.
    Words,
    /// Words as they are written.
    Surface,
    /// Pieces of codes with their positions.
    Ngrams,
}
