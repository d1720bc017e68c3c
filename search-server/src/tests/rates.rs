//! How often callers may ask, by a clock that the tests turn.

use std::net::SocketAddr;
use std::num::NonZeroU32;
use std::time::Duration;

use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use secrecy::ExposeSecret;

use super::{Answer, Shop};
use crate::access::{Access, KeyRequest, Peer, Rate, RateLimits, Scope, TrustedProxies};

fn rate(requests_per_second: u32, burst: u32) -> Option<Rate> {
    let requests_per_second = NonZeroU32::new(requests_per_second)?;
    Some(Rate { requests_per_second, burst: NonZeroU32::new(burst) })
}

/// A request from this address that costs nothing.
async fn ask(shop: &Shop, peer: &str, forwarded: Option<&str>, key: Option<&str>) -> Answer {
    let mut request = Request::get("/v1/catalogs");
    if let Some(forwarded) = forwarded {
        request = request.header("x-forwarded-for", forwarded);
    }
    if let Some(key) = key {
        request = request.header(header::AUTHORIZATION, format!("Bearer {key}"));
    }
    let mut request = request.body(Body::empty()).unwrap();
    request.extensions_mut().insert(Peer(SocketAddr::new(peer.parse().unwrap(), 4711)));
    shop.send(request).await
}

fn limits(answer: &Answer) -> (u16, &str, &str) {
    let text = |name: &str| answer.headers.get(name).map_or("", |value| value.to_str().unwrap());
    (answer.status.as_u16(), text("ratelimit"), text("ratelimit-policy"))
}

#[tokio::test(start_paused = true)]
async fn an_address_has_its_allowance_and_is_told_of_it() {
    let rates = RateLimits::new(rate(2, 4), None);
    let shop = Shop::guarded(Access { rates, ..Access::default() });
    let policy = "\"address\";q=4;w=2";
    for left in ["r=3;t=1", "r=2;t=1", "r=1;t=2", "r=0;t=2"] {
        let answer = ask(&shop, "192.0.2.1", None, None).await;
        assert_eq!(limits(&answer), (200, &*format!("\"address\";{left}"), policy));
    }
    let refused = ask(&shop, "192.0.2.1", None, None).await;
    assert_eq!(limits(&refused), (429, "\"address\";r=0;t=1", policy));
    assert_eq!(refused.headers[header::RETRY_AFTER], "1");
    assert_eq!(
        refused.problem(),
        "429 rate_limited: more than 2 requests a second for one address"
    );
    assert_eq!(ask(&shop, "192.0.2.2", None, None).await.status, StatusCode::OK);
    // Nobody is believed who is no proxy of ours.
    let forwarded = Some("198.51.100.7");
    assert_eq!(ask(&shop, "192.0.2.1", forwarded, None).await.status.as_u16(), 429);
    // Health is asked by machines, and often.
    for _ in 0..9 {
        assert_eq!(shop.get("/healthz").await.status, StatusCode::OK);
    }
    tokio::time::advance(Duration::from_secs(1)).await;
    for expected in [200, 200, 429] {
        let answer = ask(&shop, "192.0.2.1", None, None).await;
        assert_eq!(answer.status.as_u16(), expected);
    }
}

#[tokio::test(start_paused = true)]
async fn callers_behind_a_proxy_of_ours_are_told_apart() {
    let rates = RateLimits::new(rate(1, 1), None);
    let proxies = TrustedProxies::new(vec!["10.0.0.0/8".parse().unwrap()]);
    let shop = Shop::guarded(Access { rates, proxies, ..Access::default() });
    for (forwarded, expected) in
        [("198.51.100.7", 200), ("198.51.100.8", 200), ("198.51.100.7", 429)]
    {
        let answer = ask(&shop, "10.1.1.1", Some(forwarded), None).await;
        assert_eq!(answer.status.as_u16(), expected, "{forwarded}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_key_has_one_allowance_wherever_it_is_used_and_guesses_are_counted() {
    let rates = RateLimits::new(rate(3, 3), rate(1, 2));
    let shop = Shop::guarded(Access { rates, ..Access::default() });
    let [one, other] = [0; 2].map(|_| {
        let (secret, _) = shop.app.access.keys.create(KeyRequest::new(Scope::Search)).unwrap();
        secret.expose_secret().to_owned()
    });
    let first = ask(&shop, "192.0.2.1", None, Some(&one)).await;
    let policies = "\"address\";q=3;w=1, \"key\";q=2;w=2";
    assert_eq!(limits(&first), (200, "\"address\";r=2;t=1, \"key\";r=1;t=1", policies));
    assert_eq!(ask(&shop, "192.0.2.2", None, Some(&one)).await.status.as_u16(), 200);
    let refused = ask(&shop, "192.0.2.3", None, Some(&one)).await;
    assert_eq!(refused.problem(), "429 rate_limited: more than 1 requests a second for one key");
    assert_eq!(ask(&shop, "192.0.2.3", None, Some(&other)).await.status.as_u16(), 200);
    for expected in [401, 401, 401, 429] {
        let guessed = ask(&shop, "192.0.2.9", None, Some("aisle_guess")).await;
        assert_eq!(guessed.status.as_u16(), expected);
    }
}
