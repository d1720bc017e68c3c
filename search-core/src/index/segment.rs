//! One immutable segment, opened for search.

use std::fmt;
use std::sync::{Arc, OnceLock};

use parking_lot::Mutex;
use rustc_hash::FxHashMap;
use tantivy::SegmentMeta;
use tantivy::columnar::{DynamicColumn, NumericalType, StrColumn};
use tantivy::fieldnorm::FieldNormReader;
use tantivy::index::SegmentId;
use tantivy::schema::{IndexRecordOption, Value};
use tantivy::store::StoreReader;
use tantivy::{DocId, InvertedIndexReader, Opstamp, SegmentReader, TantivyDocument};

use super::columns::{ColumnKey, Columns};
use super::damage::{Damage, Fault, SegmentFiles};
use super::generation::stable_hash;
use super::mapping::column_key;
use super::schema::{FieldColumns, IndexSchema};
use super::shard::Shard;
use super::strengths::Strengths;
use crate::catalog::Catalog;
use crate::error::Result;

/// Decompressed blocks of documents kept for each segment.
const DOC_STORE_CACHED_BLOCKS: usize = 64;

/// What identifies the visible content of a segment: its files and its deletes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct SegmentVersion {
    pub id: SegmentId,
    pub deletes: Option<Opstamp>,
}

impl SegmentVersion {
    pub(super) fn of(meta: &SegmentMeta) -> Self {
        Self { id: meta.id(), deletes: meta.delete_opstamp() }
    }
}

/// What is stored of a product.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredProduct {
    /// Its id.
    pub id: String,
    /// The document, byte for byte as it came.
    pub document: String,
}

/// A segment's readers, each opened once. Whatever does not depend on what is deleted is shared
/// by all versions of the segment.
pub(crate) struct Segment {
    pub shard: usize,
    pub version: SegmentVersion,
    pub reader: SegmentReader,
    pub words: Arc<InvertedIndexReader>,
    pub surface: Arc<InvertedIndexReader>,
    pub ngrams: Arc<InvertedIndexReader>,
    pub norms: FieldNormReader,
    pub ids: StrColumn,
    store: Arc<StoreReader>,
    files: SegmentFiles,
    schema: Arc<IndexSchema>,
    columns: Arc<Mutex<FxHashMap<ColumnKey, Arc<Columns>>>>,
    value_hashes: Arc<Mutex<FxHashMap<ColumnKey, Arc<Vec<u64>>>>>,
    strengths: Arc<OnceLock<Strengths>>,
}

impl fmt::Debug for Segment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Segment")
            .field("shard", &self.shard)
            .field("version", &self.version)
            .field("docs", &self.reader.num_docs())
            .finish_non_exhaustive()
    }
}

impl Segment {
    pub(crate) fn open(
        number: usize,
        shard: &Shard,
        version: SegmentVersion,
        segment: &tantivy::Segment,
        schema: Arc<IndexSchema>,
    ) -> Result<Self> {
        let files = SegmentFiles::of(segment, shard.dir())?;
        let reader = SegmentReader::open(segment)?;
        let norms = match reader.fieldnorms_readers().get_field(schema.words)? {
            Some(norms) => norms,
            None => FieldNormReader::constant(reader.max_doc(), 1),
        };
        let ids = reader.fast_fields().str("id")?;
        Ok(Self {
            shard: number,
            version,
            words: reader.inverted_index(schema.words)?,
            surface: reader.inverted_index(schema.surface)?,
            ngrams: reader.inverted_index(schema.ngrams)?,
            norms,
            ids: ids.ok_or_else(|| {
                tantivy::TantivyError::SchemaError("a segment has no column of ids".to_owned())
            })?,
            store: Arc::new(
                reader
                    .get_store_reader(DOC_STORE_CACHED_BLOCKS)
                    .map_err(tantivy::TantivyError::from)?,
            ),
            reader,
            files,
            schema,
            columns: Arc::default(),
            value_hashes: Arc::default(),
            strengths: Arc::default(),
        })
    }

    /// The same segment with other deletes.
    pub(crate) fn with_deletes(
        &self,
        version: SegmentVersion,
        segment: &tantivy::Segment,
    ) -> Result<Self> {
        let files = self.files.with_deletes(segment)?;
        files.look().map_err(Damage::from)?;
        Ok(Self {
            shard: self.shard,
            version,
            reader: SegmentReader::open(segment)?,
            files,
            words: Arc::clone(&self.words),
            surface: Arc::clone(&self.surface),
            ngrams: Arc::clone(&self.ngrams),
            norms: self.norms.clone(),
            ids: self.ids.clone(),
            store: Arc::clone(&self.store),
            schema: Arc::clone(&self.schema),
            columns: Arc::clone(&self.columns),
            value_hashes: Arc::clone(&self.value_hashes),
            strengths: Arc::clone(&self.strengths),
        })
    }

    pub(crate) fn max_doc(&self) -> DocId {
        self.reader.max_doc()
    }

    /// What has become of its files since they were opened.
    pub(super) fn look(&self) -> Result<(), Fault> {
        self.files.look()
    }

    /// Reads all of its files and compares them with their checksums.
    pub(super) fn verify(&self) -> Result<(), Fault> {
        self.files.verify()
    }

    /// The postings of one value of a keyword-like field.
    pub(crate) fn value_postings(
        &self,
        field: tantivy::schema::Field,
        value: &str,
    ) -> Result<Option<tantivy::postings::SegmentPostings>> {
        let term = tantivy::Term::from_field_text(field, value);
        let postings = self
            .reader
            .inverted_index(field)?
            .read_postings(&term, IndexRecordOption::Basic)
            .map_err(tantivy::TantivyError::from)?;
        Ok(postings)
    }

    /// The product's id and its document, as it came. Read from the stored document: the column
    /// of ids would have to unpack its dictionary for each.
    pub(crate) fn stored(&self, doc: DocId) -> Result<StoredProduct> {
        let document: TantivyDocument = self.store.get(doc)?;
        let text = |field| {
            let value = document.get_first(field);
            value.and_then(|value| value.as_str().map(str::to_owned)).unwrap_or_default()
        };
        Ok(StoredProduct { id: text(self.schema.id), document: text(self.schema.document) })
    }

    /// The stored document, as it came.
    pub(crate) fn document(&self, doc: DocId) -> Result<String> {
        Ok(self.stored(doc)?.document)
    }

    /// The columns of a field, opened once.
    pub(crate) fn columns(&self, key: &ColumnKey) -> Result<Arc<Columns>> {
        if let Some(columns) = self.columns.lock().get(key) {
            return Ok(Arc::clone(columns));
        }
        let columns = Arc::new(self.open_columns(key)?);
        self.columns.lock().insert(key.clone(), Arc::clone(&columns));
        Ok(columns)
    }

    /// The hash of every string of a field, by its ordinal; made once, linear in their number.
    pub(crate) fn value_hashes(&self, key: &ColumnKey) -> Result<Arc<Vec<u64>>> {
        if let Some(hashes) = self.value_hashes.lock().get(key) {
            return Ok(Arc::clone(hashes));
        }
        let mut hashes = Vec::new();
        if let Some(strings) = &self.columns(key)?.strings {
            hashes.reserve(strings.dictionary().num_terms());
            let stream = strings.dictionary().stream();
            let mut stream = stream.map_err(tantivy::TantivyError::from)?;
            while stream.advance() {
                hashes.push(stable_hash(stream.key()));
            }
        }
        let hashes = Arc::new(hashes);
        self.value_hashes.lock().insert(key.clone(), Arc::clone(&hashes));
        Ok(hashes)
    }

    /// The strengths of the catalogue's signals; made once, linear in the products.
    pub(crate) fn strengths(&self, catalog: &Catalog) -> Result<&Strengths> {
        if let Some(strengths) = self.strengths.get() {
            return Ok(strengths);
        }
        // Two searches may make them at once; both get the same.
        let strengths = Strengths::new(self, catalog)?;
        Ok(self.strengths.get_or_init(|| strengths))
    }

    fn open_columns(&self, key: &ColumnKey) -> Result<Columns> {
        let fast = self.reader.fast_fields();
        let name = format!("f{}", key.field);
        let mut columns = Columns::default();
        match self.schema.fields.get(key.field).copied().unwrap_or(FieldColumns::None) {
            FieldColumns::None => {}
            FieldColumns::Strings(_) => columns.strings = fast.str(&name)?,
            FieldColumns::Numbers(_) => columns.numbers = fast.column_opt(&name)?,
            FieldColumns::Integers(_) => columns.integers = fast.column_opt(&name)?,
            FieldColumns::Bools(_) => columns.bools = fast.column_opt(&name)?,
            FieldColumns::Geo { .. } => {
                let lat = fast.column_opt(&format!("{name}_lat"))?;
                let lon = fast.column_opt(&format!("{name}_lon"))?;
                columns.geo = lat.zip(lon);
            }
            FieldColumns::Attributes(_) => {
                let attribute = key.attribute.as_deref().unwrap_or_default();
                let path = format!("{name}.{}", column_key(attribute));
                for handle in fast.dynamic_column_handles(&path)? {
                    match handle.open().map_err(tantivy::TantivyError::from)? {
                        DynamicColumn::Str(column) => columns.strings = Some(column),
                        DynamicColumn::Bool(column) => columns.bools = Some(column),
                        number @ (DynamicColumn::F64(_)
                        | DynamicColumn::I64(_)
                        | DynamicColumn::U64(_)) => {
                            if let Some(DynamicColumn::F64(column)) =
                                number.coerce_numerical(NumericalType::F64)
                            {
                                columns.numbers = Some(column);
                            }
                        }
                        DynamicColumn::IpAddr(_)
                        | DynamicColumn::DateTime(_)
                        | DynamicColumn::Bytes(_) => {}
                    }
                }
            }
        }
        Ok(columns)
    }
}
