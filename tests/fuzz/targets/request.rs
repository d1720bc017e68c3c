//! Path, parameters and headers of a request: `GET` of the first line, a header on each further
//! one. The caller has a key that sees a part of the shop, and comes through a trusted proxy.

#![no_main]

use std::cell::RefCell;

use aisle_fuzz::Service;
use axum::body::Body;
use axum::http::Request;
use libfuzzer_sys::{Corpus, fuzz_target};

thread_local! {
    static SERVICE: RefCell<Service> = RefCell::new(Service::locked());
}

/// Stands for the secret, which is another one each time.
const KEY: &[u8] = b"KEY";

fuzz_target!(|input: &[u8]| -> Corpus {
    SERVICE.with_borrow_mut(|service| match request(input, &service.secret) {
        Some(request) => {
            service.send(request);
            Corpus::Keep
        }
        // What no client can send is not kept.
        None => Corpus::Reject,
    })
});

fn request(input: &[u8], secret: &str) -> Option<Request<Body>> {
    let mut lines = input.split(|byte| *byte == b'\n');
    let mut request = Request::get(lines.next()?);
    for header in lines {
        let colon = header.iter().position(|byte| *byte == b':')?;
        let (name, value) = header.split_at(colon);
        let value = match value[1..].strip_suffix(KEY) {
            Some(before) => [before, secret.as_bytes()].concat(),
            None => value[1..].to_vec(),
        };
        request = request.header(name, value);
    }
    request.body(Body::empty()).ok()
}
