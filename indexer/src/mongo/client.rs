//! Connecting, with clear words where that fails.

use backon::{ExponentialBuilder, Retryable};
use bson::{Document, Timestamp, doc};
use mongodb::options::{ClientOptions, ReadConcern, SelectionCriteria};
use mongodb::{Client, Collection};

use super::error::MongoError;
use super::namespace::Namespace;
use crate::limits::{MONGO_COMMAND_RETRIES, MONGO_SELECTION_TIMEOUT};

/// Connects to a deployment that has change streams.
///
/// # Errors
/// When nobody answers, the credentials are wrong, or the server is a standalone one.
pub async fn connect(uri: &str) -> Result<Client, MongoError> {
    let mut options = ClientOptions::parse(uri)
        .await
        .map_err(|error| MongoError::Uri { reason: error.kind.to_string() })?;
    options.app_name.get_or_insert_with(|| "aisle".to_owned());
    options.server_selection_timeout.get_or_insert(MONGO_SELECTION_TIMEOUT);
    let client = Client::with_options(options)
        .map_err(|error| MongoError::Uri { reason: error.kind.to_string() })?;
    let hello = command(&client, doc! { "hello": 1 }).await?;
    let is_router = hello.get_str("msg").is_ok_and(|msg| msg == "isdbgrid");
    if !is_router && !hello.contains_key("setName") {
        return Err(MongoError::Standalone);
    }
    Ok(client)
}

/// Runs a command that changes nothing; over a lost connection it is run again, which the driver
/// does with queries only.
async fn command(client: &Client, command: Document) -> Result<Document, MongoError> {
    let run = async || Ok(client.database("admin").run_command(command.clone()).await?);
    let pauses = ExponentialBuilder::default().with_max_times(MONGO_COMMAND_RETRIES).with_jitter();
    run.retry(pauses).when(|error| matches!(error, MongoError::Driver(_))).await
}

/// The collection, read from the primary with majority read concern: what is read here is never
/// rolled back.
pub fn collection(client: &Client, namespace: &Namespace) -> Collection<Document> {
    let options = mongodb::options::CollectionOptions::builder()
        .read_concern(ReadConcern::majority())
        .selection_criteria(SelectionCriteria::ReadPreference(
            mongodb::options::ReadPreference::Primary,
        ))
        .build();
    client.database(namespace.database()).collection_with_options(namespace.collection(), options)
}

/// Whether the collection is there.
///
/// # Errors
/// [`MongoError::NoSuchCollection`] when it is not, with those that are.
pub async fn require(client: &Client, namespace: &Namespace) -> Result<(), MongoError> {
    let mut present = client.database(namespace.database()).list_collection_names().await?;
    if present.iter().any(|name| name == namespace.collection()) {
        return Ok(());
    }
    present.sort();
    Err(MongoError::NoSuchCollection { namespace: namespace.clone(), present })
}

/// The time of the deployment: everything that was acknowledged before is not after it.
///
/// # Errors
/// When nobody answers.
pub async fn now(client: &Client) -> Result<Timestamp, MongoError> {
    let reply = command(client, doc! { "ping": 1 }).await?;
    reply
        .get_timestamp("operationTime")
        .map_err(|_| MongoError::Driver("expected an operationTime in a reply, got none".into()))
}
