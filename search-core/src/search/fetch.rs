//! From the numbers of the hits on the page to what the caller sees of them.

use serde_json::Value;
use serde_json::value::RawValue;

use super::explain::explain;
use super::highlight::highlight;
use super::leaf::SearchContext;
use super::merge::MergedHit;
use crate::document::cut;
use crate::error::{EngineError, Result};
use crate::query::Projection;
use crate::response::Hit;

/// Reads the documents of the page's hits.
pub(crate) fn fetch(context: &SearchContext<'_>, hits: &[MergedHit<'_>]) -> Result<Vec<Hit>> {
    hits.iter().map(|hit| fetch_one(context, hit)).collect()
}

fn fetch_one(context: &SearchContext<'_>, merged: &MergedHit<'_>) -> Result<Hit> {
    let plan = context.plan;
    let stored = merged.stored()?;
    let mut hit = Hit {
        id: stored.id.clone(),
        score: merged.score,
        product: None,
        highlight: Default::default(),
        group: None,
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
        let catalog = &context.snapshot.generation.catalog;
        hit.highlight = highlight(&document, &plan.highlight, catalog, &context.rewritten.marks);
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
