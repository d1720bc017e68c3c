//! Where the documents of an import come from, read on a thread of their own.

use std::sync::mpsc::{Receiver, sync_channel};
use std::thread::{self, JoinHandle};

use search_core::Engine;

use super::error::ImportError;
use crate::limits::QUEUE_CHUNKS;
use crate::source::{CellTypes, Chunk, Chunks, Input, Meter};

/// The sources of an import, in order.
#[derive(Debug)]
pub enum Feed {
    /// Files and standard input.
    Inputs {
        /// The inputs.
        inputs: Vec<Input>,
        /// For each of them the line through which it has been applied before.
        applied: Vec<u64>,
        /// What the cells of CSV files are.
        cells: CellTypes,
    },
    /// The documents that an engine has stored.
    Stored(Engine),
}

pub(super) type Delivery = Result<Chunk, ImportError>;

/// A feed at work.
pub(super) struct RunningFeed {
    pub(super) chunks: Receiver<Delivery>,
    pub(super) meter: Meter,
    thread: JoinHandle<()>,
}

impl Feed {
    /// What each source is called, in dead letters and positions.
    pub(super) fn names(&self) -> Vec<String> {
        let Self::Inputs { inputs, .. } = self else { return vec!["stored documents".to_owned()] };
        let named_alike = |name: &str| inputs.iter().filter(|i| i.file_name() == name).count() > 1;
        inputs
            .iter()
            .map(|input| match input.file_name() {
                name if named_alike(&name) => input.to_string(),
                name => name,
            })
            .collect()
    }

    /// How much there is to read, in bytes of the files or in documents, where that is known.
    pub fn total(&self) -> Option<u64> {
        match self {
            Self::Inputs { inputs, .. } => inputs.iter().map(Input::size).sum(),
            Self::Stored(engine) => Some(engine.product_count()),
        }
    }

    pub(super) fn start(self) -> RunningFeed {
        let (sender, chunks) = sync_channel::<Delivery>(QUEUE_CHUNKS);
        let meter = Meter::default();
        let read = meter.clone();
        // Not a scoped thread: a failed import must not wait for a standard input that nobody
        // closes.
        let thread = thread::spawn(move || {
            let mut deliver = |chunk| sender.send(Ok(chunk)).is_ok();
            if let Err(error) = self.read(&read, &mut deliver) {
                // Nobody there any more: the import has failed already.
                let _ = sender.send(Err(error));
            }
        });
        RunningFeed { chunks, meter, thread }
    }

    fn read(
        self,
        meter: &Meter,
        deliver: &mut dyn FnMut(Chunk) -> bool,
    ) -> Result<(), ImportError> {
        match self {
            Self::Inputs { inputs, applied, cells } => {
                for (source, (input, applied)) in inputs.iter().zip(applied).enumerate() {
                    let chunks = Chunks::new(source, deliver).skip_through(applied);
                    input.read(&cells, meter, chunks)?;
                }
            }
            Self::Stored(engine) => {
                let mut chunks = Chunks::new(0, deliver);
                for (ordinal, document) in (1..).zip(engine.documents()) {
                    let document = document?;
                    meter.add(1);
                    if !chunks.push(ordinal, document.as_bytes()) {
                        return Ok(());
                    }
                }
                chunks.finish();
            }
        }
        Ok(())
    }
}

impl RunningFeed {
    /// Waits for the thread after the last chunk.
    pub(super) fn join(self) -> Result<(), ImportError> {
        self.thread.join().map_err(|_| ImportError::FeedDied)
    }
}
