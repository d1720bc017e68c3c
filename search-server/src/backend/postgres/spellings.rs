//! Statements that answer a lexicon's questions.

use std::collections::HashMap;

use indexer::postgres::SPELT;
use search_core::plan::{Index, Planner, VocabularyWord};

use super::catalogs::View;
use super::error::Fault;
use super::hits::Statement;
use super::lexicon::{Answers, Question};
use super::session::Session;
use super::statement::Values;
use crate::limits::{MAX_BEGINNINGS, MAX_SPELLINGS};

/// What part of the time may go into finding words like one.
const LIKE_SHARE: f64 = 0.4;
/// After every character.
const LAST: char = '\u{10FFFF}';

impl Answers {
    /// Finds answers.
    pub(super) async fn find(
        &mut self,
        questions: Vec<Question>,
        view: &View,
        session: &Session<'_>,
    ) -> Result<(), Fault> {
        let (mut words, mut queries) = (HashMap::new(), HashMap::new());
        for question in questions {
            match &question {
                Question::Term(term) => {
                    words.insert(term.clone(), question);
                }
                Question::Any(query) => drop(queries.insert(query.clone(), question)),
                Question::Beginning(index, prefix) => {
                    let found = beginning(*index, prefix, view, session).await?;
                    self.beginnings.insert((*index, prefix.clone()), found);
                }
                Question::Like(word, prefix) => {
                    let found = match like(word, *prefix, view, session).await {
                        Err(Fault::Late) => {
                            self.is_without_typos = true;
                            Vec::new()
                        }
                        found => found?,
                    };
                    self.like.insert((word.clone(), *prefix), found);
                }
            }
        }
        self.find_words(words, view, session).await?;
        self.find_queries(queries, view, session).await
    }

    async fn find_words(
        &mut self,
        mut words: HashMap<String, Question>,
        view: &View,
        session: &Session<'_>,
    ) -> Result<(), Fault> {
        if words.is_empty() {
            return Ok(());
        }
        let mut values = Values::default();
        let wanted = values.texts(words.keys().map(String::as_str));
        let vocabulary = view.known.tables.vocabulary();
        let text = format!("SELECT word, terms FROM {vocabulary} WHERE word = ANY({wanted})");
        for row in session.ask(&Statement { text, values }).await? {
            if let Some(question) = words.remove(row.try_get::<_, &str>("word")?) {
                self.docs.insert(question, row.try_get::<_, i64>("terms")?.cast_unsigned());
            }
        }
        self.docs.extend(words.into_values().map(|question| (question, 0)));
        Ok(())
    }

    /// What is not in the vocabulary is looked for in the index of the words.
    async fn find_queries(
        &mut self,
        mut queries: HashMap<String, Question>,
        view: &View,
        session: &Session<'_>,
    ) -> Result<(), Fault> {
        if queries.is_empty() {
            return Ok(());
        }
        let mut values = Values::default();
        let wanted = values.texts(queries.keys().map(String::as_str));
        let products = view.known.tables.products();
        let text = format!(
            "SELECT query FROM unnest({wanted}) AS query \
             WHERE EXISTS (SELECT FROM {products} p WHERE p.words @@ query::tsquery)"
        );
        for row in session.ask(&Statement { text, values }).await? {
            if let Some(question) = queries.remove(row.try_get::<_, &str>("query")?) {
                self.docs.insert(question, 1);
            }
        }
        self.docs.extend(queries.into_values().map(|question| (question, 0)));
        Ok(())
    }
}

/// Words that begin so, and about how many products have each.
async fn beginning(
    index: Index,
    prefix: &str,
    view: &View,
    session: &Session<'_>,
) -> Result<Vec<(String, u64)>, Fault> {
    let mut values = Values::default();
    let column = match index {
        Index::Surface => "surfaces",
        Index::Words | Index::Ngrams => "terms",
    };
    let (from, to) = (values.text(prefix), values.text(&format!("{prefix}{LAST}")));
    let vocabulary = view.known.tables.vocabulary();
    let text = format!(
        "SELECT word, {column} AS docs FROM {vocabulary} \
         WHERE word >= {from} AND word < {to} AND {column} > 0 LIMIT {MAX_BEGINNINGS}"
    );
    let mut found = Vec::new();
    for row in session.ask(&Statement { text, values }).await? {
        found.push((row.try_get("word")?, row.try_get::<_, i64>("docs")?.cast_unsigned()));
    }
    Ok(found)
}

/// Words that may be so many errors away as are allowed: some piece of the word is without error.
async fn like(
    word: &str,
    prefix: bool,
    view: &View,
    session: &Session<'_>,
) -> Result<Vec<VocabularyWord>, Fault> {
    let mut values = Values::default();
    let (patterns, exact) = patterns(word, prefix, Planner::edits_allowed(word));
    let patterns: Vec<String> =
        patterns.iter().map(|pattern| format!("word LIKE {}", values.text(pattern))).collect();
    let patterns = patterns.join(" OR ");
    let exact = values.texts(exact.iter().map(String::as_str));
    let letters = word.chars().count();
    let spare = usize::from(Planner::edits_allowed(word));
    let shortest = values.integer(letters.saturating_sub(spare) as i64);
    let longest = values.integer((letters + spare) as i64);
    let length = match prefix {
        true => format!("length(word) >= {shortest} AND {longest} > 0"),
        false => format!("length(word) BETWEEN {shortest} AND {longest}"),
    };
    let vocabulary = view.known.tables.vocabulary();
    let text = format!(
        "SELECT word, terms, surfaces FROM {vocabulary} \
         WHERE ({patterns} OR word = ANY({exact})) AND {length} AND {SPELT} \
         ORDER BY greatest(terms, surfaces) DESC, word LIMIT {MAX_SPELLINGS}"
    );
    let mut found = Vec::new();
    for row in session.try_ask(&Statement { text, values }, LIKE_SHARE).await? {
        found.push(VocabularyWord {
            text: row.try_get("word")?,
            words: row.try_get::<_, i64>("terms")?.cast_unsigned(),
            surfaces: row.try_get::<_, i64>("surfaces")?.cast_unsigned(),
        });
    }
    Ok(found)
}

/// Patterns of the words that are one edit away, or two: cut in one piece more than there are
/// edits, one of the pieces is as it was typed, unless two letters changed places where it was
/// cut; these are given as they would be.
fn patterns(word: &str, prefix: bool, edits: u8) -> (Vec<String>, Vec<String>) {
    let letters: Vec<char> = word.chars().collect();
    let pieces = usize::from(edits) + 1;
    let end = if prefix { "%" } else { "" };
    let mut patterns = Vec::new();
    let mut swapped = Vec::new();
    for piece in 0..pieces {
        let (from, to) = (letters.len() * piece / pieces, letters.len() * (piece + 1) / pieces);
        let text: String = letters.get(from..to).unwrap_or_default().iter().collect();
        let text = escaped(&text);
        match (from, to == letters.len()) {
            (0, _) => patterns.push(format!("{text}%")),
            // It begins where it did, or as much earlier or later as there are edits.
            (_, true) if prefix => {
                let edits = usize::from(edits);
                let places = from.saturating_sub(edits)..=from + edits;
                patterns.extend(places.map(|place| format!("{}{text}%", "_".repeat(place))));
            }
            (_, true) => patterns.push(format!("%{text}{end}")),
            (_, false) => patterns.push(format!("%{text}%")),
        }
        if from > 0 {
            let mut letters = letters.clone();
            letters.swap(from - 1, from);
            let text: String = letters.iter().collect();
            match prefix {
                true => patterns.push(format!("{}%", escaped(&text))),
                false => swapped.push(text),
            }
        }
    }
    (patterns, swapped)
}

fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn some_piece_of_a_misspelt_word_is_right() {
        let (patterns, swapped) = patterns("hamock", false, 1);
        assert_eq!(patterns, ["ham%", "%ock"]);
        assert_eq!(swapped, ["haomck"]);
        let (patterns, _) = super::patterns("headphnes", false, 2);
        assert_eq!(patterns, ["hea%", "%dph%", "%nes"]);
        let (patterns, _) = super::patterns("a_b%", true, 1);
        assert_eq!(patterns, ["a\\_%", "_b\\%%", "__b\\%%", "___b\\%%", "ab\\_\\%%"]);
    }
}
