//! What is followed, and where it goes.

use std::collections::BTreeSet;
use std::fmt;

use search_core::Catalog;

use super::error::FollowError;
use super::store::Store;
use crate::mongo::Namespace;

/// A collection and the catalogue that it goes into.
#[derive(Debug, Clone)]
pub struct Followed {
    /// The collection.
    pub namespace: Namespace,
    /// The catalogue.
    pub catalog: Catalog,
}

/// Everything that a follower needs.
#[derive(Clone)]
pub struct Following {
    /// Where MongoDB is.
    pub uri: String,
    /// The collections, all followed over one stream.
    pub followed: Vec<Followed>,
    /// Where the products go.
    pub store: Store,
}

impl fmt::Debug for Following {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Not the URI, which may hold a password.
        f.debug_struct("Following").field("followed", &self.followed).finish_non_exhaustive()
    }
}

impl Following {
    /// The collections and the names of their catalogues, as a [`Board`](super::Board) lists them.
    pub fn names(&self) -> Vec<(Namespace, String)> {
        let name =
            |followed: &Followed| (followed.namespace.clone(), followed.catalog.name().to_owned());
        self.followed.iter().map(name).collect()
    }

    /// Refuses what cannot be followed, before anybody is asked.
    pub(super) fn check(&self) -> Result<(), FollowError> {
        let (mut namespaces, mut catalogs) = (BTreeSet::new(), BTreeSet::new());
        for Followed { namespace, catalog } in &self.followed {
            if let Some(path) = catalog.id_path().filter(|path| path.to_string() != "_id") {
                let (catalog, path) = (catalog.name().to_owned(), path.to_string());
                return Err(FollowError::IdPath { catalog, path });
            }
            if !namespaces.insert(namespace) {
                let name = namespace.to_string();
                return Err(FollowError::Twice { what: "the collection", name });
            }
            if !catalogs.insert(catalog.name()) {
                let name = catalog.name().to_owned();
                return Err(FollowError::Twice { what: "the catalogue", name });
            }
        }
        Ok(())
    }
}
