//! Extractors whose refusals are problem documents.

use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::{FromRequest, FromRequestParts, Path, Request};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode, header};
use http_body_util::{BodyExt, LengthLimitError, Limited};
use percent_encoding::percent_decode_str;
use serde::Deserialize;
use serde::de::{DeserializeOwned, IgnoredAny};

use super::problem::{Problem, code};
use crate::access::Caller;
use crate::backend::BackendError;
use crate::catalogs::Served;
use crate::limits::BODY_TIMEOUT;
use crate::state::App;

/// The catalogue that the path names, with its index: to be changed, or looked into.
#[derive(Debug)]
pub(crate) struct Catalog(pub Served);

impl FromRequestParts<App> for Catalog {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let Searched { name, index } = Searched::from_request_parts(parts, app).await?;
        match index {
            Some(served) if !served.is_gone => Ok(Self(served)),
            _ => Err(BackendError::NoIndex { name: name.to_string() }.into()),
        }
    }
}

/// The catalogue that the path names, to be searched: there may be no index, if there is a
/// fallback.
#[derive(Debug)]
pub(crate) struct Searched {
    /// Its name.
    pub name: Arc<str>,
    /// Its index.
    pub index: Option<Served>,
}

impl Searched {
    /// The catalogue as it was declared.
    pub(crate) fn declaration(&self, app: &App) -> Result<Arc<search_core::Catalog>, BackendError> {
        let of_index = self.index.as_ref().map(|served| served.engine.catalog());
        let known = || app.backend.known_to_fallback().remove(&*self.name);
        of_index.or_else(known).ok_or(BackendError::Unavailable)
    }
}

impl FromRequestParts<App> for Searched {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        #[derive(Deserialize)]
        struct Named {
            catalog: String,
        }
        let Named { catalog } = path(parts).await?;
        let caller = Caller::from_request_parts(parts, app).await?;
        match app.catalogs.get(&catalog) {
            Ok(served) => Ok(Self { name: Arc::clone(&served.name), index: Some(served) }),
            Err(BackendError::NoSuchCatalog { name, mut present })
                if !app.backend.may_fall_back(&catalog) =>
            {
                present.extend(app.backend.known_to_fallback().into_keys());
                present.retain(|present| caller.sees(present));
                present.sort();
                present.dedup();
                Err(BackendError::NoSuchCatalog { name, present }.into())
            }
            Err(_) => Ok(Self { name: catalog.into(), index: None }),
        }
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Caller {
    type Rejection = Problem;

    /// The guard knows the caller; a request that came past it is nobody's.
    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        parts.extensions.get().cloned().ok_or_else(Problem::internal)
    }
}

/// The product id in the path.
#[derive(Debug)]
pub(crate) struct ProductId(pub String);

impl<S: Send + Sync> FromRequestParts<S> for ProductId {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        #[derive(Deserialize)]
        struct Identified {
            id: String,
        }
        let Identified { id } = path(parts).await?;
        Ok(Self(id))
    }
}

async fn path<T: DeserializeOwned + Send>(parts: &mut Parts) -> Result<T, Problem> {
    let Path(value) = Path::from_request_parts(parts, &())
        .await
        .map_err(|rejection| Problem::bad_request(code::INVALID_UTF8, rejection.body_text()))?;
    Ok(value)
}

/// The query string; an unknown or repeated parameter is a refusal.
#[derive(Debug)]
pub(crate) struct Query<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for Query<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let query = parts.uri.query().unwrap_or_default();
        if let Err(error) = percent_decode_str(query).decode_utf8() {
            let detail = format!("the query string is not UTF-8 once decoded: {error}");
            return Err(Problem::bad_request(code::INVALID_UTF8, detail));
        }
        axum::extract::Query::try_from_uri(&parts.uri)
            .map(|axum::extract::Query(value)| Self(value))
            .map_err(|rejection| query_problem(&rejection.body_text()))
    }
}

/// Axum says `Failed to …: parameter: reason`, without the parameter where it is in the reason.
fn query_problem(text: &str) -> Problem {
    let detail = text.split_once(": ").map_or(text, |(_, detail)| detail);
    let parameter = detail.split_once(": ").map(|(parameter, _)| parameter);
    let parameter = parameter.filter(|parameter| !parameter.contains(' ')).unwrap_or_default();
    Problem::bad_request(code::INVALID_REQUEST, detail).at(parameter)
}

/// A JSON body of at most `LIMIT` bytes. A missing content type is taken for JSON.
#[derive(Debug)]
pub(crate) struct Json<T, const LIMIT: usize>(pub T);

impl<T: DeserializeOwned, S: Send + Sync, const LIMIT: usize> FromRequest<S> for Json<T, LIMIT> {
    type Rejection = Problem;

    async fn from_request(request: Request, _: &S) -> Result<Self, Problem> {
        media_type(request.headers(), &["application/json"])?;
        parse_json(&read(request.into_body(), LIMIT, BODY_TIMEOUT).await?).map(Self)
    }
}

/// A body as it came, of at most `LIMIT` bytes.
#[derive(Debug)]
pub(crate) struct Raw<const LIMIT: usize>(pub Bytes);

impl<S: Send + Sync, const LIMIT: usize> FromRequest<S> for Raw<LIMIT> {
    type Rejection = Problem;

    async fn from_request(request: Request, _: &S) -> Result<Self, Problem> {
        read(request.into_body(), LIMIT, BODY_TIMEOUT).await.map(Self)
    }
}

/// The content type, when it is one of those that the endpoint takes.
pub(crate) fn media_type<'a>(
    headers: &HeaderMap,
    accepted: &[&'a str],
) -> Result<Option<&'a str>, Problem> {
    let Some(value) = headers.get(header::CONTENT_TYPE) else { return Ok(None) };
    let text = value.to_str().unwrap_or("not text");
    let essence = text.split(';').next().unwrap_or_default().trim();
    match accepted.iter().find(|accepted| accepted.eq_ignore_ascii_case(essence)) {
        Some(found) => Ok(Some(found)),
        None => Err(Problem::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            code::UNSUPPORTED_MEDIA_TYPE,
            format!("expected one of the content types {}; got {text:?}", accepted.join(", ")),
        )),
    }
}

async fn read(body: Body, limit: usize, timeout: Duration) -> Result<Bytes, Problem> {
    let collected = tokio::time::timeout(timeout, Limited::new(body, limit).collect()).await;
    match collected {
        Ok(Ok(collected)) => Ok(collected.to_bytes()),
        Ok(Err(error)) if error.is::<LengthLimitError>() => {
            Err(Problem::too_large("the body", limit as u64))
        }
        Ok(Err(error)) => {
            Err(Problem::bad_request(code::BODY_INCOMPLETE, format!("the body broke off: {error}")))
        }
        Err(_) => Err(Problem::new(
            StatusCode::REQUEST_TIMEOUT,
            code::BODY_TIMEOUT,
            format!("the body did not arrive within {} s", timeout.as_secs()),
        )),
    }
}

/// Parses a JSON object, or says what is wrong with it and where.
pub(crate) fn parse_json<T: DeserializeOwned>(body: &[u8]) -> Result<T, Problem> {
    let text = utf8(body)?;
    // Serde would take a list for the members of an object, in their order.
    if !text.trim_start().starts_with('{') {
        let any: Result<IgnoredAny, _> = serde_json::from_str(text);
        return Err(match any {
            Ok(_) => Problem::bad_request(code::INVALID_REQUEST, "expected a JSON object"),
            Err(error) => json_problem::<IgnoredAny>(text, &error),
        });
    }
    // The path of a fault costs an allocation for each key: it is looked for only once needed.
    serde_json::from_str(text).map_err(|error| json_problem::<T>(text, &error))
}

/// The body as text.
pub(crate) fn utf8(body: &[u8]) -> Result<&str, Problem> {
    std::str::from_utf8(body).map_err(|error| {
        let detail = format!("the body is not UTF-8 at byte {}", error.valid_up_to() + 1);
        Problem::bad_request(code::INVALID_UTF8, detail)
    })
}

fn json_problem<T: DeserializeOwned>(text: &str, error: &serde_json::Error) -> Problem {
    let (code, pointer) = if error.is_data() {
        let deserializer = &mut serde_json::Deserializer::from_str(text);
        let path = serde_path_to_error::deserialize::<_, T>(deserializer)
            .err()
            .map(|error| error.path().to_string())
            .filter(|path| path != ".");
        (code::INVALID_REQUEST, path.unwrap_or_default())
    } else {
        (code::INVALID_JSON, String::new())
    };
    Problem::bad_request(code, error.to_string())
        .at(pointer)
        .at_line(error.line(), Some(error.column()))
}
