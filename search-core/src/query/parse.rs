//! The query text as a shopper typed it: words, phrases and exclusions.

use crate::analysis::{QueryAnalyzer, SynonymMatch, Synonyms, Token, TokenKind};
use crate::error::{ErrorCode, RequestError};
use crate::limits::{MAX_QUERY_BYTES, MAX_QUERY_WORDS};

/// A query text, cut up and analysed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ParsedQuery {
    /// The words, in order; every one must match.
    pub words: Vec<Word>,
    /// `"a phrase"`: its terms must follow each other, in any of these forms.
    pub phrases: Vec<Vec<Sequence>>,
    /// `-word` and `-"a phrase"`: must not match.
    pub excluded: Vec<Sequence>,
}

/// One word of a query.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Word {
    /// As normalised and folded, not stemmed.
    pub surface: String,
    /// What it is in the index.
    pub term: String,
    /// What it is there in other languages than that of the query.
    pub other_terms: Vec<String>,
    /// What it is made of.
    pub kind: TokenKind,
    /// The parts of a compound ("dv7-1211ea"), of which the word is the joined form; one sequence
    /// for each language that makes other terms of them.
    pub parts: Vec<Sequence>,
    /// Whether the word may be the beginning of a longer one.
    pub is_prefix: bool,
}

/// A term at a place relative to the first one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Term {
    /// The term.
    pub term: String,
    /// How many places after the first one.
    pub offset: u32,
}

/// Terms that follow each other.
pub type Sequence = Vec<Term>;

enum Piece<'a> {
    Plain(&'a str),
    Phrase { text: &'a str, excluded: bool },
    ExcludedWord(&'a str),
}

impl ParsedQuery {
    /// Parses a query; `prefix` lets the last word be the beginning of a word.
    pub(crate) fn parse(
        q: &str,
        prefix: bool,
        analyzer: &QueryAnalyzer,
    ) -> Result<Self, RequestError> {
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
                    let mut found = words_of(&analyzer.analyze(text), analyzer);
                    words += found.len();
                    if let Some(word) = found.last_mut().filter(|_| index == last) {
                        word.is_prefix = prefix && text.ends_with(char::is_alphanumeric);
                    }
                    query.words.append(&mut found);
                }
                Piece::Phrase { text, excluded } => {
                    let mut forms = phrase_forms(text, analyzer);
                    words += forms.first().map_or(0, Vec::len);
                    match excluded {
                        true => query.excluded.append(&mut forms),
                        false => query.phrases.extend((!forms.is_empty()).then_some(forms)),
                    }
                }
                Piece::ExcludedWord(text) => {
                    let mut forms = phrase_forms(text, analyzer);
                    words += forms.first().map_or(0, Vec::len);
                    query.excluded.append(&mut forms);
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
    fn drop_stop_words(&mut self, analyzer: &QueryAnalyzer) {
        if analyzer.elides() {
            self.words.iter_mut().for_each(|word| word.drop_article(analyzer));
        }
        let is_content = |word: &Word| word.is_prefix || !analyzer.is_stop_word(&word.surface);
        if self.words.iter().any(is_content) || !self.phrases.is_empty() {
            self.words.retain(is_content);
        }
    }

    /// The synonyms of its words. A compound is looked up whole ("t-shirt" as "tshirt") and by its
    /// parts ("17-inch" as "17 inch").
    pub(crate) fn synonyms(&self, synonyms: &Synonyms) -> Vec<SynonymMatch> {
        if synonyms.is_empty() {
            return Vec::new();
        }
        let whole = self.words.iter().map(Word::terms).collect::<Vec<_>>();
        let mut found = synonyms.matches(&whole);
        if self.words.iter().any(|word| word.kind == TokenKind::Joined) {
            found.append(&mut self.synonyms_of_parts(synonyms));
            found.sort_by_key(|found| (found.range.start, std::cmp::Reverse(found.range.end)));
            found.dedup_by(|next, kept| next.range.start < kept.range.end);
        }
        found
    }

    fn synonyms_of_parts(&self, synonyms: &Synonyms) -> Vec<SynonymMatch> {
        let mut places = Vec::new();
        // The words that begin and end at each place.
        let (mut begins, mut ends) = (Vec::new(), vec![None]);
        for (index, word) in self.words.iter().enumerate() {
            let before = places.len();
            match word.parts.first().filter(|_| word.kind == TokenKind::Joined) {
                None => places.push(word.terms()),
                Some(parts) => places.extend((0..parts.len()).map(|part| {
                    word.parts
                        .iter()
                        .filter_map(|form| Some(form.get(part)?.term.as_str()))
                        .collect()
                })),
            }
            begins.resize(places.len(), None);
            ends.resize(places.len() + 1, None);
            if let (Some(begin), Some(end)) = (begins.get_mut(before), ends.last_mut()) {
                (*begin, *end) = (Some(index), Some(index + 1));
            }
        }
        let whole_words = |found: SynonymMatch| {
            let start = (*begins.get(found.range.start)?)?;
            let end = (*ends.get(found.range.end)?)?;
            Some(SynonymMatch { range: start..end, ..found })
        };
        synonyms.matches(&places).into_iter().filter_map(whole_words).collect()
    }

    /// Whether the query says nothing about which products to find.
    pub fn matches_everything(&self) -> bool {
        self.words.is_empty() && self.phrases.is_empty()
    }
}

impl Word {
    /// What it may be in the index, the query's own language first.
    pub(crate) fn terms(&self) -> Vec<&str> {
        std::iter::once(&self.term).chain(&self.other_terms).map(String::as_str).collect()
    }

    /// "l'eau" also means "eau".
    fn drop_article(&mut self, analyzer: &QueryAnalyzer) {
        for parts in &mut self.parts {
            let articles =
                parts.iter().take_while(|part| analyzer.is_stop_word(&part.term)).count();
            if (1..parts.len()).contains(&articles) {
                *parts = sequence(parts.drain(articles..).map(|part| part.term));
            }
        }
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
fn words_of(tokens: &[Token], analyzer: &QueryAnalyzer) -> Vec<Word> {
    let mut words: Vec<Word> = Vec::new();
    let mut rest = tokens.iter().peekable();
    while let Some(token) = rest.next() {
        let mut parts = Vec::new();
        if token.kind == TokenKind::Joined {
            while let Some(part) = rest
                .next_if(|part| part.kind != TokenKind::Joined && part.span.end <= token.span.end)
            {
                parts.extend(part.kind.is_in_sequence().then_some(part));
            }
        } else {
            while let Some(part) = rest.next_if(|part| part.kind == TokenKind::Subword) {
                parts.push(part);
            }
        }
        words.push(Word {
            surface: token.surface.clone(),
            term: token.term.clone(),
            other_terms: analyzer.other_stems(&token.surface),
            kind: token.kind,
            parts: forms(&parts, analyzer),
            is_prefix: false,
        });
    }
    words
}

/// The forms of a phrase; a compound counts by its parts.
fn phrase_forms(text: &str, analyzer: &QueryAnalyzer) -> Vec<Sequence> {
    analyzer.phrases(text).into_iter().map(sequence).collect()
}

/// Tokens that follow each other, in each language that makes other terms of them.
fn forms(tokens: &[&Token], analyzer: &QueryAnalyzer) -> Vec<Sequence> {
    if tokens.is_empty() {
        return Vec::new();
    }
    let surfaces: Vec<&str> = tokens.iter().map(|token| token.surface.as_str()).collect();
    analyzer.sequences(&surfaces).into_iter().map(sequence).collect()
}

/// Terms that follow each other without a gap.
pub(crate) fn sequence(terms: impl IntoIterator<Item = String>) -> Sequence {
    terms.into_iter().zip(0..).map(|(term, offset)| Term { term, offset }).collect()
}
