//! What a query names as a whole: "laptop bag" names a kind of product, "samsung" a maker.
//!
//! Products that are what the query names come before those that only mention it: a search for
//! "laptop" shows laptops before laptop bags.

use std::ops::Range;

use rustc_hash::FxHashSet;

use super::lexicon::Lexicon;
use super::rewrite::Rewriter;
use super::slot::{Part, Slot, Source};
use crate::analysis::SynonymMatch;
use crate::error::Result;
use crate::index::{MAX_VALUE_WORDS, whole_value};
use crate::limits::MAX_NAMES_PER_QUERY;
use crate::query::ParsedQuery;

/// A name that words of the query may stand for.
#[derive(Clone)]
struct Name {
    terms: Vec<String>,
    weight: f32,
    /// The words.
    range: Range<usize>,
}

impl<L: Lexicon> Rewriter<'_, L> {
    /// Parts for all names that runs of the query's words stand for, by themselves, by synonyms or
    /// written as one word.
    pub(crate) fn kinds(
        &self,
        query: &ParsedQuery,
        synonyms: &[SynonymMatch],
        joined: &[(usize, String)],
        slots: &[Slot<L::Terms>],
    ) -> Result<Vec<Part<L::Terms>>> {
        let surfaces: Vec<&str> = query.words.iter().map(|word| word.surface.as_str()).collect();
        let mut names = Vec::new();
        for terms in self.analyzer.sequences(&surfaces) {
            for start in 0..terms.len() {
                let mut runs = vec![Name { terms: Vec::new(), weight: 1.0, range: start..start }];
                for (word, term) in terms.iter().enumerate().skip(start).take(MAX_VALUE_WORDS) {
                    let of_word = synonyms.iter().filter(|found| found.range == (word..word + 1));
                    let others = of_word.flat_map(SynonymMatch::sequences);
                    runs = extended(&runs, term, others, self.ranking.synonym);
                    names.extend(runs.iter().cloned());
                }
            }
        }
        for found in synonyms.iter().filter(|found| found.range.len() > 1) {
            names.extend(found.sequences().map(|terms| Name {
                terms: terms.to_vec(),
                weight: self.ranking.synonym,
                range: found.range.clone(),
            }));
        }
        names.extend(joined.iter().map(|(first, term)| Name {
            terms: vec![term.clone()],
            weight: self.ranking.joined,
            range: *first..first + 2,
        }));
        names.retain(|name| name.terms.len() <= MAX_VALUE_WORDS);
        // Languages may agree on a name.
        let mut known = FxHashSet::default();
        names.retain(|name| known.insert((name.terms.clone(), name.range.clone())));
        let mut parts = Vec::new();
        for name in &names {
            let run: Vec<&str> = name.terms.iter().map(String::as_str).collect();
            let weight = self.ranking.kind * name.weight;
            let mut slot = Slot::new("", false);
            self.push_term(&mut slot, Source::Kind, &whole_value(&run), &run.join(" "), weight)?;
            // As informative as the words themselves are.
            let idf = slots.get(name.range.clone()).unwrap_or_default().iter().map(Slot::idf).sum();
            parts.extend(slot.parts.into_iter().map(|part| Part { idf, ..part }));
            if parts.len() == MAX_NAMES_PER_QUERY {
                break;
            }
        }
        Ok(parts)
    }
}

/// Runs that are one word longer: by the term, or by what may stand for it.
fn extended<'a>(
    runs: &[Name],
    term: &str,
    others: impl Iterator<Item = &'a [String]>,
    synonym: f32,
) -> Vec<Name> {
    let own = [term.to_owned()];
    let others: Vec<&[String]> = others.collect();
    let longer = |run: &Name, terms: &[String], weight: f32| Name {
        terms: run.terms.iter().chain(terms).cloned().collect(),
        weight: run.weight * weight,
        range: run.range.start..run.range.end + 1,
    };
    runs.iter()
        .flat_map(|run| {
            let by_others = others.iter().map(|terms| longer(run, terms, synonym));
            std::iter::once(longer(run, &own, 1.0)).chain(by_others).collect::<Vec<_>>()
        })
        .filter(|name| name.terms.len() <= MAX_VALUE_WORDS)
        .take(MAX_NAMES_PER_QUERY)
        .collect()
}
