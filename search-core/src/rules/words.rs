//! The words of a query as rules compare them.

use crate::analysis::TokenKind;
use crate::limits::MAX_QUERY_WORDS;
use crate::query::{ParsedQuery, Word};

/// The terms of a query: its words in order, then those of its quoted phrases.
pub(super) fn terms(query: &ParsedQuery) -> Vec<String> {
    let words = query.words.iter().flat_map(terms_of);
    let phrases = query.phrases.iter().filter_map(|forms| forms.first()).flatten();
    let phrases = phrases.map(|term| term.term.as_str());
    words.chain(phrases).map(str::to_owned).collect()
}

/// The terms of a word: those of its parts where it is written with signs, so that `usb-c` is
/// `usb c`.
fn terms_of(word: &Word) -> impl Iterator<Item = &str> {
    let parts = word.parts.first().filter(|_| word.kind == TokenKind::Joined);
    let whole = parts.is_none().then_some(word.term.as_str());
    whole.into_iter().chain(parts.into_iter().flatten().map(|part| part.term.as_str()))
}

/// Words of a query, as terms, and what is searched instead.
#[derive(Debug)]
pub(super) struct WordReplacement {
    pub terms: Vec<String>,
    pub with: Vec<Word>,
}

/// Replaces from left to right, at each place by the first replacement that fits, and never in
/// what a replacement gave: they may form circles. One that would make the query longer than
/// `MAX_QUERY_WORDS` is not made.
pub(super) fn replace(words: &[Word], replacements: &[WordReplacement]) -> Vec<Word> {
    let mut replaced: Vec<Word> = Vec::with_capacity(words.len());
    let mut rest = words;
    while let Some((first, others)) = rest.split_first() {
        let fitting = replacements.iter().find_map(|replacement| {
            let length = leading_words(rest, &replacement.terms)?;
            let total = replaced.len() + replacement.with.len() + rest.len() - length;
            (total <= MAX_QUERY_WORDS).then_some((length, replacement))
        });
        match fitting {
            Some((length, replacement)) => {
                replaced.extend(replacement.with.iter().cloned());
                rest = rest.get(length..).unwrap_or_default();
            }
            None => {
                replaced.push(first.clone());
                rest = others;
            }
        }
    }
    replaced
}

/// How many of the first words have exactly these terms.
fn leading_words(words: &[Word], terms: &[String]) -> Option<usize> {
    let mut left = terms.iter();
    for (length, word) in words.iter().enumerate() {
        if left.as_slice().is_empty() {
            return Some(length);
        }
        if !terms_of(word).all(|term| left.next().is_some_and(|wanted| wanted == term)) {
            return None;
        }
    }
    left.as_slice().is_empty().then_some(words.len())
}
