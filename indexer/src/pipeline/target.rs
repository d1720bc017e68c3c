//! Where documents go.

use search_core::{Checkpoint, Commit, Engine, EngineError, GenerationBuilder, Writer};

/// Where documents go.
#[derive(Debug)]
pub enum Target {
    /// Into a new generation that is switched in at the end.
    Generation {
        /// The new generation.
        builder: GenerationBuilder,
        /// Positions of the generation before that hold for the new one too.
        kept: Checkpoint,
    },
    /// Into the current generation, commit by commit.
    Current {
        /// Its engine.
        engine: Engine,
        /// Its writer.
        writer: Writer,
        /// Products after which it commits, at the latest.
        commit_every: u64,
    },
}

impl Target {
    pub(super) fn writer(&mut self) -> &mut Writer {
        match self {
            Self::Generation { builder, .. } => builder.writer(),
            Self::Current { writer, .. } => writer,
        }
    }

    /// The positions that hold already.
    pub(super) fn checkpoint(&self) -> Checkpoint {
        match self {
            Self::Generation { kept, .. } => kept.clone(),
            Self::Current { writer, .. } => writer.checkpoint().clone(),
        }
    }

    pub(super) fn generation(&self) -> u64 {
        match self {
            Self::Generation { builder, .. } => builder.number(),
            Self::Current { engine, .. } => engine.generation(),
        }
    }

    /// Products after which to commit; a new generation has one commit, at its end.
    pub(super) fn commit_every(&self) -> Option<u64> {
        match self {
            Self::Generation { .. } => None,
            Self::Current { commit_every, .. } => Some(*commit_every),
        }
    }

    pub(super) fn is_new_generation(&self) -> bool {
        matches!(self, Self::Generation { .. })
    }

    /// The last commit; a new generation is switched in by it.
    pub(super) fn finish(self, checkpoint: &Checkpoint) -> Result<Commit, EngineError> {
        match self {
            Self::Generation { builder, .. } => builder.publish(checkpoint),
            Self::Current { mut writer, .. } => writer.commit(checkpoint),
        }
    }
}
