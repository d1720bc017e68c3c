//! Logs to stderr. An error is something that an operator must look at, a warning something that
//! may become one; info tells the life of the process, debug single requests.

use std::io::{IsTerminal, stderr};

use tracing_subscriber::EnvFilter;
use tracing_subscriber::filter::LevelFilter;

use crate::cli::LogFormat;

/// Starts logging; `RUST_LOG` chooses what (default: `info`).
pub(crate) fn init(format: LogFormat) -> anyhow::Result<()> {
    let filter =
        EnvFilter::builder().with_default_directive(LevelFilter::INFO.into()).from_env()?;
    let logs = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(stderr)
        // Those go to stderr too, by a macro that panics where nothing can be written: a log on a
        // full disk would fail every request that has something to log.
        .log_internal_errors(false)
        .with_ansi(stderr().is_terminal());
    let started = match format {
        LogFormat::Text => logs.try_init(),
        LogFormat::Json => logs.json().flatten_event(true).try_init(),
    };
    started.map_err(|error| anyhow::anyhow!("logging cannot start: {error}"))
}
