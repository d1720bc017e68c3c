//! Writes a guess as a catalogue.

use std::fmt::{self, Display, Write};

use search_core::{FieldKind, MoneyUnit};

use super::guess::{FieldGuess, Guess};

/// A guess as the text of a catalogue.
pub(super) fn render(guess: &Guess, name: &str, documents: u64) -> String {
    let mut toml = String::new();
    // Writing to a string cannot fail.
    let _ = write_catalog(&mut toml, guess, name, documents);
    toml
}

fn write_catalog(toml: &mut String, guess: &Guess, name: &str, documents: u64) -> fmt::Result {
    writeln!(
        toml,
        "# Guessed from {documents} documents. Go through it: drop what is not needed,"
    )?;
    writeln!(toml, "# correct what is wrong; every document is kept and returned whole.")?;
    writeln!(toml, "name = {}", quoted(name))?;
    writeln!(toml, "id = {}", quoted(&guess.id))?;
    if let Some((field, groups)) = &guess.group {
        let field = quoted(field);
        writeln!(toml, "# group_by = {field}    # shows variants as one hit: {groups} groups")?;
    }
    for field in &guess.fields {
        writeln!(toml)?;
        write_field(toml, field)?;
    }
    for (field, kind, weight) in &guess.signals {
        writeln!(toml, "\n[[signals]]")?;
        writeln!(toml, "field = {}", quoted(field))?;
        writeln!(toml, "kind = {}", quoted(kind.name()))?;
        writeln!(toml, "weight = {weight}")?;
    }
    Ok(())
}

fn write_field(toml: &mut String, field: &FieldGuess) -> fmt::Result {
    let key = if field.name.contains('.') { quoted(&field.name) } else { field.name.clone() };
    writeln!(toml, "[fields.{key}]    # {}", field.note)?;
    if field.path != field.name {
        writeln!(toml, "path = {}", quoted(&field.path))?;
    }
    writeln!(toml, "type = {}", quoted(field.kind.name()))?;
    match &field.kind {
        FieldKind::Money(money) => {
            if money.unit == MoneyUnit::Minor {
                writeln!(toml, "unit = {}", quoted(money.unit.name()))?;
            }
            writeln!(toml, "currency = {}", quoted(money.currency))?;
        }
        FieldKind::Category { separator } => {
            writeln!(toml, "separator = {}", quoted(separator))?;
        }
        _ => {}
    }
    if !field.roles.is_empty() {
        let roles: Vec<_> = field.roles.iter().map(|role| quoted(role.name())).collect();
        writeln!(toml, "roles = [{}]", roles.join(", "))?;
    }
    match field.weight {
        Some(weight) => writeln!(toml, "weight = {weight:?}"),
        None => Ok(()),
    }
}

fn quoted(text: impl Display) -> String {
    toml::Value::String(text.to_string()).to_string()
}
