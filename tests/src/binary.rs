//! The built binaries: where they are, how they are run, signalled and ended.

use std::env;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use anyhow::{Context, Result, ensure};
use serde_json::Value;

/// The root of the repository.
pub fn root() -> &'static Path {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR"));
    tests.parent().unwrap_or(tests)
}

/// A built binary: in `AISLE_BIN_DIR`, else beside the directory of the running test.
fn binary(name: &str) -> Result<PathBuf> {
    let dir = match env::var_os("AISLE_BIN_DIR") {
        Some(dir) => PathBuf::from(dir),
        None => {
            let test = env::current_exe()?;
            test.ancestors().nth(2).context("the test runs outside of a target directory")?.into()
        }
    };
    let path = dir.join(name);
    ensure!(
        path.is_file(),
        "{} is missing: run `cargo build -p search-server -p indexer` first, or name the \
         directory of the binaries in AISLE_BIN_DIR",
        path.display()
    );
    Ok(path)
}

/// The server's command.
///
/// # Errors
/// When it has not been built.
pub fn search_server_command() -> Result<Command> {
    Ok(Command::new(binary("search-server")?))
}

/// The indexer's command.
///
/// # Errors
/// When it has not been built.
pub fn indexer_command() -> Result<Command> {
    let mut command = Command::new(binary("indexer")?);
    command.current_dir(root()).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    Ok(command)
}

/// A command that has ended.
#[derive(Debug)]
pub struct Ended {
    /// Its exit code, unless a signal ended it.
    pub code: Option<i32>,
    /// What it printed.
    pub stdout: String,
    /// What it said beside.
    pub stderr: String,
}

impl Ended {
    /// Waits for a started command.
    ///
    /// # Errors
    /// When it cannot be waited for.
    pub fn of(child: Child) -> Result<Self> {
        let output = child.wait_with_output()?;
        Ok(Self {
            code: output.status.code(),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        })
    }

    /// Fails unless the command ended with this code.
    ///
    /// # Errors
    /// Then, with all that it said.
    pub fn with_code(self, code: i32) -> Result<Self> {
        ensure!(self.code == Some(code), "expected exit code {code}, got {self:#?}");
        Ok(self)
    }

    /// What it printed, as JSON.
    ///
    /// # Errors
    /// When it is not JSON.
    pub fn json(&self) -> Result<Value> {
        serde_json::from_str(&self.stdout).with_context(|| format!("not JSON: {self:#?}"))
    }
}

/// Runs the indexer to its end, in the root of the repository.
///
/// # Errors
/// When it cannot be run.
pub fn indexer<A: AsRef<std::ffi::OsStr>>(args: impl IntoIterator<Item = A>) -> Result<Ended> {
    Ended::of(indexer_command()?.args(args).spawn()?)
}

/// Sends a signal, such as `TERM`, to a process.
///
/// # Errors
/// When it cannot be sent.
pub fn signal(process: u32, name: &str) -> Result<()> {
    // The shell's own: a bare system has no other `kill`.
    let sent = Command::new("sh").args(["-c", &format!("kill -{name} {process}")]).status()?;
    ensure!(sent.success(), "kill -{name} {process} failed: {sent}");
    Ok(())
}
