//! One search: its words are read and tried as the index tries them, then the page is fetched and
//! what there is no time for is left out.

use std::collections::HashMap;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Instant;

use search_core::plan::{
    CursorPlace, ParsedQuery, Planned, Rewritten, SearchPlan, SortValue, Widening,
    least_informative, page_of, pin_positions,
};
use search_core::plan::{Presented, Projection};
use search_core::{
    Degradation, FacetResult, Hit, HitGroup, SearchRequest, SearchResponse, ServedBy,
};
use tokio_postgres::Row;

use super::catalogs::{Catalogs, View};
use super::error::Fault;
use super::facets;
use super::hits::{Hits, Reach, Statement};
use super::lexicon::{Answers, AskingLexicon};
use super::order::Order;
use super::rank::Largest;
use super::session::Session;
use super::statement::Values;
use super::words::{Terms, WordQuery};
use crate::limits::{MAX_RANKED_PRODUCTS, MAX_READINGS};

/// What part of the time that is left may go into facets; the rest is for counting alone.
const FACET_SHARE: f64 = 0.7;
/// And what part of that into counting alone.
const COUNT_SHARE: f64 = 0.9;

/// One search in one view of the database.
pub(super) struct Search<'a> {
    session: &'a Session<'a>,
    view: View,
    largest: Arc<Largest>,
    planned: Planned,
    degraded: Vec<Degradation>,
}

/// A hit without its document.
#[derive(Debug)]
struct Found {
    id: String,
    score: f32,
    keys: Vec<SortValue>,
    group: Option<HitGroup>,
}

/// Words that were tried, and what they found.
struct Try {
    query: ParsedQuery,
    rewritten: Rewritten<Terms>,
    relaxed: Vec<String>,
    pins: Vec<(usize, Found)>,
    ranked: Vec<Found>,
    /// Whether products of the scope match the words, whatever the filter says.
    has_matches: bool,
    /// Whether `ranked` are all that there are.
    is_whole: bool,
}

/// Answers a request.
pub(super) fn search<'a>(
    catalogs: &'a Catalogs,
    session: &'a Session<'a>,
    catalog: &'a str,
    request: &'a SearchRequest,
) -> Pin<Box<dyn Future<Output = Result<SearchResponse, Fault>> + Send + 'a>> {
    Box::pin(async move {
        let started = Instant::now();
        let view = catalogs.view(session, catalog).await?;
        let planned = view.known.planner.plan(request)?;
        let largest = view.largest(session).await?;
        let mut search = Search { session, view, largest, planned, degraded: Vec::new() };
        let (response, marked) = search.answer(started).await?;
        // The vocabulary is that of all products: a correction must lead to some of the scope.
        let Some(text) = marked.filter(|_| request.scope.is_some()) else { return Ok(response) };
        let mut corrected = SearchRequest::query(text).limit(0).within(request.scope.clone());
        (corrected.typos, corrected.prefix) = (false, false);
        (corrected.timeout_ms, corrected.locale) = (request.timeout_ms, request.locale.clone());
        let found = self::search(catalogs, session, catalog, &corrected).await?;
        let is_shown = found.total > 0 && found.relaxed.is_empty();
        Ok(SearchResponse { corrected: response.corrected.filter(|_| is_shown), ..response })
    })
}

impl Search<'_> {
    fn plan(&self) -> &SearchPlan {
        &self.planned.plan
    }

    async fn answer(
        &mut self,
        started: Instant,
    ) -> Result<(SearchResponse, Option<String>), Fault> {
        let mut answers = Answers::default();
        let tried = self.try_until_found(&mut answers).await?;
        if answers.is_without_typos {
            self.degraded.push(Degradation::Typos);
        }
        let Try { rewritten, relaxed, pins, ranked, has_matches, is_whole, .. } = tried;
        let corrected = rewritten.corrected().filter(|_| has_matches);
        let (found, pinned) = (ranked.len() as u64, pins.len() as u64);
        let mut ranked = ranked;
        ranked.truncate(self.plan().page.offset + self.plan().page.limit);
        let place = |hit: &Found| {
            let (values, score) = (hit.keys.clone(), hit.score.to_bits());
            Ok::<_, Fault>(CursorPlace { values, score, id: hit.id.clone() })
        };
        let page = page_of(self.plan(), pins, ranked, found, place)?;
        let hits = self.documents(page.hits, &rewritten).await?;
        let (total, facets) = match is_whole && self.plan().facets.is_empty() {
            true => (found + pinned, Vec::new()),
            false => self.count(&rewritten, found + pinned).await?,
        };
        let facets = self.planned.plan.facets.iter().zip(facets);
        let facets = facets.map(|(plan, result)| (plan.name.clone(), result)).collect();
        self.degraded.dedup();
        let response = SearchResponse {
            hits,
            total,
            facets,
            corrected: corrected.clone(),
            did_you_mean: None,
            relaxed,
            redirect: self.planned.redirect.take(),
            rules: std::mem::take(&mut self.planned.rules),
            next_cursor: page.next.map(|next| next.encode()),
            took_ms: started.elapsed().as_secs_f64() * 1_000.0,
            served_by: ServedBy::Postgres,
            degraded: std::mem::take(&mut self.degraded),
            age_ms: None,
            index_version: None,
        };
        Ok((response, corrected))
    }

    /// Exact words first; then every word may be misspelt; then words are left out, those that
    /// say least first.
    async fn try_until_found(&self, answers: &mut Answers) -> Result<Try, Fault> {
        let plan = self.plan();
        let (unknown, every) = match plan.typos {
            true => (Widening::UnknownWords, Widening::EveryWord),
            false => (Widening::None, Widening::None),
        };
        let query = plan.query.clone();
        let mut tried = self.attempt(query, unknown, Vec::new(), answers).await?;
        if plan.query.words.is_empty() {
            return Ok(tried);
        }
        if !tried.has_matches && plan.typos {
            tried = self.attempt(tried.query, every, Vec::new(), answers).await?;
        }
        while !tried.has_matches && tried.query.words.len() > 1 {
            let docs = match plan.scope {
                None => tried.rewritten.docs_of_words(),
                Some(_) => self.words_in_scope(&tried).await?,
            };
            let Try { mut query, mut relaxed, .. } = tried;
            let word = query.words.remove(least_informative(&docs).min(query.words.len() - 1));
            relaxed.push(word.surface);
            tried = self.attempt(query, unknown, relaxed, answers).await?;
        }
        Ok(tried)
    }

    async fn attempt(
        &self,
        query: ParsedQuery,
        widening: Widening,
        relaxed: Vec<String>,
        answers: &mut Answers,
    ) -> Result<Try, Fault> {
        let rewritten = self.read(&query, widening, answers).await?;
        let products = self.view.known.tables.products();
        let hits = self.hits(&rewritten, &products);
        let plan = self.plan();
        let pinned = match plan.effects.pins.is_empty() {
            true => Vec::new(),
            false => self.pinned(&hits).await?,
        };
        let groups = pinned.iter().filter_map(|(_, group, _)| group.clone()).collect::<Vec<_>>();
        let pins = pin_positions(pinned, &plan.effects.pins);
        let wanted = plan.page.offset + plan.page.limit + 1;
        let is_cut = |rows: &[Row]| -> Result<bool, Fault> {
            let Some(row) = rows.first() else { return Ok(plan.page.after.is_some()) };
            let picked: i64 = row.try_get("picked")?;
            Ok(picked >= MAX_RANKED_PRODUCTS as i64)
        };
        let by_relevance = plan.sort.is_empty() && plan.group.is_none();
        let mut rows = Vec::new();
        let mut is_whole = plan.page.after.is_none() && plan.group.is_none();
        if plan.page.limit == 0 {
            is_whole = false;
        } else if !hits.words.is_hopeless {
            let reach = if by_relevance { Reach::Ranked } else { Reach::Every };
            rows = self.session.ask(&hits.page(reach, wanted, &groups)).await?;
            let is_ranked = hits.words.matching.is_some() && reach == Reach::Ranked;
            if is_ranked && rows.len() < wanted && is_cut(&rows)? {
                rows = self.session.ask(&hits.page(Reach::Every, wanted, &groups)).await?;
            }
            is_whole &= rows.len() < wanted;
        }
        // Pinned products that the words match are among the pins: these have been found, too.
        let has_matches = !rows.is_empty()
            || (!hits.words.is_hopeless && !self.session.ask(&hits.any()).await?.is_empty());
        let order = Order::new(&plan.sort);
        let ranked = rows.iter().map(|row| found(row, &order, plan.group.is_some()));
        let ranked = ranked.collect::<Result<_, Fault>>()?;
        Ok(Try { query, rewritten, relaxed, pins, ranked, has_matches, is_whole })
    }

    fn hits<'s>(&'s self, rewritten: &'s Rewritten<Terms>, products: &'s str) -> Hits<'s> {
        Hits {
            plan: &self.planned.plan,
            rewritten,
            words: WordQuery::new(rewritten),
            catalog: self.view.known.planner.catalog(),
            products,
            largest: &self.largest,
        }
    }

    /// Reads the words as often as there is something to ask about them.
    async fn read(
        &self,
        query: &ParsedQuery,
        widening: Widening,
        answers: &mut Answers,
    ) -> Result<Rewritten<Terms>, Fault> {
        let planner = &self.view.known.planner;
        let mut readings = 0;
        loop {
            let (rewritten, questions) = {
                let lexicon = AskingLexicon::new(planner, answers, self.view.products);
                let rewritten = planner.rewrite(self.plan(), query, widening, &lexicon)?;
                (rewritten, lexicon.into_questions())
            };
            readings += 1;
            if questions.is_empty() || readings == MAX_READINGS {
                return Ok(rewritten);
            }
            answers.find(questions, &self.view, self.session).await?;
        }
    }

    async fn words_in_scope(&self, tried: &Try) -> Result<Vec<u64>, Fault> {
        let products = self.view.known.tables.products();
        let hits = self.hits(&tried.rewritten, &products);
        let rows = self.session.ask(&hits.words_in_scope()).await?;
        let docs: Vec<i64> = rows.first().map_or(Ok(Vec::new()), |row| row.try_get(0))?;
        Ok(docs.into_iter().map(i64::cast_unsigned).collect())
    }

    /// Pinned products that are hits, with their places among the pins and their groups.
    async fn pinned(&self, hits: &Hits<'_>) -> Result<Vec<(usize, Option<String>, Found)>, Fault> {
        let is_grouped = self.plan().group.is_some();
        let mut pinned = Vec::new();
        for row in self.session.ask(&hits.pinned()).await? {
            let id: String = row.try_get("id")?;
            let pins = &self.plan().effects.pins;
            let Some(pin) = pins.iter().position(|pin| pin.id == id) else { continue };
            let value: Option<String> = row.try_get("value")?;
            let group: Option<String> = if is_grouped { row.try_get("g")? } else { None };
            let value = value.filter(|_| is_grouped).map(|key| HitGroup { key, size: 1 });
            let score = row.try_get("score")?;
            pinned.push((pin, group, Found { id, score, keys: Vec::new(), group: value }));
        }
        let groups: Vec<String> = pinned.iter().filter_map(|(_, group, _)| group.clone()).collect();
        if !groups.is_empty() {
            let rows = self.session.ask(&hits.group_sizes(&groups)).await?;
            let sizes = rows.iter().map(|row| Ok((row.try_get("g")?, row.try_get("size")?)));
            let sizes: HashMap<String, i64> = sizes.collect::<Result<_, Fault>>()?;
            for (_, group, hit) in &mut pinned {
                let size = group.as_ref().and_then(|group| sizes.get(group));
                if let (Some(group), Some(size)) = (&mut hit.group, size) {
                    group.size = size.cast_unsigned();
                }
            }
        }
        Ok(pinned)
    }

    /// The hits of the page as the caller sees them.
    async fn documents(
        &self,
        found: Vec<Found>,
        rewritten: &Rewritten<Terms>,
    ) -> Result<Vec<Hit>, Fault> {
        let plan = self.plan();
        let is_needed =
            !matches!(plan.projection, Projection::Nothing) || !plan.highlight.is_empty();
        let mut documents: HashMap<String, String> = HashMap::new();
        if is_needed && !found.is_empty() {
            let mut values = Values::default();
            let ids = values.texts(found.iter().map(|hit| hit.id.as_str()));
            let products = self.view.known.tables.products();
            let text = format!("SELECT id, document FROM {products} WHERE id = ANY({ids})");
            for row in self.session.ask(&Statement { text, values }).await? {
                documents.insert(row.try_get("id")?, row.try_get("document")?);
            }
        }
        let present = |Found { id, score, group, .. }: Found| {
            let Presented { product, highlight } = match documents.get(&id) {
                Some(document) => self
                    .view
                    .known
                    .planner
                    .present(document, plan, &rewritten.marks)
                    .map_err(|source| Fault::Document { id: id.clone(), source })?,
                None => Presented::default(),
            };
            Ok(Hit { id, score, product, highlight, group, explain: None })
        };
        found.into_iter().map(present).collect()
    }

    /// How many hits there are, and the facets; at least so many where there is no time to count.
    async fn count(
        &mut self,
        rewritten: &Rewritten<Terms>,
        at_least: u64,
    ) -> Result<(u64, Vec<FacetResult>), Fault> {
        if !self.plan().facets.is_empty() {
            match self.count_facets(rewritten).await {
                Ok(counted) => return Ok(counted),
                Err(Fault::Late) => self.degraded.push(Degradation::Facets),
                Err(fault) => return Err(fault),
            }
        }
        let products = self.view.known.tables.products();
        let count = self.hits(rewritten, &products).count();
        match self.session.try_ask(&count, COUNT_SHARE).await {
            Ok(rows) => {
                let total = rows.first().map_or(Ok(0), |row| row.try_get::<_, i64>(0))?;
                Ok((total.cast_unsigned(), Vec::new()))
            }
            Err(Fault::Late) => {
                self.degraded.push(Degradation::Counts);
                Ok((at_least, Vec::new()))
            }
            Err(fault) => Err(fault),
        }
    }

    async fn count_facets(
        &mut self,
        rewritten: &Rewritten<Terms>,
    ) -> Result<(u64, Vec<FacetResult>), Fault> {
        let asked = facets::presence(&self.plan().facets, &self.view.known.tables.present());
        let present = facets::read_presence(&self.session.ask(&asked).await?, &self.plan().facets)?;
        let products = self.view.known.tables.products();
        let statement = facets::count(&self.hits(rewritten, &products), &present);
        let rows = self.session.try_ask(&statement, FACET_SHARE).await?;
        let (total, results, is_whole) = facets::read(&rows, &self.planned.plan.facets, &present)?;
        if !is_whole {
            self.degraded.push(Degradation::Facets);
        }
        Ok((total, results))
    }
}

fn found(row: &Row, order: &Order<'_>, is_grouped: bool) -> Result<Found, Fault> {
    let group = match is_grouped {
        true => {
            let size: i64 = row.try_get("size")?;
            let key: Option<String> = row.try_get("value")?;
            key.map(|key| HitGroup { key, size: size.cast_unsigned() })
        }
        false => None,
    };
    Ok(Found {
        id: row.try_get("id")?,
        score: row.try_get("score")?,
        keys: order.place(row)?,
        group,
    })
}
