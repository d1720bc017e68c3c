//! How far a job is: a bar on a terminal, plain lines elsewhere. Always on standard error, so that
//! standard output stays for results.

use std::fmt;
use std::io::{self, Write};
use std::time::{Duration, Instant};

use indicatif::{HumanCount, HumanDuration, ProgressBar, ProgressStyle};

use crate::limits::PROGRESS_LINE_EVERY;

const REDRAW_EVERY: Duration = Duration::from_millis(200);

/// Shows how far a job is. Positions are in the unit of the total: bytes of the input or
/// documents.
#[derive(Debug)]
pub struct Progress {
    bar: ProgressBar,
    total: Option<u64>,
    started: Instant,
    last_line: Instant,
}

impl Progress {
    /// Begins to show a job; without a total there is no time left to tell.
    pub fn start(total: Option<u64>) -> Self {
        let bar = total.map_or_else(ProgressBar::new_spinner, ProgressBar::new);
        let template = match total {
            Some(_) => "{percent:>3}% [{bar:40}] {msg}, {eta} left",
            None => "{spinner} {msg}, {elapsed}",
        };
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style.progress_chars("=> "));
        }
        if !bar.is_hidden() {
            bar.enable_steady_tick(REDRAW_EVERY);
        }
        let now = Instant::now();
        Self { bar, total, started: now, last_line: now }
    }

    /// Tells where the job is.
    pub fn update(&mut self, position: u64, products: u64) {
        let state = Rate { products, elapsed: self.started.elapsed() };
        if !self.bar.is_hidden() {
            self.bar.set_position(position);
            self.bar.set_message(state.to_string());
        } else if self.last_line.elapsed() >= PROGRESS_LINE_EVERY {
            self.last_line = Instant::now();
            match self.total.filter(|total| *total > 0) {
                Some(total) => {
                    let done = (position as f64 / total as f64).min(1.0);
                    let left = state.elapsed.as_secs_f64() * (1.0 - done) / done.max(1e-6);
                    let left = HumanDuration(Duration::from_secs_f64(left));
                    say(format_args!("{:.0}%, {state}, {left} left", done * 100.0));
                }
                None => say(format_args!("{state}")),
            }
        }
    }

    /// Says a line that stays, above the bar if there is one.
    pub fn note(&self, text: fmt::Arguments<'_>) {
        self.bar.suspend(|| say(text));
    }

    /// Takes the bar away.
    pub fn finish(&self) {
        self.bar.finish_and_clear();
    }

    /// The time since the start.
    pub fn elapsed(&self) -> Duration {
        self.started.elapsed()
    }
}

/// Writes a line to standard error; nobody listening is no reason to stop the work.
pub fn say(text: fmt::Arguments<'_>) {
    let _ = writeln!(io::stderr(), "{text}");
}

struct Rate {
    products: u64,
    elapsed: Duration,
}

impl fmt::Display for Rate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let per_second = self.products as f64 / self.elapsed.as_secs_f64().max(1e-3);
        let (products, rate) = (HumanCount(self.products), HumanCount(per_second as u64));
        write!(f, "{products} products, {rate}/s")
    }
}
