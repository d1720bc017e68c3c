//! SIGTERM lets what is in flight finish.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;

use aisle_tests::{CATALOG, Server, import_sample, wait_for};
use anyhow::{Result, ensure};
use search_core::Engine;
use serde_json::{Value, json};

/// A request whose head the server has taken and whose body it waits for.
struct InFlight {
    stream: BufReader<TcpStream>,
    body: String,
}

impl InFlight {
    fn begin(server: &Server, method: &str, path: &str, media: &str, body: String) -> Result<Self> {
        let mut stream = TcpStream::connect(server.address())?;
        write!(
            stream,
            "{method} {path} HTTP/1.1\r\nhost: {}\r\ncontent-type: {media}\r\ncontent-length: {}\r\n\
             expect: 100-continue\r\n\r\n",
            server.address(),
            body.len()
        )?;
        // Sent by the server once the handler asks for the body: the request is in flight.
        let mut stream = BufReader::new(stream);
        let (mut line, mut blank) = (String::new(), String::new());
        stream.read_line(&mut line)?;
        stream.read_line(&mut blank)?;
        ensure!(line.starts_with("HTTP/1.1 100"), "expected 100 Continue, got {line:?}");
        Ok(Self { stream, body })
    }

    fn finish(mut self) -> Result<String> {
        self.stream.get_mut().write_all(self.body.as_bytes())?;
        let mut answer = String::new();
        self.stream.read_to_string(&mut answer)?;
        Ok(answer)
    }
}

#[test]
fn requests_in_flight_are_answered_and_writes_are_kept() -> Result<()> {
    let dir = tempfile::tempdir()?;
    import_sample(dir.path())?;
    let server = Server::serve(dir.path())?;
    server.put("acknowledged", &json!({ "id": "acknowledged", "title": "Flumphinator" }))?.ok()?;

    let json = "application/json";
    let put = |id: &str| {
        let body = json!({ "id": id, "title": "Gronkulator" }).to_string();
        InFlight::begin(&server, "PUT", &format!("{CATALOG}/products/{id}"), json, body)
    };
    let search = |q: &str| {
        let body = json!({ "q": q, "facets": ["brand"] }).to_string();
        InFlight::begin(&server, "POST", &format!("{CATALOG}/search"), json, body)
    };
    let lines: String = (0..50)
        .map(|n| format!("{}\n", json!({ "id": format!("bulk-{n}"), "title": "Bulk" })))
        .collect();
    let bulk = InFlight::begin(
        &server,
        "POST",
        &format!("{CATALOG}/products"),
        "application/x-ndjson",
        lines,
    )?;
    let in_flight = [put("late-1")?, put("late-2")?, search("headphones")?, search("")?, bulk];

    server.terminate()?;
    let address = server.address().to_owned();
    wait_for("the server to take no more connections", || Ok(TcpStream::connect(&address).err()))?;
    for request in in_flight {
        let answer = request.finish()?;
        ensure!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    }
    let status = server.ended()?;
    ensure!(status.code() == Some(0), "{status}");

    let engine = Engine::open(dir.path())?;
    for (id, title) in [
        ("acknowledged", "Flumphinator"),
        ("late-1", "Gronkulator"),
        ("late-2", "Gronkulator"),
        ("bulk-49", "Bulk"),
    ] {
        let Some(product) = engine.product(id)? else {
            anyhow::bail!("{id} was acknowledged and is gone")
        };
        ensure!(serde_json::from_str::<Value>(product.get())?["title"] == title, "{product}");
    }
    Ok(())
}

#[test]
fn an_idle_server_stops_at_once_with_code_0() -> Result<()> {
    let server = Server::demo()?;
    // A kept-alive connection with nothing on it holds nobody up.
    server.get("/healthz")?.ok()?;
    server.terminate()?;
    let status = server.ended()?;
    ensure!(status.code() == Some(0), "{status}");
    Ok(())
}
