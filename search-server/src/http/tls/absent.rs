//! What there is of HTTPS in a binary built without it: a refusal.

use std::convert::Infallible;
use std::io;

use tokio::net::TcpStream;

use super::TlsFiles;

pub(crate) type TlsStream = TcpStream;

/// Never there.
#[derive(Debug, Clone)]
pub(crate) struct Tls(Infallible);

impl Tls {
    pub(crate) fn load(_: &TlsFiles) -> anyhow::Result<Self> {
        anyhow::bail!("this binary was built without the feature `tls`")
    }

    #[allow(clippy::unused_async, reason = "as it is with the feature")]
    pub(crate) async fn accept(&self, _: TcpStream) -> io::Result<TlsStream> {
        match self.0 {}
    }
}
