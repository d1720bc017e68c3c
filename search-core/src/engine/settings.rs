//! The synonyms and the rules of an engine.

use std::sync::Arc;

use super::{Engine, View};
use crate::analysis::Synonyms;
use crate::error::Result;
use crate::index::write_json;
use crate::query::ParsedQuery;
use crate::rules::{Rule, RuleError};
use crate::settings::{Settings, StoredSettings, SynonymPreview};

impl Engine {
    /// The synonyms and the rules as they are kept, with their version.
    pub fn settings(&self) -> StoredSettings {
        self.inner.view.load().settings.stored()
    }

    /// The version of the [settings](Self::settings) alone.
    pub fn settings_version(&self) -> u64 {
        self.inner.view.load().settings.version
    }

    /// The synonym rules, as they were given.
    pub fn synonyms(&self) -> Vec<String> {
        self.inner.view.load().settings.synonyms.rules().to_vec()
    }

    /// Replaces the synonyms, visible at once.
    ///
    /// # Errors
    /// [`EngineError::Synonyms`](crate::EngineError::Synonyms) with line and reason; the running
    /// set stays then.
    pub fn set_synonyms(&self, rules: &[String]) -> Result<u64> {
        self.change_settings(|settings| settings.synonyms = rules.to_vec(), |_| Ok(()))
    }

    /// The [rules](Rule) for certain words and categories, as they were given.
    pub fn rules(&self) -> Vec<Rule> {
        self.inner.view.load().settings.rules.given().to_vec()
    }

    /// Why some of the rules do not apply: a new generation's catalogue may lack a field that
    /// they speak of.
    pub fn rule_faults(&self) -> Vec<RuleError> {
        self.inner.view.load().settings.rules.faults().to_vec()
    }

    /// Replaces the rules, visible at once. Gives the index version.
    ///
    /// ```
    /// # use search_core::{Catalog, Checkpoint, Engine, SearchRequest, WriterOptions};
    /// use search_core::{Consequences, Pin, QueryMatch, Rule, RuleCondition};
    ///
    /// # let catalog = Catalog::parse("name = \"shoes\"\n[fields.title]\ntype = \"text\"\n")?;
    /// # let engine = Engine::in_memory(catalog)?;
    /// # let mut writer = engine.writer(&WriterOptions::new("example"))?;
    /// # writer.upsert(br#"{"id": "1", "title": "Running shoe"}"#)?;
    /// # writer.upsert(br#"{"id": "2", "title": "Shoe polish"}"#)?;
    /// # writer.commit(&Checkpoint::default())?;
    /// let contains = QueryMatch::Contains("shoes".to_owned());
    /// engine.set_rules(&[Rule {
    ///     id: "polish first".to_owned(),
    ///     when: vec![RuleCondition { query: Some(contains), category: None }],
    ///     then: Consequences {
    ///         pin: vec![Pin { id: "2".to_owned(), position: 1 }],
    ///         ..Consequences::default()
    ///     },
    ///     ..Rule::default()
    /// }])?;
    /// let page = engine.search(&SearchRequest::query("running shoe"))?;
    /// let ids: Vec<&str> = page.hits.iter().map(|hit| hit.id.as_str()).collect();
    /// assert_eq!(ids, ["2", "1"]);
    /// assert_eq!(page.rules[0].id, "polish first");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`EngineError::Rules`](crate::EngineError::Rules) with the rule, the part of it and the
    /// reason; the running set stays then.
    pub fn set_rules(&self, rules: &[Rule]) -> Result<u64> {
        let accept = |settings: &Settings| match settings.rules.faults().first() {
            Some(fault) => Err(fault.clone().into()),
            None => Ok(()),
        };
        self.change_settings(|settings| settings.rules = rules.to_vec(), accept)
    }

    /// Changes the settings if what they compile to is accepted, for all processes.
    fn change_settings(
        &self,
        change: impl FnOnce(&mut StoredSettings),
        accept: impl FnOnce(&Settings) -> Result<()>,
    ) -> Result<u64> {
        let _replacing = self.inner.replacing.lock();
        let view = self.inner.view.load_full();
        let home = self.inner.home.as_ref();
        let _lock = home.map(|home| home.catalog.lock_settings()).transpose()?;
        // Another process may have changed them since.
        let mut stored = match home {
            Some(home) => StoredSettings::read(&home.catalog)?,
            None => view.settings.stored(),
        };
        stored.version = stored.next_version();
        change(&mut stored);
        let generation = &view.snapshot.generation;
        let settings = Settings::compile(&stored, &generation.catalog, &generation.analyzers)?;
        accept(&settings)?;
        if let Some(home) = home {
            write_json(&home.catalog.settings(), &stored)?;
        }
        let view = View { snapshot: Arc::clone(&view.snapshot), settings: Arc::new(settings) };
        let version = view.index_version();
        self.inner.view.store(Arc::new(view));
        Ok(version)
    }

    /// How a query would be expanded by these rules, or by the running ones.
    ///
    /// # Errors
    /// [`EngineError::Synonyms`](crate::EngineError::Synonyms) with line and reason,
    /// [`EngineError::Request`](crate::EngineError::Request) when the query is at fault.
    pub fn preview_synonyms(&self, rules: Option<&[String]>, q: &str) -> Result<SynonymPreview> {
        let view = self.inner.view.load_full();
        let analyzer = view.snapshot.generation.analyzers.of_query(None);
        let draft = match rules {
            Some(rules) => Some(Synonyms::from_rules(rules, analyzer)?),
            None => None,
        };
        let synonyms = draft.as_ref().unwrap_or(&view.settings.synonyms);
        let query = ParsedQuery::parse(q, false, analyzer)?;
        Ok(SynonymPreview::of(&query, synonyms))
    }
}
