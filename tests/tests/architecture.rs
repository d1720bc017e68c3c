//! Promises about the code itself.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use aisle_tests::root;
use anyhow::{Context, Result, ensure};

/// The files below a directory with one of these extensions, without what others wrote.
fn files(dir: &Path, extensions: &[&str]) -> Result<Vec<PathBuf>> {
    const FOREIGN: [&str; 4] = ["target", "node_modules", ".git", "__pycache__"];
    let mut found = Vec::new();
    for entry in fs::read_dir(dir)? {
        let path = entry?.path();
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        if path.is_dir() {
            if !FOREIGN.contains(&name) {
                found.extend(files(&path, extensions)?);
            }
        } else if extensions.is_empty()
            || path
                .extension()
                .and_then(|ext| ext.to_str())
                .is_some_and(|ext| extensions.contains(&ext))
        {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}

#[test]
fn the_library_depends_on_no_runtime_no_server_and_no_database() -> Result<()> {
    let tree = Command::new(env!("CARGO"))
        .current_dir(root())
        .args("tree --locked --package search-core --edges normal --all-features --prefix none --format {p}".split(' '))
        .output()?;
    ensure!(tree.status.success(), "{}", String::from_utf8_lossy(&tree.stderr));
    let tree = String::from_utf8(tree.stdout)?;
    let names: Vec<_> = tree.lines().filter_map(|line| line.split(' ').next()).collect();
    ensure!(names.contains(&"tantivy"), "not the tree that was asked for:\n{tree}");
    for forbidden in [
        "tokio",
        "axum",
        "hyper",
        "mongodb",
        "bson",
        "tokio-postgres",
        "reqwest",
        "async-std",
        "smol",
    ] {
        ensure!(!names.contains(&forbidden), "search-core depends on {forbidden}");
    }
    Ok(())
}

#[test]
fn library_code_has_no_way_to_panic_on_purpose() -> Result<()> {
    const FORBIDDEN: [&str; 8] = [
        ".unwrap()",
        ".expect(\"",
        ".unwrap_err()",
        "panic!(",
        "todo!(",
        "unimplemented!(",
        "unreachable!(",
        "process::exit(",
    ];
    let mut looked_at = 0;
    let mut faults = Vec::new();
    for package in ["search-core", "indexer", "search-server"] {
        for file in files(&root().join(package).join("src"), &["rs"])? {
            let name = file.strip_prefix(root())?.display().to_string();
            if name.ends_with("/tests.rs") || name.contains("/tests/") {
                continue;
            }
            looked_at += 1;
            let text = fs::read_to_string(&file)?;
            // Tests stand at the end of a file, below this line.
            let code = text.split("#[cfg(test)]\nmod tests {").next().context("nothing")?;
            for (number, line) in (1..).zip(code.lines()) {
                let statement = line.split("//").next().unwrap_or_default();
                if FORBIDDEN.iter().any(|forbidden| statement.contains(forbidden)) {
                    faults.push(format!("{name}:{number}: {}", line.trim()));
                }
            }
        }
    }
    ensure!(looked_at > 100, "only {looked_at} files looked at");
    ensure!(faults.is_empty(), "these can panic:\n{}", faults.join("\n"));
    Ok(())
}

#[test]
fn nothing_mentions_a_place_of_one_machine() -> Result<()> {
    let places = [["/wo", "rk/"], ["/ho", "me/"], ["/ro", "ot/"], ["/Us", "ers/"]]
        .map(|parts| parts.concat());
    let extensions = [
        "rs", "toml", "md", "mjs", "js", "html", "css", "py", "tsv", "txt", "lock", "json", "snap",
        "pest",
    ];
    let mut faults = Vec::new();
    for file in files(root(), &extensions)? {
        let Ok(text) = fs::read_to_string(&file) else { continue };
        for (number, line) in (1..).zip(text.lines()) {
            if places.iter().any(|place| line.contains(place.as_str())) {
                faults.push(format!(
                    "{}:{number}: {}",
                    file.strip_prefix(root())?.display(),
                    line.trim()
                ));
            }
        }
    }
    ensure!(faults.is_empty(), "{}", faults.join("\n"));
    Ok(())
}
