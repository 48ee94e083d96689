//! One server on its own task.

use std::{future::Future, time::Duration};

use anyhow::Context;
use poem::{Endpoint, Server, listener::TcpAcceptor};
use tokio::{net::TcpListener, sync::oneshot, task::JoinHandle};

/// How long open calls may take to finish once a server is told to stop.
const FAREWELL: Duration = Duration::from_millis(500);

/// A server that runs on its own task until it is stopped or dropped.
pub(crate) struct Running {
    name: &'static str,
    stop: oneshot::Sender<()>,
    task: JoinHandle<anyhow::Result<()>>,
}

/// Resolves when a server is to stop.
pub(crate) struct Stopped(oneshot::Receiver<()>);

impl Stopped {
    pub(crate) async fn wait(self) {
        // A dropped sender means the same as a message: nobody needs the server any more.
        let _ = self.0.await;
    }
}

impl Running {
    /// Runs what `serve` makes of the stop signal. A server that fails says so in the log at
    /// once and again to whoever stops it.
    pub(crate) fn spawn<F>(name: &'static str, serve: impl FnOnce(Stopped) -> F) -> Self
    where
        F: Future<Output = anyhow::Result<()>> + Send + 'static,
    {
        let (stop, stopped) = oneshot::channel();
        let serving = serve(Stopped(stopped));
        let task = tokio::spawn(async move {
            let ended = serving.await;
            if let Err(error) = &ended {
                tracing::error!(server = name, "sandbox server failed: {error:#}");
            }
            ended
        });
        Self { name, stop, task }
    }

    /// Stops: no new connection is taken, open calls get half a second to finish.
    ///
    /// # Errors
    /// The server had failed or panicked before.
    pub(crate) async fn stop(self) -> anyhow::Result<()> {
        // The server may have ended already; its own result says why.
        let _ = self.stop.send(());
        self.task.await.with_context(|| format!("join {}", self.name))?
    }
}

/// Serves `endpoint` over HTTP on a socket that is already bound, until `stopped`.
///
/// # Errors
/// The socket has no local address.
pub(crate) async fn serve_http(
    listener: TcpListener,
    endpoint: impl Endpoint + 'static,
    stopped: impl Future<Output = ()> + Send,
) -> anyhow::Result<()> {
    let acceptor = TcpAcceptor::from_tokio(listener).context("read the socket's address")?;
    let server = Server::new_with_acceptor(acceptor);
    server.run_with_graceful_shutdown(endpoint, stopped, Some(FAREWELL)).await?;
    Ok(())
}
