//! Sends workloads over HTTP and times the answers.
//!
//! One thread drives every client: the generator shares its cores with the server that it measures,
//! so it does as little as it can. A client is one keep-alive connection with one request on its
//! way. A closed loop sends the next request when the answer is in; an open loop sends at a fixed
//! rate and counts latency from the moment a request was due, however late a free connection took
//! it (no coordinated omission).

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use hyper::StatusCode;
use hyper::body::Bytes;
use rand::seq::SliceRandom;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio::time::timeout;

use crate::http::{Client, HttpError, Target};
use crate::random::{SeededRng, Zipf, rng};
use crate::report::{Answer, Tally};

/// Every so many answers of a closed loop are parsed; a prime, so that each pass over the lines
/// takes other ones. An open loop leaves time to parse all.
const PARSE_EVERY: usize = 7;
/// An answer later than this is an error.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(30);
/// Beyond any product id and the stream of the queries.
const MIX_STREAM: u64 = 1 << 49;

#[derive(Debug, thiserror::Error)]
pub enum DriverError {
    #[error(transparent)]
    Http(#[from] HttpError),
    #[error("cannot start the thread that paces an open loop")]
    Pacer(#[source] io::Error),
    #[error("a client ended before its run did")]
    Client(#[from] tokio::task::JoinError),
    #[error("cannot make a histogram")]
    Histogram(#[from] hdrhistogram::CreationError),
    #[error("cannot add histograms")]
    Merge(#[from] hdrhistogram::AdditionError),
}

/// In which order a run takes its lines.
#[derive(Debug, Clone, Copy)]
pub enum Order {
    /// One after another; each client begins somewhere else, and together they send every line.
    Cycle,
    /// Drawn by a Zipf law over all lines: few are asked for often, most rarely.
    Mix { seed: u64 },
}

/// When requests are sent.
#[derive(Debug, Clone, Copy)]
pub enum Pace {
    /// As soon as the answer before is in, for at least this long.
    Closed { at_least: Duration },
    /// So many a second, for this long.
    Open { rate: f64, duration: Duration },
}

/// Sends `bodies` with `clients` connections.
pub async fn run(
    target: &Target,
    bodies: &Arc<[Bytes]>,
    clients: usize,
    order: Order,
    pace: Pace,
) -> Result<(Tally, Duration), DriverError> {
    let mut connected = Vec::with_capacity(clients);
    for index in 0..clients {
        connected.push(LoadClient {
            client: Client::connect(target).await?,
            target: target.clone(),
            bodies: bodies.clone(),
            lines: Lines::new(order, bodies.len(), index, clients),
            parse_every: if matches!(pace, Pace::Open { .. }) { 1 } else { PARSE_EVERY },
            sent: 0,
            tally: Tally::new()?,
        });
    }

    let start = Instant::now();
    let mut running = JoinSet::new();
    match pace {
        Pace::Closed { at_least } => {
            let share = match order {
                Order::Cycle => bodies.len().div_ceil(clients),
                Order::Mix { .. } => 1,
            };
            for client in connected {
                running.spawn(client.closed_loop(start + at_least, share));
            }
        }
        Pace::Open { rate, duration } => {
            let schedule = Arc::new(Schedule::new(start, rate, duration));
            schedule.clone().start().map_err(DriverError::Pacer)?;
            for client in connected {
                running.spawn(client.open_loop(schedule.clone()));
            }
        }
    }

    let mut tally = Tally::new()?;
    while let Some(finished) = running.join_next().await {
        tally.merge(finished??)?;
    }
    Ok((tally, start.elapsed()))
}

/// The moments at which the requests of an open loop are due.
#[derive(Debug)]
struct Schedule {
    start: Instant,
    interval: Duration,
    count: usize,
    taken: AtomicUsize,
    due: Semaphore,
}

impl Schedule {
    fn new(start: Instant, rate: f64, duration: Duration) -> Self {
        Self {
            start,
            interval: Duration::from_secs_f64(1.0 / rate),
            count: (rate * duration.as_secs_f64()) as usize,
            taken: AtomicUsize::new(0),
            due: Semaphore::new(0),
        }
    }

    /// Releases requests as they fall due. A thread of its own, because the runtime's timer rounds
    /// to a millisecond, which is as long as a search.
    fn start(self: Arc<Self>) -> io::Result<()> {
        let release = move || {
            for index in 0..self.count {
                std::thread::sleep(self.moment(index).saturating_duration_since(Instant::now()));
                self.due.add_permits(1);
            }
            self.due.close();
        };
        std::thread::Builder::new().name("pacer".to_owned()).spawn(release).map(drop)
    }

    fn moment(&self, index: usize) -> Instant {
        self.start + self.interval.mul_f64(index as f64)
    }

    /// When the next request is (or was) due; none when all are taken.
    async fn next(&self) -> Option<Instant> {
        let index = self.taken.fetch_add(1, Ordering::Relaxed);
        if index >= self.count {
            return None;
        }
        // A closed semaphore has released everything.
        if let Ok(permit) = self.due.acquire().await {
            permit.forget();
        }
        Some(self.moment(index))
    }
}

/// The lines that one client sends.
#[derive(Debug)]
enum Lines {
    Cycle { next: usize, len: usize },
    Mix { law: Zipf, ranked: Vec<usize>, rng: SeededRng },
}

impl Lines {
    fn new(order: Order, len: usize, client: usize, clients: usize) -> Self {
        match order {
            Order::Cycle => Self::Cycle { next: client * len / clients, len },
            Order::Mix { seed } => {
                let mut ranked: Vec<_> = (0..len).collect();
                ranked.shuffle(&mut rng(seed, MIX_STREAM));
                let rng = rng(seed, MIX_STREAM + 1 + client as u64);
                Self::Mix { law: Zipf::new(len, 1.0, 1.0), ranked, rng }
            }
        }
    }

    fn next(&mut self) -> usize {
        match self {
            Self::Cycle { next, len } => {
                let line = *next;
                *next = (line + 1) % *len;
                line
            }
            Self::Mix { law, ranked, rng } => ranked[law.sample(rng)],
        }
    }
}

/// A client with its lines to send and what came of them.
#[derive(Debug)]
struct LoadClient {
    client: Client,
    target: Target,
    bodies: Arc<[Bytes]>,
    lines: Lines,
    parse_every: usize,
    sent: usize,
    tally: Tally,
}

impl LoadClient {
    async fn closed_loop(mut self, until: Instant, at_least: usize) -> Result<Tally, DriverError> {
        while self.sent < at_least || Instant::now() < until {
            self.send(Instant::now()).await?;
        }
        Ok(self.tally)
    }

    async fn open_loop(mut self, schedule: Arc<Schedule>) -> Result<Tally, DriverError> {
        while let Some(due) = schedule.next().await {
            self.send(due).await?;
        }
        Ok(self.tally)
    }

    async fn send(&mut self, due: Instant) -> Result<(), DriverError> {
        let body = self.bodies[self.lines.next()].clone();
        self.sent += 1;
        match timeout(ANSWER_TIMEOUT, self.client.search(&self.target, body)).await {
            Ok(Ok((StatusCode::OK, chunks))) => self.answered(due.elapsed(), &chunks),
            Ok(Ok((status, chunks))) => {
                let text = chunks.concat();
                let error = format!("status {status}: {}", String::from_utf8_lossy(&text));
                match status {
                    StatusCode::SERVICE_UNAVAILABLE => self.tally.refused(error),
                    _ => self.tally.failed(error),
                }
            }
            Ok(Err(error)) => {
                self.tally.failed(error.with_causes());
                self.client = Client::connect(&self.target).await?;
            }
            Err(_) => {
                self.tally.failed(format!("no answer within {ANSWER_TIMEOUT:?}"));
                self.client = Client::connect(&self.target).await?;
            }
        }
        Ok(())
    }

    fn answered(&mut self, latency: Duration, chunks: &[Bytes]) {
        if self.sent.is_multiple_of(self.parse_every) {
            match serde_json::from_slice::<Answer>(&chunks.concat()) {
                Ok(answer) => self.tally.parsed(&answer),
                Err(error) => {
                    return self.tally.failed(format!("not a search answer: {error}"));
                }
            }
        }
        self.tally.answered(latency, chunks.iter().map(Bytes::len).sum());
    }
}
