//! Where people come back to: a socket of this machine that waits for the callback.

use anyhow::{Context, Result};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use url::{Host, Url};

/// Waits for callbacks; closed when it is dropped.
pub struct Door {
    came: Option<mpsc::UnboundedReceiver<Url>>,
}

const THANKS: &str = "Thank you. You may close this page; the probe goes on where you began it.\n";
/// A browser may open a connection and say nothing.
const WITHIN: Duration = Duration::from_secs(10);
const MOST: usize = 16 * 1024;

impl Door {
    /// Listens where the callback leads, when that is this machine without TLS. Otherwise nobody
    /// comes to this door, and the visitor has to tell where they ended.
    ///
    /// # Errors
    /// The port is taken.
    pub async fn open(callback: &Url) -> Result<Self> {
        let here = match callback.host() {
            Some(Host::Domain(name)) => name == "localhost",
            Some(Host::Ipv4(address)) => address.is_loopback(),
            Some(Host::Ipv6(address)) => address.is_loopback(),
            None => false,
        };
        if !here || callback.scheme() != "http" {
            return Ok(Self::closed());
        }
        let host = callback.host_str().unwrap_or_default().trim_matches(['[', ']']).to_owned();
        let port = callback.port_or_known_default().unwrap_or_default();
        let listener = TcpListener::bind((host, port)).await;
        let listener = listener.with_context(|| format!("{callback} cannot be listened on"))?;
        let (send, came) = mpsc::unbounded_channel();
        tokio::spawn(listen(listener, callback.clone(), send));
        Ok(Self { came: Some(came) })
    }

    /// Nobody comes here.
    pub fn closed() -> Self {
        Self { came: None }
    }

    /// The next callback; never, when the door is closed.
    pub async fn next(&mut self) -> Url {
        let came = match &mut self.came {
            Some(came) => came.recv().await,
            None => None,
        };
        match came {
            Some(url) => url,
            None => std::future::pending().await,
        }
    }

    /// Sends those away who came unasked.
    pub fn clear(&mut self) {
        while self.came.as_mut().is_some_and(|came| came.try_recv().is_ok()) {}
    }
}

async fn listen(listener: TcpListener, callback: Url, send: mpsc::UnboundedSender<Url>) {
    loop {
        let socket = tokio::select! {
            accepted = listener.accept() => accepted,
            () = send.closed() => return,
        };
        let Ok((socket, _)) = socket else { continue };
        let (callback, send) = (callback.clone(), send.clone());
        tokio::spawn(tokio::time::timeout(WITHIN, greet(socket, callback, send)));
    }
}

async fn greet(mut socket: TcpStream, callback: Url, send: mpsc::UnboundedSender<Url>) {
    let Some(url) = asked(&mut socket).await.and_then(|target| callback.join(&target).ok()) else {
        return;
    };
    let ours = url.path() == callback.path() && url.origin() == callback.origin();
    let (status, text) = if ours { ("200 OK", THANKS) } else { ("404 Not Found", "\n") };
    let answer = format!(
        "HTTP/1.1 {status}\r\ncontent-type: text/plain; charset=utf-8\r\ncontent-length: {}\r\n\
         referrer-policy: no-referrer\r\ncache-control: no-store\r\n\
         connection: close\r\n\r\n{text}",
        text.len()
    );
    // Who hung up has no use for the answer.
    let _ = socket.write_all(answer.as_bytes()).await;
    let _ = socket.shutdown().await;
    if ours {
        // Nobody waits any more when the probe has ended.
        let _ = send.send(url);
    }
}

/// The target of a GET, when it is a path.
async fn asked(socket: &mut TcpStream) -> Option<String> {
    let mut head = Vec::new();
    while !head.windows(4).any(|end| end == b"\r\n\r\n") {
        let mut more = [0; 2048];
        let read = socket.read(&mut more).await.ok().filter(|read| *read > 0)?;
        head.extend_from_slice(more.get(..read)?);
        if head.len() > MOST {
            return None;
        }
    }
    let head = String::from_utf8(head).ok()?;
    let target = head.strip_prefix("GET ")?.split(' ').next()?;
    target.starts_with('/').then(|| target.to_owned())
}
