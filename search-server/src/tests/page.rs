//! The search page and what surrounds it.

use axum::body::Body;
use axum::http::{Request, StatusCode, header};

use super::Shop;

#[tokio::test]
async fn the_page_and_all_its_parts_come_from_the_binary() {
    let shop = Shop::empty();
    let page = shop.get("/").await;
    assert_eq!(page.status, StatusCode::OK);
    assert_eq!(page.headers[header::CONTENT_TYPE], "text/html; charset=utf-8");
    let policy = page.headers[header::CONTENT_SECURITY_POLICY].to_str().unwrap();
    for rule in ["default-src 'self'", "img-src * data:", "style-src 'self'"] {
        assert!(policy.contains(rule), "{policy}");
    }
    let html = page.text();
    let parts: Vec<_> =
        html.split('"').filter(|part| part.starts_with("/assets/")).map(str::to_owned).collect();
    assert!(parts.iter().any(|part| part.ends_with(".js")), "{parts:?}");
    for part in parts {
        let answer = shop.get(&part).await;
        assert_eq!(answer.status, StatusCode::OK, "{part}");
        assert_ne!(answer.headers[header::CONTENT_TYPE], "application/octet-stream", "{part}");
    }
}

#[tokio::test]
async fn a_browser_that_has_the_page_is_not_sent_it_again() {
    let shop = Shop::empty();
    let etag = shop.get("/").await.headers[header::ETAG].clone();
    let again = Request::get("/").header(header::IF_NONE_MATCH, etag).body(Body::empty());
    let again = shop.send(again.unwrap()).await;
    assert_eq!(again.status, StatusCode::NOT_MODIFIED);
    assert!(again.body.is_empty());
}

#[tokio::test]
async fn metrics_count_requests_by_route_and_not_by_address() {
    let shop = Shop::stocked().await;
    for path in ["/v1/catalogs/shoes/products/1", "/v1/catalogs/shoes/products/9", "/nowhere"] {
        shop.get(path).await;
    }
    let metrics = shop.get("/metrics").await.text();
    let route = "route=\"/v1/catalogs/{catalog}/products/{id}\",method=\"GET\"";
    for line in [
        format!("aisle_http_requests_total{{{route},status=\"200\"}} 1"),
        format!("aisle_http_requests_total{{{route},status=\"404\"}} 1"),
        format!("aisle_http_request_duration_seconds_count{{{route}}} 2"),
        "aisle_http_requests_total{route=\"none\",method=\"GET\",status=\"404\"} 1".to_owned(),
        "aisle_products{catalog=\"shoes\"} 3".to_owned(),
    ] {
        assert!(metrics.lines().any(|found| found == line), "{line} is not in\n{metrics}");
    }
}
