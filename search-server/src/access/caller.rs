//! Who is behind a request.

use std::sync::Arc;

use search_core::ProductFilter;

use super::key::{Key, Scope};

/// Who is behind a request, once the guard has let it in.
#[derive(Debug, Clone)]
pub(crate) enum Caller {
    /// Anybody, where no keys are needed.
    Anyone,
    /// The holder of a key.
    Holder(Arc<Key>),
}

impl Caller {
    /// Whether the scope is the caller's.
    pub(crate) fn has(&self, scope: Scope) -> bool {
        self.key().is_none_or(|key| key.scope >= scope)
    }

    /// Whether the caller may ask of the catalogue.
    pub(crate) fn sees(&self, catalog: &str) -> bool {
        self.key().is_none_or(|key| key.opens(catalog))
    }

    /// Whether the caller may ask of all catalogues and all products.
    pub(crate) fn sees_everything(&self) -> bool {
        self.key().is_none_or(|key| key.catalogs.is_none() && key.filter.is_none())
    }

    /// The filter of the only products that there are for the caller.
    pub(crate) fn scope(&self) -> Option<&str> {
        self.key()?.filter.as_deref()
    }

    /// Whether a stored document is one of the products that there are for the caller.
    pub(crate) fn sees_document(
        &self,
        document: &str,
        catalog: &search_core::Catalog,
    ) -> search_core::Result<bool> {
        let Some(scope) = self.scope() else { return Ok(true) };
        let filter = ProductFilter::new(scope, catalog)?;
        // A document that an older catalogue took and this one does not passes nothing.
        let product = search_core::Product::from_json(catalog, document.as_bytes());
        Ok(product.is_ok_and(|product| filter.passes(&product)))
    }

    fn key(&self) -> Option<&Key> {
        match self {
            Self::Anyone => None,
            Self::Holder(key) => Some(key),
        }
    }
}
