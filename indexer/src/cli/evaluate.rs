//! `indexer evaluate`

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use anyhow::ensure;
use clap::Args;
use clap::builder::RangedU64ValueParser;
use search_core::limits::MAX_PAGE_SIZE;

use super::output::{print, print_json};
use crate::evaluate::{
    Backend, Comparison, Location, RECALL_DEPTH, Ratings, Report, Run, Settings, SettingsError,
};
use crate::exit::Exit;
use crate::limits::MAX_TYPO_SEEDS;
use crate::progress::say;

/// Measures how good the answers to rated queries are.
///
/// The metrics are nDCG, condensed nDCG (unrated results removed), MRR, recall@100, the judged
/// share, the share of empty answers and latency. Queries without a relevant product are reported
/// apart.
#[derive(Debug, Args)]
pub(super) struct EvaluateArgs {
    #[command(flatten)]
    place: EvaluatedPlace,
    /// The catalogue, where there are several
    #[arg(long, visible_alias = "catalog")]
    name: Option<String>,
    /// Queries: id <TAB> words
    #[arg(long, value_name = "TSV")]
    queries: PathBuf,
    /// Ratings: query id <TAB> product id <TAB> grade, or the four columns of TREC
    #[arg(long, value_name = "TSV")]
    qrels: PathBuf,
    /// Look at so many of the first results
    #[arg(long, value_name = "K", default_value_t = 10,
          value_parser = RangedU64ValueParser::<usize>::new().range(1..=MAX_PAGE_SIZE as u64))]
    at: usize,
    /// Keys of the search request, such as '{"typos": false}'
    #[arg(long, value_name = "JSON", default_value = "{}")]
    request: Settings,
    /// Ask each query with one random edit in a word of four letters or more too, so many times
    #[arg(long, value_name = "TIMES", default_value_t = 0,
          value_parser = RangedU64ValueParser::<u64>::new().range(..=MAX_TYPO_SEEDS))]
    typos: u64,
    /// Tell whether this is better than OTHER: a data directory, the URL of a server, a report
    /// saved from --json, or keys of the search request as JSON
    #[arg(long, value_name = "OTHER")]
    compare: Option<Other>,
    /// The catalogue to compare with, where its name is another
    #[arg(long, value_name = "NAME")]
    compare_name: Option<String>,
    /// Print JSON, with all results of each query
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
struct EvaluatedPlace {
    /// The data directory
    #[arg(long, value_name = "D")]
    data_dir: Option<PathBuf>,
    /// The URL of a server
    #[arg(long, value_name = "URL")]
    server: Option<String>,
}

/// What to compare with.
#[derive(Debug, Clone)]
enum Other {
    Request(Settings),
    Server(String),
    /// A data directory or a saved report.
    Path(PathBuf),
}

impl EvaluateArgs {
    pub(super) fn run(self) -> anyhow::Result<Exit> {
        let ratings = Ratings::load(&self.queries, &self.qrels)?;
        if ratings.unused > 0 {
            let (unused, file) = (ratings.unused, self.queries.display());
            say(format_args!("{unused} ratings are of queries that are not in {file}"));
        }
        let other = self.other_run(&ratings)?;
        let run = self.ask(&ratings, &self.place(), self.name.as_deref(), &self.request)?;
        let mut report = Report::judge(run, &ratings, self.at);
        if let Some((run, name)) = other {
            let other = Report::judge(run, &ratings, self.at);
            report.comparison = Some(Comparison::between(&report, &other, name));
        }
        if self.json {
            print_json(&report)?;
        } else {
            print(&report)?;
        }
        Ok(Exit::Done)
    }

    fn place(&self) -> Location {
        let EvaluatedPlace { data_dir, server } = &self.place;
        match server {
            Some(url) => Location::Server(url.clone()),
            None => Location::DataDir(data_dir.clone().unwrap_or_default()),
        }
    }

    fn depth(&self) -> usize {
        self.at.max(RECALL_DEPTH)
    }

    fn ask(
        &self,
        ratings: &Ratings,
        location: &Location,
        name: Option<&str>,
        settings: &Settings,
    ) -> anyhow::Result<Run> {
        let backend = Backend::open(location, name)?;
        Ok(Run::of(&backend, settings, ratings, self.depth(), self.typos)?)
    }

    /// The run to compare with and what to call it.
    fn other_run(&self, ratings: &Ratings) -> anyhow::Result<Option<(Run, String)>> {
        let (mut location, mut settings) = (self.place(), &self.request);
        match &self.compare {
            None if self.compare_name.is_none() => return Ok(None),
            None => {}
            Some(Other::Request(request)) => settings = request,
            Some(Other::Server(url)) => location = Location::Server(url.clone()),
            Some(Other::Path(path)) if path.is_dir() => location = Location::DataDir(path.clone()),
            Some(Other::Path(file)) => {
                ensure!(
                    self.compare_name.is_none(),
                    "{} is no data directory, so --compare-name has no meaning",
                    file.display()
                );
                let run = Run::load(file, ratings, self.depth())?;
                return Ok(Some((run, file.display().to_string())));
            }
        }
        let name = self.compare_name.as_deref().or(self.name.as_deref());
        let run = self.ask(ratings, &location, name, settings)?;
        let places = self.compare.iter().map(Other::to_string);
        let words: Vec<_> = places.chain(self.compare_name.clone()).collect();
        Ok(Some((run, words.join(" "))))
    }
}

impl FromStr for Other {
    type Err = SettingsError;

    fn from_str(text: &str) -> Result<Self, SettingsError> {
        if text.trim_start().starts_with('{') {
            text.parse().map(Self::Request)
        } else if text.contains("://") {
            Ok(Self::Server(text.to_owned()))
        } else {
            Ok(Self::Path(text.into()))
        }
    }
}

impl fmt::Display for Other {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Request(settings) => write!(f, "{settings}"),
            Self::Server(url) => f.write_str(url),
            Self::Path(path) => write!(f, "{}", path.display()),
        }
    }
}
