//! HTTPS by a certificate made for the test.

use std::sync::Arc;

use search_core::{Catalog, Engine};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::{ClientConfig, RootCertStore};
use tokio_util::sync::CancellationToken;

use super::CATALOG;
use crate::catalogs::Catalogs;
use crate::http::{self, Tls, TlsFiles};
use crate::state::AppState;

fn files(dir: &std::path::Path) -> TlsFiles {
    TlsFiles { cert: dir.join("cert.pem"), key: dir.join("key.pem") }
}

#[tokio::test]
async fn a_client_that_trusts_the_certificate_is_served() {
    let dir = tempfile::tempdir().unwrap();
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let files = files(dir.path());
    std::fs::write(&files.cert, made.cert.pem()).unwrap();
    std::fs::write(&files.key, made.signing_key.serialize_pem()).unwrap();

    let engine = Engine::in_memory(Catalog::parse(CATALOG).unwrap()).unwrap();
    let router = crate::router(AppState::new(Catalogs::only(engine), 0));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let stop = CancellationToken::new();
    let tls = Some(Tls::load(&files).unwrap());
    let stopped = stop.clone().cancelled_owned();
    let done = tokio::spawn(http::serve(listener, tls, router, stopped));

    let mut roots = RootCertStore::empty();
    roots.add(made.cert.der().clone()).unwrap();
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let stream = TcpStream::connect(address).await.unwrap();
    let connector = TlsConnector::from(Arc::new(config));
    let mut stream = connector.connect("localhost".try_into().unwrap(), stream).await.unwrap();
    let request = b"GET /healthz HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n";
    stream.write_all(request).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 200 OK"), "{answer}");

    // Who speaks plain HTTP gets no answer, and who says nothing keeps nobody waiting at the end.
    let mut plain = TcpStream::connect(address).await.unwrap();
    plain.write_all(request).await.unwrap();
    let mut answer = Vec::new();
    let _closed = plain.read_to_end(&mut answer).await;
    assert!(!answer.starts_with(b"HTTP"), "{answer:?}");
    let _silent = TcpStream::connect(address).await.unwrap();
    stop.cancel();
    done.await.unwrap();
}

#[test]
fn a_certificate_at_fault_is_named() {
    let dir = tempfile::tempdir().unwrap();
    let files = files(dir.path());
    let fault = || format!("{:#}", Tls::load(&files).unwrap_err());
    assert!(fault().contains("cert.pem"), "{}", fault());
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    std::fs::write(&files.cert, made.cert.pem()).unwrap();
    std::fs::write(&files.key, "no key").unwrap();
    assert!(fault().contains("key.pem"), "{}", fault());
    // The key of another certificate.
    let other = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    std::fs::write(&files.key, other.signing_key.serialize_pem()).unwrap();
    assert!(fault().contains("cert.pem"), "{}", fault());
}
