//! A body as a stream of lines, in bounded memory.

use std::io;
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::http::StatusCode;
use http_body_util::combinators::MapErr;
use http_body_util::{BodyDataStream, BodyExt};
use tokio::io::AsyncBufReadExt;
use tokio_util::io::StreamReader;

use super::problem::{Problem, code};
use crate::limits::{BODY_TIMEOUT, MAX_BULK_BYTES, MAX_BULK_LINE_BYTES, MAX_BULK_LINES};

type IoBody = MapErr<Body, fn(axum::Error) -> io::Error>;

/// The lines of a body.
pub(crate) struct NdjsonLines {
    reader: StreamReader<BodyDataStream<IoBody>, Bytes>,
    limits: LineLimits,
    bytes: u64,
    number: u64,
}

/// What a stream of lines may take.
#[derive(Debug, Clone, Copy)]
struct LineLimits {
    line_bytes: usize,
    bytes: u64,
    lines: u64,
    timeout: Duration,
}

/// A line, or what is left of one that is too long.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct NdjsonLine {
    /// Its number, 1-based; blank lines count.
    pub number: u64,
    /// Its text without the line's end; absent: it is longer than a line may be.
    pub text: Option<Bytes>,
}

impl NdjsonLines {
    /// The lines of an upload.
    pub(crate) fn of(body: Body) -> Self {
        let limits = LineLimits {
            line_bytes: MAX_BULK_LINE_BYTES,
            bytes: MAX_BULK_BYTES,
            lines: MAX_BULK_LINES,
            timeout: BODY_TIMEOUT,
        };
        Self::within(body, limits)
    }

    fn within(body: Body, limits: LineLimits) -> Self {
        let body = body.map_err(io::Error::other as fn(axum::Error) -> io::Error);
        let reader = StreamReader::new(BodyDataStream::new(body));
        Self { reader, limits, bytes: 0, number: 0 }
    }

    /// The next line that is not blank.
    pub(crate) async fn next(&mut self) -> Result<Option<NdjsonLine>, Problem> {
        while let Some(text) = self.read_line().await? {
            self.number += 1;
            if self.number > self.limits.lines {
                let detail = format!("the upload has more than {} lines", self.limits.lines);
                let status = StatusCode::PAYLOAD_TOO_LARGE;
                return Err(Problem::new(status, code::BODY_TOO_LARGE, detail));
            }
            let blank = text.as_ref().is_some_and(|text| text.trim_ascii().is_empty());
            if !blank {
                return Ok(Some(NdjsonLine { number: self.number, text }));
            }
        }
        Ok(None)
    }

    /// `None` at the end, `Some(None)` for a line that is too long.
    async fn read_line(&mut self) -> Result<Option<Option<Bytes>>, Problem> {
        let mut line = Vec::new();
        let mut length = 0;
        loop {
            let filled = tokio::time::timeout(self.limits.timeout, self.reader.fill_buf()).await;
            let available = filled.map_err(|_| stalled(self.limits.timeout))?.map_err(broken)?;
            if available.is_empty() {
                return Ok((length > 0).then(|| self.within_limit(line, length)));
            }
            let end = available.iter().position(|byte| *byte == b'\n');
            let (text, _) = available.split_at(end.unwrap_or(available.len()));
            length += text.len();
            if length <= self.limits.line_bytes {
                line.extend_from_slice(text);
            } else {
                line = Vec::new();
            }
            let consumed = text.len() + usize::from(end.is_some());
            self.reader.consume(consumed);
            self.bytes += consumed as u64;
            if self.bytes > self.limits.bytes {
                return Err(Problem::too_large("the upload", self.limits.bytes));
            }
            if end.is_some() {
                return Ok(Some(self.within_limit(line, length)));
            }
        }
    }

    fn within_limit(&self, line: Vec<u8>, length: usize) -> Option<Bytes> {
        (length <= self.limits.line_bytes).then(|| line.into())
    }
}

#[allow(clippy::needless_pass_by_value, reason = "for map_err")]
fn broken(error: io::Error) -> Problem {
    Problem::bad_request(code::BODY_INCOMPLETE, format!("the upload broke off: {error}"))
}

fn stalled(timeout: Duration) -> Problem {
    let detail = format!("no more of the upload came for {} s", timeout.as_secs());
    Problem::new(StatusCode::REQUEST_TIMEOUT, code::BODY_TIMEOUT, detail)
}

#[cfg(test)]
mod tests {
    use tokio_util::io::ReaderStream;

    use super::*;

    const LIMITS: LineLimits =
        LineLimits { line_bytes: 8, bytes: 64, lines: 6, timeout: Duration::from_secs(60) };

    /// Collects the lines of a body that arrives in parts of `part` bytes.
    async fn lines(text: &'static str, part: usize) -> Result<Vec<(u64, Option<String>)>, Problem> {
        let stream = ReaderStream::with_capacity(text.as_bytes(), part);
        let mut lines = NdjsonLines::within(Body::from_stream(stream), LIMITS);
        let mut found = Vec::new();
        while let Some(NdjsonLine { number, text }) = lines.next().await? {
            let text = text.map(|text| String::from_utf8_lossy(&text).into_owned());
            found.push((number, text));
        }
        Ok(found)
    }

    #[tokio::test]
    async fn lines_are_the_same_however_the_body_is_cut() {
        let expected =
            [(1, Some("{\"a\":1}")), (3, Some("12345678")), (4, None), (6, Some("{\"b\":2}"))]
                .map(|(number, text)| (number, text.map(str::to_owned)));
        for part in [1, 2, 3, 7, 64] {
            let text = "{\"a\":1}\n \r\n12345678\n123456789\n\n{\"b\":2}";
            assert_eq!(lines(text, part).await.unwrap(), expected, "parts of {part} bytes");
        }
    }

    #[tokio::test]
    async fn an_upload_has_a_largest_size_and_a_largest_number_of_lines() {
        let many = lines("1\n2\n3\n4\n5\n6\n7\n", 64).await.unwrap_err();
        assert_eq!(many.detail(), "the upload has more than 6 lines");
        let large = "12345678901234567890123456789012345678901234567890123456789012345";
        let large = lines(large, 16).await.unwrap_err();
        assert_eq!(large.detail(), "the upload is larger than 64 bytes");
    }
}
