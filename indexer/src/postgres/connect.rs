//! Connecting, with clear words where that fails.

use std::env;
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use tokio_postgres::config::SslMode;
use tokio_postgres::{Client, Config};
use tokio_postgres_rustls::MakeRustlsConnect;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::CertificateDer;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::{ClientConfig, RootCertStore};

use super::error::PostgresError;
use crate::limits::{POSTGRES_CONNECT_TIMEOUT, POSTGRES_KEEPALIVE, POSTGRES_UNHEARD_TIMEOUT};

/// Names a file of certificates that servers are checked against, as it does for other programs.
const ROOT_CERTIFICATES: &str = "PGSSLROOTCERT";

/// Where a database is. Printed, it keeps its password to itself.
#[derive(Clone)]
pub struct PostgresUrl(Config);

impl fmt::Debug for PostgresUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("PostgresUrl").field(&self.0.get_hosts()).finish()
    }
}

impl PartialEq for PostgresUrl {
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0
    }
}

impl Eq for PostgresUrl {}

impl FromStr for PostgresUrl {
    type Err = PostgresError;

    fn from_str(text: &str) -> Result<Self, PostgresError> {
        let wrong = |reason: String| PostgresError::Url { reason };
        let mut config: Config = text.parse().map_err(|error: tokio_postgres::Error| {
            let cause = std::error::Error::source(&error).map(ToString::to_string);
            wrong(cause.unwrap_or_else(|| error.to_string()))
        })?;
        if config.get_hosts().is_empty() && config.get_hostaddrs().is_empty() {
            return Err(wrong("it names no host".to_owned()));
        }
        // A certificate is always checked: what is only preferred could not be.
        if config.get_ssl_mode() == SslMode::Prefer {
            config.ssl_mode(SslMode::Disable);
        }
        if config.get_application_name().is_none() {
            config.application_name("aisle");
        }
        if config.get_connect_timeout().is_none() {
            config.connect_timeout(POSTGRES_CONNECT_TIMEOUT);
        }
        config.keepalives_idle(POSTGRES_KEEPALIVE);
        config.tcp_user_timeout(POSTGRES_UNHEARD_TIMEOUT);
        Ok(Self(config))
    }
}

impl PostgresUrl {
    /// How to connect, for a pool.
    pub fn config(&self) -> &Config {
        &self.0
    }

    /// How to encrypt; asked for by `sslmode=require` in the URL, else not used. Certificates are
    /// checked against those that browsers trust, or those in the file that `PGSSLROOTCERT` names.
    ///
    /// # Errors
    /// When that file cannot be read.
    pub fn tls(&self) -> Result<MakeRustlsConnect, PostgresError> {
        let mut roots = RootCertStore::empty();
        match env::var(ROOT_CERTIFICATES) {
            Ok(path) if self.0.get_ssl_mode() == SslMode::Require => {
                let unreadable =
                    |reason: String| PostgresError::Certificates { path: path.clone(), reason };
                let certificates = CertificateDer::pem_file_iter(&path)
                    .map_err(|error| unreadable(error.to_string()))?;
                for certificate in certificates {
                    let certificate = certificate.map_err(|error| unreadable(error.to_string()))?;
                    roots.add(certificate).map_err(|error| unreadable(error.to_string()))?;
                }
            }
            _ => roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned()),
        }
        let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .map_err(|error| PostgresError::Unreachable { reason: error.to_string() })?
            .with_root_certificates(roots)
            .with_no_client_auth();
        Ok(MakeRustlsConnect::new(config))
    }

    /// Connects; the connection is closed when the client is dropped.
    ///
    /// # Errors
    /// When nobody answers or the database does not let us in.
    pub async fn connect(&self) -> Result<Client, PostgresError> {
        let (client, connection) = self.0.connect(self.tls()?).await?;
        // What ends it is told to the client with whatever it asks next.
        tokio::spawn(async move { drop(connection.await) });
        Ok(client)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_is_checked_and_keeps_its_password_to_itself() {
        let url: PostgresUrl = "postgres://shop:s3cret@db.example:5433/shop".parse().unwrap();
        assert_eq!(url.config().get_ssl_mode(), SslMode::Disable);
        assert!(!format!("{url:?}").contains("s3cret"), "{url:?}");
        let url: PostgresUrl = "postgres://db.example/shop?sslmode=require".parse().unwrap();
        assert_eq!(url.config().get_ssl_mode(), SslMode::Require);
        assert!(url.tls().is_ok());
        for wrong in ["", "mysql://u:s3cret@h/d", "postgres:///d", "postgres://u:s3cret@h:port/d"] {
            let error = wrong.parse::<PostgresUrl>().unwrap_err().to_string();
            assert!(error.starts_with("expected a PostgreSQL URL"), "{error}");
            assert!(!error.contains("s3cret"), "{error}");
        }
    }
}
