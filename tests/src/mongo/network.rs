//! The network between a client and a node, which can be cut.

use std::io;
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use anyhow::Result;

/// A way to a node that can be cut and mended.
#[derive(Debug)]
pub struct Network {
    here: SocketAddr,
    lines: Arc<Lines>,
}

#[derive(Debug, Default)]
struct Lines {
    cut: AtomicBool,
    gone: AtomicBool,
    open: Mutex<Vec<TcpStream>>,
}

impl Network {
    pub(super) fn to(node: String) -> Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let here = listener.local_addr()?;
        let lines = Arc::new(Lines::default());
        let accepting = Arc::clone(&lines);
        thread::spawn(move || {
            for client in listener.incoming() {
                if accepting.gone.load(Ordering::Acquire) {
                    break;
                }
                // A line that is cut, or leads nowhere, is closed at once.
                let _ = client.and_then(|client| accepting.connect(client, &node));
            }
        });
        Ok(Self { here, lines })
    }

    /// Where clients find the node over this network.
    pub fn uri(&self) -> String {
        format!("mongodb://{}/?directConnection=true", self.here)
    }

    /// Cuts every line; nobody gets through any more.
    pub fn cut(&self) {
        self.lines.cut.store(true, Ordering::Release);
        let mut open = self.lines.open.lock().unwrap_or_else(PoisonError::into_inner);
        for line in open.drain(..) {
            // It may be closed already.
            let _ = line.shutdown(Shutdown::Both);
        }
    }

    /// Lets new lines through.
    pub fn mend(&self) {
        self.lines.cut.store(false, Ordering::Release);
    }
}

impl Lines {
    fn connect(&self, client: TcpStream, node: &str) -> io::Result<()> {
        let server = TcpStream::connect(node)?;
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        if self.cut.load(Ordering::Acquire) {
            return Ok(());
        }
        for (mut from, mut to) in
            [(client.try_clone()?, server.try_clone()?), (server.try_clone()?, client.try_clone()?)]
        {
            thread::spawn(move || {
                let _ = io::copy(&mut from, &mut to);
                let _ = to.shutdown(Shutdown::Both);
            });
        }
        open.extend([client, server]);
        Ok(())
    }
}

impl Drop for Network {
    fn drop(&mut self) {
        self.lines.gone.store(true, Ordering::Release);
        self.cut();
        // Wakes the thread that accepts.
        let _ = TcpStream::connect(self.here);
    }
}
