//! How a score came about: the same numbers again, with names.

use tantivy::DocId;

use super::deadline::Watch;
use super::leaf::{SearchContext, open_slots};
use super::merge::MergedHit;
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
    Ok(Explanation {
        description: "score".to_owned(),
        value: relevance.value * factor,
        combine: Some(Combine::Product),
        parts: vec![
            relevance,
            node("business signals".to_owned(), factor, Combine::Product, factors),
        ],
    })
}

fn relevance(
    context: &SearchContext<'_>,
    ordinal: usize,
    hit: &MergedHit<'_>,
) -> Result<Explanation> {
    let doc: DocId = hit.doc;
    let mut watch = Watch::new(context.plan.deadline);
    let slots = open_slots(context, hit.segment, ordinal, &mut watch)?.unwrap_or_default();
    if slots.is_empty() {
        return Ok(leaf("every product matches an empty query".to_owned(), 1.0));
    }
    let length = hit.segment.norms.fieldnorm_id(doc);
    let mut words = Vec::with_capacity(slots.len());
    for (mut postings, slot) in slots.into_iter().zip(&context.rewritten.slots) {
        postings.seek(doc);
        let best = postings.score(context.bm25, length);
        let Some(part) = slot.parts.get(best.part) else { continue };
        let factor = part.weight * part.idf;
        words.push(node(
            format!("{:?} {}", part.source, part.label).to_lowercase(),
            best.score,
            Combine::Product,
            vec![
                node(
                    "weight of the match and inverse document frequency".to_owned(),
                    factor,
                    Combine::Product,
                    vec![leaf("weight".to_owned(), part.weight), leaf("idf".to_owned(), part.idf)],
                ),
                leaf("saturated, field-weighted term frequency".to_owned(), best.saturated),
            ],
        ));
    }
    let value = words.iter().map(|word| word.value).sum();
    Ok(node("words".to_owned(), value, Combine::Sum, words))
}

fn leaf(description: String, value: f32) -> Explanation {
    Explanation { description, value, combine: None, parts: Vec::new() }
}

fn node(description: String, value: f32, combine: Combine, parts: Vec<Explanation>) -> Explanation {
    let combine = (!parts.is_empty()).then_some(combine);
    Explanation { description, value, combine, parts }
}
