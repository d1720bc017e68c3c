//! The query text as a shopper typed it: words, phrases and exclusions.

use crate::analysis::{Analyzer, Token, TokenKind};
use crate::error::{ErrorCode, RequestError};
use crate::limits::{MAX_QUERY_BYTES, MAX_QUERY_WORDS};

/// A query text, cut up and analysed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct ParsedQuery {
    /// The words, in order; every one must match.
    pub words: Vec<Word>,
    /// `"a phrase"`: its terms must follow each other.
    pub phrases: Vec<Vec<Term>>,
    /// `-word` and `-"a phrase"`: must not match.
    pub excluded: Vec<Vec<Term>>,
}

/// One word of a query.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Word {
    /// As normalised and folded, not stemmed.
    pub surface: String,
    /// What it is in the index.
    pub term: String,
    pub kind: TokenKind,
    /// The parts of a compound ("dv7-1211ea"), of which the word is the joined form.
    pub parts: Vec<Term>,
    /// Whether the word may be the beginning of a longer one.
    pub is_prefix: bool,
}

/// A term at a place relative to the first one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Term {
    pub term: String,
    pub offset: u32,
}

enum Piece<'a> {
    Plain(&'a str),
    Phrase { text: &'a str, excluded: bool },
    ExcludedWord(&'a str),
}

impl ParsedQuery {
    /// Parses a query; `prefix` lets the last word be the beginning of a word.
    pub(crate) fn parse(q: &str, prefix: bool, analyzer: &Analyzer) -> Result<Self, RequestError> {
        if q.len() > MAX_QUERY_BYTES {
            return Err(too_long("bytes", q.len(), MAX_QUERY_BYTES));
        }
        let mut query = Self::default();
        let mut words = 0;
        let pieces = pieces(q);
        let last = pieces.len().saturating_sub(1);
        for (index, piece) in pieces.iter().enumerate() {
            match *piece {
                Piece::Plain(text) => {
                    let mut found = words_of(&analyzer.analyze(text));
                    words += found.len();
                    if let Some(word) = found.last_mut().filter(|_| index == last) {
                        word.is_prefix = prefix && text.ends_with(char::is_alphanumeric);
                    }
                    query.words.append(&mut found);
                }
                Piece::Phrase { text, excluded } => {
                    let terms = phrase_terms(&analyzer.analyze(text));
                    words += terms.len();
                    let list = if excluded { &mut query.excluded } else { &mut query.phrases };
                    list.extend((!terms.is_empty()).then_some(terms));
                }
                Piece::ExcludedWord(text) => {
                    let terms = phrase_terms(&analyzer.analyze(text));
                    words += terms.len();
                    query.excluded.extend((!terms.is_empty()).then_some(terms));
                }
            }
        }
        if words > MAX_QUERY_WORDS {
            return Err(too_long("words", words, MAX_QUERY_WORDS));
        }
        query.drop_stop_words(analyzer);
        Ok(query)
    }

    /// Stop words are indexed, for phrases; as single words they only narrow what others find.
    fn drop_stop_words(&mut self, analyzer: &Analyzer) {
        let is_content = |word: &Word| word.is_prefix || !analyzer.is_stop_word(&word.surface);
        if self.words.iter().any(is_content) || !self.phrases.is_empty() {
            self.words.retain(is_content);
        }
    }

    /// Whether the query says nothing about which products to find.
    pub(crate) fn matches_everything(&self) -> bool {
        self.words.is_empty() && self.phrases.is_empty()
    }
}

fn too_long(unit: &str, came: usize, limit: usize) -> RequestError {
    RequestError::new(
        ErrorCode::InvalidQuery,
        "q",
        format!("the query has {came} {unit}, expected at most {limit}"),
    )
}

/// Cuts the text at quotes and exclusions. A quote opens a phrase only at the start of a word, so
/// that `17"` stays a size; one that is never closed is text.
fn pieces(q: &str) -> Vec<Piece<'_>> {
    let mut pieces = Vec::new();
    let mut plain_from = 0;
    let mut at_word_start = true;
    let mut chars = q.char_indices();
    while let Some((at, c)) = chars.next() {
        if at_word_start {
            let excluded = c == '-';
            let body = if excluded { at + 1 } else { at };
            let quoted = q.get(body..).and_then(|rest| rest.strip_prefix('"'));
            let piece = match quoted {
                Some(rest) => rest.find('"').map(|length| {
                    (Piece::Phrase { text: &rest[..length], excluded }, body + length + 2)
                }),
                None if excluded => {
                    let rest = &q[body..];
                    let length = rest.find(char::is_whitespace).unwrap_or(rest.len());
                    rest.starts_with(char::is_alphanumeric)
                        .then(|| (Piece::ExcludedWord(&rest[..length]), body + length))
                }
                None => None,
            };
            if let Some((piece, end)) = piece {
                push_plain(&mut pieces, &q[plain_from..at]);
                pieces.push(piece);
                plain_from = end;
                while chars.offset() < end && chars.next().is_some() {}
                continue;
            }
        }
        at_word_start = c.is_whitespace();
    }
    push_plain(&mut pieces, &q[plain_from..]);
    pieces
}

fn push_plain<'a>(pieces: &mut Vec<Piece<'a>>, text: &'a str) {
    if !text.is_empty() {
        pieces.push(Piece::Plain(text));
    }
}

/// The words of analysed text: a compound is one word with parts.
fn words_of(tokens: &[Token]) -> Vec<Word> {
    let mut words: Vec<Word> = Vec::new();
    let mut rest = tokens.iter().peekable();
    while let Some(token) = rest.next() {
        let mut parts = Vec::new();
        if token.kind == TokenKind::Joined {
            while let Some(part) = rest
                .next_if(|part| part.kind != TokenKind::Joined && part.span.end <= token.span.end)
            {
                let offset = part.position - token.position;
                parts.push(Term { term: part.term.clone(), offset });
            }
        }
        words.push(Word {
            surface: token.surface.clone(),
            term: token.term.clone(),
            kind: token.kind,
            parts,
            is_prefix: false,
        });
    }
    words
}

/// The terms of a phrase; a compound counts by its parts.
pub(crate) fn phrase_terms(tokens: &[Token]) -> Vec<Term> {
    let mut parts = tokens.iter().filter(|token| token.kind != TokenKind::Joined).peekable();
    let first = parts.peek().map_or(0, |token| token.position);
    parts.map(|token| Term { term: token.term.clone(), offset: token.position - first }).collect()
}
