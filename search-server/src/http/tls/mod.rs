//! HTTPS, where it is built in (feature `tls`) and configured.

#[cfg(not(feature = "tls"))]
mod absent;
#[cfg(feature = "tls")]
mod rustls;

use std::path::PathBuf;

#[cfg(not(feature = "tls"))]
pub(crate) use self::absent::{Tls, TlsStream};
#[cfg(feature = "tls")]
pub(crate) use self::rustls::{Tls, TlsStream};

/// Where the certificate is, and the key that it belongs to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct TlsFiles {
    /// PEM: the server's certificate, then those that lead to its root.
    pub cert: PathBuf,
    /// PEM: the private key.
    pub key: PathBuf,
}
