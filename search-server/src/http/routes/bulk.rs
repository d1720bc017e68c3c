//! `POST /v1/catalogs/{catalog}/products`: a stream of lines in, a line about each out.

use std::io::{self, Seek, Write};

use axum::body::{Body, Bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::Response;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use tempfile::{SpooledData, SpooledTempFile};
use tokio_util::io::ReaderStream;
use utoipa::ToSchema;

use crate::catalogs::Served;
use crate::http::wire::problem::{BodyRefusals, Refusals, WriteRefusals};
use crate::http::wire::{Catalog, NdjsonLine, NdjsonLines, Problem, media_type};
use crate::limits::{
    BULK_BATCH_BYTES, BULK_BATCH_LINES, BULK_BYTES_IN_FLIGHT, BULK_COMMIT_LINES,
    BULK_REPLY_MEMORY_BYTES, MAX_BULK_LINE_BYTES,
};
use crate::state::App;
use crate::write_queue::{Line, LineOutcome, RefusedLine, WriteError};

const ACCEPTED: [&str; 6] = [
    "application/x-ndjson",
    "application/ndjson",
    "application/jsonl",
    "application/json",
    "application/octet-stream",
    "text/plain",
];

/// What became of one line.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct LineReply {
    /// The line's number, 1-based; blank lines count but get no reply.
    #[schema(example = 1)]
    line: u64,
    /// The product's id, where the line has a readable one.
    #[schema(example = "42")]
    id: Option<String>,
    /// 200 durable and visible, 400 the line is at fault, 404 nothing to delete, 413 too long.
    #[schema(example = 200)]
    status: u16,
    /// The reason, unless the status is 200.
    error: Option<String>,
}

/// Put and delete many products
///
/// Each line is a document or `{"delete": "id"}`; the reply has a line about each. Lines are
/// applied in order and committed at the end of the upload, and every 50,000 lines of a long one:
/// a reply of 200 is given only for what is durable and visible. An upload that fails as a whole
/// may be sent again: the same lines give the same products.
#[utoipa::path(
    post, path = "/v1/catalogs/{catalog}/products", tag = "products",
    params(("catalog" = String, Path, description = "The catalogue's name", example = "products")),
    request_body(
        content = String, content_type = "application/x-ndjson",
        example = "{\"id\":\"42\",\"title\":\"Wireless headphones\"}\n{\"delete\":\"43\"}\n"
    ),
    responses(
        (status = 200, description = "A line about each line", body = LineReply,
         content_type = "application/x-ndjson"),
        (status = 403, description = "The request comes from a page of another origin",
         body = Problem, content_type = "application/problem+json"),
        Refusals, BodyRefusals, WriteRefusals
    ),
)]
pub(crate) async fn bulk(
    State(app): State<App>,
    Catalog(catalog): Catalog,
    request: Request,
) -> Result<Response, Problem> {
    app.access.origins.check(request.headers())?;
    media_type(request.headers(), &ACCEPTED)?;
    let _reserved = app.writes.reserve(BULK_BYTES_IN_FLIGHT)?;
    let mut lines = NdjsonLines::of(request.into_body());
    let mut upload = Upload::new(&app, &catalog);
    match upload.take_all(&mut lines).await {
        Ok(()) => upload.reply().await,
        Err(problem) => Err(problem
            .noting(&format!("lines 1 to {} are durable, send the others again", upload.durable))),
    }
}

/// An upload on its way into the index.
struct Upload<'a> {
    app: &'a App,
    catalog: &'a Served,
    batch: Vec<Entry>,
    batch_bytes: usize,
    /// Replies about lines that are applied but not committed: nobody may see them yet.
    uncommitted: Vec<u8>,
    replies: SpooledTempFile,
    /// The writer's era in which the uncommitted lines were applied.
    era: Option<u64>,
    last: u64,
    durable: u64,
}

struct Entry {
    number: u64,
    line: Result<Line, Refusal>,
}

struct Refusal {
    status: StatusCode,
    reason: String,
}

impl<'a> Upload<'a> {
    fn new(app: &'a App, catalog: &'a Served) -> Self {
        Self {
            app,
            catalog,
            batch: Vec::new(),
            batch_bytes: 0,
            uncommitted: Vec::new(),
            replies: SpooledTempFile::new(BULK_REPLY_MEMORY_BYTES),
            era: None,
            last: 0,
            durable: 0,
        }
    }

    async fn take_all(&mut self, lines: &mut NdjsonLines) -> Result<(), Problem> {
        while let Some(line) = lines.next().await? {
            self.last = line.number;
            self.batch_bytes += line.text.as_ref().map_or(0, Bytes::len);
            self.batch.push(Entry::parse(line));
            if self.batch.len() >= BULK_BATCH_LINES || self.batch_bytes >= BULK_BATCH_BYTES {
                self.apply().await?;
            }
            if self.last >= self.durable + BULK_COMMIT_LINES {
                self.commit().await?;
            }
        }
        self.commit().await
    }

    async fn apply(&mut self) -> Result<(), Problem> {
        let mut lines = Vec::with_capacity(self.batch.len());
        let mut replies = Vec::with_capacity(self.batch.len());
        for Entry { number, line } in self.batch.drain(..) {
            replies.push((number, line.map(|line| lines.push(line))));
        }
        self.batch_bytes = 0;
        let mut outcomes = Vec::new().into_iter();
        if !lines.is_empty() {
            let applied = self.app.writes.apply(self.catalog, lines).await?;
            if self.era.replace(applied.era).is_some_and(|era| era != applied.era) {
                return Err(WriteError::Lost.into());
            }
            outcomes = applied.outcomes.into_iter();
        }
        for (line, applied) in replies {
            let outcome = match applied {
                Ok(()) => outcomes.next().map(|outcome| LineReply::of(line, outcome)),
                Err(refusal) => Some(LineReply::refused(line, refusal)),
            };
            if let Some(reply) = outcome {
                serde_json::to_writer(&mut self.uncommitted, &reply).map_err(unspoolable)?;
                self.uncommitted.push(b'\n');
            }
        }
        Ok(())
    }

    async fn commit(&mut self) -> Result<(), Problem> {
        self.apply().await?;
        if let Some(era) = self.era.take() {
            self.app.writes.commit(self.catalog, era).await?;
        }
        self.replies.write_all(&self.uncommitted).map_err(unspoolable)?;
        self.uncommitted.clear();
        self.durable = self.last;
        Ok(())
    }

    async fn reply(self) -> Result<Response, Problem> {
        let body = match self.replies.into_inner() {
            SpooledData::InMemory(replies) => Body::from(replies.into_inner()),
            SpooledData::OnDisk(mut file) => {
                file.rewind().map_err(unspoolable)?;
                Body::from_stream(ReaderStream::new(tokio::fs::File::from_std(file)))
            }
        };
        let mut response = Response::new(body);
        let content_type = HeaderValue::from_static("application/x-ndjson");
        response.headers_mut().insert(header::CONTENT_TYPE, content_type);
        Ok(response)
    }
}

#[allow(clippy::needless_pass_by_value, reason = "for map_err")]
fn unspoolable(error: impl Into<io::Error>) -> Problem {
    let error = error.into();
    tracing::error!(error = %error, "the replies of a bulk upload could not be kept");
    Problem::internal()
}

impl Entry {
    fn parse(NdjsonLine { number, text }: NdjsonLine) -> Self {
        let line = match text {
            Some(text) => parse(text),
            None => Err(Refusal {
                status: StatusCode::PAYLOAD_TOO_LARGE,
                reason: format!("the line is longer than {MAX_BULK_LINE_BYTES} bytes"),
            }),
        };
        Self { number, line }
    }
}

/// A deletion is an object with the one key `delete`; everything else is a document.
fn parse(text: Bytes) -> Result<Line, Refusal> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Deletion<'a> {
        #[serde(borrow)]
        delete: &'a RawValue,
    }
    let inner = text.trim_ascii_start().strip_prefix(b"{").unwrap_or_default().trim_ascii_start();
    if !inner.starts_with(b"\"delete\"") {
        return Ok(Line::Upsert(text));
    }
    let Ok(Deletion { delete }) = serde_json::from_slice(&text) else {
        return Ok(Line::Upsert(text));
    };
    serde_json::from_str(delete.get()).map(Line::Delete).map_err(|_| Refusal {
        status: StatusCode::BAD_REQUEST,
        reason: format!("expected the id to delete as a string, got {}", delete.get()),
    })
}

impl LineReply {
    fn of(line: u64, outcome: LineOutcome) -> Self {
        match outcome {
            Ok(id) => Self { line, id: Some(id), status: StatusCode::OK.as_u16(), error: None },
            Err(RefusedLine { id, missing, reason }) => {
                let status = if missing { StatusCode::NOT_FOUND } else { StatusCode::BAD_REQUEST };
                Self { line, id, status: status.as_u16(), error: Some(reason) }
            }
        }
    }

    fn refused(line: u64, Refusal { status, reason }: Refusal) -> Self {
        Self { line, id: None, status: status.as_u16(), error: Some(reason) }
    }
}
