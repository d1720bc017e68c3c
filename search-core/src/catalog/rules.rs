//! The rules of a catalogue: raw in, validated out, every fault with its line.

use std::collections::BTreeMap;
use std::fmt::Display;
use std::ops::Range;

use toml::Spanned;

use super::compounds::{Compounds, Files};
use super::raw::{RawCatalog, RawCompounds, RawField, RawSignal};
use super::{
    ANALYZERS, Catalog, CatalogError, CatalogFault, CompoundsFault, Currency, Field, FieldKind,
    FieldPath, Language, Money, MoneyUnit, Ranking, Role, Roles, Signal, SignalKind,
};
use crate::limits::{MAX_FIELDS, MAX_NAME_BYTES, MAX_SIGNALS, MAX_WEIGHT};

/// A fault and its place in the text.
pub(super) type Fault = (Range<usize>, CatalogFault);

pub(super) fn check(
    raw: RawCatalog,
    toml: &str,
    files: Files<'_>,
) -> Result<Catalog, CatalogError> {
    catalog(raw, toml, files).map_err(|(place, fault)| CatalogError::at(toml, place, fault))
}

fn catalog(raw: RawCatalog, toml: &str, files: Files<'_>) -> Result<Catalog, Fault> {
    let name = checked(&raw.name, |name| {
        is_catalog_name(name).then(|| name.to_owned()).ok_or(CatalogFault::Name(name.to_owned()))
    })?;
    let id_path =
        raw.id.map(|id| checked(&id, |path| Ok(path.parse::<FieldPath>()?))).transpose()?;
    let language = raw.language.as_ref().map_or(Ok(Language::default()), language)?;

    match raw.fields.len() {
        0 => return Err((0..0, CatalogFault::NoFields)),
        count if count > MAX_FIELDS => return Err((0..0, CatalogFault::TooManyFields(count))),
        _ => {}
    }
    let mut declared: Vec<_> = raw.fields.into_iter().collect();
    declared.sort_by_key(|(name, _)| name.span().start);
    let mut fields = Vec::with_capacity(declared.len());
    for (name, raw_field) in &declared {
        let field = field(name, raw_field)?;
        if let Some(other) = fields.iter().find(|other| same_source(&field, other)) {
            let (path, other) = (field.path.to_string(), other.name.clone());
            return Err((name.span(), CatalogFault::SameSource { path, other }));
        }
        fields.push(field);
    }

    let group_by = raw.group_by.map(|name| keyword(&name, &mut fields)).transpose()?;
    let (language_field, languages) =
        of_documents(raw.language_field.as_ref(), raw.languages.as_ref(), &mut fields)?;
    let signals = signals(&raw.signals, &fields)?;
    let mut catalog = Catalog {
        name,
        id_path,
        language,
        language_field,
        languages,
        compounds: Compounds::new(),
        group_by,
        fields,
        signals,
        ranking: Ranking::check(&raw.ranking)?,
        toml: toml.to_owned(),
    };
    catalog.compounds = compounds(&raw.compounds, &catalog.languages(), files)?;
    Ok(catalog)
}

fn field(name: &Spanned<String>, raw: &RawField) -> Result<Field, Fault> {
    let path = raw.path.as_ref().unwrap_or(name);
    let kind = kind(raw)?;
    let roles = roles(raw, &kind)?;
    Ok(Field {
        name: checked(name, |name| {
            is_field_name(name)
                .then(|| name.to_owned())
                .ok_or(CatalogFault::FieldName(name.to_owned()))
        })?,
        path: checked(path, |path| Ok(path.parse()?))?,
        weight: field_weight(raw, roles)?,
        analyzer: raw.analyzer.as_ref().map(analyzer).transpose()?,
        language: raw.language.as_ref().map(language).transpose()?,
        kind,
        roles,
    })
}

fn kind(raw: &RawField) -> Result<FieldKind, Fault> {
    let kind = match raw.kind.get_ref().as_str() {
        "text" => FieldKind::Text,
        "keyword" => FieldKind::Keyword,
        "code" => FieldKind::Code,
        "category" => FieldKind::Category { separator: separator(raw)? },
        "number" => FieldKind::Number,
        "money" => FieldKind::Money(money(raw)?),
        "bool" => FieldKind::Bool,
        "date" => FieldKind::Date,
        "geo" => FieldKind::Geo,
        "attributes" => FieldKind::Attributes,
        "stored" => FieldKind::Stored,
        _ => return Err(unknown("type", &raw.kind, FieldKind::NAMES)),
    };
    let owned_keys = [
        ("unit", "money", &raw.unit),
        ("currency", "money", &raw.currency),
        ("separator", "category", &raw.separator),
        ("analyzer", "text", &raw.analyzer),
        ("language", "text", &raw.language),
    ];
    for (key, owner, value) in owned_keys {
        if let Some(value) = value
            && kind.name() != owner
        {
            let kind = kind.name();
            return Err((value.span(), CatalogFault::KeyOfOtherType { kind, key, owner }));
        }
    }
    Ok(kind)
}

fn separator(raw: &RawField) -> Result<String, Fault> {
    let Some(separator) = &raw.separator else { return Ok(" > ".to_owned()) };
    checked(separator, |separator| {
        (!separator.trim().is_empty())
            .then(|| separator.to_owned())
            .ok_or(CatalogFault::EmptySeparator)
    })
}

fn money(raw: &RawField) -> Result<Money, Fault> {
    let unit = match &raw.unit {
        None => MoneyUnit::default(),
        Some(unit) => MoneyUnit::from_name(unit.get_ref())
            .ok_or_else(|| unknown("unit", unit, ["minor", "major"]))?,
    };
    let currency = match &raw.currency {
        None => Currency::USD,
        Some(code) => checked(code, |code| Ok(code.parse()?))?,
    };
    Ok(Money { unit, currency })
}

fn roles(raw: &RawField, kind: &FieldKind) -> Result<Roles, Fault> {
    let Some(names) = &raw.roles else { return Ok(kind.default_roles()) };
    let mut roles = Roles::default();
    for name in names {
        let role = Role::from_name(name.get_ref())
            .ok_or_else(|| unknown("role", name, Role::ALL.map(Role::name)))?;
        if !kind.possible_roles().has(role) {
            let expected = one_of(kind.possible_roles().iter().map(Role::name));
            let (kind, role) = (kind.name(), role.name());
            return Err((name.span(), CatalogFault::Role { kind, role, expected }));
        }
        if roles.has(role) {
            return Err((name.span(), CatalogFault::RoleTwice(role.name())));
        }
        roles = roles.iter().chain([role]).collect();
    }
    Ok(roles)
}

fn field_weight(raw: &RawField, roles: Roles) -> Result<f32, Fault> {
    match &raw.weight {
        Some(weight) if !roles.has(Role::Search) => {
            Err((weight.span(), CatalogFault::WeightWithoutSearch))
        }
        weight => self::weight(weight.as_ref()),
    }
}

fn weight(weight: Option<&Spanned<f32>>) -> Result<f32, Fault> {
    let Some(spanned) = weight else { return Ok(1.0) };
    let weight = *spanned.get_ref();
    if weight > 0.0 && weight <= MAX_WEIGHT {
        Ok(weight)
    } else {
        Err((spanned.span(), CatalogFault::Weight(weight)))
    }
}

fn analyzer(name: &Spanned<String>) -> Result<String, Fault> {
    if ANALYZERS.contains(&name.get_ref().as_str()) {
        Ok(name.get_ref().clone())
    } else {
        Err(unknown("analyzer", name, ANALYZERS))
    }
}

fn language(name: &Spanned<String>) -> Result<Language, Fault> {
    checked(name, |name| Ok(name.parse()?))
}

/// The field in which products name their language, and the languages that they may name.
fn of_documents(
    field: Option<&Spanned<String>>,
    names: Option<&Spanned<Vec<Spanned<String>>>>,
    fields: &mut Vec<Field>,
) -> Result<(Option<String>, Vec<Language>), Fault> {
    let needs = |place: Range<usize>, key, other| Err((place, CatalogFault::Needs(key, other)));
    let (field, names) = match (field, names) {
        (None, None) => return Ok((None, Vec::new())),
        (Some(field), None) => return needs(field.span(), "language_field", "languages"),
        (None, Some(names)) => return needs(names.span(), "languages", "language_field"),
        (Some(field), Some(names)) => (field, names),
    };
    let mut languages = Vec::new();
    for name in names.get_ref() {
        let language = language(name)?;
        if languages.contains(&language) {
            return Err((name.span(), CatalogFault::LanguageTwice(language)));
        }
        languages.push(language);
    }
    Ok((Some(keyword(field, fields)?), languages))
}

fn compounds(
    raw: &BTreeMap<Spanned<String>, Spanned<RawCompounds>>,
    languages: &[Language],
    files: Files<'_>,
) -> Result<Compounds, Fault> {
    let mut compounds = Compounds::new();
    for (name, raw) in raw {
        let language = language(name)?;
        if !languages.contains(&language) {
            return Err((name.span(), CompoundsFault::UnusedLanguage(language).into()));
        }
        let words = files.words(language, raw.get_ref());
        let words = words.map_err(|fault| (raw.span(), CatalogFault::from(fault)))?;
        if compounds.insert(language, words).is_some() {
            return Err((name.span(), CatalogFault::LanguageTwice(language)));
        }
    }
    Ok(compounds)
}

fn same_source(a: &Field, b: &Field) -> bool {
    a.path == b.path && a.kind == b.kind && a.analyzer == b.analyzer && a.language == b.language
}

/// A field of names. One that is declared for nothing else need not be declared at all.
fn keyword(name: &Spanned<String>, fields: &mut Vec<Field>) -> Result<String, Fault> {
    if !fields.iter().any(|field| field.name == *name.get_ref()) {
        fields.push(Field {
            name: checked(name, |name| {
                is_field_name(name)
                    .then(|| name.to_owned())
                    .ok_or(CatalogFault::FieldName(name.to_owned()))
            })?,
            path: checked(name, |path| Ok(path.parse()?))?,
            kind: FieldKind::Keyword,
            roles: Roles::default(),
            weight: 1.0,
            analyzer: None,
            language: None,
        });
    }
    field_of_type(name, fields, &["keyword", "code"])?;
    Ok(name.get_ref().clone())
}

fn signals(raw: &[RawSignal], fields: &[Field]) -> Result<Vec<Signal>, Fault> {
    let mut signals: Vec<Signal> = Vec::with_capacity(raw.len());
    for RawSignal { field, kind, weight } in raw {
        let name = field.get_ref();
        if signals.len() == MAX_SIGNALS {
            return Err((field.span(), CatalogFault::TooManySignals(raw.len())));
        }
        if signals.iter().any(|signal| signal.field == *name) {
            return Err((field.span(), CatalogFault::SignalTwice(name.clone())));
        }
        let kind = SignalKind::from_name(kind.get_ref())
            .ok_or_else(|| unknown("kind", kind, SignalKind::ALL.map(SignalKind::name)))?;
        field_of_type(field, fields, kind.field_kinds())?;
        let weight = self::weight(weight.as_ref())?;
        signals.push(Signal { field: name.clone(), kind, weight });
    }
    Ok(signals)
}

fn field_of_type(name: &Spanned<String>, fields: &[Field], kinds: &[&str]) -> Result<(), Fault> {
    let field = fields
        .iter()
        .find(|field| field.name == *name.get_ref())
        .ok_or_else(|| (name.span(), CatalogFault::NoSuchField(name.get_ref().clone())))?;
    if kinds.contains(&field.kind.name()) {
        return Ok(());
    }
    let (field, kind) = (field.name.clone(), field.kind.name());
    let expected = one_of(kinds.iter().copied());
    Err((name.span(), CatalogFault::FieldType { field, kind, expected }))
}

fn is_catalog_name(name: &str) -> bool {
    let fits =
        |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"_-".contains(&byte);
    (1..=MAX_NAME_BYTES).contains(&name.len()) && name.bytes().all(fits)
}

fn is_field_name(name: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"_-".contains(&byte);
    name.len() <= MAX_NAME_BYTES
        && name.split('.').all(|part| !part.is_empty() && part.bytes().all(fits))
}

fn checked<T>(
    text: &Spanned<String>,
    check: impl FnOnce(&str) -> Result<T, CatalogFault>,
) -> Result<T, Fault> {
    check(text.get_ref()).map_err(|fault| (text.span(), fault))
}

fn unknown<const N: usize>(
    what: &'static str,
    found: &Spanned<String>,
    known: [&'static str; N],
) -> Fault {
    let expected = one_of(known);
    (found.span(), CatalogFault::Unknown { what, found: found.get_ref().clone(), expected })
}

fn one_of(names: impl IntoIterator<Item = impl Display>) -> String {
    let names: Vec<_> = names.into_iter().map(|name| format!("`{name}`")).collect();
    names.join(", ")
}
