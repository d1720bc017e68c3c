//! `GET` and `PUT /v1/catalogs/{catalog}/rules`.

use axum::body::Bytes;
use axum::extract::{FromRequest, Request, State};
use search_core::{EngineError, Rule};
use serde::Deserialize;
use serde_json::value::RawValue;
use utoipa::ToSchema;

use crate::catalogs::Served;
use crate::http::blocking::off_worker;
use crate::http::wire::problem::{BodyRefusals, Refusals};
use crate::http::wire::{Catalog, Problem, Raw, RuleFault, RuleSet, media_type, parse_json};
use crate::limits::MAX_RULES_BYTES;
use crate::state::App;

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
/// Used by the very next search. A fault in one rule changes nothing: `pointer` names the part,
/// `line` is where the rule begins, and `column` counts within a filter.
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
    State(app): State<App>,
    Catalog(catalog): Catalog,
    request: Request,
) -> Result<axum::Json<RuleSet>, Problem> {
    media_type(request.headers(), &["application/json"])?;
    let Raw(body) = Raw::<MAX_RULES_BYTES>::from_request(request, &app).await?;
    let RulesBody { rules } = parse_json(&body)?;
    let set = off_worker(move || {
        let index_version = catalog.engine.set_rules(&rules)?;
        Ok(running(&catalog, index_version))
    });
    match set.await? {
        Err(EngineError::Rules(fault)) => {
            let (line, column) = (line_of_rule(&body, fault.index), fault.column);
            let problem = Problem::from(EngineError::Rules(fault));
            Err(match line {
                Some(line) => problem.at_line(line, column),
                None => problem,
            })
        }
        set => Ok(axum::Json(set?)),
    }
}

fn running(catalog: &Served, index_version: u64) -> RuleSet {
    let faults = catalog.engine.rule_faults().into_iter().map(RuleFault::from).collect();
    RuleSet { rules: catalog.engine.rules(), faults, index_version }
}

/// The 1-based line of the body on which a rule begins.
fn line_of_rule(body: &Bytes, index: usize) -> Option<usize> {
    #[derive(Deserialize)]
    struct RawRules<'b> {
        #[serde(borrow)]
        rules: Vec<&'b RawValue>,
    }
    let raw: RawRules<'_> = serde_json::from_slice(body).ok()?;
    let rule = raw.rules.get(index)?.get();
    let before = (rule.as_ptr() as usize).checked_sub(body.as_ptr() as usize)?;
    Some(body.get(..before)?.iter().filter(|byte| **byte == b'\n').count() + 1)
}
