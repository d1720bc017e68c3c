//! Keys by command and by API, beside a running server.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::Stdio;

use aisle_tests::{CATALOG, Ended, Server, import_sample, search_server_command, signal, wait_for};
use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};

/// `search-server keys`, run to its end.
fn keys(data_dir: &Path, command: &str, args: &[&str]) -> Result<Ended> {
    let mut process = search_server_command()?;
    process.args(["keys", command]).args(args).arg("--data-dir").arg(data_dir);
    Ended::of(process.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()?)
}

fn create(data_dir: &Path, args: &[&str]) -> Result<Value> {
    keys(data_dir, "create", &[args, &["--json"]].concat())?.with_code(0)?.json()
}

fn secret(created: &Value) -> Result<&str> {
    created["secret"].as_str().context("no secret")
}

#[test]
fn a_running_server_takes_up_keys_and_lays_them_down() -> Result<()> {
    let dir = tempfile::tempdir()?;
    import_sample(dir.path())?;
    let server = Server::serve(dir.path())?;
    server.get("/v1/catalogs")?.ok()?;

    let admin = create(dir.path(), &["--scope", "admin"])?;
    let admin = secret(&admin)?;
    wait_for("the first key", || Ok((server.get("/v1/catalogs")?.status == 401).then_some(())))?;
    server.with_key(admin, "GET", "/v1/keys")?.ok()?;
    server.get("/healthz")?.ok()?;
    server.get("/readyz")?.ok()?;

    let filter = "brand = \"Bassando\"";
    let args = ["--scope", "search", "--catalog", "products", "--filter", filter];
    let tenant = create(dir.path(), &args)?;
    let search = format!("{CATALOG}/search?facets=brand");
    let page = wait_for("the second key", || {
        let answer = server.with_key(secret(&tenant)?, "GET", &search)?;
        if answer.status == 401 { Ok(None) } else { answer.ok().map(Some) }
    })?;
    let values = page["facets"]["brand"]["values"].as_array().context("no values")?;
    ensure!(values.len() == 1 && values[0]["value"] == "Bassando", "{values:?}");

    let listed = keys(dir.path(), "list", &["--json"])?.with_code(0)?.json()?;
    assert_eq!(listed, server.with_key(admin, "GET", "/v1/keys")?.ok()?);
    let lines = keys(dir.path(), "list", &[])?.with_code(0)?.stdout;
    ensure!(lines.contains("search  products  where brand = \"Bassando\""), "{lines}");

    // By API in one process, by command in another.
    let id = tenant["key"]["id"].as_str().context("no id")?;
    keys(dir.path(), "revoke", &[id])?.with_code(0)?;
    wait_for("the revocation", || {
        Ok((server.with_key(secret(&tenant)?, "GET", &search)?.status == 401).then_some(()))
    })?;
    let again = keys(dir.path(), "revoke", &[id])?.with_code(1)?;
    ensure!(again.stderr.contains("no key has the id"), "{}", again.stderr);
    let wrong = keys(dir.path(), "create", &["--scope", "write", "--filter", filter])?;
    ensure!(wrong.with_code(1)?.stderr.contains("only reads"));
    Ok(())
}

#[test]
fn an_address_that_others_reach_needs_keys() -> Result<()> {
    let dir = tempfile::tempdir()?;
    import_sample(dir.path())?;
    let mut command = search_server_command()?;
    command.args(["serve", "--listen", "0.0.0.0:0", "--data-dir"]).arg(dir.path());
    let refused = Ended::of(command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()?)?;
    let refused = refused.with_code(64)?;
    ensure!(refused.stderr.contains("keys create --scope admin"), "{}", refused.stderr);
    let admin = create(dir.path(), &["--scope", "admin"])?;
    let config = dir.path().join("server.toml");
    std::fs::write(&config, "listen = \"0.0.0.0:0\"\n")?;
    let server = Server::configured(dir.path(), &config)?;
    ensure!(server.address().starts_with("0.0.0.0:"), "{}", server.url);
    server.with_key(secret(&admin)?, "GET", "/v1/catalogs")?.ok()?;
    Ok(())
}

#[test]
fn no_secret_is_logged() -> Result<()> {
    let dir = tempfile::tempdir()?;
    import_sample(dir.path())?;
    let admin = create(dir.path(), &["--scope", "admin"])?;
    let admin = secret(&admin)?;
    let mut command = search_server_command()?;
    command.args(["serve", "--listen", "127.0.0.1:0", "--data-dir"]).arg(dir.path());
    command.env("RUST_LOG", "trace").stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn()?;
    let stderr = child.stderr.take().context("no standard error")?;
    let logged = std::thread::spawn(move || std::io::read_to_string(stderr));
    let mut line = String::new();
    BufReader::new(child.stdout.take().context("no standard output")?).read_line(&mut line)?;
    let url = line.trim().strip_prefix("listening on ").context("no address")?.to_owned();
    let client = reqwest::blocking::Client::new();
    let body = json!({ "scope": "search" }).to_string();
    let create = client.post(format!("{url}/v1/keys")).bearer_auth(admin);
    let answer = create.header("content-type", "application/json").body(body).send()?;
    let created: Value = serde_json::from_str(&answer.text()?)?;
    let wrong = "aisle_wrong-and-nobodys-but-secret-all-the-same";
    ensure!(client.get(format!("{url}/metrics")).bearer_auth(wrong).send()?.status() == 401);
    signal(child.id(), "TERM")?;
    child.wait()?;
    let logged = logged.join().map_err(|_| anyhow::anyhow!("the log was not read"))??;
    ensure!(logged.contains("/v1/keys"), "nothing was logged: {logged}");
    for secret in [admin, secret(&created)?, wrong] {
        let (_, random) = secret.split_once('_').context("no prefix")?;
        ensure!(!logged.contains(random), "{secret} was logged");
    }
    Ok(())
}
