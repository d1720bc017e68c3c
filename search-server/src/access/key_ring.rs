//! The running set of keys: read again when its file changes, refused whole when that is at fault.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use arc_swap::ArcSwapOption;
use jiff::Timestamp;
use secrecy::SecretString;

use super::key::{Key, KeyHash, KeyRequest, StoredKey};
use super::key_file::{KeyError, KeyFile, Stamp};
use super::key_file_of;
use crate::limits::MAX_KEYS;

/// The keys that open a server. As long as none was ever created, everybody may do everything;
/// from the first one on a key is needed, even when all have been revoked.
#[derive(Debug, Default)]
pub struct KeyRing {
    /// Absent: the keys are kept in memory.
    file: Option<KeyFile>,
    running: ArcSwapOption<Running>,
    seen: Mutex<Seen>,
}

/// The keys by their ids.
type Running = BTreeMap<String, Held>;

#[derive(Debug, Clone)]
struct Held {
    key: Arc<Key>,
    hash: KeyHash,
}

impl Held {
    fn stored(&self) -> StoredKey {
        StoredKey { key: Key::clone(&self.key), sha256: self.hash.clone() }
    }
}

/// The last look at the file.
#[derive(Debug, Default)]
struct Seen {
    stamp: Option<Stamp>,
    fault: Option<String>,
}

/// Why a secret opens nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Refused {
    /// No key has it.
    Unknown,
    /// The key's time is over.
    Expired,
}

impl KeyRing {
    /// The keys of a data directory.
    ///
    /// # Errors
    /// When their file is there and cannot be read.
    pub fn of(data_dir: &Path) -> Result<Self, KeyError> {
        let ring = Self { file: Some(KeyFile::new(key_file_of(data_dir))), ..Self::default() };
        ring.seen(|seen| ring.read(seen))?;
        Ok(ring)
    }

    /// Whether a key is needed.
    pub fn is_needed(&self) -> bool {
        self.running.load().is_some()
    }

    /// The key that has this secret.
    pub(crate) fn open(&self, secret: &str, now: Timestamp) -> Result<Arc<Key>, Refused> {
        let hash = KeyHash::of(secret);
        let running = self.running.load();
        let held = running.as_ref().and_then(|keys| keys.get(&hash.id()));
        match held.filter(|held| held.hash.is(&hash)) {
            None => Err(Refused::Unknown),
            Some(held) if held.key.has_expired(now) => Err(Refused::Expired),
            Some(held) => Ok(Arc::clone(&held.key)),
        }
    }

    /// All keys, the oldest first.
    pub fn list(&self) -> Vec<Key> {
        let running = self.running.load();
        let held = running.as_ref().map(|keys| keys.values());
        let mut keys: Vec<_> =
            held.into_iter().flatten().map(|held| Key::clone(&held.key)).collect();
        keys.sort_by(|a, b| a.created.cmp(&b.created).then_with(|| a.id.cmp(&b.id)));
        keys
    }

    /// Creates a key. Its secret is not kept: this is the one time that it can be read.
    ///
    /// # Errors
    /// When the request is at fault, with the member, or the file cannot be changed.
    pub fn create(&self, request: KeyRequest) -> Result<(SecretString, Key), KeyError> {
        self.create_at(request, Timestamp::now())
    }

    /// Creates a key as of this moment.
    pub(crate) fn create_at(
        &self,
        request: KeyRequest,
        now: Timestamp,
    ) -> Result<(SecretString, Key), KeyError> {
        let (secret, stored) = request.create(now)?;
        let key = stored.key.clone();
        self.change(|keys| {
            if keys.len() >= MAX_KEYS {
                return Err(KeyError::TooMany);
            }
            keys.push(stored);
            Ok(())
        })?;
        Ok((secret, key))
    }

    /// Revokes a key: it opens nothing from now on.
    ///
    /// # Errors
    /// When there is no such key, or the file cannot be changed.
    pub fn revoke(&self, id: &str) -> Result<(), KeyError> {
        self.change(|keys| match keys.iter().position(|stored| stored.key.id == id) {
            Some(place) => {
                keys.remove(place);
                Ok(())
            }
            None => Err(KeyError::NoSuchKey { id: id.to_owned() }),
        })
    }

    fn change(
        &self,
        change: impl FnOnce(&mut Vec<StoredKey>) -> Result<(), KeyError>,
    ) -> Result<(), KeyError> {
        self.seen(|seen| {
            let keys = match &self.file {
                Some(file) => {
                    let ((), stored) = file.change(|stored| change(&mut stored.keys))?;
                    seen.stamp = None;
                    stored.keys
                }
                None => {
                    let running = self.running.load();
                    let held = running.iter().flat_map(|keys| keys.values());
                    let mut keys: Vec<_> = held.map(Held::stored).collect();
                    change(&mut keys)?;
                    keys
                }
            };
            self.put_to_use(keys);
            Ok(())
        })
    }

    /// Puts the file to use if it has changed since the last look; while it is at fault or gone
    /// the running keys stay. Each fault is logged once.
    pub(crate) fn look(&self) {
        self.seen(|seen| {
            let fault = self.read(seen).err().map(|error| error.to_string());
            if fault != seen.fault
                && let Some(fault) = &fault
            {
                tracing::error!(%fault, "keeps the keys that it has");
            }
            seen.fault = fault;
        });
    }

    fn read(&self, seen: &mut Seen) -> Result<(), KeyError> {
        let Some(file) = &self.file else { return Ok(()) };
        let stamp = file.stamp()?;
        let gone = || file.damaged("it is gone".to_owned());
        if stamp.is_none() {
            seen.stamp = None;
            return if self.is_needed() { Err(gone()) } else { Ok(()) };
        }
        if stamp == seen.stamp {
            return Ok(());
        }
        let stored = file.read()?.ok_or_else(gone)?;
        // A faulty file is read again with every look: that it stays at fault must be known.
        seen.stamp = stamp;
        tracing::info!(keys = stored.keys.len(), version = stored.version, "uses the keys");
        self.put_to_use(stored.keys);
        Ok(())
    }

    fn put_to_use(&self, keys: Vec<StoredKey>) {
        let held = keys.into_iter().map(|stored| {
            (stored.key.id.clone(), Held { key: Arc::new(stored.key), hash: stored.sha256 })
        });
        self.running.store(Some(Arc::new(held.collect())));
    }

    /// One look or change at a time.
    fn seen<T>(&self, work: impl FnOnce(&mut Seen) -> T) -> T {
        work(&mut self.seen.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
