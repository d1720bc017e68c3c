//! What another backend needs to answer as the index does: the plan of a search without an index.
//!
//! A [`Planner`] holds a catalogue with its settings, the synonyms and rules. It reads a request into a
//! [`SearchPlan`] – words, [conditions](Condition), facets, order, page – and the words into
//! [slots](Slot) of terms by asking the backend's [`Lexicon`]. The backend finds, counts and
//! ranks; [`page_of`], [`FacetTally`] and [`Planner::present`] make the answer of that, as the
//! engine itself does.

use std::sync::Arc;

use crate::analysis::Analyzers;
use crate::catalog::Catalog;
use crate::error::Result;
use crate::response::AppliedRule;
use crate::search::{Rewriter, TypoAutomata, presented};
use crate::settings::{Settings, StoredSettings, now};
use crate::{SearchRequest, query, search};

pub use crate::facets::{FacetTally, NumbersPresent, Present, RangeTally};
pub use crate::index::{ColumnKey, MAX_LISTED_NUMBERS, RECENCY_HALF_LIFE_MS};
pub use crate::rules::{Effects, RuleWeighting};
pub use query::{
    Condition, Deadline, FacetPlan, Page, ParsedQuery, Projection, Range, RefinementPlan,
    SearchPlan, Sequence, SortBy, SortKey, Term, Word,
};
pub use search::{
    Alternative, Cursor, CursorPlace, EARTH_RADIUS, Found, Index, Lexicon, Marks, PageOfHits, Pair,
    Part, Presented, Rewritten, Slot, SortValue, Sorted, Source, VocabularyWord, Widening,
    least_informative, page_of, pin_positions,
};

/// Plans searches of one catalogue; immutable, used by many threads at once.
///
/// ```
/// use std::sync::Arc;
///
/// use search_core::plan::Planner;
/// use search_core::{Catalog, SearchRequest, StoredSettings};
///
/// let catalog = Catalog::parse("name = \"shoes\"\n[fields.title]\ntype = \"text\"\n")?;
/// let planner = Planner::new(Arc::new(catalog), &StoredSettings::default())?;
/// let planned = planner.plan(&SearchRequest::query("running shoes"))?;
/// assert_eq!(planned.plan.query.words[0].term, "run");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Planner {
    catalog: Arc<Catalog>,
    analyzers: Analyzers,
    settings: Settings,
    typos: TypoAutomata,
}

/// A plan, and what rules say in the answer.
#[derive(Debug)]
pub struct Planned {
    /// The plan; the rules have changed it already.
    pub plan: SearchPlan,
    /// The rules that apply, in their order.
    pub rules: Vec<AppliedRule>,
    /// Where a rule sends the shopper instead.
    pub redirect: Option<String>,
}

impl Planner {
    /// A planner of a catalogue with these settings. Rules that do not fit the catalogue do not
    /// apply, as in an [`Engine`](crate::Engine).
    ///
    /// # Errors
    /// When a synonym rule cannot be read, with its line.
    pub fn new(catalog: Arc<Catalog>, settings: &StoredSettings) -> Result<Self> {
        let analyzers = Analyzers::new(&catalog);
        let settings = Settings::compile(settings, &catalog, &analyzers)?;
        Ok(Self { catalog, analyzers, settings, typos: TypoAutomata::new() })
    }

    /// The catalogue.
    pub fn catalog(&self) -> &Arc<Catalog> {
        &self.catalog
    }

    /// Checks a request; its deadline begins now.
    ///
    /// # Errors
    /// When the request is at fault, with the place.
    pub fn plan(&self, request: &SearchRequest) -> Result<Planned> {
        let (catalog, analyzers) = (&self.catalog, &self.analyzers);
        let mut plan = SearchPlan::new(request, catalog, analyzers)?;
        let applied = self.settings.rules.apply(request, &mut plan, catalog, analyzers, now())?;
        Ok(Planned { plan, rules: applied.rules, redirect: applied.redirect })
    }

    /// What to look for where a plan speaks of words: its own query, or what is left of it when
    /// words have been dropped.
    ///
    /// # Errors
    /// Those of the lexicon.
    pub fn rewrite<L: Lexicon>(
        &self,
        plan: &SearchPlan,
        query: &ParsedQuery,
        widening: Widening,
        lexicon: &L,
    ) -> Result<Rewritten<L::Terms>> {
        let rewriter = Rewriter {
            lexicon,
            analyzer: self.analyzers.of_query(plan.language),
            ranking: self.catalog.ranking(),
            has_text_grams: self.catalog.has_text_grams(),
            synonyms: &self.settings.synonyms,
            thesaurus: &self.settings.thesaurus,
        };
        rewriter.rewrite(query, widening)
    }

    /// How many typing errors a word may have, and with it which words a backend has to look at.
    pub fn edits_allowed(word: &str) -> u8 {
        TypoAutomata::edits_allowed(word)
    }

    /// Which of these words a word may be a misspelling of, the best first; with `prefix`, which
    /// of them begin with something like it.
    pub fn alternatives(
        &self,
        word: &str,
        prefix: bool,
        candidates: &[VocabularyWord],
    ) -> Vec<Alternative> {
        self.typos.among(word, prefix, candidates)
    }

    /// What the caller gets of a document: the part that the plan asks for, and highlighted texts.
    ///
    /// # Errors
    /// When the document is no JSON.
    pub fn present(
        &self,
        document: &str,
        plan: &SearchPlan,
        marks: &Marks,
    ) -> serde_json::Result<Presented> {
        presented(document, plan, &self.catalog, &self.analyzers, marks)
    }
}
