//! `bench`: makes the data and sends the load.

use std::fs::File;
use std::io::{self, BufReader, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::{Duration, Instant};

use aisle_benches::catalogue::{self, Catalogue};
use aisle_benches::driver::{self, Order, Pace};
use aisle_benches::fallback;
use aisle_benches::http::Target;
use aisle_benches::mongo;
use aisle_benches::report::TABLE_HEAD;
use aisle_benches::request;
use aisle_benches::trouble::{Traffic, overload, switch};
use aisle_benches::workload::{self, NAMES, Query};
use anyhow::{Context, bail, ensure};
use clap::{Args, Parser, Subcommand};
use hyper::body::Bytes;
use indexer::postgres::PostgresUrl;
use mongodb::Collection;
use mongodb::bson::Document;
use search_core::Catalog;
use search_server::backend::PostgresBackend;
use serde_json::{Map, Value};

/// Zipf traffic over the lines of all workloads.
const MIX: &str = "mix";

#[derive(Debug, Parser)]
#[command(version, about)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Write a catalogue of products as JSON lines
    Generate {
        #[arg(long, default_value_t = 1_000_000)]
        products: u64,
        #[arg(long, default_value_t = 1)]
        seed: u64,
        /// Default: standard output
        #[arg(long)]
        out: Option<PathBuf>,
    },
    /// Write 1,000 queries for each of the workloads W1 to W7
    Queries {
        /// The seed of the catalogue that they are for
        #[arg(long, default_value_t = 1)]
        seed: u64,
        /// Default: standard output
        #[arg(long)]
        out: Option<PathBuf>,
    },
    /// Wait until a server is ready and has answered a search
    Wait {
        #[command(flatten)]
        server: Server,
        #[arg(long, default_value_t = 120.0)]
        seconds: f64,
    },
    /// Send workloads to a server and report what came back
    Load(Load),
    /// Find out how much a server answers at its peak, offer it several times as much, and report
    /// what it answers then
    Overload {
        #[command(flatten)]
        trouble: Trouble,
        /// Connections of the closed loop that finds the peak
        #[arg(long, default_value_t = 8)]
        clients: usize,
        /// So many times the peak are offered
        #[arg(long, default_value_t = 5.0)]
        times: f64,
        /// The server's process, to report its memory
        #[arg(long, value_name = "PID")]
        process: Option<u32>,
    },
    /// Send searches at a fixed rate, remove the index under the server half way through, and
    /// report who answered and what was lost
    Switch {
        #[command(flatten)]
        trouble: Trouble,
        /// Searches a second
        #[arg(long, default_value_t = 200.0)]
        rate: f64,
        /// The directory that is removed
        #[arg(long, value_name = "DIR")]
        remove: PathBuf,
    },
    /// Fill a collection of MongoDB anew with the catalogue
    Fill {
        #[command(flatten)]
        collection: MongoArgs,
        #[arg(long, default_value_t = 1_000_000)]
        products: u64,
        #[arg(long, default_value_t = 1)]
        seed: u64,
    },
    /// Send workloads to the backend on PostgreSQL, with one client and no server in between
    Fallback(Fallback),
    /// Change products in MongoDB at a fixed rate, time how long it takes until a server shows it,
    /// and time searches before and beside
    Follow(Follow),
}

#[derive(Debug, Args)]
struct Trouble {
    #[command(flatten)]
    server: Server,
    /// A file of workload lines
    #[arg(long)]
    queries: PathBuf,
    /// W1 to W7, or mix: Zipf traffic over all lines, with repeats
    #[arg(long, default_value = MIX)]
    workload: String,
    /// Connections of the open loop
    #[arg(long, default_value_t = 256)]
    connections: usize,
    #[arg(long, default_value_t = 20.0)]
    seconds: f64,
    /// Members for every request, as a JSON object: '{"typos": false}'
    #[arg(long = "with", value_name = "JSON", default_value = "{}")]
    extra: String,
}

#[derive(Debug, Args)]
struct MongoArgs {
    #[arg(long, default_value = "mongodb://127.0.0.1:27017")]
    mongodb: String,
    #[arg(long, default_value = "shop.products")]
    namespace: String,
}

impl MongoArgs {
    async fn open(&self) -> anyhow::Result<Collection<Document>> {
        Ok(mongo::open(&self.mongodb, &self.namespace).await?)
    }
}

#[derive(Debug, Args)]
struct Fallback {
    #[arg(long, default_value = "postgres://postgres@127.0.0.1/postgres")]
    postgres: PostgresUrl,
    /// The catalogue
    #[arg(long)]
    catalog: PathBuf,
    /// Fill the database anew with this file of JSON lines
    #[arg(long)]
    input: Option<PathBuf>,
    /// A file of workload lines
    #[arg(long)]
    queries: PathBuf,
    #[arg(long, value_delimiter = ',', default_values = ["W1", "W2", "W3"])]
    workloads: Vec<String>,
    /// Members for every request, as a JSON object
    #[arg(long = "with", value_name = "JSON", default_value = "{}")]
    extra: String,
    /// Print so many of the slowest requests of each workload
    #[arg(long, default_value_t = 0)]
    slowest: usize,
}

#[derive(Debug, Args)]
struct Follow {
    #[command(flatten)]
    collection: MongoArgs,
    /// Products in the collection
    #[arg(long, default_value_t = 1_000_000)]
    products: u64,
    /// Changes a second
    #[arg(long, default_value_t = 1_000.0)]
    changes: f64,
    /// How long to measure before, without changes, at most
    #[arg(long, default_value_t = 60.0)]
    quiet: f64,
    #[command(flatten)]
    load: Load,
}

#[derive(Debug, Clone, Args)]
struct Server {
    /// host:port
    #[arg(long, default_value = "127.0.0.1:7700")]
    server: String,
    #[arg(long, default_value = "products")]
    catalog: String,
}

impl Server {
    fn target(&self) -> Target {
        Target::new(&self.server, &self.catalog)
    }
}

#[derive(Debug, Clone, Args)]
struct Load {
    #[command(flatten)]
    server: Server,
    /// A file of workload lines
    #[arg(long)]
    queries: PathBuf,
    /// W1 to W7, or mix: Zipf traffic over all lines, with repeats
    #[arg(long, value_delimiter = ',', default_values = NAMES)]
    workloads: Vec<String>,
    /// Connections, each with one request on its way
    #[arg(long, value_delimiter = ',', default_values_t = [1, 8])]
    clients: Vec<usize>,
    /// Requests a second of an open loop; without it, a closed loop
    #[arg(long)]
    rate: Option<f64>,
    /// How long to measure; a closed loop sends every line at least once
    #[arg(long, default_value_t = 5.0)]
    seconds: f64,
    /// How long to warm up before; sends every line at least once
    #[arg(long, default_value_t = 1.0)]
    warmup: f64,
    /// Members for every request, as a JSON object: '{"typos": false}'
    #[arg(long = "with", value_name = "JSON", default_value = "{}")]
    extra: String,
    /// Of the mix
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// One JSON object a line in place of the table
    #[arg(long)]
    json: bool,
}

fn main() -> anyhow::Result<ExitCode> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    match Cli::parse().command {
        Command::Generate { products, seed, out } => {
            catalogue::write(&Catalogue::new(seed), products, output(out.as_deref())?)?;
        }
        Command::Queries { seed, out } => {
            let queries = workload::queries(&Catalogue::new(seed), seed);
            workload::write(&queries, output(out.as_deref())?)?;
        }
        Command::Wait { server, seconds } => {
            let search = Bytes::from_static(br#"{"q":"table"}"#);
            let patience = Duration::try_from_secs_f64(seconds).context("--seconds")?;
            runtime.block_on(server.target().wait_ready(search, patience))?;
        }
        Command::Load(load) => return runtime.block_on(load.run()),
        Command::Overload { trouble, clients, times, process } => {
            ensure!(clients > 0, "--clients: expected at least 1");
            ensure!((1.0..=100.0).contains(&times), "--times: expected 1 to 100");
            let traffic = trouble.traffic()?;
            let overload = runtime.block_on(overload(traffic, clients, times, process))?;
            println!("{overload}");
            return Ok(if overload.lost() == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE });
        }
        Command::Switch { trouble, rate, remove } => {
            ensure!((0.01..=1e6).contains(&rate), "--rate: expected 0.01 to 1000000 a second");
            let switch = runtime.block_on(switch(trouble.traffic()?, rate, remove))?;
            println!("{switch}");
            return Ok(if switch.lost() == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE });
        }
        Command::Fill { collection, products, seed } => runtime.block_on(async {
            let collection = collection.open().await?;
            mongo::fill(&collection, &Catalogue::new(seed), products).await?;
            anyhow::Ok(())
        })?,
        Command::Fallback(fallback) => return runtime.block_on(fallback.run()),
        Command::Follow(follow) => return runtime.block_on(follow.run()),
    }
    Ok(ExitCode::SUCCESS)
}

fn output(path: Option<&Path>) -> anyhow::Result<Box<dyn Write>> {
    Ok(match path {
        None => Box::new(BufWriter::new(io::stdout().lock())),
        Some(path) => {
            let file = File::create(path).with_context(|| format!("cannot create {path:?}"))?;
            Box::new(BufWriter::with_capacity(1 << 20, file))
        }
    })
}

impl Trouble {
    fn traffic(&self) -> anyhow::Result<Traffic> {
        let extra = serde_json::from_str(&self.extra).context("--with: expected a JSON object")?;
        let bodies = bodies(&read_queries(&self.queries)?, &self.workload, &extra);
        ensure!(!bodies.is_empty(), "no line of workload {} in {:?}", self.workload, self.queries);
        ensure!(self.connections > 0, "--connections: expected at least 1");
        Ok(Traffic {
            target: self.server.target(),
            bodies,
            order: order(&self.workload, 1),
            duration: Duration::try_from_secs_f64(self.seconds).context("--seconds")?,
            connections: self.connections,
        })
    }
}

impl Load {
    async fn run(&self) -> anyhow::Result<ExitCode> {
        ensure!(!self.clients.contains(&0), "--clients: expected at least 1");
        let warmup = Duration::try_from_secs_f64(self.warmup).context("--warmup")?;
        let duration = Duration::try_from_secs_f64(self.seconds).context("--seconds")?;
        let pace = match self.rate {
            None => Pace::Closed { at_least: duration },
            Some(rate) if (0.01..=1e6).contains(&rate) => Pace::Open { rate, duration },
            Some(rate) => bail!("--rate: expected 0.01 to 1000000 requests a second, got {rate}"),
        };
        let extra: Map<String, Value> =
            serde_json::from_str(&self.extra).context("--with: expected a JSON object")?;
        let queries = read_queries(&self.queries)?;
        let target = self.server.target();

        let mut exit = ExitCode::SUCCESS;
        if !self.json {
            println!("{TABLE_HEAD}");
        }
        for workload in &self.workloads {
            let bodies = bodies(&queries, workload, &extra);
            ensure!(!bodies.is_empty(), "no line of workload {workload} in {:?}", self.queries);
            let order = order(workload, self.seed);
            for &clients in &self.clients {
                let warm = Pace::Closed { at_least: warmup };
                driver::run(&target, &bodies, clients, order, warm).await?;
                let (tally, took) = driver::run(&target, &bodies, clients, order, pace).await?;
                let row = tally.row(workload, clients, self.rate, took);
                if self.json {
                    println!("{}", serde_json::to_string(&row)?);
                } else {
                    println!("{row}");
                }
                if let Some(error) = &row.first_error {
                    eprintln!("{workload}: {} errors, the first: {error}", row.errors);
                    exit = ExitCode::FAILURE;
                }
            }
        }
        Ok(exit)
    }
}

fn read_queries(path: &Path) -> anyhow::Result<Vec<Query>> {
    let file = File::open(path).with_context(|| format!("cannot open {path:?}"))?;
    workload::read(BufReader::new(file)).with_context(|| format!("cannot use {path:?}"))
}

impl Fallback {
    async fn run(&self) -> anyhow::Result<ExitCode> {
        let catalog = Catalog::load(&self.catalog)?;
        if let Some(input) = &self.input {
            let started = Instant::now();
            let products = fallback::fill(&self.postgres, &catalog, input).await?;
            eprintln!("{products} products in {:.0} s", started.elapsed().as_secs_f64());
        }
        let extra: Map<String, Value> =
            serde_json::from_str(&self.extra).context("--with: expected a JSON object")?;
        let queries = read_queries(&self.queries)?;
        let backend = PostgresBackend::new(&self.postgres)?;
        let mut exit = ExitCode::SUCCESS;
        println!("{TABLE_HEAD}");
        for workload in &self.workloads {
            let queries = queries.iter().filter(|query| query.workload == *workload);
            let bodies: Vec<Value> = queries.map(|query| request::body(query, &extra)).collect();
            ensure!(!bodies.is_empty(), "no line of workload {workload} in {:?}", self.queries);
            let row =
                fallback::run(&backend, catalog.name(), workload, &bodies, self.slowest).await?;
            println!("{row}");
            if let Some(error) = &row.first_error {
                eprintln!("{workload}: {} errors, the first: {error}", row.errors);
                exit = ExitCode::FAILURE;
            }
        }
        Ok(exit)
    }
}

impl Follow {
    /// The workloads, quiet; then the same beside the changes.
    async fn run(&self) -> anyhow::Result<ExitCode> {
        ensure!((1.0..=1e6).contains(&self.changes), "--changes: expected 1 to 1000000 a second");
        println!("Quiet:\n");
        let quiet = Load { seconds: self.load.seconds.min(self.quiet), ..self.load.clone() };
        let mut exit = quiet.run().await?;
        let changes = mongo::Changes {
            collection: self.collection.open().await?,
            products: self.products,
            rate: self.changes,
            duration: Duration::try_from_secs_f64(self.load.seconds).context("--seconds")?,
            target: self.load.server.target(),
            seed: self.load.seed,
        };
        let changing = tokio::spawn(changes.send());
        println!("\nBeside {:.0} changes a second:\n", self.changes);
        if self.load.run().await? != ExitCode::SUCCESS {
            exit = ExitCode::FAILURE;
        }
        let seen = changing.await??;
        println!("\n{seen}");
        Ok(if seen.lost > 0 { ExitCode::FAILURE } else { exit })
    }
}

fn order(workload: &str, seed: u64) -> Order {
    if workload == MIX { Order::Mix { seed } } else { Order::Cycle }
}

/// The requests of a workload, ready to send.
fn bodies(queries: &[Query], workload: &str, extra: &Map<String, Value>) -> Arc<[Bytes]> {
    queries
        .iter()
        .filter(|query| workload == MIX || query.workload == workload)
        .map(|query| Bytes::from(request::body(query, extra).to_string()))
        .collect()
}
