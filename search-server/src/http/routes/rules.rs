//! `GET` and `PUT /v1/catalogs/{catalog}/rules`.

use search_core::Rule;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::http::blocking::off_worker;
use crate::http::wire::problem::{BodyRefusals, Refusals};
use crate::http::wire::{Catalog, Json, Problem, RuleFault, RuleSet};
use crate::limits::MAX_RULES_BYTES;
use crate::state::Served;

/// A set of rules.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "rules": [{
        "id": "headphones",
        "when": [{ "query": { "contains": "headphones" } }, { "category": "Audio > Headphones" }],
        "then": {
            "pin": [{ "id": "100007", "position": 1 }],
            "boost": [{ "filter": "brand = \"Bassando\"", "weight": 2.0 }]
        }
    }]
}))]
pub(crate) struct RulesBody {
    /// The rules, in the order in which they apply; they replace all that were there.
    rules: Vec<Rule>,
}

/// Get the rules
#[utoipa::path(
    get, path = "/v1/catalogs/{catalog}/rules", tag = "rules",
    params(("catalog" = String, Path, description = "The catalogue's name", example = "products")),
    responses((status = 200, description = "The running rules", body = RuleSet), Refusals),
)]
pub(crate) async fn get_rules(Catalog(catalog): Catalog) -> axum::Json<RuleSet> {
    let index_version = catalog.engine.index_version();
    axum::Json(running(&catalog, index_version))
}

/// Replace the rules
///
/// Used by the very next search. A fault in one rule changes nothing.
#[utoipa::path(
    put, path = "/v1/catalogs/{catalog}/rules", tag = "rules",
    params(("catalog" = String, Path, description = "The catalogue's name", example = "products")),
    request_body = RulesBody,
    responses(
        (status = 200, description = "Durable and in use", body = RuleSet),
        Refusals, BodyRefusals
    ),
)]
pub(crate) async fn put_rules(
    Catalog(catalog): Catalog,
    Json(RulesBody { rules }): Json<RulesBody, MAX_RULES_BYTES>,
) -> Result<axum::Json<RuleSet>, Problem> {
    let set = off_worker(move || {
        let index_version = catalog.engine.set_rules(&rules)?;
        Ok(running(&catalog, index_version))
    });
    Ok(axum::Json(set.await??))
}

fn running(catalog: &Served, index_version: u64) -> RuleSet {
    let faults = catalog.engine.rule_faults().into_iter().map(RuleFault::from).collect();
    RuleSet { rules: catalog.engine.rules(), faults, index_version }
}
