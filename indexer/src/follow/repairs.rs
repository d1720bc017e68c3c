//! Products that somebody found to be wrong in the index, handed to the follower, which alone may
//! write.
//!
//! The spool is the folder `repairs` of the catalogue. Whoever compares puts a file of its own
//! there with [`hand_over`], one `_id` in each line, written as in a stored document. The follower
//! looks into the folder every [`REPAIRS_LOOK_EVERY`], reads these documents again as if they had
//! just changed, and **removes the file once that is committed**: when the file is gone, it is done
//! and visible (to other processes after their next refresh). Files that nobody has taken wait for
//! the next follower; reading a document again is never wrong.
//!
//! [`REPAIRS_LOOK_EVERY`]: crate::limits::REPAIRS_LOOK_EVERY

use std::fs::{self, File};
use std::io::{self, BufRead, BufReader, Write};
use std::path::{Path, PathBuf};

use bson::Bson;
use tempfile::NamedTempFile;

use crate::folder::entries;
use crate::limits::MAX_REPAIRS;
use crate::mongo::id_value;

const FOLDER: &str = "repairs";
const EXTENSION: &str = "jsonl";

/// Puts `_id`s into the spool of a catalogue, each as the text that stands in a stored document;
/// gives the file that is gone once they are repaired.
///
/// # Errors
/// When there are more than [`MAX_REPAIRS`], or the file cannot be written.
pub fn hand_over<'a>(
    data_dir: &Path,
    catalog: &str,
    ids: impl IntoIterator<Item = &'a str>,
) -> io::Result<PathBuf> {
    let folder = data_dir.join(catalog).join(FOLDER);
    fs::create_dir_all(&folder)?;
    let mut aside = tempfile::Builder::new().suffix(".tmp").tempfile_in(&folder)?;
    let mut handed = 0;
    for id in ids {
        writeln!(aside, "{id}")?;
        handed += 1;
    }
    if handed > MAX_REPAIRS {
        let text = format!("expected at most {MAX_REPAIRS} ids to repair at once, got {handed}");
        return Err(io::Error::new(io::ErrorKind::InvalidInput, text));
    }
    let path = aside.path().with_extension(EXTENSION);
    keep(aside, &path)?;
    Ok(path)
}

fn keep(aside: NamedTempFile, path: &Path) -> io::Result<()> {
    aside.as_file().sync_all()?;
    aside.persist(path)?;
    Ok(())
}

/// Files of the spool that `taken` does not name yet, with the `_id`s in them.
pub(super) fn waiting(
    data_dir: &Path,
    catalog: &str,
    taken: impl Fn(&Path) -> bool,
) -> io::Result<Vec<(PathBuf, Vec<Bson>)>> {
    let mut files = Vec::new();
    for path in entries(&data_dir.join(catalog).join(FOLDER))? {
        if path.extension().is_some_and(|extension| extension == EXTENSION) && !taken(&path) {
            let ids = read(&path)?;
            files.push((path, ids));
        }
    }
    Ok(files)
}

/// Lines that are no `_id` name no document: there is nothing to repair.
fn read(path: &Path) -> io::Result<Vec<Bson>> {
    let lines = BufReader::new(File::open(path)?).lines().take(MAX_REPAIRS);
    lines.filter_map(|line| line.map(|line| id_value(&line).ok()).transpose()).collect()
}

#[cfg(test)]
mod tests {
    use bson::oid::ObjectId;

    use super::*;

    #[test]
    fn what_is_handed_over_waits_until_it_is_removed() -> anyhow::Result<()> {
        let dir = tempfile::tempdir()?;
        let none = |_: &Path| false;
        assert!(waiting(dir.path(), "shop", none)?.is_empty());
        let oid = ObjectId::from_bytes([1; 12]);
        let texts = [format!("{{\"$oid\":\"{oid}\"}}"), "7".to_owned(), "\"a\"".to_owned()];
        let path = hand_over(dir.path(), "shop", texts.iter().map(String::as_str))?;
        let found = waiting(dir.path(), "shop", none)?;
        assert_eq!(found, [(path.clone(), vec![oid.into(), 7.into(), "a".into()])]);
        assert!(waiting(dir.path(), "shop", |taken| taken == path)?.is_empty());
        assert!(waiting(dir.path(), "socks", none)?.is_empty());
        Ok(())
    }
}
