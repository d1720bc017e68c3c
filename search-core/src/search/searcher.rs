//! One search from request to response, with the second and third tries that a query may need.

use std::time::Instant;

use super::bm25::Bm25;
use super::curation::Curation;
use super::fetch::fetch;
use super::leaf::SearchContext;
use super::merge::merge;
use super::rewrite::{Rewriter, Widening};
use super::scatter::{Gathered, scatter};
use super::signals::Signals;
use super::slot::Rewritten;
use super::snapshot_lexicon::{SnapshotLexicon, Terms};
use super::vocabulary::TypoAutomata;
use crate::analysis::{Synonyms, TokenKind};
use crate::cache::SegmentCache;
use crate::error::Result;
use crate::index::Snapshot;
use crate::limits::FEW_RESULTS;
use crate::query::{ParsedQuery, SearchPlan, SearchRequest};
use crate::response::{Degradation, SearchResponse, ServedBy};
use crate::rules::Rules;

/// Another spelling is worth a question when so many times as many products have it.
const MUCH_MORE: u64 = 10;

/// Searches one snapshot.
pub(crate) struct Searcher<'a> {
    pub snapshot: &'a Snapshot,
    pub index_version: u64,
    pub synonyms: &'a Synonyms,
    pub thesaurus: &'a Synonyms,
    pub rules: &'a Rules,
    /// The moment of the search, by which rules are in use or not.
    pub now: i64,
    pub typos: &'a TypoAutomata,
    pub cache: &'a SegmentCache,
    pub pool: &'a rayon::ThreadPool,
}

/// What places the products of every try, bound to the snapshot.
struct Scoring<'a> {
    bm25: Bm25,
    signals: Signals<'a>,
    curation: Curation,
}

/// A try that found something, or the last one.
struct Outcome {
    rewritten: Rewritten<Terms>,
    gathered: Gathered,
    /// Words that were left out.
    relaxed: Vec<String>,
    query: ParsedQuery,
}

impl Searcher<'_> {
    pub(crate) fn search(&self, request: &SearchRequest) -> Result<SearchResponse> {
        let started = Instant::now();
        let generation = &self.snapshot.generation;
        let (catalog, analyzers) = (&generation.catalog, &generation.analyzers);
        let mut plan = SearchPlan::new(request, catalog, analyzers)?;
        let applied = self.rules.apply(request, &mut plan, catalog, analyzers, self.now)?;
        let scoring = Scoring {
            bm25: Bm25::new(self.snapshot),
            signals: Signals::new(self.snapshot)?,
            curation: Curation::new(&plan.effects, self.snapshot)?,
        };
        let outcome = self.try_until_found(&plan, &scoring)?;
        let context = self.context(&plan, &outcome.rewritten, &scoring);
        let page = merge(&context, &outcome.gathered)?;
        let hits = fetch(&context, &outcome.gathered, &page.hits)?;
        let corrected = self.shown(corrected(&outcome), request)?;
        let did_you_mean = match corrected {
            None if plan.typos => self.shown(self.did_you_mean(&outcome)?, request)?,
            _ => None,
        };
        let facets = plan
            .facets
            .iter()
            .zip(outcome.gathered.facets)
            .map(|(plan, counts)| (plan.name.clone(), counts.into_result(plan)))
            .collect();
        Ok(SearchResponse {
            hits,
            total: outcome.gathered.total,
            facets,
            corrected,
            did_you_mean,
            relaxed: outcome.relaxed,
            redirect: applied.redirect,
            rules: applied.rules,
            next_cursor: page.next.map(|next| next.encode()),
            took_ms: started.elapsed().as_secs_f64() * 1_000.0,
            served_by: ServedBy::Index,
            degraded: self
                .snapshot
                .is_partial()
                .then_some(Degradation::Shards)
                .into_iter()
                .collect(),
            index_version: Some(self.index_version),
            age_ms: None,
        })
    }

    /// A correction, unless only products outside the scope have its words: the vocabulary is that
    /// of all.
    fn shown(&self, corrected: Option<String>, request: &SearchRequest) -> Result<Option<String>> {
        let (Some(text), true) = (&corrected, request.scope.is_some()) else {
            return Ok(corrected);
        };
        let mut search = SearchRequest::query(text.as_str()).limit(0).within(request.scope.clone());
        (search.typos, search.prefix, search.timeout_ms) = (false, false, request.timeout_ms);
        search.locale.clone_from(&request.locale);
        let found = self.search(&search)?;
        Ok((found.total > 0 && found.relaxed.is_empty()).then_some(search.q))
    }

    /// Exact words first; then every word may be misspelt; then words are left out, those that
    /// say least first.
    fn try_until_found(&self, plan: &SearchPlan, scoring: &Scoring<'_>) -> Result<Outcome> {
        let generation = &self.snapshot.generation;
        let lexicon = SnapshotLexicon {
            snapshot: self.snapshot,
            bm25: &scoring.bm25,
            typos: self.typos,
            cache: self.cache,
            language: plan.language,
            deadline: plan.deadline,
        };
        let rewriter = Rewriter {
            lexicon: &lexicon,
            analyzer: generation.analyzers.of_query(plan.language),
            ranking: generation.catalog.ranking(),
            has_text_grams: generation.catalog.has_text_grams(),
            synonyms: self.synonyms,
            thesaurus: self.thesaurus,
        };
        let attempt = |query: ParsedQuery, widening, relaxed| -> Result<Outcome> {
            let rewritten = rewriter.rewrite(&query, widening)?;
            let gathered = scatter(&self.context(plan, &rewritten, scoring), self.pool)?;
            Ok(Outcome { rewritten, gathered, relaxed, query })
        };
        let (unknown, every) = match plan.typos {
            true => (Widening::UnknownWords, Widening::EveryWord),
            false => (Widening::None, Widening::None),
        };
        let mut outcome = attempt(plan.query.clone(), unknown, Vec::new())?;
        if plan.query.words.is_empty() {
            return Ok(outcome);
        }
        if outcome.gathered.word_matches == 0 && plan.typos {
            outcome = attempt(outcome.query, every, Vec::new())?;
        }
        let mut in_scope = Vec::new();
        while outcome.gathered.word_matches == 0 && outcome.query.words.len() > 1 {
            let mut query = outcome.query;
            let place = if plan.scope.is_none() {
                least_informative(&outcome.rewritten.docs_of_words())
            } else {
                // What others have of a word must not decide.
                if in_scope.is_empty() {
                    for word in &query.words {
                        let alone = ParsedQuery { words: vec![word.clone()], ..query.clone() };
                        let alone = attempt(alone, unknown, Vec::new())?;
                        in_scope.push(alone.gathered.word_matches);
                    }
                }
                let place = least_informative(&in_scope);
                in_scope.remove(place);
                place
            };
            let word = query.words.remove(place);
            let mut relaxed = outcome.relaxed;
            relaxed.push(word.surface);
            outcome = attempt(query, unknown, relaxed)?;
        }
        Ok(outcome)
    }

    /// Where little was found: the query with a spelling that many more products have.
    fn did_you_mean(&self, outcome: &Outcome) -> Result<Option<String>> {
        if outcome.gathered.word_matches >= FEW_RESULTS {
            return Ok(None);
        }
        let mut is_other = false;
        let mut words = Vec::new();
        let slots = outcome.rewritten.slots.iter().filter(|slot| slot.is_optional);
        for (word, slot) in outcome.query.words.iter().zip(slots) {
            let is_rare = word.kind == TokenKind::Word && slot.meant < FEW_RESULTS;
            let near = match is_rare {
                true => self.typos.alternatives(&word.surface, false, &self.snapshot.segments)?,
                false => Vec::new(),
            };
            let most = near.iter().max_by_key(|other| other.docs);
            match most.filter(|other| other.docs > slot.meant.max(1) * MUCH_MORE) {
                Some(other) => {
                    is_other = true;
                    words.push(other.surface.as_str().to_owned());
                }
                None => words.push(slot.surface.clone()),
            }
        }
        Ok(is_other.then(|| words.join(" ")))
    }

    fn context<'s>(
        &'s self,
        plan: &'s SearchPlan,
        rewritten: &'s Rewritten<Terms>,
        scoring: &'s Scoring<'s>,
    ) -> SearchContext<'s> {
        SearchContext {
            snapshot: self.snapshot,
            plan,
            rewritten,
            bm25: &scoring.bm25,
            signals: &scoring.signals,
            curation: &scoring.curation,
            cache: self.cache,
        }
    }
}

/// The word to leave out first: one that no product has, else the one that most products have.
pub fn least_informative(docs: &[u64]) -> usize {
    let informative = |docs: u64| if docs == 0 { u64::MAX } else { docs };
    let words = docs.iter().enumerate();
    words.max_by_key(|(_, docs)| informative(**docs)).map_or(0, |(place, _)| place)
}

/// The query with the spelling that was searched.
fn corrected(outcome: &Outcome) -> Option<String> {
    outcome.rewritten.corrected().filter(|_| outcome.gathered.word_matches > 0)
}
