//! Connections: a stop lets what is in flight finish.

use std::sync::Arc;

use search_core::{
    Catalog, Engine, SearchRequest, SearchResponse, SuggestRequest, SuggestResponse,
};
use serde_json::value::RawValue;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;

use super::CATALOG;
use crate::backend::{Answer, BackendError, SearchBackend};
use crate::catalogs::Catalogs;
use crate::http;
use crate::state::AppState;

/// A backend whose searches begin and end when the test says so.
#[derive(Debug)]
struct Gate {
    engine: Engine,
    begun: Arc<Semaphore>,
    open: Arc<Semaphore>,
}

impl SearchBackend for Gate {
    fn search<'a>(&'a self, _: &'a str, request: SearchRequest) -> Answer<'a, SearchResponse> {
        Box::pin(async move {
            assert!(request.q != "panic", "a search that panics");
            self.begun.add_permits(1);
            let _open = self.open.acquire().await.map_err(|_| BackendError::Overloaded)?;
            Ok(self.engine.search(&request)?)
        })
    }

    fn suggest<'a>(&'a self, _: &'a str, _: SuggestRequest) -> Answer<'a, SuggestResponse> {
        Box::pin(async { Err(BackendError::Overloaded) })
    }

    fn product<'a>(&'a self, _: &'a str, _: String) -> Answer<'a, Option<Box<RawValue>>> {
        Box::pin(async { Ok(None) })
    }
}

struct Server {
    address: std::net::SocketAddr,
    stop: CancellationToken,
    begun: Arc<Semaphore>,
    open: Arc<Semaphore>,
    done: tokio::task::JoinHandle<()>,
}

impl Server {
    async fn start() -> Self {
        let engine = Engine::in_memory(Catalog::parse(CATALOG).unwrap()).unwrap();
        let (begun, open) = (Arc::new(Semaphore::new(0)), Arc::new(Semaphore::new(0)));
        let gate = Gate { engine: engine.clone(), begun: begun.clone(), open: open.clone() };
        let app = AppState::with_backends(Catalogs::only(engine), Box::new(gate), None, 0);
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let stop = CancellationToken::new();
        let stopped = stop.clone().cancelled_owned();
        let done = tokio::spawn(http::serve(listener, None, crate::router(app), stopped));
        Self { address, stop, begun, open, done }
    }

    async fn send(&self, path: &str) -> TcpStream {
        let mut stream = TcpStream::connect(self.address).await.unwrap();
        let headers = "host: localhost\r\nconnection: close\r\n";
        let request = format!("GET {path} HTTP/1.1\r\n{headers}\r\n");
        stream.write_all(request.as_bytes()).await.unwrap();
        stream
    }
}

#[tokio::test]
async fn a_request_in_flight_is_answered_before_the_server_stops() {
    let server = Server::start().await;
    let mut in_flight = server.send("/v1/catalogs/shoes/search").await;
    let _begun = server.begun.acquire().await.unwrap();
    server.stop.cancel();
    // Nobody new is served: the listener goes before the requests in flight have finished.
    while TcpStream::connect(server.address).await.is_ok() {
        tokio::task::yield_now().await;
    }
    assert!(!server.done.is_finished());
    server.open.add_permits(1);
    let mut answer = String::new();
    in_flight.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 200 OK"), "{answer}");
    server.done.await.unwrap();
}

#[tokio::test]
async fn a_request_that_panics_is_answered_and_the_server_lives() {
    let server = Server::start().await;
    server.open.add_permits(1);
    for (query, status) in [("panic", "500"), ("shoe", "200")] {
        let mut stream = server.send(&format!("/v1/catalogs/shoes/search?q={query}")).await;
        let mut head = [0; 12];
        stream.read_exact(&mut head).await.unwrap();
        assert_eq!(String::from_utf8_lossy(&head), format!("HTTP/1.1 {status}"));
    }
}

#[tokio::test]
async fn an_overloaded_backend_says_when_to_try_again() {
    let server = Server::start().await;
    let mut stream = server.send("/v1/catalogs/shoes/suggest?q=s").await;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 503"), "{answer}");
    assert!(answer.contains("retry-after: 1"), "{answer}");
    assert!(answer.contains("\"code\":\"overloaded\""), "{answer}");
}
