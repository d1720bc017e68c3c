//! The search page: `assets/`, carried in the binary.

use axum::http::{HeaderMap, HeaderName, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use rust_embed::RustEmbed;

use crate::http::wire::{Problem, code};

#[derive(RustEmbed)]
#[folder = "assets/"]
struct Assets;

/// Everything from here, pictures from anywhere, nothing from others' scripts.
const SECURITY: [(HeaderName, &str); 4] = [
    (
        header::CONTENT_SECURITY_POLICY,
        "default-src 'self'; img-src * data:; style-src 'self'; object-src 'none'; \
         base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
    ),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::REFERRER_POLICY, "no-referrer"),
    (header::X_FRAME_OPTIONS, "DENY"),
];

/// The search page
#[utoipa::path(
    get, path = "/", tag = "page",
    responses((status = 200, description = "The page", body = String, content_type = "text/html")),
)]
pub(crate) async fn index(headers: HeaderMap) -> Result<Response, Problem> {
    asset("index.html", &headers)
}

/// A part of the search page
#[utoipa::path(
    get, path = "/assets/{file}", tag = "page",
    params(("file" = String, Path, description = "The file's name", example = "style.css")),
    responses(
        (status = 200, description = "The file", body = String, content_type = "text/css"),
        (status = 304, description = "The file that the caller has is the current one"),
        (status = 404, description = "There is no such file",
         body = Problem, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn file(uri: Uri, headers: HeaderMap) -> Result<Response, Problem> {
    asset(uri.path().trim_start_matches("/assets/"), &headers)
}

fn asset(file: &str, headers: &HeaderMap) -> Result<Response, Problem> {
    let Some(content) = Assets::get(file) else {
        let detail = format!("the page has no file {file:?}");
        return Err(Problem::new(StatusCode::NOT_FOUND, code::NOT_FOUND, detail));
    };
    let etag = etag(&content.metadata.sha256_hash());
    let known = headers.get(header::IF_NONE_MATCH).is_some_and(|known| known == etag.as_str());
    // Browsers ask each time whether their copy is current: a new binary shows at once.
    let caching = [(header::CACHE_CONTROL, "no-cache".to_owned()), (header::ETAG, etag)];
    if known {
        return Ok((StatusCode::NOT_MODIFIED, caching).into_response());
    }
    let content_type = [(header::CONTENT_TYPE, content_type(file))];
    Ok((SECURITY, caching, content_type, content.data).into_response())
}

fn etag(hash: &[u8; 32]) -> String {
    let hex: String = hash.iter().take(16).map(|byte| format!("{byte:02x}")).collect();
    format!("\"{hex}\"")
}

fn content_type(file: &str) -> &'static str {
    match file.rsplit_once('.').map(|(_, extension)| extension) {
        Some("html") => "text/html; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("svg") => "image/svg+xml",
        Some("png") => "image/png",
        _ => "application/octet-stream",
    }
}
