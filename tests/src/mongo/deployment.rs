//! A deployment of `mongod`s, and what can happen to it.

use std::fmt;
use std::fs::{self, Permissions};
use std::future::IntoFuture;
use std::os::unix::fs::PermissionsExt;
use std::sync::Arc;

use anyhow::{Context, Result, ensure};
use mongodb::Client;
use mongodb::bson::{Bson, Document, doc};
use tempfile::NamedTempFile;
use tokio::runtime::{Builder, Runtime};

use super::documents::Documents;
use super::mongod::Mongod;
use super::network::Network;
use crate::wait::wait_for;

const REPLICA_SET: &str = "aisle";
const USER: &str = "indexer";
const PASSWORD: &str = "secret";
/// Quick elections, for the tests have many; not so quick that a busy machine has more of them.
const ELECTION_TIMEOUT_MS: i32 = 2_000;
const HEARTBEAT_MS: i32 = 200;
/// Size of what is written to push history out of the oplog.
const FILLER_BYTES: usize = 256 * 1024;

/// What to start.
#[derive(Debug, Clone, Copy)]
pub struct Setup {
    /// How many nodes the replica set has; 0 is a standalone server.
    pub nodes: usize,
    /// How much history is kept, in MB.
    pub oplog_mb: u32,
    /// Whether clients have to log in.
    pub auth: bool,
}

/// A deployment and a client of it; dropped, it is gone with its data.
pub struct Mongo {
    nodes: Vec<Mongod>,
    client: Client,
    runtime: Arc<Runtime>,
    options: String,
    /// What the nodes of a set with users know each other by.
    _key: Option<NamedTempFile>,
}

impl fmt::Debug for Mongo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Mongo").field("nodes", &self.nodes).finish_non_exhaustive()
    }
}

impl Mongo {
    /// A replica set of one node.
    ///
    /// # Errors
    /// When it does not start.
    pub fn single() -> Result<Self> {
        Self::start(Setup { nodes: 1, oplog_mb: 64, auth: false })
    }

    /// A replica set of three nodes.
    ///
    /// # Errors
    /// When it does not start.
    pub fn three() -> Result<Self> {
        Self::start(Setup { nodes: 3, oplog_mb: 64, auth: false })
    }

    /// A replica set of one node that forgets its history soon, see
    /// [`lose_history`](Self::lose_history).
    ///
    /// # Errors
    /// When it does not start.
    pub fn forgetful() -> Result<Self> {
        Self::start(Setup { nodes: 1, oplog_mb: 1, auth: false })
    }

    /// A server that is no replica set.
    ///
    /// # Errors
    /// When it does not start.
    pub fn standalone() -> Result<Self> {
        Self::start(Setup { nodes: 0, oplog_mb: 64, auth: false })
    }

    /// Starts what the setup says.
    ///
    /// # Errors
    /// When it does not start.
    pub fn start(setup: Setup) -> Result<Self> {
        let runtime = Arc::new(Builder::new_multi_thread().worker_threads(1).enable_all().build()?);
        let key = setup.auth.then(key_file).transpose()?;
        let mut args = vec!["--oplogSize".to_owned(), setup.oplog_mb.to_string()];
        // The oplog keeps what is not in a checkpoint yet: without frequent ones a small oplog
        // would not be small.
        args.extend(["--syncdelay".to_owned(), "1".to_owned()]);
        if setup.nodes > 0 {
            args.extend(["--replSet".to_owned(), REPLICA_SET.to_owned()]);
        }
        if let Some(key) = &key {
            args.extend(["--auth".to_owned(), "--keyFile".to_owned()]);
            args.push(key.path().display().to_string());
        }
        let start = |_| Mongod::start(&args);
        let nodes = (0..setup.nodes.max(1)).map(start).collect::<Result<Vec<_>>>()?;
        let first = nodes.first().context("no node")?.address();
        let local = runtime.block_on(direct(&first))?;
        if setup.nodes > 0 {
            let members: Vec<Bson> = (0..)
                .zip(&nodes)
                .map(|(number, node)| doc! { "_id": number, "host": node.address() }.into())
                .collect();
            let config = doc! {
                "_id": REPLICA_SET,
                "members": members,
                "settings": {
                    "electionTimeoutMillis": ELECTION_TIMEOUT_MS,
                    "heartbeatIntervalMillis": HEARTBEAT_MS,
                },
            };
            runtime.block_on(command(&local, doc! { "replSetInitiate": config }))?;
            wait_for("a first primary", || primary(&runtime, (0..).zip(&nodes)))?;
        }
        if setup.auth {
            let user = doc! { "createUser": USER, "pwd": PASSWORD, "roles": ["root"] };
            runtime.block_on(command(&local, user))?;
        }
        let options = match setup {
            Setup { nodes: 0, .. } => "/".to_owned(),
            Setup { .. } => format!("/?replicaSet={REPLICA_SET}"),
        };
        let login = if setup.auth { format!("{USER}:{PASSWORD}@") } else { String::new() };
        let uri = uri(&login, &nodes, &options);
        let client = runtime.block_on(async { Client::with_uri_str(uri).await })?;
        Ok(Self { nodes, client, runtime, options, _key: key })
    }

    /// Where it is, without a user.
    pub fn uri(&self) -> String {
        uri("", &self.nodes, &self.options)
    }

    /// Where it is, for the user with this password; the right one is `secret`.
    pub fn uri_with_password(&self, password: &str) -> String {
        uri(&format!("{USER}:{password}@"), &self.nodes, &self.options)
    }

    /// A collection, named `database.collection`.
    ///
    /// # Errors
    /// When the name has no dot.
    pub fn documents(&self, namespace: &str) -> Result<Documents> {
        Documents::new(Arc::clone(&self.runtime), &self.client, namespace)
    }

    /// Runs a command on a database.
    ///
    /// # Errors
    /// When the server refuses it.
    pub fn run(&self, database: &str, command: Document) -> Result<Document> {
        let database = self.client.database(database);
        Ok(self.runtime.block_on(database.run_command(command).into_future())?)
    }

    /// Has the primary step down and waits until there is one again: another one, if there are
    /// others.
    ///
    /// # Errors
    /// When there is none in time.
    pub fn step_down(&self) -> Result<()> {
        let before = self.primary()?;
        let alone = self.nodes.len() == 1;
        let client = self.runtime.block_on(direct(&self.node(before)?.address()))?;
        let order = doc! {
            "replSetStepDown": if alone { 1 } else { 10 },
            "secondaryCatchUpPeriodSecs": if alone { 0 } else { 5 },
            "force": true,
        };
        self.runtime.block_on(command(&client, order))?;
        if alone { self.primary() } else { self.primary_but(before) }.map(drop)
    }

    /// The number of the node that is primary, if it is another one than this.
    ///
    /// # Errors
    /// When there is none in time.
    pub fn primary_but(&self, node: usize) -> Result<usize> {
        wait_for("another primary", || {
            let others = (0..).zip(&self.nodes).filter(|(number, _)| *number != node);
            primary(&self.runtime, others)
        })
    }

    /// The number of the node that is primary.
    ///
    /// # Errors
    /// When there is none in time.
    pub fn primary(&self) -> Result<usize> {
        wait_for("a primary", || primary(&self.runtime, (0..).zip(&self.nodes)))
    }

    /// kill -9 of a node.
    ///
    /// # Errors
    /// When it does not run.
    pub fn kill(&mut self, node: usize) -> Result<()> {
        self.nodes.get_mut(node).context("no such node")?.kill()
    }

    /// Starts a killed node again and waits until it takes part.
    ///
    /// # Errors
    /// When it does not start.
    pub fn restart(&mut self, node: usize) -> Result<()> {
        self.nodes.get_mut(node).context("no such node")?.run()?;
        let address = self.node(node)?.address();
        wait_for("the node to be back", || {
            let hello = self.runtime.block_on(hello(&address));
            let takes_part = |hello: &Document| {
                has_role(hello, "isWritablePrimary") || has_role(hello, "secondary")
            };
            Ok(hello.filter(takes_part).map(drop))
        })
    }

    /// Has a node stand still as if the network had lost it, its connections open.
    ///
    /// # Errors
    /// When it does not run.
    pub fn freeze(&self, node: usize) -> Result<()> {
        self.node(node)?.signal("STOP")
    }

    /// Has a frozen node go on: it does not know yet that the others went on without it.
    ///
    /// # Errors
    /// When it does not run.
    pub fn thaw(&self, node: usize) -> Result<()> {
        self.node(node)?.signal("CONT")
    }

    /// A network of its own to the first node.
    ///
    /// # Errors
    /// When there is no port for it.
    pub fn network(&self) -> Result<Network> {
        Network::to(self.node(0)?.address())
    }

    fn node(&self, number: usize) -> Result<&Mongod> {
        self.nodes.get(number).context("no such node")
    }

    /// Writes elsewhere until nothing of what is in the oplog now is left in it.
    ///
    /// # Errors
    /// When the history stays, which is the case of a large oplog.
    pub fn lose_history(&self) -> Result<()> {
        let filler = self.documents("filler.filler")?;
        let newest = self.oplog_entry(-1)?;
        wait_for("the oplog to roll over", || {
            let text = "x".repeat(FILLER_BYTES);
            filler.replace(&doc! { "_id": 1, "text": text })?;
            filler.delete(1)?;
            Ok((self.oplog_entry(1)? > newest).then_some(()))
        })
    }

    /// The time of the oldest (1) or the newest (-1) entry of the oplog.
    fn oplog_entry(&self, order: i32) -> Result<mongodb::bson::Timestamp> {
        let oplog = self.client.database("local").collection::<Document>("oplog.rs");
        let entry = oplog.find_one(doc! {}).sort(doc! { "$natural": order });
        let entry = self.runtime.block_on(entry.into_future())?.context("an empty oplog")?;
        Ok(entry.get_timestamp("ts")?)
    }
}

fn uri(login: &str, nodes: &[Mongod], options: &str) -> String {
    let addresses: Vec<_> = nodes.iter().map(Mongod::address).collect();
    format!("mongodb://{login}{}{options}", addresses.join(","))
}

/// A client of one node, whatever its role.
async fn direct(address: &str) -> Result<Client> {
    let quickly = "directConnection=true&serverSelectionTimeoutMS=2000&connectTimeoutMS=2000";
    Ok(Client::with_uri_str(format!("mongodb://{address}/?{quickly}")).await?)
}

async fn command(client: &Client, command: Document) -> Result<Document> {
    Ok(client.database("admin").run_command(command).await?)
}

/// How a node sees itself; nothing of a node that does not answer.
async fn hello(address: &str) -> Option<Document> {
    command(&direct(address).await.ok()?, doc! { "hello": 1 }).await.ok()
}

fn has_role(hello: &Document, role: &str) -> bool {
    hello.get_bool(role).unwrap_or(false)
}

/// The number of the node that is primary now, if one is.
fn primary<'a>(
    runtime: &Runtime,
    nodes: impl IntoIterator<Item = (usize, &'a Mongod)>,
) -> Result<Option<usize>> {
    for (number, node) in nodes.into_iter().filter(|(_, node)| node.is_running()) {
        let hello = runtime.block_on(hello(&node.address()));
        if hello.is_some_and(|hello| has_role(&hello, "isWritablePrimary")) {
            return Ok(Some(number));
        }
    }
    Ok(None)
}

fn key_file() -> Result<NamedTempFile> {
    let file = NamedTempFile::with_prefix("aisle-key-")?;
    fs::write(file.path(), "notreallysecret")?;
    fs::set_permissions(file.path(), Permissions::from_mode(0o600))?;
    ensure!(file.path().is_absolute(), "mongod changes its directory");
    Ok(file)
}
