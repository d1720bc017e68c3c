//! A running `search-server` on a port of its own.

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};

use anyhow::{Context, Result, bail};
use reqwest::blocking::{Body, Client};
use serde_json::Value;
use tempfile::TempDir;

use crate::answer::Answer;
use crate::binary::{search_server_command, signal};
use crate::sample::import_sample;
use crate::wait::{PATIENCE, wait_for};

const JSON: &str = "application/json";
/// Where the sample's catalogue is.
pub const CATALOG: &str = "/v1/catalogs/products";

/// A running server; dropped, it is killed.
#[derive(Debug)]
pub struct Server {
    child: Child,
    /// `http://127.0.0.1:port`
    pub url: String,
    client: Client,
    _data_dir: Option<TempDir>,
}

impl Server {
    /// `search-server demo`.
    ///
    /// # Errors
    /// When it does not start.
    pub fn demo() -> Result<Self> {
        Self::start(&["demo", "--port", "0"])
    }

    /// `search-server serve` on a data directory.
    ///
    /// # Errors
    /// When it does not start.
    pub fn serve(data_dir: &Path) -> Result<Self> {
        Self::serve_with(data_dir, &[])
    }

    /// `search-server serve` on a data directory, with further arguments.
    ///
    /// # Errors
    /// When it does not start.
    pub fn serve_with(data_dir: &Path, more: &[&str]) -> Result<Self> {
        let data_dir = data_dir.to_str().context("a data directory with a plain name")?;
        let args = ["serve", "--data-dir", data_dir, "--listen", "127.0.0.1:0"];
        Self::start(&[&args, more].concat())
    }

    /// `search-server serve` on a data directory, with further arguments and a variable of its
    /// environment.
    ///
    /// # Errors
    /// When it does not start.
    pub fn serve_with_variable(
        data_dir: &Path,
        more: &[&str],
        (name, value): (&str, &Path),
    ) -> Result<Self> {
        let mut command = search_server_command()?;
        command.args(["serve", "--listen", "127.0.0.1:0", "--data-dir"]).arg(data_dir).args(more);
        Self::run(command.env(name, value))
    }

    /// `search-server serve` on a data directory, as a configuration file says.
    ///
    /// # Errors
    /// When it does not start.
    pub fn configured(data_dir: &Path, config: &Path) -> Result<Self> {
        let plain = |path: &'_ Path| path.to_str().map(str::to_owned).context("a plain path");
        let (data_dir, config) = (plain(data_dir)?, plain(config)?);
        Self::start(&["serve", "--data-dir", &data_dir, "--config", &config])
    }

    /// `search-server serve` on the imported sample, in a directory that goes with the server.
    ///
    /// # Errors
    /// When it does not start.
    pub fn with_sample() -> Result<Self> {
        let data_dir = tempfile::tempdir()?;
        import_sample(data_dir.path())?;
        let mut server = Self::serve(data_dir.path())?;
        server._data_dir = Some(data_dir);
        Ok(server)
    }

    /// `search-server serve` on a data directory, with its log in `log`; a file that may not grow
    /// is an error to it, not its end.
    ///
    /// # Errors
    /// When it does not start.
    pub fn surviving_full_disks(data_dir: &Path, log: File) -> Result<Self> {
        let mut command = Command::new("env");
        command.stderr(log);
        command.arg("--ignore-signal=XFSZ").arg(search_server_command()?.get_program());
        let command = command.args(["serve", "--listen", "127.0.0.1:0", "--data-dir"]);
        Self::run(command.arg(data_dir))
    }

    fn start(args: &[&str]) -> Result<Self> {
        Self::run(search_server_command()?.args(args))
    }

    fn run(command: &mut Command) -> Result<Self> {
        // To look up the names of a backtrace takes a debug build longer than a search may take.
        let command = command.env("RUST_LOG", "error").env("RUST_BACKTRACE", "0");
        let mut child = command.stdout(Stdio::piped()).spawn()?;
        let stdout = child.stdout.take().context("no standard output")?;
        let mut lines = BufReader::new(stdout).lines();
        let url = loop {
            match lines.next() {
                Some(line) => {
                    if let Some(url) = line?.strip_prefix("listening on ") {
                        break url.to_owned();
                    }
                }
                None => bail!("{command:?} ended: {}", child.wait()?),
            }
        };
        let client = Client::builder().timeout(PATIENCE).build()?;
        Ok(Self { child, url, client, _data_dir: None })
    }

    /// `host:port`
    pub fn address(&self) -> &str {
        self.url.trim_start_matches("http://")
    }

    /// Sends a request.
    ///
    /// # Errors
    /// When no answer comes.
    pub fn send(
        &self,
        method: &str,
        path: &str,
        media: &str,
        body: impl Into<Body>,
    ) -> Result<Answer> {
        let request = self.client.request(method.parse()?, format!("{}{path}", self.url));
        Answer::read(request.header("content-type", media).body(body).send()?)
    }

    /// GET.
    ///
    /// # Errors
    /// When no answer comes.
    pub fn get(&self, path: &str) -> Result<Answer> {
        Answer::read(self.client.get(format!("{}{path}", self.url)).send()?)
    }

    /// A request without a body, with a key.
    ///
    /// # Errors
    /// When no answer comes.
    pub fn with_key(&self, key: &str, method: &str, path: &str) -> Result<Answer> {
        let request = self.client.request(method.parse()?, format!("{}{path}", self.url));
        Answer::read(request.bearer_auth(key).send()?)
    }

    /// GET with query parameters.
    ///
    /// # Errors
    /// When no answer comes.
    pub fn get_with(&self, path: &str, query: &[(&str, &str)]) -> Result<Answer> {
        let url = reqwest::Url::parse_with_params(&format!("{}{path}", self.url), query)?;
        Answer::read(self.client.get(url).send()?)
    }

    /// POST of JSON.
    ///
    /// # Errors
    /// When no answer comes.
    pub fn post(&self, path: &str, body: &Value) -> Result<Answer> {
        self.send("POST", path, JSON, body.to_string())
    }

    /// A search in the catalogue `products`, refused or not.
    ///
    /// # Errors
    /// When no answer comes.
    pub fn ask(&self, request: &Value) -> Result<Answer> {
        self.post(&format!("{CATALOG}/search"), request)
    }

    /// A search in the catalogue `products` that must succeed.
    ///
    /// # Errors
    /// When it does not.
    pub fn search(&self, request: &Value) -> Result<Value> {
        self.ask(request)?.ok()
    }

    /// The refusal of a search, as one line.
    ///
    /// # Errors
    /// When it was not refused.
    pub fn refusal(&self, request: &Value) -> Result<String> {
        self.ask(request)?.problem()
    }

    /// PUT of a product into the catalogue `products`.
    ///
    /// # Errors
    /// When no answer comes.
    pub fn put(&self, id: &str, document: &Value) -> Result<Answer> {
        self.send("PUT", &format!("{CATALOG}/products/{id}"), JSON, document.to_string())
    }

    /// The version that searches of the catalogue `products` see.
    ///
    /// # Errors
    /// When there is none.
    pub fn index_version(&self) -> Result<u64> {
        let page = self.search(&serde_json::json!({ "limit": 0 }))?;
        page["index_version"].as_u64().context("no index_version")
    }

    /// Asks the server to stop.
    ///
    /// # Errors
    /// When it cannot be asked.
    pub fn terminate(&self) -> Result<()> {
        signal(self.process(), "TERM")
    }

    /// How the server ended, once it has.
    ///
    /// # Errors
    /// When it goes on.
    pub fn ended(mut self) -> Result<ExitStatus> {
        wait_for("the end of the server", || Ok(self.child.try_wait()?))
    }

    /// The id of the process.
    pub fn process(&self) -> u32 {
        self.child.id()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill().and_then(|()| self.child.wait());
    }
}
