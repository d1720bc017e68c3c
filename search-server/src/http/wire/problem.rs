//! Every refusal as an RFC 9457 problem document with a stable code and the place of the fault.

use axum::body::Body;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use search_core::{EngineError, ErrorCode};
use serde::Serialize;
use utoipa::{IntoResponses, ToSchema};

use crate::access::KeyError;
use crate::backend::BackendError;
use crate::limits::RETRY_AFTER_SECONDS;
use crate::write_queue::WriteError;

/// Codes of the server's own refusals; those of the engine are [`ErrorCode`].
pub(crate) mod code {
    /// The body is not JSON.
    pub(crate) const INVALID_JSON: &str = "invalid_json";
    /// The body, path or query is not UTF-8.
    pub(crate) const INVALID_UTF8: &str = "invalid_utf8";
    /// The body is JSON, or the parameters are readable, but not what the endpoint takes.
    pub(crate) const INVALID_REQUEST: &str = "invalid_request";
    /// The id in the document is not the one in the path.
    pub(crate) const ID_MISMATCH: &str = "id_mismatch";
    /// The catalogue follows a collection of MongoDB: nobody else writes into it.
    pub(crate) const FOLLOWS_MONGODB: &str = "follows_mongodb";
    /// The request comes from a page of another origin.
    pub(crate) const CROSS_ORIGIN: &str = "cross_origin";
    /// A key is needed and none came.
    pub(crate) const KEY_REQUIRED: &str = "key_required";
    /// The key that came is none.
    pub(crate) const KEY_INVALID: &str = "key_invalid";
    /// The key's time is over.
    pub(crate) const KEY_EXPIRED: &str = "key_expired";
    /// The key's scope is too small.
    pub(crate) const KEY_SCOPE: &str = "key_scope";
    /// The key does not open this catalogue, or not all of them.
    pub(crate) const KEY_CATALOG: &str = "key_catalog";
    /// No key has this id.
    pub(crate) const KEY_NOT_FOUND: &str = "key_not_found";
    /// There are as many keys as there may be.
    pub(crate) const TOO_MANY_KEYS: &str = "too_many_keys";
    /// The caller has asked too often.
    pub(crate) const RATE_LIMITED: &str = "rate_limited";
    /// The synonyms are kept in a file and changed there.
    pub(crate) const SYNONYMS_IN_FILE: &str = "synonyms_in_file";
    /// There is nothing at this path.
    pub(crate) const NOT_FOUND: &str = "not_found";
    /// The path does not take this method.
    pub(crate) const METHOD_NOT_ALLOWED: &str = "method_not_allowed";
    /// The body did not arrive in time.
    pub(crate) const BODY_TIMEOUT: &str = "body_timeout";
    /// The body broke off.
    pub(crate) const BODY_INCOMPLETE: &str = "body_incomplete";
    /// The body is larger than the endpoint takes.
    pub(crate) const BODY_TOO_LARGE: &str = "body_too_large";
    /// The path and query are longer than the server takes.
    pub(crate) const URI_TOO_LONG: &str = "uri_too_long";
    /// The body's type is not one that the endpoint takes.
    pub(crate) const UNSUPPORTED_MEDIA_TYPE: &str = "unsupported_media_type";
    /// More is going on than the server can take; try again.
    pub(crate) const OVERLOADED: &str = "overloaded";
    /// Nobody who could answer can at the moment; try again.
    pub(crate) const UNAVAILABLE: &str = "unavailable";
    /// No catalogue can be searched yet.
    pub(crate) const NOT_READY: &str = "not_ready";
    /// The server is stopping.
    pub(crate) const STOPPING: &str = "stopping";
    /// The server failed.
    pub(crate) const INTERNAL: &str = "internal";
}

/// Why a request was refused (RFC 9457).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Problem {
    /// A URN that names the kind of problem; it ends in the code.
    #[serde(rename = "type")]
    #[schema(value_type = String, example = "urn:aisle:problem:invalid_filter")]
    kind: Box<str>,
    /// The kind of problem in words.
    #[schema(value_type = String, example = "Invalid filter")]
    title: Box<str>,
    /// The HTTP status.
    #[schema(example = 400)]
    status: u16,
    /// What was expected and what came.
    #[schema(value_type = String, example = "column 9: expected a value, found `)`")]
    detail: Box<str>,
    /// The stable code, for programs.
    #[schema(example = "invalid_filter")]
    code: &'static str,
    /// The part of the request at fault, such as `facets[1].limit`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, example = "filter")]
    pointer: Option<Box<str>>,
    /// The line at fault, 1-based.
    #[serde(skip_serializing_if = "Option::is_none")]
    line: Option<usize>,
    /// The column at fault, 1-based.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = 9)]
    column: Option<usize>,
}

impl Problem {
    /// A problem with its status, code and explanation.
    pub fn new(status: StatusCode, code: &'static str, detail: impl Into<String>) -> Self {
        let mut title = code.replace('_', " ");
        if let Some(first) = title.get_mut(..1) {
            first.make_ascii_uppercase();
        }
        Self {
            kind: format!("urn:aisle:problem:{code}").into(),
            title: title.into(),
            status: status.as_u16(),
            detail: detail.into().into(),
            code,
            pointer: None,
            line: None,
            column: None,
        }
    }

    /// A request that the caller must change.
    pub fn bad_request(code: &'static str, detail: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, code, detail)
    }

    /// A request that may succeed a moment later.
    pub fn unavailable(code: &'static str, detail: impl Into<String>) -> Self {
        Self::new(StatusCode::SERVICE_UNAVAILABLE, code, detail)
    }

    /// Something over a limit of the server.
    pub fn too_large(what: &str, limit: u64) -> Self {
        let detail = format!("{what} is larger than {limit} bytes");
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, code::BODY_TOO_LARGE, detail)
    }

    /// A fault of the server; the caller learns no more than that, the log has the rest.
    pub fn internal() -> Self {
        let detail = "the server failed; its log has the details under this request's id";
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, code::INTERNAL, detail)
    }

    /// Adds the part of the request at fault.
    pub fn at(mut self, pointer: impl Into<String>) -> Self {
        let pointer = pointer.into();
        self.pointer = (!pointer.is_empty()).then(|| pointer.into());
        self
    }

    /// Adds the line and column of the fault.
    pub fn at_line(mut self, line: usize, column: Option<usize>) -> Self {
        self.line = Some(line);
        self.column = column;
        self
    }

    /// Adds to the explanation.
    pub fn noting(mut self, note: &str) -> Self {
        self.detail = format!("{}; {note}", self.detail).into();
        self
    }

    /// The HTTP status.
    pub fn status(&self) -> StatusCode {
        StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }

    /// What was expected and what came.
    pub fn detail(&self) -> &str {
        &self.detail
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let body = serde_json::to_vec(&self).unwrap_or_default();
        let mut response = Response::new(Body::from(body));
        *response.status_mut() = self.status();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        if self.status() == StatusCode::SERVICE_UNAVAILABLE {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(RETRY_AFTER_SECONDS));
        }
        if self.status() == StatusCode::UNAUTHORIZED {
            let challenge = match self.code {
                code::KEY_REQUIRED => "Bearer realm=\"aisle\"",
                _ => "Bearer realm=\"aisle\", error=\"invalid_token\"",
            };
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static(challenge));
        }
        response
    }
}

impl From<&EngineError> for Problem {
    fn from(error: &EngineError) -> Self {
        let status = match error.code() {
            code if code.is_invalid_input() => StatusCode::BAD_REQUEST,
            ErrorCode::ProductNotFound | ErrorCode::CatalogNotFound => StatusCode::NOT_FOUND,
            ErrorCode::WriterHeld => StatusCode::CONFLICT,
            ErrorCode::DeadlineExceeded => StatusCode::SERVICE_UNAVAILABLE,
            _ => {
                tracing::error!(error = %error, code = error.code().as_str(), "the engine failed");
                return Self::internal();
            }
        };
        let problem = Self::new(status, error.code().as_str(), error.to_string());
        match error {
            EngineError::Request(request) => {
                Self { column: request.column, ..problem.at(request.pointer.clone()) }
            }
            EngineError::Rules(rule) => {
                Self { column: rule.column, ..problem.at(rule.pointer.clone()) }
            }
            EngineError::Synonyms(synonyms) => problem.at_line(synonyms.line, None),
            _ => problem,
        }
    }
}

impl From<EngineError> for Problem {
    fn from(error: EngineError) -> Self {
        Self::from(&error)
    }
}

impl From<BackendError> for Problem {
    fn from(error: BackendError) -> Self {
        match error {
            BackendError::Engine(error) => Self::from(&*error),
            BackendError::NoSuchCatalog { .. } => {
                let code = ErrorCode::CatalogNotFound.as_str();
                Self::new(StatusCode::NOT_FOUND, code, error.to_string())
            }
            BackendError::Overloaded => Self::unavailable(code::OVERLOADED, error.to_string()),
            BackendError::DeadlineExceeded { .. } => {
                Self::unavailable(ErrorCode::DeadlineExceeded.as_str(), error.to_string())
            }
            BackendError::Postgres { .. } => {
                tracing::error!(error = %error, "a search failed");
                Self::unavailable(code::UNAVAILABLE, BackendError::Unavailable.to_string())
            }
            BackendError::NoIndex { .. } | BackendError::Unavailable => {
                Self::unavailable(code::UNAVAILABLE, error.to_string())
            }
            BackendError::Unserializable(_) | BackendError::Panicked => {
                tracing::error!(error = %error, "a search failed");
                Self::internal()
            }
        }
    }
}

impl From<KeyError> for Problem {
    fn from(error: KeyError) -> Self {
        let detail = error.to_string();
        match error {
            KeyError::Invalid { member, reason } => {
                Self::bad_request(code::INVALID_REQUEST, reason).at(member)
            }
            KeyError::TooMany => Self::new(StatusCode::CONFLICT, code::TOO_MANY_KEYS, detail),
            KeyError::NoSuchKey { .. } => {
                Self::new(StatusCode::NOT_FOUND, code::KEY_NOT_FOUND, detail)
            }
            KeyError::Io { .. } | KeyError::Damaged { .. } | KeyError::NoRandomness(_) => {
                tracing::error!(error = detail, "the keys could not be changed");
                Self::internal()
            }
        }
    }
}

impl From<WriteError> for Problem {
    fn from(error: WriteError) -> Self {
        match error {
            WriteError::Engine(error) => Self::from(&*error),
            WriteError::IdMismatch { .. } => {
                Self::bad_request(code::ID_MISMATCH, error.to_string())
            }
            WriteError::Follows { .. } => {
                Self::new(StatusCode::CONFLICT, code::FOLLOWS_MONGODB, error.to_string())
            }
            WriteError::Overloaded => Self::unavailable(code::OVERLOADED, error.to_string()),
            WriteError::Stopping => Self::unavailable(code::STOPPING, error.to_string()),
            WriteError::Lost => Self::unavailable(code::OVERLOADED, error.to_string()),
            WriteError::Panicked => Self::internal(),
        }
    }
}

/// The refusals that every endpoint shares, for the OpenAPI document.
#[derive(Debug, IntoResponses)]
#[allow(dead_code, reason = "only its schema is used")]
pub(crate) enum Refusals {
    /// The request is at fault: `code` says how, `pointer`, `line` and `column` say where.
    #[response(status = 400, content_type = "application/problem+json")]
    BadRequest(Problem),
    /// There is no such catalogue or product.
    #[response(status = 404, content_type = "application/problem+json")]
    NotFound(Problem),
    /// The server failed.
    #[response(status = 500, content_type = "application/problem+json")]
    Internal(Problem),
    /// The server is overloaded, stopping, the deadline passed, or nobody can answer at the moment;
    /// see `Retry-After`.
    #[response(status = 503, content_type = "application/problem+json")]
    Unavailable(Problem),
}

/// The refusals of every endpoint that needs a key, where keys are configured.
#[derive(Debug, IntoResponses)]
#[allow(dead_code, reason = "only its schema is used")]
pub(crate) enum AccessRefusals {
    /// The key is missing, unknown or expired; see `WWW-Authenticate`.
    #[response(status = 401, content_type = "application/problem+json")]
    Unauthorized(Problem),
    /// The key does not open this.
    #[response(status = 403, content_type = "application/problem+json")]
    Forbidden(Problem),
    /// Asked too often; see `Retry-After` and `RateLimit`.
    #[response(status = 429, content_type = "application/problem+json")]
    TooManyRequests(Problem),
}

/// The further refusals of an endpoint that takes a body.
#[derive(Debug, IntoResponses)]
#[allow(dead_code, reason = "only its schema is used")]
pub(crate) enum BodyRefusals {
    /// The body did not arrive in time.
    #[response(status = 408, content_type = "application/problem+json")]
    Timeout(Problem),
    /// The body is larger than the endpoint takes.
    #[response(status = 413, content_type = "application/problem+json")]
    TooLarge(Problem),
    /// The body's type is not one that the endpoint takes.
    #[response(status = 415, content_type = "application/problem+json")]
    MediaType(Problem),
}

/// The further refusals of an endpoint that writes.
#[derive(Debug, IntoResponses)]
#[allow(dead_code, reason = "only its schema is used")]
pub(crate) enum WriteRefusals {
    /// Another process writes into the data directory; `detail` names it. Or the catalogue follows
    /// a collection of MongoDB, code `follows_mongodb`.
    #[response(status = 409, content_type = "application/problem+json")]
    WriterHeld(Problem),
}
