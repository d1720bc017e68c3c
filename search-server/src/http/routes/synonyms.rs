//! `GET` and `PUT /v1/catalogs/{catalog}/synonyms`, `POST …/synonyms/preview`.

use axum::extract::{FromRequest, Request, State};
use axum::http::StatusCode;
use search_core::{EngineError, SynonymPreview};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::http::blocking::off_worker;
use crate::http::wire::problem::{BodyRefusals, Refusals};
use crate::http::wire::{
    Catalog, Json, Problem, Raw, SynonymRule, SynonymSet, code, media_type, parse_json, utf8,
};
use crate::limits::{MAX_SEARCH_BYTES, MAX_SYNONYMS_BYTES};
use crate::state::App;

/// A set of synonyms.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "synonyms": ["tv, television", ["sofa", "couch"], { "from": "iphone", "to": ["apple phone"] }]
}))]
pub(crate) struct SynonymsBody {
    /// The rules; they replace all that were there.
    synonyms: Vec<SynonymRule>,
}

/// A query, and the synonyms to try on it.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "q": "led tv", "synonyms": ["tv, television"] }))]
pub(crate) struct PreviewBody {
    /// The query.
    q: String,
    /// The rules to try; absent: the running ones.
    #[serde(default)]
    synonyms: Option<Vec<SynonymRule>>,
}

/// Get the synonyms
#[utoipa::path(
    get, path = "/v1/catalogs/{catalog}/synonyms", tag = "synonyms",
    params(("catalog" = String, Path, description = "The catalogue's name", example = "products")),
    responses((status = 200, description = "The running rules", body = SynonymSet), Refusals),
)]
pub(crate) async fn get_synonyms(Catalog(catalog): Catalog) -> axum::Json<SynonymSet> {
    let index_version = catalog.engine.index_version();
    axum::Json(SynonymSet { synonyms: catalog.engine.synonyms(), index_version })
}

/// Replace the synonyms
///
/// Used by the very next search, without reindexing. As JSON, or as `text/plain` with one rule a
/// line and `#` comments. A fault in one rule changes nothing. Where the synonyms are kept in a
/// file this is a 409: they are changed there.
#[utoipa::path(
    put, path = "/v1/catalogs/{catalog}/synonyms", tag = "synonyms",
    params(("catalog" = String, Path, description = "The catalogue's name", example = "products")),
    request_body(content((SynonymsBody = "application/json"), (String = "text/plain"))),
    responses(
        (status = 200, description = "Durable and in use", body = SynonymSet),
        (status = 409, description = "They are kept in a file", body = Problem,
         content_type = "application/problem+json"),
        Refusals, BodyRefusals
    ),
)]
pub(crate) async fn put_synonyms(
    State(app): State<App>,
    Catalog(catalog): Catalog,
    request: Request,
) -> Result<axum::Json<SynonymSet>, Problem> {
    if let Some(file) = &catalog.synonym_file {
        let file = file.path().display();
        let detail =
            format!("the synonyms of this catalogue are kept in {file}, change them there");
        return Err(Problem::new(StatusCode::CONFLICT, code::SYNONYMS_IN_FILE, detail));
    }
    let media = media_type(request.headers(), &["application/json", "text/plain"])?;
    let Raw(body) = Raw::<MAX_SYNONYMS_BYTES>::from_request(request, &app).await?;
    let (rules, is_json) = match media {
        Some("text/plain") => (utf8(&body)?.lines().map(str::to_owned).collect(), false),
        _ => (texts(parse_json::<SynonymsBody>(&body)?.synonyms)?, true),
    };
    let set = off_worker(move || {
        let index_version = catalog.engine.set_synonyms(&rules)?;
        Ok(SynonymSet { synonyms: catalog.engine.synonyms(), index_version })
    });
    match set.await? {
        Err(error) if is_json => Err(in_rule(&error)),
        set => Ok(axum::Json(set?)),
    }
}

/// Try synonyms on a query
///
/// How the query would be understood with these rules, or with the running ones.
#[utoipa::path(
    post, path = "/v1/catalogs/{catalog}/synonyms/preview", tag = "synonyms",
    params(("catalog" = String, Path, description = "The catalogue's name", example = "products")),
    request_body = PreviewBody,
    responses((status = 200, description = "What the query becomes", body = SynonymPreview), Refusals, BodyRefusals),
)]
pub(crate) async fn preview_synonyms(
    Catalog(catalog): Catalog,
    Json(PreviewBody { q, synonyms }): Json<PreviewBody, MAX_SEARCH_BYTES>,
) -> Result<axum::Json<SynonymPreview>, Problem> {
    let rules = synonyms.map(texts).transpose()?;
    let preview = off_worker(move || catalog.engine.preview_synonyms(rules.as_deref(), &q));
    Ok(axum::Json(preview.await?.map_err(|error| in_rule(&error))?))
}

fn texts(rules: Vec<SynonymRule>) -> Result<Vec<String>, Problem> {
    rules.into_iter().enumerate().map(|(index, rule)| rule.into_text(index)).collect()
}

/// In a JSON body the line of a fault is the place of a rule.
fn in_rule(error: &EngineError) -> Problem {
    match error {
        EngineError::Synonyms(fault) => {
            let rule = format!("synonyms[{}]", fault.line.saturating_sub(1));
            Problem::bad_request(error.code().as_str(), fault.fault.to_string()).at(rule)
        }
        error => error.into(),
    }
}
