//! `search-server keys`: the keys of a data directory, whether a server runs on it or not.

use std::io::{Write, stdout};

use search_core::DataDir;
use secrecy::ExposeSecret;
use serde_json::json;

use crate::access::{Key, KeyRequest, KeyRing};
use crate::cli::{CreateKeyArgs, KeysArgs, KeysCommand, ListKeysArgs, RevokeKeyArgs};

/// Does what the command line says.
pub(crate) fn run(args: KeysArgs) -> anyhow::Result<()> {
    match args.command {
        KeysCommand::Create(args) => create(args),
        KeysCommand::List(args) => list(&args),
        KeysCommand::Revoke(args) => revoke(&args),
    }
}

/// The secret alone goes to standard output, so that a script can take it from there.
fn create(args: CreateKeyArgs) -> anyhow::Result<()> {
    let data_dir = DataDir::create(args.data_dir)?;
    let request = KeyRequest {
        name: args.name,
        scope: args.scope,
        catalogs: (!args.catalogs.is_empty()).then_some(args.catalogs),
        filter: args.filter,
        expires: args.expires,
    };
    let (secret, key) = KeyRing::of(data_dir.path())?.create(request)?;
    if args.json {
        writeln!(stdout(), "{}", json!({ "secret": secret.expose_secret(), "key": key }))?;
    } else {
        writeln!(stdout(), "{}", secret.expose_secret())?;
        eprintln!("created key {}; keep its secret, it cannot be shown again", key.id);
    }
    Ok(())
}

fn list(args: &ListKeysArgs) -> anyhow::Result<()> {
    let data_dir = DataDir::open(&args.data_dir)?;
    let keys = KeyRing::of(data_dir.path())?.list();
    if args.json {
        writeln!(stdout(), "{}", json!({ "keys": keys }))?;
        return Ok(());
    }
    for key in keys {
        writeln!(stdout(), "{}", line(&key))?;
    }
    Ok(())
}

fn line(key: &Key) -> String {
    let mut line = format!("{}  {:<6}", key.id, key.scope.name());
    match &key.catalogs {
        Some(catalogs) => line.push_str(&format!("  {}", catalogs.join(","))),
        None => line.push_str("  every catalogue"),
    }
    if let Some(filter) = &key.filter {
        line.push_str(&format!("  where {filter}"));
    }
    if let Some(expires) = key.expires {
        line.push_str(&format!("  until {expires}"));
    }
    if let Some(name) = &key.name {
        line.push_str(&format!("  ({name})"));
    }
    line
}

fn revoke(args: &RevokeKeyArgs) -> anyhow::Result<()> {
    let data_dir = DataDir::open(&args.data_dir)?;
    KeyRing::of(data_dir.path())?.revoke(&args.id)?;
    eprintln!("revoked key {}", args.id);
    Ok(())
}
