//! The words of all products, asked for as a query is read.
//!
//! Reading a query asks one question after the other, and each answer would be a journey to the
//! database. So a query is read several times: what is not known yet is taken for known, noted
//! and asked for together, until nothing is left to ask.

use std::cell::RefCell;
use std::collections::{HashMap, HashSet};

use search_core::plan::{Alternative, Found, Index, Lexicon, Planner, VocabularyWord, Word};

use super::words::{Terms, lexeme};
use crate::limits::MAX_EXPANDED_BEGINNINGS;

/// A question to the database.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum Question {
    /// How many products have a term.
    Term(String),
    /// Which terms begin so.
    Beginning(Index, String),
    /// How many products match a query over the words; one is as good as many.
    Any(String),
    /// Which words are like this one; whether beginnings are enough.
    Like(String, bool),
}

/// What has been found out.
#[derive(Debug, Default)]
pub(super) struct Answers {
    pub docs: HashMap<Question, u64>,
    /// Terms that begin as asked, and how many products have each.
    pub beginnings: HashMap<(Index, String), Vec<(String, u64)>>,
    pub like: HashMap<(String, bool), Vec<VocabularyWord>>,
    /// Whether there was no time to look for misspelt words.
    pub is_without_typos: bool,
}

/// Answers what is known, and notes what is not.
pub(super) struct AskingLexicon<'a> {
    pub planner: &'a Planner,
    pub answers: &'a Answers,
    /// How many products there are.
    pub products: u64,
    asked: RefCell<HashSet<Question>>,
}

impl<'a> AskingLexicon<'a> {
    pub(super) fn new(planner: &'a Planner, answers: &'a Answers, products: u64) -> Self {
        Self { planner, answers, products, asked: RefCell::default() }
    }

    /// What has to be asked; of misspelt words only when nothing else is left: they may turn out
    /// to be known.
    pub(super) fn into_questions(self) -> Vec<Question> {
        let asked = self.asked.into_inner();
        let (like, other): (Vec<_>, Vec<_>) =
            asked.into_iter().partition(|question| matches!(question, Question::Like(..)));
        if other.is_empty() { like } else { other }
    }

    fn docs(&self, question: Question) -> u64 {
        if let Some(docs) = self.answers.docs.get(&question) {
            return *docs;
        }
        self.asked.borrow_mut().insert(question);
        1
    }
}

impl Lexicon for AskingLexicon<'_> {
    type Terms = Terms;

    fn docs_with(&self, term: &str) -> search_core::Result<u64> {
        Ok(self.docs(Question::Term(term.to_owned())))
    }

    fn any_of(&self, terms: &[&str]) -> search_core::Result<Found<Terms>> {
        let docs = terms.iter().map(|term| self.docs(Question::Term((*term).to_owned()))).sum();
        let terms = terms.iter().map(|term| (*term).to_owned()).collect();
        Ok(Found { docs, terms: Terms::AnyOf(Index::Words, terms) })
    }

    fn beginning_with(
        &self,
        index: Index,
        word: &Word,
        is_wanted: &dyn Fn(&[u8]) -> bool,
    ) -> search_core::Result<Found<Terms>> {
        let prefix = word.surface.as_str();
        let key = (index, prefix.to_owned());
        let Some(found) = self.answers.beginnings.get(&key) else {
            self.asked.borrow_mut().insert(Question::Beginning(index, key.1));
            return Ok(Found { docs: 1, terms: Terms::Beginning(index, prefix.to_owned()) });
        };
        let mut wanted = Vec::new();
        let mut docs = 0;
        for (term, docs_with) in found.iter().filter(|(term, _)| is_wanted(term.as_bytes())) {
            wanted.push(term.clone());
            docs += docs_with;
        }
        // Few words are found much faster one by one.
        let terms = match found.len() <= MAX_EXPANDED_BEGINNINGS {
            true => Terms::AnyOf(index, wanted),
            false => Terms::Beginning(index, key.1),
        };
        Ok(Found { docs, terms })
    }

    fn in_sequence(
        &self,
        index: Index,
        terms: &[(u32, &str)],
    ) -> search_core::Result<(Terms, Vec<u64>)> {
        let of_term = |term: &str| match index {
            Index::Words | Index::Surface => self.docs(Question::Term(term.to_owned())),
            Index::Ngrams => lexeme(index, term).map_or(0, |query| self.docs(Question::Any(query))),
        };
        let docs = terms.iter().map(|(_, term)| of_term(term)).collect();
        let terms = terms.iter().map(|(offset, term)| (*offset, (*term).to_owned())).collect();
        Ok((Terms::InSequence(index, terms), docs))
    }

    fn has_sequence(&self, terms: &Terms) -> search_core::Result<bool> {
        let query = terms.tsquery();
        Ok(query.is_some_and(|query| self.docs(Question::Any(query)) > 0))
    }

    fn alternatives(&self, word: &str, prefix: bool) -> search_core::Result<Vec<Alternative>> {
        if Planner::edits_allowed(word) == 0 {
            return Ok(Vec::new());
        }
        let key = (word.to_owned(), prefix);
        if let Some(candidates) = self.answers.like.get(&key) {
            return Ok(self.planner.alternatives(word, prefix, candidates));
        }
        self.asked.borrow_mut().insert(Question::Like(key.0, prefix));
        Ok(Vec::new())
    }

    /// As the index has it: `ln(1 + (N - df + 0.5) / (df + 0.5))`.
    fn idf(&self, docs: u64) -> f32 {
        let products = self.products as f32;
        let docs = (docs as f32).min(products);
        (1.0 + (products - docs + 0.5) / (docs + 0.5)).ln()
    }
}
