//! The service as the fuzzers of `tests/fuzz` meet it; no part of the public API.

use std::net::{Ipv4Addr, SocketAddr};

use axum::extract::Request;
use axum::{Router, middleware};
use ipnet::IpNet;
use search_core::Engine;

use crate::access::{Access, KeyRing, Peer, TrustedProxies};
use crate::state::Surroundings;
use crate::{AppState, Catalogs, router};

/// The service over an engine, with these keys. Requests come through a proxy whose word on their
/// addresses is taken. Must be called within a tokio runtime.
pub fn service(engine: Engine, keys: KeyRing) -> Router {
    let proxy = Peer(SocketAddr::from((Ipv4Addr::LOCALHOST, 1)));
    let proxies = TrustedProxies::new(vec![IpNet::from(proxy.0.ip())]);
    let access = Access { keys, proxies, ..Access::default() };
    let app = AppState::within(
        Catalogs::only(engine),
        Surroundings { access, ..Surroundings::default() },
    );
    router(app).layer(middleware::map_request(move |mut request: Request| async move {
        request.extensions_mut().insert(proxy);
        request
    }))
}
