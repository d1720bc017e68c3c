//! Accepting connections and serving them, with limits on their number and their slowness.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::http::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio_util::either::Either;
use tokio_util::sync::CancellationToken;
use tower::ServiceExt;

use super::tls::{Tls, TlsStream};
use crate::access::Peer;
use crate::limits::{HEAD_TIMEOUT, MAX_CONNECTIONS, MAX_HEAD_BYTES, SHUTDOWN_GRACE};

/// Serves until `stop` is ready; then accepts nothing more and lets the requests in flight finish.
pub(crate) async fn serve(
    listener: TcpListener,
    tls: Option<Tls>,
    router: Router,
    stop: impl Future<Output = ()>,
) {
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new())
        .header_read_timeout(HEAD_TIMEOUT)
        .max_buf_size(MAX_HEAD_BYTES)
        .pipeline_flush(true);
    let graceful = GracefulShutdown::new();
    let places = Arc::new(Semaphore::new(MAX_CONNECTIONS));
    let stopping = CancellationToken::new();
    tokio::pin!(stop);
    loop {
        let accepted = async {
            let place = Arc::clone(&places).acquire_owned().await;
            (accept(&listener).await, place)
        };
        let ((stream, peer), place) = tokio::select! {
            accepted = accepted => accepted,
            () = &mut stop => break,
        };
        let service = ServiceExt::<Request<Incoming>>::map_request(
            router.clone(),
            move |mut request: Request<Incoming>| {
                request.extensions_mut().insert(peer);
                request
            },
        );
        let service = TowerToHyperService::new(service);
        let (http, watcher) = (http.clone(), graceful.watcher());
        let secured = secured(stream, tls.clone(), stopping.clone());
        tokio::spawn(async move {
            let _place = place;
            let Some(stream) = secured.await else { return };
            let connection = watcher.watch(http.serve_connection(TokioIo::new(stream), service));
            if let Err(error) = connection.await {
                tracing::debug!(error = %error, "a connection ended early");
            }
        });
    }
    drop(listener);
    stopping.cancel();
    let open = graceful.count();
    tracing::info!(connections = open, "stopping: no more connections, waiting for requests");
    if tokio::time::timeout(SHUTDOWN_GRACE, graceful.shutdown()).await.is_err() {
        tracing::warn!(seconds = SHUTDOWN_GRACE.as_secs(), "requests were cut off");
    }
}

/// The connection, once both sides agree on how to talk; `None` when they do not, take longer than
/// a request's head may, or the server is stopping.
async fn secured(
    stream: TcpStream,
    tls: Option<Tls>,
    stopping: CancellationToken,
) -> Option<Either<TcpStream, TlsStream>> {
    let Some(tls) = tls else { return Some(Either::Left(stream)) };
    let agreed = tokio::time::timeout(HEAD_TIMEOUT, tls.accept(stream));
    match stopping.run_until_cancelled(agreed).await? {
        Ok(Ok(stream)) => Some(Either::Right(stream)),
        Ok(Err(error)) => {
            tracing::debug!(error = %error, "a connection ended before it was secured");
            None
        }
        Err(_) => None,
    }
}

/// The next connection. Running out of file descriptors passes: others close.
async fn accept(listener: &TcpListener) -> (TcpStream, Peer) {
    const PAUSE: Duration = Duration::from_millis(50);
    loop {
        match listener.accept().await {
            Ok((stream, peer)) => {
                // Answers are small: waiting to fill a packet would only delay them.
                if let Err(error) = stream.set_nodelay(true) {
                    tracing::debug!(error = %error, "a connection ended before it was served");
                }
                return (stream, Peer(peer));
            }
            Err(error) => {
                tracing::warn!(error = %error, "cannot accept a connection");
                tokio::time::sleep(PAUSE).await;
            }
        }
    }
}
