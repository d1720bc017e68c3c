//! The service in front of the shop, as a request meets it.

use axum::Router;
use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use http_body_util::BodyExt;
use search_server::{KeyRequest, KeyRing, Scope, fuzzing};
use secrecy::ExposeSecret;
use tokio::runtime::Runtime;
use tower::ServiceExt;

use crate::engine;

/// So many requests go to one service before a new one takes its place: writes make it larger.
const REQUESTS: u32 = 500;

/// A service in memory.
#[derive(Debug)]
pub struct Service {
    runtime: Runtime,
    is_locked: bool,
    router: Router,
    /// The secret of the key that its callers need, if they need one.
    pub secret: String,
    answered: u32,
}

impl Service {
    /// A service whose callers need no key.
    pub fn open() -> Self {
        Self::start(false)
    }

    /// A service whose callers need a key; theirs opens a part of the shop.
    pub fn locked() -> Self {
        Self::start(true)
    }

    fn start(is_locked: bool) -> Self {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .expect("the runtime starts");
        let keys = KeyRing::default();
        let mut secret = String::new();
        if is_locked {
            let filter = Some(r#"brand = "Veltro""#.to_owned());
            let key = keys.create(KeyRequest { filter, ..KeyRequest::new(Scope::Search) });
            let (created, _) = key.expect("a key in memory");
            secret = created.expose_secret().to_owned();
        }
        let router = runtime.block_on(async { fuzzing::service(engine(), keys) });
        Self { runtime, is_locked, router, secret, answered: 0 }
    }

    /// Sends a request; whatever it is, the server is not at fault.
    pub fn send(&mut self, request: Request<Body>) {
        if self.answered == REQUESTS {
            *self = Self::start(self.is_locked);
        }
        self.answered += 1;
        let asked = format!("{} {}", request.method(), request.uri());
        let answer = self.router.clone().oneshot(request);
        self.runtime.block_on(async {
            let answer = answer.await.expect("a router always answers");
            let (head, body) = answer.into_parts();
            let body = body.collect().await.expect("the body is whole").to_bytes();
            let is_ours =
                head.status.is_server_error() && head.status != StatusCode::SERVICE_UNAVAILABLE;
            assert!(!is_ours, "{} for {asked}: {}", head.status, String::from_utf8_lossy(&body));
            let is_refused = head.status.is_client_error();
            let is_explained = head
                .headers
                .get(header::CONTENT_TYPE)
                .is_some_and(|media| media == "application/problem+json");
            assert!(!is_refused || is_explained, "{} for {asked}", head.status);
        });
    }
}
