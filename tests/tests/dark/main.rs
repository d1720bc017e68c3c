//! Never dark: whatever happens to the index under load, every search has an answer or a clear
//! refusal in its time. Needs a server with points of failure (`--features search-server/failpoints`).

mod index;
mod load;
mod overload;
mod postgres;
mod removed;

use std::sync::{Mutex, MutexGuard, PoisonError};

use aisle_tests::Server;
use anyhow::{Result, ensure};
use serde_json::{Value, json};

/// Each test loads the machine: one after another.
fn alone() -> MutexGuard<'static, ()> {
    static ONE: Mutex<()> = Mutex::new(());
    ONE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A search that no other number makes: no cache has its page.
fn search(number: usize) -> Value {
    json!({ "q": "tent", "limit": 1 + number % 20, "offset": number / 20 })
}

/// What happens from now on when the index of a catalogue is asked.
fn index_is(server: &Server, catalog: &str, actions: &str) -> Result<()> {
    let path = format!("/failpoints/index.{catalog}");
    let set = server.send("PUT", &path, "text/plain", actions.to_owned())?;
    ensure!(
        set.status == 204,
        "the server has no points of failure unless built by \
         `cargo build -p search-server -p indexer --features search-server/failpoints`: {set:#?}"
    );
    Ok(())
}
