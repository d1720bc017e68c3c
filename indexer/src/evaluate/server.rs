//! A `search-server` as its clients see it.

use search_core::SearchResponse;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use ureq::http::Response;
use ureq::{Agent, Body};

use super::SearchError;
use crate::limits::{MAX_SERVER_ANSWER_BYTES, SERVER_TIMEOUT};

/// A catalogue of a server, over a connection that is kept.
#[derive(Debug)]
pub struct Server {
    agent: Agent,
    search_url: String,
}

#[derive(Deserialize)]
struct Catalogs {
    catalogs: Vec<CatalogName>,
}

#[derive(Deserialize)]
struct CatalogName {
    name: String,
}

/// What is read of a problem document (RFC 9457).
#[derive(Deserialize)]
struct Problem {
    detail: String,
}

impl Server {
    /// The catalogue of this name, or the only one that the server has.
    pub(super) fn connect(url: &str, name: Option<&str>) -> Result<Self, SearchError> {
        let url = url.trim_end_matches('/');
        // An address as `serve --listen` takes it will do.
        let url = if url.contains("://") { url.to_owned() } else { format!("http://{url}") };
        let agent = Agent::config_builder()
            .http_status_as_error(false)
            .timeout_global(Some(SERVER_TIMEOUT))
            .build()
            .new_agent();
        let list = format!("{url}/v1/catalogs");
        let served: Catalogs = answer(&list, agent.get(&list).call())?;
        let mut names: Vec<_> = served.catalogs.into_iter().map(|served| served.name).collect();
        let chosen = match name {
            Some(name) => names.iter().position(|served| served == name),
            None => (names.len() == 1).then_some(0),
        };
        match chosen {
            Some(place) => {
                let search_url = format!("{list}/{}/search", names.swap_remove(place));
                Ok(Self { agent, search_url })
            }
            None => Err(SearchError::WhichCatalog { url, names }),
        }
    }

    pub(super) fn search(
        &self,
        request: &Map<String, Value>,
    ) -> Result<SearchResponse, SearchError> {
        let body = serde_json::to_vec(request).map_err(SearchError::Request)?;
        let post = self.agent.post(&self.search_url).content_type("application/json");
        answer(&self.search_url, post.send(body.as_slice()))
    }
}

fn answer<T: DeserializeOwned>(
    url: &str,
    response: Result<Response<Body>, ureq::Error>,
) -> Result<T, SearchError> {
    let no_answer =
        |source| SearchError::NoAnswer { url: url.to_owned(), source: Box::new(source) };
    let mut response = response.map_err(no_answer)?;
    let body = response.body_mut().with_config().limit(MAX_SERVER_ANSWER_BYTES);
    let body = body.read_to_vec().map_err(no_answer)?;
    if response.status().is_success() {
        let not_an_answer = |source| SearchError::NotAnAnswer { url: url.to_owned(), source };
        return serde_json::from_slice(&body).map_err(not_an_answer);
    }
    let detail = match serde_json::from_slice::<Problem>(&body) {
        Ok(problem) => problem.detail,
        Err(_) => "no problem document".to_owned(),
    };
    Err(SearchError::Refused { url: url.to_owned(), status: response.status().as_u16(), detail })
}
