//! The HTTP side of a client: one keep-alive connection, straight on a socket.

use std::error::Error;
use std::io;
use std::time::{Duration, Instant};

use http_body_util::{BodyExt, Full};
use hyper::body::{Bytes, Incoming};
use hyper::client::conn::http1::{self, SendRequest};
use hyper::header::{CONTENT_TYPE, HOST};
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

const POLL_INTERVAL: Duration = Duration::from_millis(2);

#[derive(Debug, thiserror::Error)]
pub enum HttpError {
    #[error("cannot connect to {server}")]
    Connect { server: String, source: io::Error },
    #[error("http connection to {server} failed")]
    Connection { server: String, source: hyper::Error },
    #[error("request to {server} is not valid http")]
    Request { server: String, source: hyper::http::Error },
    #[error("no answer to a search from {server} within {waited:?}; last: {last}")]
    NotReady { server: String, waited: Duration, last: String },
}

impl HttpError {
    /// One line for a report: the error and what caused it.
    pub(crate) fn with_causes(&self) -> String {
        let mut line = self.to_string();
        let mut cause = self.source();
        while let Some(error) = cause {
            line.push_str(&format!(": {error}"));
            cause = error.source();
        }
        line
    }
}

/// The catalogue that searches go to.
#[derive(Debug, Clone)]
pub struct Target {
    server: String,
    path: String,
    products: String,
}

impl Target {
    /// `server` is `host:port`.
    pub fn new(server: &str, catalog: &str) -> Self {
        let catalog = format!("/v1/catalogs/{catalog}");
        Self {
            server: server.to_owned(),
            path: format!("{catalog}/search"),
            products: format!("{catalog}/products"),
        }
    }

    /// Waits until the server says that it is ready and a search succeeds.
    pub async fn wait_ready(&self, search: Bytes, patience: Duration) -> Result<(), HttpError> {
        let start = Instant::now();
        loop {
            let last = match self.try_search(search.clone()).await {
                Ok(StatusCode::OK) => return Ok(()),
                Ok(status) => format!("status {status}"),
                Err(error) => error.with_causes(),
            };
            let waited = start.elapsed();
            if waited > patience {
                return Err(HttpError::NotReady { server: self.server.clone(), waited, last });
            }
            tokio::time::sleep(POLL_INTERVAL).await;
        }
    }

    async fn try_search(&self, search: Bytes) -> Result<StatusCode, HttpError> {
        let mut client = Client::connect(self).await?;
        let ready = client.exchange(self.request(Method::GET, "/readyz", Bytes::new())?).await?;
        if ready.status() != StatusCode::OK {
            return Ok(ready.status());
        }
        let mut client = Client::connect(self).await?;
        Ok(client.exchange(self.request(Method::POST, &self.path, search)?).await?.status())
    }

    fn request(
        &self,
        method: Method,
        path: &str,
        body: Bytes,
    ) -> Result<Request<Full<Bytes>>, HttpError> {
        Request::builder()
            .method(method)
            .uri(path)
            .header(HOST, &self.server)
            .header(CONTENT_TYPE, "application/json")
            .body(Full::new(body))
            .map_err(|source| HttpError::Request { server: self.server.clone(), source })
    }
}

/// One keep-alive connection.
#[derive(Debug)]
pub(crate) struct Client {
    server: String,
    sender: SendRequest<Full<Bytes>>,
}

impl Client {
    pub(crate) async fn connect(target: &Target) -> Result<Self, HttpError> {
        let server = target.server.clone();
        let connect = async {
            let stream = TcpStream::connect(&server).await?;
            stream.set_nodelay(true)?;
            Ok(stream)
        };
        let stream = connect
            .await
            .map_err(|source| HttpError::Connect { server: server.clone(), source })?;
        let (sender, connection) = http1::handshake(TokioIo::new(stream))
            .await
            .map_err(|source| HttpError::Connection { server: server.clone(), source })?;
        // Whatever ends the connection shows in the request that was on its way.
        tokio::spawn(connection);
        Ok(Self { server, sender })
    }

    /// Sends a search and reads the whole answer.
    pub(crate) async fn search(
        &mut self,
        target: &Target,
        body: Bytes,
    ) -> Result<(StatusCode, Vec<Bytes>), HttpError> {
        let request = target.request(Method::POST, &target.path, body)?;
        let mut response = self.exchange(request).await?;
        let mut chunks = Vec::new();
        while let Some(frame) = response.frame().await {
            if let Ok(data) = frame.map_err(|source| self.broken(source))?.into_data() {
                chunks.push(data);
            }
        }
        Ok((response.status(), chunks))
    }

    /// The document of a product; empty when there is none.
    pub(crate) async fn product(&mut self, target: &Target, id: &str) -> Result<Bytes, HttpError> {
        let path = format!("{}/{id}", target.products);
        let response = self.exchange(target.request(Method::GET, &path, Bytes::new())?).await?;
        let found = response.status() == StatusCode::OK;
        let body = response.into_body().collect().await.map_err(|source| self.broken(source))?;
        Ok(if found { body.to_bytes() } else { Bytes::new() })
    }

    async fn exchange(
        &mut self,
        request: Request<Full<Bytes>>,
    ) -> Result<Response<Incoming>, HttpError> {
        let ready = self.sender.ready().await;
        ready.map_err(|source| self.broken(source))?;
        let answer = self.sender.send_request(request).await;
        answer.map_err(|source| self.broken(source))
    }

    fn broken(&self, source: hyper::Error) -> HttpError {
        HttpError::Connection { server: self.server.clone(), source }
    }
}
