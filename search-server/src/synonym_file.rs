//! Synonyms that are kept in a file: put to use when it changes, refused whole when a line is at
//! fault.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::SystemTime;

use arc_swap::ArcSwapOption;
use search_core::{Engine, Synonyms};

use crate::limits::MAX_SYNONYMS_BYTES;

/// The file of a catalogue's synonyms, and how the last look at it ended.
#[derive(Debug)]
pub(crate) struct SynonymFile {
    path: PathBuf,
    /// When the file that was read last was changed, and how long it was.
    read: Mutex<Option<(SystemTime, u64)>>,
    fault: ArcSwapOption<String>,
}

/// Why a file is not in use.
#[derive(Debug, thiserror::Error)]
enum SynonymFileError {
    #[error("cannot be read: {0}")]
    Unreadable(#[from] std::io::Error),
    #[error("is longer than MAX_SYNONYMS_BYTES = {MAX_SYNONYMS_BYTES}")]
    TooLong,
    #[error("{0}")]
    Engine(#[from] search_core::EngineError),
}

impl SynonymFile {
    pub(crate) fn new(path: PathBuf) -> Self {
        Self { path, read: Mutex::default(), fault: ArcSwapOption::empty() }
    }

    /// Where it is.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Why it is not in use as it stands; the running synonyms stay then.
    pub(crate) fn fault(&self) -> Option<Arc<String>> {
        self.fault.load_full()
    }

    /// Puts the file to use if it has changed since the last look. Each fault is logged once.
    pub(crate) fn look(&self, catalog: &str, engine: &Engine) {
        let Ok(mut read) = self.read.lock() else { return };
        let version = self.version();
        if version.as_ref().is_ok_and(|version| *read == Some(*version)) {
            return;
        }
        // Noted before it is read: what is written meanwhile is a new version.
        *read = version.as_ref().ok().copied();
        let used = version.and_then(|_| self.put_to_use(engine));
        let file = self.path.display();
        match &used {
            Ok(true) => tracing::info!(catalog, %file, "uses the synonyms of the file"),
            Ok(false) => {}
            Err(error) => {
                if matches!(error, SynonymFileError::Unreadable(_)) {
                    *read = None;
                }
                if self.fault().is_none_or(|known| *known != error.to_string()) {
                    tracing::error!(catalog, %file, %error, "keeps the synonyms that it has");
                }
            }
        }
        self.fault.store(used.err().map(|error| Arc::new(error.to_string())));
    }

    fn version(&self) -> Result<(SystemTime, u64), SynonymFileError> {
        let metadata = self.path.metadata()?;
        Ok((metadata.modified()?, metadata.len()))
    }

    /// Whether the file had anything new.
    fn put_to_use(&self, engine: &Engine) -> Result<bool, SynonymFileError> {
        let mut text = String::new();
        let file = File::open(&self.path)?;
        let read = file.take(MAX_SYNONYMS_BYTES as u64 + 1).read_to_string(&mut text)?;
        if read > MAX_SYNONYMS_BYTES {
            return Err(SynonymFileError::TooLong);
        }
        if Synonyms::rules_in(&text).eq(engine.synonyms().iter().map(String::as_str)) {
            return Ok(false);
        }
        let lines: Vec<String> = text.lines().map(str::to_owned).collect();
        engine.set_synonyms(&lines)?;
        Ok(true)
    }
}

#[cfg(test)]
mod tests {
    use search_core::Catalog;

    use super::*;

    #[test]
    fn a_file_is_used_when_it_changes_and_refused_whole_when_it_is_at_fault() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("synonyms.txt");
        let catalog = Catalog::parse("name = 'shop'\n[fields.title]\ntype = 'text'\n").unwrap();
        let engine = Engine::in_memory(catalog).unwrap();
        let file = SynonymFile::new(path.clone());
        // The length tells the versions apart, however coarse the clock of the file system is.
        let look = |text: &str| {
            std::fs::write(&path, text).unwrap();
            file.look("shop", &engine);
            let fault = file.fault().map(|fault| fault.to_string());
            (engine.synonyms().join("; "), fault.unwrap_or_default())
        };
        file.look("shop", &engine);
        let absent = "cannot be read: No such file or directory (os error 2)";
        assert_eq!(*file.fault().unwrap(), absent);
        let running = ("tv, television".to_owned(), String::new());
        assert_eq!(look("# shop\n\ntv, television # and so on\n"), running);
        let version = engine.index_version();
        // The same rules are nothing new.
        assert_eq!(look("# the shop's\ntv, television\n"), running);
        assert_eq!(engine.index_version(), version);
        for (text, fault) in [
            ("tv, television\nsofa =>\n", "line 2: expected terms on both sides of `=>`"),
            ("a, b\n\n\n, c\n", "line 4: expected a term between commas, found nothing"),
            (&"x".repeat(MAX_SYNONYMS_BYTES + 1), "is longer than MAX_SYNONYMS_BYTES = 16777216"),
        ] {
            assert_eq!(look(text), ("tv, television".to_owned(), fault.to_owned()));
        }
        std::fs::remove_file(&path).unwrap();
        file.look("shop", &engine);
        assert_eq!(*file.fault().unwrap(), absent);
        assert_eq!(look("sofa => couch\n"), ("sofa => couch".to_owned(), String::new()));
        // Ten thousand rules, each in a circle with the next.
        let many: String = (0..10_000).map(|n| format!("w{n}, w{}\n", (n + 1) % 10_000)).collect();
        assert_eq!(look(&many).1, "");
        assert_eq!(engine.synonyms().len(), 10_000);
    }
}
