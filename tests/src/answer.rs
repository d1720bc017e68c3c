//! An HTTP answer, whole.

use anyhow::{Context, Result, ensure};
use reqwest::blocking::Response;
use reqwest::header::HeaderMap;
use serde_json::Value;

/// An HTTP answer, whole.
#[derive(Debug)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// The headers.
    pub headers: HeaderMap,
    /// The body.
    pub body: String,
}

impl Answer {
    pub(crate) fn read(response: Response) -> Result<Self> {
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        Ok(Self { status, headers, body: response.text()? })
    }

    /// The body of a 200.
    ///
    /// # Errors
    /// When it is another status or not JSON.
    pub fn ok(&self) -> Result<Value> {
        ensure!(self.status == 200, "expected 200, got {self:#?}");
        self.json()
    }

    /// The body as JSON.
    ///
    /// # Errors
    /// When it is not JSON.
    pub fn json(&self) -> Result<Value> {
        serde_json::from_str(&self.body).with_context(|| format!("not JSON: {self:#?}"))
    }

    /// The lines of an NDJSON body of a 200.
    ///
    /// # Errors
    /// When it is another status or a line is not JSON.
    pub fn lines(&self) -> Result<Vec<Value>> {
        ensure!(self.status == 200, "expected 200, got {self:#?}");
        Ok(self.body.lines().map(serde_json::from_str).collect::<Result<_, _>>()?)
    }

    /// A refusal as one line, `status code place: detail`, checked to be an RFC 9457 document.
    ///
    /// # Errors
    /// When it is something else.
    pub fn problem(&self) -> Result<String> {
        let problem = self.json()?;
        ensure!(self.status >= 400, "expected a refusal, got {self:#?}");
        ensure!(self.headers["content-type"] == "application/problem+json", "{self:#?}");
        ensure!(problem["status"] == self.status, "{self:#?}");
        let text = |key: &str| {
            let text = problem[key].as_str().filter(|text| !text.is_empty());
            text.with_context(|| format!("no {key} in {self:#?}"))
        };
        let code = text("code")?;
        ensure!(text("type")?.ends_with(code) && text("title").is_ok(), "{self:#?}");
        let places = ["pointer", "line", "column"];
        let place: String = places
            .iter()
            .filter(|key| !problem[**key].is_null())
            .map(|key| format!(" {key}={}", problem[*key]))
            .collect();
        Ok(format!("{} {code}{place}: {}", self.status, text("detail")?))
    }
}
