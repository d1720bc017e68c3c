//! From the numbers of the hits on the page to what the caller sees of them.

use serde_json::Value;
use serde_json::value::RawValue;

use super::explain::explain;
use super::highlight::highlight;
use super::leaf::SearchContext;
use super::merge::MergedHit;
use super::scatter::Gathered;
use crate::document::cut;
use crate::error::{EngineError, Result};
use crate::query::Projection;
use crate::response::{Hit, HitGroup};

/// Reads the documents of the page's hits.
pub(crate) fn fetch(
    context: &SearchContext<'_>,
    gathered: &Gathered,
    hits: &[MergedHit<'_>],
) -> Result<Vec<Hit>> {
    hits.iter().map(|hit| fetch_one(context, gathered, hit)).collect()
}

/// The group that a hit stands for; a product without a value stands for itself alone.
fn group(
    context: &SearchContext<'_>,
    gathered: &Gathered,
    hit: &MergedHit<'_>,
) -> Result<Option<HitGroup>> {
    let Some((key, group)) = context.plan.group.as_ref().zip(hit.group) else { return Ok(None) };
    let columns = hit.segment.columns(key)?;
    let Some(strings) = &columns.strings else { return Ok(None) };
    let Some(ordinal) = strings.term_ords(hit.doc).next() else { return Ok(None) };
    let mut value = String::new();
    strings.ord_to_str(ordinal, &mut value).map_err(tantivy::TantivyError::from)?;
    let size = gathered.group_sizes.get(&group).copied().unwrap_or(1);
    Ok(Some(HitGroup { key: value, size }))
}

fn fetch_one(
    context: &SearchContext<'_>,
    gathered: &Gathered,
    merged: &MergedHit<'_>,
) -> Result<Hit> {
    let plan = context.plan;
    let stored = merged.stored()?;
    let mut hit = Hit {
        id: stored.id.clone(),
        score: merged.score,
        product: None,
        highlight: Default::default(),
        group: group(context, gathered, merged)?,
        explain: None,
    };
    if plan.explain {
        hit.explain = Some(explain(context, merged)?);
    }
    if matches!(plan.projection, Projection::Nothing) && plan.highlight.is_empty() {
        return Ok(hit);
    }
    let raw = stored.document.as_str();
    let damaged = |error: serde_json::Error| EngineError::Damaged {
        path: merged.segment.reader.segment_id().uuid_string().into(),
        reason: format!("the stored document of {:?} is no JSON: {error}", hit.id),
    };
    if !plan.highlight.is_empty() {
        let document: Value = serde_json::from_str(raw).map_err(damaged)?;
        let generation = &context.snapshot.generation;
        hit.highlight = highlight(&document, &plan.highlight, generation, &context.rewritten.marks);
    }
    hit.product = match &plan.projection {
        Projection::Nothing => None,
        Projection::Everything => Some(RawValue::from_string(raw.to_owned()).map_err(damaged)?),
        Projection::Paths(paths) => {
            let paths: Vec<&[String]> = paths.iter().map(Vec::as_slice).collect();
            Some(cut(raw, &paths).map_err(damaged)?)
        }
    };
    Ok(hit)
}
