//! How a score came about: the same numbers again, with names.

use tantivy::DocId;

use super::curation::Weightings;
use super::deadline::Watch;
use super::leaf::{SearchContext, open_boosts, open_slots};
use super::merge::MergedHit;
use super::postings::{SlotPostings, SlotScore};
use super::proximity::Proximity;
use super::slot::Part;
use super::snapshot_lexicon::Terms;
use crate::error::Result;
use crate::response::{Combine, Explanation};

/// A tree whose values are computed as the search computed them, so that they add up exactly.
pub(crate) fn explain(context: &SearchContext<'_>, hit: &MergedHit<'_>) -> Result<Explanation> {
    let relevance = relevance(context, hit.ordinal, hit)?;
    let signals = context.signals.in_segment(hit.segment)?;
    let factors: Vec<Explanation> = signals
        .factors(hit.doc)
        .map(|(name, factor)| leaf(format!("signal {name}"), factor))
        .collect();
    let factor = signals.factor(hit.doc);
    let mut value = relevance.value * factor;
    let signals = node("business signals".to_owned(), factor, Combine::Product, factors);
    let mut parts = vec![relevance, signals];
    let weightings = Weightings::new(&context.plan.effects.weightings, hit.segment)?;
    let rules: Vec<Explanation> = weightings
        .strongest(hit.doc)
        .map(|weighting| leaf(format!("rule {}", weighting.rule), weighting.factor))
        .collect();
    if !rules.is_empty() {
        let factor = weightings.factor(hit.doc);
        value *= factor;
        parts.push(node("rules".to_owned(), factor, Combine::Product, rules));
    }
    Ok(Explanation {
        description: "score".to_owned(),
        value,
        combine: Some(Combine::Product),
        parts,
    })
}

fn relevance(
    context: &SearchContext<'_>,
    ordinal: usize,
    hit: &MergedHit<'_>,
) -> Result<Explanation> {
    let doc: DocId = hit.doc;
    let mut watch = Watch::new(context.plan.deadline);
    let unmatched = || leaf("pinned by a rule; the words do not match".to_owned(), 0.0);
    let Some(opened) = open_slots(context, hit.segment, ordinal, &mut watch)? else {
        return Ok(unmatched());
    };
    let mut slots: Vec<(usize, SlotPostings)> = opened.into_iter().enumerate().collect();
    if slots.is_empty() {
        return Ok(leaf("every product matches an empty query".to_owned(), 1.0));
    }
    let length = context.bm25.length(hit.segment.norms.fieldnorm_id(doc));
    let mut words = Vec::with_capacity(slots.len());
    for ((_, postings), slot) in slots.iter_mut().zip(&context.rewritten.slots) {
        if postings.seek(doc) != doc {
            return Ok(unmatched());
        }
        let score = postings.score(context.bm25, length);
        let frequency = "saturated, field-weighted term frequency";
        words.extend(slot.parts.get(score.part).map(|part| matched(part, score, frequency)));
    }
    let words_value = words.iter().map(|word| word.value).sum();
    let mut boosts = open_boosts(context, hit.segment, ordinal, &mut watch)?;
    let boosts: Vec<Explanation> = boosts
        .scores(doc)
        .filter_map(|score| {
            let part = context.rewritten.boosts.get(score.part)?;
            Some(matched(part, score, "saturated number of fields that agree"))
        })
        .collect();
    let boosts_value: f32 = boosts.iter().map(|boost| boost.value).sum();
    let mut proximity = Proximity::new(&context.rewritten.pairs);
    let pairs: Vec<Explanation> = proximity
        .scores(&mut slots, context.bm25, length)
        .map(|(pair, score)| {
            let words = context.rewritten.slots.iter().skip(pair.first).take(2);
            let words: Vec<&str> = words.map(|slot| slot.surface.as_str()).collect();
            leaf(words.join(" "), score)
        })
        .collect();
    let near: f32 = pairs.iter().map(|pair| pair.value).sum();
    Ok(node(
        "relevance".to_owned(),
        words_value + boosts_value + near,
        Combine::Sum,
        vec![
            node("words".to_owned(), words_value, Combine::Sum, words),
            node("boosts".to_owned(), boosts_value, Combine::Sum, boosts),
            node("proximity".to_owned(), near, Combine::Sum, pairs),
        ],
    ))
}

/// What one part gave.
fn matched(part: &Part<Terms>, score: SlotScore, saturated: &str) -> Explanation {
    let factor = node(
        "weight of the match and inverse document frequency".to_owned(),
        part.weight * part.idf,
        Combine::Product,
        factors(part),
    );
    let saturated = leaf(saturated.to_owned(), score.saturated);
    node(description(part), score.score, Combine::Product, vec![factor, saturated])
}

fn description(part: &Part<Terms>) -> String {
    format!("{:?} {}", part.source, part.label).to_lowercase()
}

fn factors(part: &Part<Terms>) -> Vec<Explanation> {
    vec![leaf("weight".to_owned(), part.weight), leaf("idf".to_owned(), part.idf)]
}

fn leaf(description: String, value: f32) -> Explanation {
    Explanation { description, value, combine: None, parts: Vec::new() }
}

fn node(description: String, value: f32, combine: Combine, parts: Vec<Explanation>) -> Explanation {
    let combine = (!parts.is_empty()).then_some(combine);
    Explanation { description, value, combine, parts }
}
