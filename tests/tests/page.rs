//! The search page in a real browser, against the real server.

use std::ffi::OsStr;
use std::path::Path;
use std::process::Command;

use aisle_tests::{Server, root};
use anyhow::{Context, Result, ensure};
use serde_json::json;

#[test]
fn a_shopper_can_use_the_page() -> Result<()> {
    let browser = root().join("tests/browser");
    let install = "run scripts/test, which installs what is missing, or by hand: \
                   apt-get install chromium nodejs npm && npm --prefix tests/browser ci";
    ensure!(
        browser.join("node_modules/playwright-core").is_dir(),
        "tests/browser/node_modules is missing: {install}"
    );
    let chromium = std::env::var("CHROMIUM").unwrap_or_else(|_| "/usr/bin/chromium".to_owned());
    ensure!(
        Path::new(&chromium).exists(),
        "{chromium} is missing: {install}, or name another in CHROMIUM"
    );

    let artifacts = root().join("target/test-artifacts");
    let run = |script: &str, server: &Server, argument: &OsStr| -> Result<()> {
        let mut node = Command::new("node");
        node.current_dir(&browser).args([script, &server.url]).arg(argument);
        let ended = node.output().with_context(|| format!("node is missing: {install}"))?;
        let said = String::from_utf8_lossy(&ended.stdout);
        let faults = String::from_utf8_lossy(&ended.stderr);
        ensure!(
            ended.status.success(),
            "the page has faults, see {}:\n{said}\n{faults}",
            artifacts.display()
        );
        println!("{said}");
        Ok(())
    };
    let server = Server::demo()?;
    run("page.test.mjs", &server, artifacts.as_os_str())?;
    let created = server.post("/v1/keys", &json!({ "scope": "search" }))?.ok()?;
    let secret = created["secret"].as_str().context("no secret")?;
    run("locked.test.mjs", &server, secret.as_ref())
}
