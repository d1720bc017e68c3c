//! The body of a search.

#![no_main]

use std::cell::RefCell;

use aisle_fuzz::Service;
use axum::body::Body;
use axum::http::Request;
use libfuzzer_sys::fuzz_target;

thread_local! {
    static SERVICE: RefCell<Service> = RefCell::new(Service::open());
}

fuzz_target!(|input: &[u8]| {
    let request = Request::post("/v1/catalogs/shop/search").body(Body::from(input.to_vec()));
    let request = request.expect("any body is one");
    SERVICE.with_borrow_mut(|service| service.send(request));
});
