//! The synonyms and rules of a catalogue, for a server that has no data directory.

use search_core::StoredSettings;
use tokio_postgres::Client;

use super::error::PostgresError;

/// The version of a catalogue's settings; `None` when the catalogue is not there.
///
/// # Errors
/// When nobody answers.
pub async fn settings_version(
    client: &Client,
    catalog: &str,
) -> Result<Option<u64>, PostgresError> {
    let sql = "SELECT settings_version FROM aisle.catalogs WHERE name = $1";
    let row = client.query_opt(sql, &[&catalog]).await?;
    Ok(row.map(|row| row.get::<_, i64>(0).cast_unsigned()))
}

/// The settings of a catalogue; the defaults when it is not there.
///
/// # Errors
/// When nobody answers.
pub async fn read_settings(
    client: &Client,
    catalog: &str,
) -> Result<StoredSettings, PostgresError> {
    let sql = "SELECT settings FROM aisle.catalogs WHERE name = $1";
    let Some(row) = client.query_opt(sql, &[&catalog]).await? else {
        return Ok(StoredSettings::default());
    };
    serde_json::from_str(row.get(0))
        .map_err(|source| PostgresError::Stored { catalog: catalog.to_owned(), source })
}

/// Replaces the settings of a catalogue, which need not be there yet.
///
/// # Errors
/// When nobody answers.
pub async fn write_settings(
    client: &Client,
    catalog: &str,
    settings: &StoredSettings,
) -> Result<(), PostgresError> {
    let text = serde_json::to_string(settings)
        .map_err(|source| PostgresError::Stored { catalog: catalog.to_owned(), source })?;
    let sql = "INSERT INTO aisle.catalogs (name, settings, settings_version) VALUES ($1, $2, $3) \
               ON CONFLICT (name) DO UPDATE \
               SET settings = excluded.settings, settings_version = excluded.settings_version";
    client.execute(sql, &[&catalog, &text, &settings.version.cast_signed()]).await?;
    Ok(())
}
