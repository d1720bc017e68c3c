//! From the numbers of the hits on the page to what the caller sees of them.

use std::collections::BTreeMap;

use serde_json::Value;
use serde_json::value::RawValue;

use super::explain::explain;
use super::highlight::highlight;
use super::leaf::SearchContext;
use super::merge::MergedHit;
use super::scatter::Gathered;
use super::slot::Marks;
use crate::analysis::Analyzers;
use crate::catalog::Catalog;
use crate::document::cut;
use crate::error::{EngineError, Result};
use crate::query::{Projection, SearchPlan};
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
    let generation = &context.snapshot.generation;
    let (catalog, analyzers) = (&generation.catalog, &generation.analyzers);
    let marks = &context.rewritten.marks;
    let Presented { product, highlight } =
        presented(&stored.document, plan, catalog, analyzers, marks).map_err(|error| {
            EngineError::Damaged {
                path: merged.segment.reader.segment_id().uuid_string().into(),
                reason: format!("the stored document of {:?} is no JSON: {error}", hit.id),
            }
        })?;
    (hit.product, hit.highlight) = (product, highlight);
    Ok(hit)
}

/// What the caller gets of a document.
#[derive(Debug, Default)]
pub struct Presented {
    /// The part that was asked for.
    pub product: Option<Box<RawValue>>,
    /// Highlighted texts, by field.
    pub highlight: BTreeMap<String, String>,
}

/// Cuts and highlights a document as the plan says.
pub(crate) fn presented(
    raw: &str,
    plan: &SearchPlan,
    catalog: &Catalog,
    analyzers: &Analyzers,
    marks: &Marks,
) -> serde_json::Result<Presented> {
    let mut highlighted = BTreeMap::new();
    if !plan.highlight.is_empty() {
        let document: Value = serde_json::from_str(raw)?;
        highlighted = highlight(&document, &plan.highlight, catalog, analyzers, marks);
    }
    let product = match &plan.projection {
        Projection::Nothing => None,
        Projection::Everything => Some(RawValue::from_string(raw.to_owned())?),
        Projection::Paths(paths) => {
            let paths: Vec<&[String]> = paths.iter().map(Vec::as_slice).collect();
            Some(cut(raw, &paths)?)
        }
    };
    Ok(Presented { product, highlight: highlighted })
}
