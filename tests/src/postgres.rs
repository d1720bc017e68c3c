//! A real PostgreSQL server for tests: made in a temporary directory, stopped and started again,
//! gone with its test.

use std::collections::BTreeMap;
use std::env;
use std::fmt;
use std::fs::{self, Permissions};
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};
use tempfile::TempDir;
use tokio::runtime::{Builder, Runtime};
use tokio_postgres::{Client, NoTls, Row};

use crate::port::free_port;

/// Where Debian puts the programs of each version.
const VERSIONS: &str = "/usr/lib/postgresql";
/// The user that a server runs as where the test is root, which it refuses to be.
const SERVER_USER: &str = "postgres";
/// Memory is faster than a disk for what is thrown away; elsewhere the usual place.
const MEMORY: &str = "/dev/shm";
const PASSWORD: &str = "secret";

/// A running server; dropped, it is stopped and its data goes.
pub struct Postgres {
    dir: TempDir,
    programs: PathBuf,
    port: u16,
    has_certificate: bool,
    runtime: Runtime,
    is_running: bool,
}

impl fmt::Debug for Postgres {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Postgres").field("port", &self.port).finish_non_exhaustive()
    }
}

impl Postgres {
    /// Makes a server with an empty database and starts it.
    ///
    /// # Errors
    /// When PostgreSQL is not installed, or does not start.
    pub fn start() -> Result<Self> {
        Self::make(None)
    }

    /// The same with a certificate and its key (PEM), for connections that are encrypted.
    ///
    /// # Errors
    /// When PostgreSQL is not installed, or does not start.
    pub fn with_certificate(certificate: &str, key: &str) -> Result<Self> {
        Self::make(Some((certificate, key)))
    }

    fn make(certificate: Option<(&str, &str)>) -> Result<Self> {
        let programs = programs()?;
        let dir = match Path::new(MEMORY) {
            memory if memory.is_dir() => TempDir::with_prefix_in("aisle-postgres-", memory)?,
            _ => TempDir::with_prefix("aisle-postgres-")?,
        };
        give_to_server(dir.path())?;
        let password = dir.path().join("password");
        fs::write(&password, PASSWORD)?;
        let runtime = Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
        let (port, has_certificate) = (free_port()?, certificate.is_some());
        let mut postgres =
            Self { dir, programs, port, has_certificate, runtime, is_running: false };
        postgres.run(
            "initdb",
            &[
                "--username=aisle",
                "--auth=scram-sha-256",
                &format!("--pwfile={}", password.display()),
                "--encoding=UTF8",
                "--locale=C.UTF-8",
                "--no-sync",
            ],
        )?;
        if let Some((certificate, key)) = certificate {
            let data = postgres.dir.path().join("data");
            for (name, text) in [("server.crt", certificate), ("server.key", key)] {
                let path = data.join(name);
                fs::write(&path, text)?;
                fs::set_permissions(&path, Permissions::from_mode(0o600))?;
                give_to_server(&path)?;
            }
        }
        postgres.restart()?;
        Ok(postgres)
    }

    /// Where it is, for the user who may do everything.
    pub fn url(&self) -> String {
        self.url_with_password(PASSWORD)
    }

    /// Where it is, with this password; the right one is `secret`.
    pub fn url_with_password(&self, password: &str) -> String {
        format!("postgres://aisle:{password}@127.0.0.1:{}/postgres", self.port)
    }

    /// Stops the server at once, as a crash does: connections are cut, what was committed stays.
    ///
    /// # Errors
    /// When it does not run.
    pub fn stop(&mut self) -> Result<()> {
        self.run("pg_ctl", &["stop", "--mode=immediate", "--silent"])?;
        self.is_running = false;
        Ok(())
    }

    /// Starts a stopped server on the data that is there, and waits until it answers.
    ///
    /// # Errors
    /// When it does not start.
    pub fn restart(&mut self) -> Result<()> {
        let dir = self.dir.path().display();
        let options = format!(
            "-p {} -k {dir} -c listen_addresses=127.0.0.1 -c fsync=off \
             -c log_min_messages=warning -c ssl={}",
            self.port, self.has_certificate
        );
        let log = format!("--log={dir}/log");
        let started = self.run("pg_ctl", &["start", "--wait", "--silent", &log, "-o", &options]);
        started
            .with_context(|| fs::read_to_string(self.dir.path().join("log")).unwrap_or_default())?;
        self.is_running = true;
        Ok(())
    }

    /// Runs statements.
    ///
    /// # Errors
    /// When the server refuses one.
    pub fn execute(&self, sql: &str) -> Result<()> {
        self.runtime.block_on(async { Ok(self.connect().await?.batch_execute(sql).await?) })
    }

    /// Asks a question.
    ///
    /// # Errors
    /// When the server refuses it.
    pub fn query(&self, sql: &str) -> Result<Vec<Row>> {
        self.runtime.block_on(async { Ok(self.connect().await?.query(sql, &[]).await?) })
    }

    /// A connection of the test's own, such as one that holds a lock for as long as it is kept.
    ///
    /// # Errors
    /// When the server refuses it, or the statements.
    pub fn session(&self, sql: &str) -> Result<Session<'_>> {
        let client = self.runtime.block_on(async {
            let client = self.connect().await?;
            client.batch_execute(sql).await?;
            Ok::<_, anyhow::Error>(client)
        })?;
        Ok(Session { client, postgres: self })
    }

    /// What answers searches of a catalogue: the documents by their ids; `None` when no generation
    /// is complete.
    ///
    /// # Errors
    /// When the server does not answer.
    pub fn products(&self, catalog: &str) -> Result<Option<BTreeMap<String, String>>> {
        let is_there = "SELECT to_regclass('aisle.catalogs') IS NOT NULL";
        if !self.query(is_there)?.iter().any(|row| row.get(0)) {
            return Ok(None);
        }
        let current = format!(
            "SELECT number, current FROM aisle.catalogs \
             WHERE name = '{catalog}' AND current IS NOT NULL"
        );
        let Some(current) = self.query(&current)?.pop() else { return Ok(None) };
        let (number, generation): (i32, i64) = (current.get(0), current.get(1));
        let products =
            self.query(&format!("SELECT id, document FROM aisle.products_{number}_{generation}"))?;
        Ok(Some(products.iter().map(|row| (row.get(0), row.get(1))).collect()))
    }

    async fn connect(&self) -> Result<Client> {
        let (client, connection) = tokio_postgres::connect(&self.url(), NoTls).await?;
        tokio::spawn(connection);
        Ok(client)
    }

    /// Runs one of PostgreSQL's programs on the data directory.
    fn run(&self, program: &str, args: &[&str]) -> Result<()> {
        let path = self.programs.join(program);
        let mut command = match is_root()? {
            true => {
                let mut command = Command::new("runuser");
                command.args(["-u", SERVER_USER, "--"]).arg(path);
                command
            }
            false => Command::new(path),
        };
        let data = self.dir.path().join("data");
        command.args(args).arg("-D").arg(&data).current_dir(self.dir.path());
        // Into a file: a server that is started keeps what it was given open.
        let said = self.dir.path().join(format!("{program}.said"));
        let output = fs::File::create(&said)?;
        let ended = command.stdout(output.try_clone()?).stderr(output).status()?;
        ensure!(ended.success(), "{program}: {ended}\n{}", fs::read_to_string(&said)?);
        Ok(())
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        if self.is_running {
            // What is left of it goes with the machine.
            let _ = self.stop();
        }
    }
}

/// A connection of a test.
pub struct Session<'a> {
    client: Client,
    postgres: &'a Postgres,
}

impl fmt::Debug for Session<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Session").field("postgres", self.postgres).finish_non_exhaustive()
    }
}

impl Session<'_> {
    /// Runs statements.
    ///
    /// # Errors
    /// When the server refuses one.
    pub fn execute(&self, sql: &str) -> Result<()> {
        Ok(self.postgres.runtime.block_on(self.client.batch_execute(sql))?)
    }
}

/// The directory of the programs: `AISLE_POSTGRES`, else of the newest version that Debian has.
fn programs() -> Result<PathBuf> {
    let missing = "PostgreSQL is missing: install the Debian packages postgresql and \
                   postgresql-contrib, or name the directory of initdb in AISLE_POSTGRES";
    if let Some(dir) = env::var_os("AISLE_POSTGRES") {
        let dir = PathBuf::from(dir);
        ensure!(dir.join("initdb").is_file(), "{missing}, which is {}", dir.display());
        return Ok(dir);
    }
    let version = |dir: &PathBuf| dir.file_name()?.to_str()?.parse::<u32>().ok();
    let versions = fs::read_dir(VERSIONS).context(missing)?;
    let mut versions = versions.map(|entry| Ok(entry?.path())).collect::<Result<Vec<_>>>()?;
    versions.sort_by_key(version);
    let programs = versions.into_iter().rev().map(|version| version.join("bin"));
    programs.into_iter().find(|dir| dir.join("initdb").is_file()).context(missing)
}

fn is_root() -> Result<bool> {
    Ok(fs::metadata("/proc/self")?.uid() == 0)
}

/// Makes a file the server's own.
fn give_to_server(path: &Path) -> Result<()> {
    if is_root()? {
        chown(path, Some(id("-u")?), Some(id("-g")?))?;
    }
    Ok(())
}

/// The number of the server's user, or of their group.
fn id(which: &str) -> Result<u32> {
    let output = Command::new("id").args([which, SERVER_USER]).output()?;
    let text = String::from_utf8_lossy(&output.stdout);
    text.trim().parse().with_context(|| format!("there is no user {SERVER_USER}"))
}
