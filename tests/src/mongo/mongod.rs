//! One `mongod`: found, started, killed and started again in its directory.

use std::env;
use std::fs::{self, File};
use std::net::{Ipv4Addr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use anyhow::{Context, Result, bail, ensure};
use tempfile::TempDir;

use crate::binary::signal;
use crate::port::free_port;
use crate::wait::wait_for;

/// Memory is faster than a disk for what is thrown away; elsewhere the usual place.
const MEMORY: &str = "/dev/shm";
/// Lines of the log that are shown of a server that died.
const LAST_WORDS: usize = 5;

/// One `mongod`; dropped, it is killed and its data goes.
#[derive(Debug)]
pub(super) struct Mongod {
    port: u16,
    dir: TempDir,
    args: Vec<String>,
    child: Option<Child>,
}

impl Mongod {
    /// Starts a server and waits until it accepts connections.
    pub(super) fn start(args: &[String]) -> Result<Self> {
        let dir = match Path::new(MEMORY) {
            memory if memory.is_dir() => TempDir::with_prefix_in("aisle-mongod-", memory)?,
            _ => TempDir::with_prefix("aisle-mongod-")?,
        };
        let mut mongod = Self { port: free_port()?, dir, args: args.to_vec(), child: None };
        mongod.run()?;
        Ok(mongod)
    }

    /// `127.0.0.1:port`
    pub(super) fn address(&self) -> String {
        format!("{}:{}", Ipv4Addr::LOCALHOST, self.port)
    }

    /// Starts the process, also again after a kill, on the data that is there.
    pub(super) fn run(&mut self) -> Result<()> {
        ensure!(self.child.is_none(), "{} runs already", self.address());
        let log = self.dir.path().join("log");
        let output = File::options().create(true).append(true).open(&log)?;
        let child = Command::new(binary()?)
            .args(["--bind_ip", "127.0.0.1", "--nounixsocket", "--quiet"])
            .args(["--wiredTigerCacheSizeGB", "0.5"])
            .args(["--setParameter", "diagnosticDataCollectionEnabled=false"])
            .args(["--port", &self.port.to_string()])
            .arg("--dbpath")
            .arg(self.dir.path())
            .args(&self.args)
            .stdin(Stdio::null())
            .stdout(output.try_clone()?)
            .stderr(output)
            .spawn()?;
        let child = self.child.insert(child);
        wait_for("mongod to accept connections", || {
            if let Some(end) = child.try_wait()? {
                let log = fs::read_to_string(&log)?;
                let lines: Vec<_> = log.lines().collect();
                let last = lines.len().saturating_sub(LAST_WORDS);
                bail!("mongod ended, {end}:\n{}", lines.get(last..).unwrap_or_default().join("\n"));
            }
            Ok(TcpStream::connect((Ipv4Addr::LOCALHOST, self.port)).ok().map(drop))
        })
    }

    /// kill -9.
    pub(super) fn kill(&mut self) -> Result<()> {
        let mut child = self.child.take().context("mongod does not run")?;
        child.kill()?;
        child.wait()?;
        Ok(())
    }

    pub(super) fn signal(&self, name: &str) -> Result<()> {
        signal(self.child.as_ref().context("mongod does not run")?.id(), name)
    }

    pub(super) fn is_running(&self) -> bool {
        self.child.is_some()
    }
}

impl Drop for Mongod {
    fn drop(&mut self) {
        // A server that was killed already is down for good.
        let _ = self.kill();
    }
}

/// The binary: `AISLE_MONGOD`, else where `scripts/mongod` puts it.
fn binary() -> Result<PathBuf> {
    let path = match env::var_os("AISLE_MONGOD") {
        Some(path) => PathBuf::from(path),
        None => {
            let test = env::current_exe()?;
            let target =
                test.ancestors().nth(3).context("the test runs outside of a target directory")?;
            target.join("mongod/mongod")
        }
    };
    ensure!(
        path.is_file(),
        "{} is missing: run `scripts/mongod`, which downloads it, or name another one, of version \
         6 or later, in AISLE_MONGOD",
        path.display()
    );
    Ok(path)
}
