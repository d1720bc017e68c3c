//! The command line, exactly as it is typed.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::str::FromStr;

use clap::{Args, Parser, Subcommand, ValueEnum};
use indexer::mongo::Namespace;
use serde::Deserialize;

/// Product search over HTTP.
#[derive(Debug, Parser)]
#[command(name = "search-server", version, arg_required_else_help = true)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
    /// How log lines look (default: text); RUST_LOG chooses what is logged.
    #[arg(long, global = true, value_enum)]
    pub log_format: Option<LogFormat>,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Index the bundled sample and serve it with the search page; nothing else is needed.
    Demo(DemoArgs),
    /// Serve every catalogue of a data directory.
    Serve(ServeArgs),
}

/// Arguments of `demo`.
#[derive(Debug, Args)]
pub struct DemoArgs {
    /// Port on the loopback interface; 0 takes any that is free.
    #[arg(long, default_value_t = 7700)]
    pub port: u16,
    /// Keep the index here (default: a temporary directory, removed at the end).
    #[arg(long, value_name = "DIR")]
    pub data_dir: Option<PathBuf>,
}

/// Arguments of `serve`; each overrides its key in the configuration file.
#[derive(Debug, Args)]
pub struct ServeArgs {
    /// The data directory; made where it is missing.
    #[arg(long, value_name = "DIR")]
    pub data_dir: Option<PathBuf>,
    /// A TOML file with the keys data_dir, listen, insecure_listen, page_cache_mb,
    /// segment_cache_mb, threads, log_format, mongodb, follow and the table synonyms.
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// The address to serve on (default: 127.0.0.1:7700); port 0 takes any that is free.
    #[arg(long, value_name = "ADDR")]
    pub listen: Option<SocketAddr>,
    /// Allow an address that other machines can reach: whoever reaches it can read and write.
    #[arg(long)]
    pub insecure_listen: bool,
    /// Memory for whole pages already answered, in MiB (default: 64); 0 turns the cache off.
    #[arg(long, value_name = "N")]
    pub page_cache_mb: Option<u64>,
    /// Memory for merged postings of short prefixes, in MiB (default: 256); 0: off.
    #[arg(long, value_name = "N")]
    pub segment_cache_mb: Option<usize>,
    /// Follow collections of this MongoDB, as `indexer sync` does.
    #[arg(long, value_name = "URI", env = "MONGODB_URI", hide_env_values = true)]
    pub mongodb: Option<String>,
    /// A collection to follow; with --mongodb and --catalog, once for each collection.
    #[arg(long, value_name = "DB.COLL", requires = "catalog")]
    pub namespace: Vec<Namespace>,
    /// The catalogue of the collection.
    #[arg(long, value_name = "FILE", requires = "namespace")]
    pub catalog: Vec<PathBuf>,
    /// Threads that search (default: one for each core).
    #[arg(long, value_name = "N")]
    pub threads: Option<usize>,
    /// Keep the synonyms of a catalogue in this file, which is read again when it changes.
    #[arg(long, value_name = "CATALOG=FILE")]
    pub synonyms: Vec<SynonymsOf>,
}

/// A catalogue and the file of its synonyms.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SynonymsOf {
    /// The catalogue's name.
    pub catalog: String,
    /// The file.
    pub file: PathBuf,
}

impl FromStr for SynonymsOf {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, &'static str> {
        match text.split_once('=') {
            Some((catalog, file)) if !catalog.is_empty() && !file.is_empty() => {
                Ok(Self { catalog: catalog.to_owned(), file: file.into() })
            }
            _ => Err("expected CATALOG=FILE"),
        }
    }
}

/// How a log line looks.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// For people.
    #[default]
    Text,
    /// One JSON object a line.
    Json,
}
