//! How good the answers are, measured on rated queries, so that a change is kept only when it
//! helps.
//!
//! ```text
//!  ratings ──▶ run ───────────────────▶ report ──────────▶ comparison
//!  queries     every query asked once   judged by the      with another report:
//!  and grades  of a backend             metrics            is the difference real?
//! ```
//!
//! A report as JSON holds the run that it judges, so it can be judged again later and compared
//! with, whatever became of the index. `settings` is what is asked beside the query, `backend` who
//! answers: an engine in this process or a `server`. `misspell` makes the typos that `run` can ask
//! with as well, `table` prints.

mod backend;
mod comparison;
mod error;
mod metrics;
mod misspell;
mod ratings;
mod report;
mod run;
mod server;
mod settings;
mod table;
#[cfg(test)]
mod tests;

pub use self::backend::{Backend, Location};
pub use self::comparison::{Change, Comparison, Difference, Verdict};
pub use self::error::{EvaluateError, SearchError};
pub use self::metrics::{Quality, RECALL_DEPTH};
pub use self::ratings::{RatedQuery, Ratings};
pub use self::report::{Judged, JudgedQuery, Latency, Misspelt, Report, Summary, Unanswerable};
pub use self::run::{Answer, Asked, Run};
pub use self::settings::{Settings, SettingsError};
