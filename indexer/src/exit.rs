//! How a command ended, as a script sees it.

use std::process::ExitCode;

use search_core::EngineError;

use crate::pipeline::ImportError;

/// The end of a command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// Everything was done.
    Done,
    /// Nothing, or not everything, was done; or what was compared is different.
    Failed,
    /// It could not be told whether what was compared is equal.
    CouldNotTell,
    /// Done, but some documents went to the dead letters.
    DeadLetters,
    /// Another writer holds the data directory.
    Held,
    /// The arguments are wrong.
    Usage,
}

impl Exit {
    /// The number the shell gets.
    pub const fn code(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::Failed => 1,
            Self::CouldNotTell => 2,
            Self::DeadLetters => 3,
            Self::Held => 4,
            Self::Usage => 64,
        }
    }

    /// The end that an error means.
    pub fn of(error: &anyhow::Error) -> Self {
        let engine_error = match error.downcast_ref::<ImportError>() {
            Some(ImportError::Engine(error)) => Some(error),
            _ => error.downcast_ref::<EngineError>(),
        };
        match engine_error {
            Some(EngineError::Locked { .. }) => Self::Held,
            _ => Self::Failed,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        exit.code().into()
    }
}
