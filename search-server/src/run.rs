//! From the command line to a server that stops when it is told to.

use anyhow::Context;
use indexer::feeding::Feeder;
use search_core::{EngineOptions, SearchThreads};
use tokio::net::TcpListener;
use tokio::runtime::{self, Handle, Runtime};
use tokio_util::sync::CancellationToken;

use crate::backend::{PostgresBackend, SearchBackend};
use crate::catalogs::Catalogs;
use crate::cli::{Cli, Command, DemoArgs, LogFormat};
use crate::config::Config;
use crate::state::{AppState, Surroundings};
use crate::{
    demo, feeder, follower, http, keys_command, mapped_files, refresh, shutdown, telemetry,
};

/// Does what the command line says; returns when the server has stopped.
pub fn run(cli: Cli) -> anyhow::Result<()> {
    match cli.command {
        Command::Serve(args) => {
            let config = Config::of_serve(*args, cli.log_format)?;
            telemetry::init(config.log_format)?;
            start(&config)
        }
        Command::Keys(args) => keys_command::run(args),
        Command::Demo(args) => run_demo(&args, cli.log_format),
    }
}

fn run_demo(args: &DemoArgs, log_format: Option<LogFormat>) -> anyhow::Result<()> {
    // Removed when it is dropped, after the server has stopped.
    let temporary = match args.data_dir {
        Some(_) => None,
        None => Some(tempfile::tempdir().context("cannot make a temporary directory")?),
    };
    let data_dir = temporary.as_ref().map(tempfile::TempDir::path);
    let data_dir = data_dir.or(args.data_dir.as_deref()).context("no data directory")?;
    let config = Config::of_demo(args, data_dir, log_format)?;
    telemetry::init(config.log_format)?;
    demo::index(data_dir)?;
    start(&config)
}

fn start(config: &Config) -> anyhow::Result<()> {
    // Threads of their own, which yield to those that answer.
    let feeding = runtime::Builder::new_multi_thread()
        .thread_name("aisle-feeder")
        .on_thread_start(search_core::yield_to_searches)
        .enable_all()
        .build()
        .context("cannot start threads")?;
    let answering = Runtime::new().context("cannot start threads")?;
    answering.block_on(serve(config, feeding.handle()))
}

/// Serves until told to stop; follows and feeds with the threads of `feeding`.
async fn serve(config: &Config, feeding: &Handle) -> anyhow::Result<()> {
    mapped_files::survive_cuts().context("cannot handle SIGBUS")?;
    let options = EngineOptions {
        threads: Some(SearchThreads::start(config.threads)?),
        segment_cache_bytes: config.segment_cache_bytes,
    };
    let catalogs = Catalogs::of(config.data_dir.clone(), options, config.synonym_files.clone())?;
    if catalogs.all().is_empty() && catalogs.closed().is_empty() {
        let data_dir = config.data_dir.display();
        tracing::warn!(%data_dir, "no catalogue yet: waiting for one to be imported");
    }
    for (catalog, file) in &config.synonym_files {
        if catalogs.get(catalog).is_err() {
            let file = file.display();
            tracing::warn!(%catalog, %file, "no such catalogue yet for the synonyms of this file");
        }
    }
    let access = config.access()?;
    let tls = config.tls.as_ref().map(http::Tls::load).transpose()?;
    let listener = TcpListener::bind(config.listen)
        .await
        .with_context(|| format!("cannot listen on {}", config.listen))?;
    let address = listener.local_addr()?;

    if !access.keys.is_needed() {
        tracing::warn!(%address, "no keys: whoever reaches this address can read and write");
    }
    let prepared = follower::prepare(config, &catalogs)?;
    let (follower, following) = prepared.unzip();
    let feeder = feeder::prepare(config, following.as_ref())?;
    let surroundings = Surroundings {
        fallback: fallback(config)?,
        page_cache_bytes: config.page_cache_bytes,
        access,
        follower: follower.clone(),
        feeds: feeder.as_ref().map(Feeder::board),
        ..Surroundings::default()
    };
    let app = AppState::within(catalogs, surroundings);
    let stop = CancellationToken::new();
    let feeder = feeder
        .map(|feeder| feeder::run(feeder, app.catalogs.clone(), stop.clone()))
        .map(|run| feeding.spawn(run));
    let follower = follower
        .zip(following)
        .map(|(follower, following)| follower::run(follower, following, stop.clone()))
        .map(|run| feeding.spawn(run));
    let refresher = tokio::spawn(refresh::run(app.clone(), stop.clone()));
    let asked_to_stop = shutdown::requested()?;
    announce(if tls.is_some() { "https" } else { "http" }, address)?;
    http::serve(listener, tls, http::router(app.clone()), asked_to_stop).await;

    stop.cancel();
    refresher.await?;
    if let Some(follower) = follower {
        follower.await?;
    }
    app.writes.stop().await;
    if let Some(feeder) = feeder {
        feeder.await?;
    }
    tracing::info!("stopped");
    Ok(())
}

/// What answers where the index cannot, if the configuration names it.
fn fallback(config: &Config) -> anyhow::Result<Option<Box<dyn SearchBackend>>> {
    let Some(url) = &config.postgres else { return Ok(None) };
    Ok(Some(Box::new(PostgresBackend::new(url)?)))
}

/// The one line that scripts wait for.
fn announce(scheme: &str, address: std::net::SocketAddr) -> std::io::Result<()> {
    use std::io::Write;
    let mut stdout = std::io::stdout().lock();
    writeln!(stdout, "listening on {scheme}://{address}")?;
    stdout.flush()
}
