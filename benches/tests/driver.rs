//! The driver against a server of a few lines that counts what it is sent.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use aisle_benches::driver::{self, Order, Pace};
use aisle_benches::http::Target;
use hyper::body::Bytes;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};

const BROKEN: &str = "broken";
const REFUSED: &str = "refused";

type Counts = Arc<Mutex<HashMap<String, u64>>>;

async fn serve() -> (Target, Counts) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let target = Target::new(&listener.local_addr().unwrap().to_string(), "products");
    let counts = Counts::default();
    let seen = counts.clone();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(answer_all(stream, seen.clone()));
        }
    });
    (target, counts)
}

async fn answer_all(stream: TcpStream, counts: Counts) -> std::io::Result<()> {
    let mut stream = BufReader::new(stream);
    loop {
        let mut length = 0;
        loop {
            let mut line = String::new();
            if stream.read_line(&mut line).await? == 0 {
                return Ok(());
            }
            match line.trim().to_lowercase().split_once(": ") {
                Some(("content-length", value)) => length = value.parse().unwrap(),
                None if line.trim().is_empty() => break,
                _ => {}
            }
        }
        let mut body = vec![0; length];
        stream.read_exact(&mut body).await?;
        let body = String::from_utf8(body).unwrap();
        let (status, answer) = match body.as_str() {
            BROKEN => (200, "not json"),
            REFUSED => (503, "{}"),
            _ => (200, r#"{"hits":[],"total":4,"took_ms":0.5}"#),
        };
        *counts.lock().unwrap().entry(body).or_default() += 1;
        let head = format!("HTTP/1.1 {status} -\r\ncontent-length: {}\r\n\r\n", answer.len());
        stream.get_mut().write_all(format!("{head}{answer}").as_bytes()).await?;
    }
}

fn bodies(count: usize) -> Arc<[Bytes]> {
    (0..count).map(|i| Bytes::from(format!("line {i}"))).collect()
}

const AT_ONCE: Pace = Pace::Closed { at_least: Duration::ZERO };

#[tokio::test]
async fn clients_of_a_closed_loop_share_the_lines_and_send_each() {
    let (target, counts) = serve().await;
    let (tally, took) = driver::run(&target, &bodies(100), 4, Order::Cycle, AT_ONCE).await.unwrap();
    let row = tally.row("W1", 4, None, took);
    assert_eq!((row.requests, row.errors), (100, 0));
    assert_eq!((row.mean_hits, row.mean_took_ms), (Some(4.0), Some(0.5)));
    let counts = counts.lock().unwrap();
    assert_eq!(counts.len(), 100);
    assert!(counts.values().all(|&count| count == 1), "{counts:?}");
}

#[tokio::test]
async fn an_open_loop_sends_as_many_as_its_rate_says_and_the_mix_repeats_itself() {
    let (target, counts) = serve().await;
    let pace = Pace::Open { rate: 2000.0, duration: Duration::from_millis(500) };
    let order = Order::Mix { seed: 1 };
    let (tally, took) = driver::run(&target, &bodies(100), 4, order, pace).await.unwrap();
    assert_eq!(tally.row("mix", 4, Some(2000.0), took).requests, 1000);
    let counts = counts.lock().unwrap();
    assert_eq!(counts.values().sum::<u64>(), 1000);
    let most = *counts.values().max().unwrap();
    assert!((100..300).contains(&most), "the most common of 100 lines came {most} times of 1000");
}

#[tokio::test]
async fn refusals_and_broken_answers_are_errors() {
    let (target, _) = serve().await;
    let refused: Arc<[Bytes]> = [Bytes::from(REFUSED)].into();
    let (tally, took) = driver::run(&target, &refused, 1, Order::Cycle, AT_ONCE).await.unwrap();
    let row = tally.row("W1", 1, None, took);
    assert_eq!((row.requests, row.errors), (1, 1));
    assert!(row.first_error.unwrap().contains("503"));

    // Only a sample of the answers is parsed.
    let broken: Arc<[Bytes]> = vec![Bytes::from(BROKEN); 70].into();
    let (tally, took) = driver::run(&target, &broken, 1, Order::Cycle, AT_ONCE).await.unwrap();
    let row = tally.row("W1", 1, None, took);
    assert_eq!((row.requests, row.errors), (70, 10));
}

#[tokio::test]
async fn waiting_ends_with_the_first_answer() {
    let (target, counts) = serve().await;
    target.wait_ready(Bytes::from("a search"), Duration::from_secs(60)).await.unwrap();
    assert_eq!(counts.lock().unwrap().get("a search"), Some(&1));
}
