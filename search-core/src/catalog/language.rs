//! The languages whose words the engine can stem.

use std::fmt;
use std::str::FromStr;

/// A language of the text fields, one for each stemmer of tantivy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
#[allow(missing_docs)] // the names say it all
pub enum Language {
    Arabic,
    Danish,
    Dutch,
    #[default]
    English,
    Finnish,
    French,
    German,
    Greek,
    Hungarian,
    Italian,
    Norwegian,
    Portuguese,
    Romanian,
    Russian,
    Spanish,
    Swedish,
    Tamil,
    Turkish,
}

impl Language {
    /// Every language, by name.
    pub const ALL: [Language; 18] = [
        Language::Arabic,
        Language::Danish,
        Language::Dutch,
        Language::English,
        Language::Finnish,
        Language::French,
        Language::German,
        Language::Greek,
        Language::Hungarian,
        Language::Italian,
        Language::Norwegian,
        Language::Portuguese,
        Language::Romanian,
        Language::Russian,
        Language::Spanish,
        Language::Swedish,
        Language::Tamil,
        Language::Turkish,
    ];

    /// The English name in lower case, as catalogues write it.
    pub const fn name(self) -> &'static str {
        self.spellings().0
    }

    /// The ISO 639-1 code.
    pub const fn code(self) -> &'static str {
        self.spellings().1
    }

    /// Whether a noun phrase names the thing first and what it is for after it ("housse pour
    /// ordinateur"), not last ("laptop case").
    pub(crate) const fn names_things_first(self) -> bool {
        matches!(
            self,
            Language::Arabic
                | Language::French
                | Language::Italian
                | Language::Portuguese
                | Language::Romanian
                | Language::Spanish
        )
    }

    const fn spellings(self) -> (&'static str, &'static str) {
        match self {
            Language::Arabic => ("arabic", "ar"),
            Language::Danish => ("danish", "da"),
            Language::Dutch => ("dutch", "nl"),
            Language::English => ("english", "en"),
            Language::Finnish => ("finnish", "fi"),
            Language::French => ("french", "fr"),
            Language::German => ("german", "de"),
            Language::Greek => ("greek", "el"),
            Language::Hungarian => ("hungarian", "hu"),
            Language::Italian => ("italian", "it"),
            Language::Norwegian => ("norwegian", "no"),
            Language::Portuguese => ("portuguese", "pt"),
            Language::Romanian => ("romanian", "ro"),
            Language::Russian => ("russian", "ru"),
            Language::Spanish => ("spanish", "es"),
            Language::Swedish => ("swedish", "sv"),
            Language::Tamil => ("tamil", "ta"),
            Language::Turkish => ("turkish", "tr"),
        }
    }
}

impl Language {
    /// The language of a BCP 47 tag (`de`, `de-AT`, `pt_BR`; names such as `german` too), as far
    /// as the engine knows it.
    ///
    /// # Errors
    ///
    /// When the text has not the form of a tag.
    pub fn from_tag(tag: &str) -> Result<Option<Language>, InvalidTag> {
        let mut subtags = tag.split(['-', '_']);
        let is_subtag = |subtag: &str| {
            (1..=8).contains(&subtag.len()) && subtag.bytes().all(|b| b.is_ascii_alphanumeric())
        };
        let language = subtags.next().filter(|language| {
            (2..=MAX_LANGUAGE_LETTERS).contains(&language.len())
                && language.bytes().all(|b| b.is_ascii_alphabetic())
        });
        match language {
            Some(language) if tag.len() <= MAX_TAG_BYTES && subtags.all(is_subtag) => {
                // Both written standards of Norwegian have codes of their own.
                let norwegian = ["nb", "nn"].iter().any(|code| language.eq_ignore_ascii_case(code));
                Ok(if norwegian { Some(Language::Norwegian) } else { language.parse().ok() })
            }
            _ => Err(InvalidTag(tag.chars().take(MAX_TAG_BYTES).collect())),
        }
    }
}

/// Longest tag of a language, in bytes.
const MAX_TAG_BYTES: usize = 35;
/// Letters of the longest name of a language.
const MAX_LANGUAGE_LETTERS: usize = 10;

/// A text that has not the form of a language tag.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("expected a language tag such as `de` or `pt-BR`, got {0:?}")]
pub struct InvalidTag(pub String);

impl fmt::Display for Language {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Language {
    type Err = UnknownLanguage;

    /// Reads a name or a code in any case.
    fn from_str(text: &str) -> Result<Language, UnknownLanguage> {
        Language::ALL
            .into_iter()
            .find(|language| {
                text.eq_ignore_ascii_case(language.name())
                    || text.eq_ignore_ascii_case(language.code())
            })
            .ok_or_else(|| UnknownLanguage(text.to_owned()))
    }
}

/// A language that has no stemmer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown language `{0}`, expected one of {list}", list = known())]
pub struct UnknownLanguage(pub String);

fn known() -> String {
    Language::ALL.map(|language| format!("`{language}`")).join(", ")
}

impl From<Language> for tantivy::tokenizer::Language {
    fn from(language: Language) -> tantivy::tokenizer::Language {
        use tantivy::tokenizer::Language as Stemmed;
        match language {
            Language::Arabic => Stemmed::Arabic,
            Language::Danish => Stemmed::Danish,
            Language::Dutch => Stemmed::Dutch,
            Language::English => Stemmed::English,
            Language::Finnish => Stemmed::Finnish,
            Language::French => Stemmed::French,
            Language::German => Stemmed::German,
            Language::Greek => Stemmed::Greek,
            Language::Hungarian => Stemmed::Hungarian,
            Language::Italian => Stemmed::Italian,
            Language::Norwegian => Stemmed::Norwegian,
            Language::Portuguese => Stemmed::Portuguese,
            Language::Romanian => Stemmed::Romanian,
            Language::Russian => Stemmed::Russian,
            Language::Spanish => Stemmed::Spanish,
            Language::Swedish => Stemmed::Swedish,
            Language::Tamil => Stemmed::Tamil,
            Language::Turkish => Stemmed::Turkish,
        }
    }
}
