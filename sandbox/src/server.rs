//! One HTTP server on its own task.

use std::time::Duration;

use anyhow::Context;
use poem::{Endpoint, Server, listener::TcpAcceptor};
use tokio::{net::TcpListener, sync::oneshot, task::JoinHandle};

/// How long open calls may take to finish once a server is told to stop.
const FAREWELL: Duration = Duration::from_secs(1);

/// An HTTP server that runs on its own task until it is stopped or dropped.
pub(crate) struct Running {
    stop: oneshot::Sender<()>,
    task: JoinHandle<std::io::Result<()>>,
}

impl Running {
    /// Serves `endpoint` on a socket that is already bound.
    ///
    /// # Errors
    /// The socket has no local address.
    pub(crate) fn start(
        listener: TcpListener,
        endpoint: impl Endpoint + 'static,
    ) -> anyhow::Result<Self> {
        let acceptor = TcpAcceptor::from_tokio(listener).context("read the socket's address")?;
        let (stop, stopped) = oneshot::channel::<()>();
        let until = async {
            // A dropped sender means the same as a message: nobody needs this server any more.
            let _ = stopped.await;
        };
        let server = Server::new_with_acceptor(acceptor);
        let task = tokio::spawn(server.run_with_graceful_shutdown(endpoint, until, Some(FAREWELL)));
        Ok(Self { stop, task })
    }

    /// Stops: no new connection is taken, open calls get a second to finish.
    ///
    /// # Errors
    /// The server had failed or panicked before.
    pub(crate) async fn stop(self) -> anyhow::Result<()> {
        // The server may have ended already; its own result says why.
        let _ = self.stop.send(());
        self.task.await.context("join the server")?.context("serve")
    }
}
