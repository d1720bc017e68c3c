//! Who may ask for what, and how often: keys, rate limits, addresses behind proxies, origins.
//!
//! `key` is one key, `key_file` where all of them are kept, `key_ring` the running set, `caller`
//! who is behind a request. The layer that asks all of this is `http::guard`.

mod address;
mod caller;
mod key;
mod key_file;
mod key_ring;
mod origins;
mod rates;

use std::path::PathBuf;

pub(crate) use self::address::{Peer, TrustedProxies};
pub(crate) use self::caller::Caller;
pub use self::key::{Key, KeyRequest, Scope};
pub use self::key_file::KeyError;
pub use self::key_ring::KeyRing;
pub(crate) use self::key_ring::Refused;
pub use self::origins::Origin;
pub(crate) use self::origins::Origins;
pub(crate) use self::rates::{Allowance, Exhausted, Rate, RateLimits};

/// Where a data directory keeps its keys.
const KEY_FILE: &str = "keys.json";

/// Everything that is asked before a request reaches its route.
#[derive(Debug, Default)]
pub(crate) struct Access {
    /// The keys that open this server.
    pub keys: KeyRing,
    /// How often callers may ask.
    pub rates: RateLimits,
    /// Whose word on a caller's address is taken.
    pub proxies: TrustedProxies,
    /// The pages of others that may ask from a browser.
    pub origins: Origins,
}

/// The file of a data directory's keys.
pub(crate) fn key_file_of(data_dir: &std::path::Path) -> PathBuf {
    data_dir.join(KEY_FILE)
}
