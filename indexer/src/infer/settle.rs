//! From a file to a catalogue that its documents fit.

use search_core::{Catalog, FieldKind};

use super::error::InferError;
use super::guess::{Guess, Rank, guess, sort};
use super::render::render;
use super::sample::{Misfit, Sample};
use crate::source::Input;

/// The text of a catalogue guessed from the documents of an input.
///
/// # Errors
/// When the input holds no documents or nothing in them can be the id.
pub fn infer(input: &Input, name: &str) -> Result<String, InferError> {
    let sample = Sample::read(input)?;
    let profile = sample.profile();
    let mut guess = guess(&profile).ok_or_else(|| InferError::NoId {
        paths: profile.root.children.keys().cloned().collect(),
    })?;
    loop {
        let toml = render(&guess, name, profile.documents);
        let catalog = Catalog::parse(&toml)?;
        match sample.misfit(&catalog) {
            Some(misfit) if keep_only(&mut guess, &misfit) => {}
            _ => return Ok(toml),
        }
    }
}

/// Makes a field stored that would get documents rejected; false if it is already.
fn keep_only(guess: &mut Guess, misfit: &Misfit) -> bool {
    let field = guess.fields.iter_mut().find(|field| field.name == misfit.field);
    let Some(field) = field.filter(|field| field.kind != FieldKind::Stored) else { return false };
    let (kind, reason) = (field.kind.name(), misfit.reason.replace(char::is_control, " "));
    field.note = format!("looks like {kind}, but not everywhere: {reason}");
    field.kind = FieldKind::Stored;
    field.rank = Rank::Stored;
    field.roles.clear();
    field.weight = None;
    guess.signals.retain(|(name, ..)| *name != misfit.field);
    if guess.group.as_ref().is_some_and(|(name, _)| *name == misfit.field) {
        guess.group = None;
    }
    sort(&mut guess.fields);
    true
}
