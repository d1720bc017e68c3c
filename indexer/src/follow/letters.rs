//! The documents of a followed collection that cannot be indexed: one letter for each id, until a
//! good version of the document comes or the document goes.

use std::collections::{BTreeMap, HashSet};
use std::fs::{self, File, OpenOptions};
use std::io::{self, BufRead, BufReader, BufWriter, Write};
use std::path::{Path, PathBuf};

use serde::Deserialize;
use tempfile::NamedTempFile;

use crate::dead_letters::{DeadLetter, followed};
use crate::limits::LETTER_BYTES;

/// The dead letters of a followed collection.
#[derive(Debug)]
pub(super) struct Letters {
    /// `None`: nobody wants them.
    path: Option<PathBuf>,
    /// The ids in the file.
    ids: HashSet<String>,
    /// What becomes of ids at the next [`sync`](Letters::sync): their letter, or none.
    changed: BTreeMap<String, Option<String>>,
    /// What the letters in there take.
    bytes: usize,
}

#[derive(Deserialize)]
struct Filed {
    id: String,
}

impl Letters {
    /// The letters of a catalogue, those of earlier runs included.
    pub(super) fn open(data_dir: &Path, catalog: &str) -> io::Result<Self> {
        let path = followed(data_dir, catalog);
        let mut ids = HashSet::new();
        each_line(&path, |line| {
            if let Ok(Filed { id }) = serde_json::from_str(line) {
                ids.insert(id);
            }
            Ok(())
        })?;
        Ok(Self { path: Some(path), ids, changed: BTreeMap::new(), bytes: 0 })
    }

    /// Letters that somebody else writes already.
    pub(super) fn unwritten() -> Self {
        Self { path: None, ids: HashSet::new(), changed: BTreeMap::new(), bytes: 0 }
    }

    /// Puts a letter in the place of the one that this id may have.
    pub(super) fn bury(&mut self, id: &str, letter: &DeadLetter<'_>) -> io::Result<()> {
        if self.path.is_none() {
            return Ok(());
        }
        let letter = serde_json::to_string(letter)?;
        self.bytes += letter.len();
        self.changed.insert(id.to_owned(), Some(letter));
        // Where nothing can be indexed there are as many letters as documents.
        if self.bytes > LETTER_BYTES { self.sync() } else { Ok(()) }
    }

    /// Takes the letter of an id away: its document is indexed, or gone.
    pub(super) fn raise(&mut self, id: &str) {
        if self.ids.contains(id) {
            self.changed.insert(id.to_owned(), None);
        } else if !self.changed.is_empty() {
            self.changed.remove(id);
        }
    }

    /// Takes all letters away, before everything is read again.
    pub(super) fn clear(&mut self) -> io::Result<()> {
        self.ids.clear();
        self.changed.clear();
        let Some(path) = &self.path else { return Ok(()) };
        match fs::remove_file(path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }

    /// Where they are; `None`: nobody wants them.
    pub(super) fn path(&self) -> Option<&Path> {
        self.path.as_deref()
    }

    /// How many letters there are.
    pub(super) fn len(&self) -> usize {
        self.ids.len()
    }

    /// Makes every change durable; due before the commit that moves past it.
    pub(super) fn sync(&mut self) -> io::Result<()> {
        self.bytes = 0;
        let Some(path) = self.path.as_deref().filter(|_| !self.changed.is_empty()) else {
            return Ok(());
        };
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)?;
        }
        if self.changed.iter().all(|(id, letter)| letter.is_some() && !self.ids.contains(id)) {
            self.append(path)?;
        } else {
            self.rewrite(path)?;
        }
        for (id, letter) in std::mem::take(&mut self.changed) {
            match letter {
                Some(_) => self.ids.insert(id),
                None => self.ids.remove(&id),
            };
        }
        Ok(())
    }

    fn append(&self, path: &Path) -> io::Result<()> {
        let file = OpenOptions::new().create(true).append(true).open(path)?;
        let mut file = BufWriter::new(file);
        self.write_changed(&mut file)?;
        file.into_inner()?.sync_data()
    }

    fn rewrite(&self, path: &Path) -> io::Result<()> {
        let folder = path.parent().unwrap_or(Path::new("."));
        let mut aside = NamedTempFile::new_in(folder)?;
        let mut kept = BufWriter::new(&mut aside);
        each_line(path, |line| match serde_json::from_str(line) {
            Ok(Filed { id }) if self.changed.contains_key(&id) => Ok(()),
            // A crash may have cut the last line: its change comes again.
            Ok(_) => writeln!(kept, "{line}"),
            Err(_) => Ok(()),
        })?;
        self.write_changed(&mut kept)?;
        kept.flush()?;
        drop(kept);
        aside.as_file().sync_data()?;
        aside.persist(path)?;
        Ok(())
    }

    fn write_changed(&self, to: &mut impl Write) -> io::Result<()> {
        self.changed.values().flatten().try_for_each(|letter| writeln!(to, "{letter}"))
    }
}

fn each_line(path: &Path, mut see: impl FnMut(&str) -> io::Result<()>) -> io::Result<()> {
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(error),
    };
    for line in BufReader::new(file).lines() {
        see(&line?)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dead_letters::{Place, left_by_runs};

    fn letter<'a>(id: &'a str, reason: &'a str) -> DeadLetter<'a> {
        DeadLetter::new("mongodb:shop.products", Place::Position(7), Some(id), reason, b"{}")
    }

    #[test]
    fn an_id_has_one_letter_until_it_is_raised() -> anyhow::Result<()> {
        let dir = tempfile::tempdir()?;
        let count = |catalog| -> anyhow::Result<u64> {
            Ok(left_by_runs(dir.path(), catalog)?.iter().map(|file| file.documents).sum())
        };
        let mut letters = Letters::open(dir.path(), "shop")?;
        letters.raise("never buried");
        letters.sync()?;
        assert_eq!(count("shop")?, 0);
        for (id, reason) in [("a", "too bad"), ("b", "bad"), ("a", "worse"), ("c", "odd")] {
            letters.bury(id, &letter(id, reason))?;
        }
        letters.raise("c");
        letters.sync()?;
        letters.bury("b", &letter("b", "still bad"))?;
        letters.sync()?;
        assert_eq!((letters.len(), count("shop")?), (2, 2));

        let mut letters = Letters::open(dir.path(), "shop")?;
        assert_eq!(letters.len(), 2);
        letters.raise("a");
        letters.sync()?;
        let text = fs::read_to_string(followed(dir.path(), "shop"))?;
        assert!(text.contains("still bad") && text.lines().count() == 1, "{text}");
        assert_eq!(count("shop-old")?, 0);
        letters.clear()?;
        assert_eq!((letters.len(), count("shop")?), (0, 0));
        Ok(())
    }
}
