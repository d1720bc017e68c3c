//! A rule as a merchandiser writes it, and as it travels as JSON.

use serde::{Deserialize, Serialize};

/// What a search should do when it is for certain words or in a certain category.
///
/// ```
/// use search_core::Rule;
///
/// let rule: Rule = serde_json::from_str(r#"{
///     "id": "trail-week",
///     "from": "2026-11-23T00:00:00Z", "until": "2026-11-30T00:00:00Z",
///     "when": [{ "query": { "contains": "trail shoes" } }, { "category": "Shoes > Trail" }],
///     "then": {
///         "pin": [{ "id": "100007", "position": 1 }],
///         "hide": { "filter": "in_stock = false" },
///         "boost": [{ "filter": "brand = \"Kestrel\"", "weight": 2 }]
///     }
/// }"#)?;
/// assert_eq!(rule.then.pin[0].position, 1);
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// Names the rule in answers and errors; no two rules have the same.
    pub id: String,
    /// What the rule is for, for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Whether the rule is in use.
    #[serde(default = "enabled", skip_serializing_if = "is_enabled")]
    #[cfg_attr(feature = "openapi", schema(default = true))]
    pub enabled: bool,
    /// The first moment at which the rule applies, in RFC 3339; absent: always has.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(example = "2026-11-23T00:00:00Z"))]
    pub from: Option<String>,
    /// The first moment at which the rule no longer applies, in RFC 3339; absent: never ends.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(example = "2026-11-30T00:00:00Z"))]
    pub until: Option<String>,
    /// The rule applies when any of these holds; 1 to
    /// [`MAX_RULE_CONDITIONS`](crate::limits::MAX_RULE_CONDITIONS).
    pub when: Vec<RuleCondition>,
    /// What it does then.
    pub then: Consequences,
}

impl Default for Rule {
    /// An enabled rule without a name, condition or consequence.
    fn default() -> Self {
        Self {
            id: String::new(),
            description: None,
            enabled: true,
            from: None,
            until: None,
            when: Vec::new(),
            then: Consequences::default(),
        }
    }
}

fn enabled() -> bool {
    true
}

fn is_enabled(enabled: &bool) -> bool {
    *enabled
}

/// When a rule applies; with both parts given, both must hold.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct RuleCondition {
    /// What the shopper typed. `-excluded` words do not count.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub query: Option<QueryMatch>,
    /// The full path of a category that the shopper selected, as a facet lists it: by a
    /// refinement, or by a filter that demands it. The categories above it are others.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(example = "Audio > Headphones"))]
    pub category: Option<String>,
}

/// How the words of a query compare with those of a rule. They are compared as a search compares
/// them, so that case, accents and endings do not matter; synonyms and typos do not apply.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum QueryMatch {
    /// The query has these words and no others; empty: the query has no words.
    Is(String),
    /// The words stand next to each other somewhere in the query.
    Contains(String),
    /// The query begins with the words.
    StartsWith(String),
}

/// What a rule does; at least one part must be given.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields, default)]
pub struct Consequences {
    /// Products at fixed positions, whether or not they match the words.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub pin: Vec<Pin>,
    /// Products that are not found, as if the catalogue did not have them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hide: Option<Hide>,
    /// Products that move up.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub boost: Vec<Weighting>,
    /// Products that move down.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub bury: Vec<Weighting>,
    /// A filter that is added to that of the request.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(example = "in_stock = true"))]
    pub filter: Option<String>,
    /// Words of the query that are searched as others, or not at all.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub replace: Vec<Replacement>,
    /// Where to send the shopper: an `http` or `https` URL, or a path.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(example = "/sale"))]
    pub redirect: Option<String>,
}

/// A product at a fixed position.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Pin {
    /// The product's id; one that is not there yet may come.
    pub id: String,
    /// Its position among all hits, from 1 to
    /// [`MAX_PIN_POSITION`](crate::limits::MAX_PIN_POSITION); the next free one when it is taken.
    #[cfg_attr(feature = "openapi", schema(minimum = 1, maximum = 1_000))]
    pub position: usize,
}

/// Products that are not found: those with an id of the list, and those that pass the filter.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields, default)]
pub struct Hide {
    /// Ids of products.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub ids: Vec<String>,
    /// A filter.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub filter: Option<String>,
}

/// Products whose score changes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Weighting {
    /// Which products.
    #[cfg_attr(feature = "openapi", schema(example = "brand = \"Sony\""))]
    pub filter: String,
    /// What a boost multiplies the score by and a bury divides it by: more than 1, at most
    /// [`MAX_RULE_WEIGHT`](crate::limits::MAX_RULE_WEIGHT).
    #[serde(default = "default_weight")]
    #[cfg_attr(feature = "openapi", schema(default = 2.0, maximum = 10.0))]
    pub weight: f32,
}

fn default_weight() -> f32 {
    2.0
}

/// Words of a query and what is searched instead.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Replacement {
    /// The words, next to each other in the query.
    #[cfg_attr(feature = "openapi", schema(example = "cheap"))]
    pub words: String,
    /// What stands for them; empty: they are left out.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub with: String,
}
