//! A collection as an application writes and reads it.

use std::fmt;
use std::future::IntoFuture;
use std::sync::Arc;

use anyhow::{Context, Result};
use mongodb::bson::{Bson, Document, doc};
use mongodb::{Client, Collection};
use tokio::runtime::Runtime;

/// A collection; calls block until the server has answered.
#[derive(Clone)]
pub struct Documents {
    runtime: Arc<Runtime>,
    client: Client,
    database: String,
    collection: Collection<Document>,
}

impl fmt::Debug for Documents {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Documents").field(&self.collection.namespace()).finish()
    }
}

impl Documents {
    pub(super) fn new(runtime: Arc<Runtime>, client: &Client, namespace: &str) -> Result<Self> {
        let (database, name) = namespace.split_once('.').context("no database in the name")?;
        let collection = client.database(database).collection(name);
        Ok(Self { runtime, client: client.clone(), database: database.to_owned(), collection })
    }

    fn wait<T>(&self, action: impl IntoFuture<Output = mongodb::error::Result<T>>) -> Result<T> {
        Ok(self.runtime.block_on(action.into_future())?)
    }

    /// `database.collection`
    pub fn namespace(&self) -> String {
        self.collection.namespace().to_string()
    }

    /// Inserts new documents.
    ///
    /// # Errors
    /// When the server refuses one.
    pub fn insert(&self, documents: impl IntoIterator<Item = Document>) -> Result<()> {
        self.wait(self.collection.insert_many(documents)).map(drop)
    }

    /// Puts a document in the place of the one with its id, if there is one.
    ///
    /// # Errors
    /// When the server refuses it.
    pub fn replace(&self, document: &Document) -> Result<()> {
        let id = document.get("_id").context("no _id")?;
        self.wait(self.collection.replace_one(doc! { "_id": id }, document).upsert(true)).map(drop)
    }

    /// Changes the document with this id, if there is one.
    ///
    /// # Errors
    /// When the server refuses it.
    pub fn update(&self, id: impl Into<Bson>, update: Document) -> Result<()> {
        self.wait(self.collection.update_one(doc! { "_id": id.into() }, update)).map(drop)
    }

    /// Changes all documents that fulfil this.
    ///
    /// # Errors
    /// When the server refuses it.
    pub fn update_where(&self, filter: Document, update: Document) -> Result<()> {
        self.wait(self.collection.update_many(filter, update)).map(drop)
    }

    /// Changes all documents.
    ///
    /// # Errors
    /// When the server refuses it.
    pub fn update_all(&self, update: Document) -> Result<()> {
        self.update_where(doc! {}, update)
    }

    /// Changes the documents with these ids in one transaction.
    ///
    /// # Errors
    /// When the server refuses it.
    pub fn update_together(
        &self,
        ids: impl IntoIterator<Item = impl Into<Bson>>,
        update: &Document,
    ) -> Result<()> {
        self.runtime.block_on(async {
            let mut session = self.client.start_session().await?;
            session.start_transaction().await?;
            for id in ids {
                let one = doc! { "_id": id.into() };
                self.collection.update_one(one, update.clone()).session(&mut session).await?;
            }
            Ok(session.commit_transaction().await?)
        })
    }

    /// Deletes the document with this id, if there is one.
    ///
    /// # Errors
    /// When the server refuses it.
    pub fn delete(&self, id: impl Into<Bson>) -> Result<()> {
        self.wait(self.collection.delete_one(doc! { "_id": id.into() })).map(drop)
    }

    /// Drops the collection.
    ///
    /// # Errors
    /// When the server refuses it.
    pub fn drop_collection(&self) -> Result<()> {
        self.wait(self.collection.drop())
    }

    /// Renames the collection, over what has the new name.
    ///
    /// # Errors
    /// When the server refuses it.
    pub fn rename(&self, to: &str) -> Result<()> {
        let command = doc! {
            "renameCollection": self.namespace(),
            "to": format!("{}.{to}", self.database),
            "dropTarget": true,
        };
        self.wait(self.client.database("admin").run_command(command)).map(drop)
    }

    /// Drops the database.
    ///
    /// # Errors
    /// When the server refuses it.
    pub fn drop_database(&self) -> Result<()> {
        self.wait(self.client.database(&self.database).drop())
    }

    /// All documents.
    ///
    /// # Errors
    /// When they cannot be read.
    pub fn all(&self) -> Result<Vec<Document>> {
        self.runtime.block_on(async {
            let mut cursor = self.collection.find(doc! {}).await?;
            let mut documents = Vec::new();
            while cursor.advance().await? {
                documents.push(cursor.deserialize_current()?);
            }
            Ok(documents)
        })
    }
}
