//! The HTTP server: poem's endpoint served by hyper, with a limit on everything that a client
//! could hold on to.
//!
//! A connection has a deadline for each request's head, bodies have to come on at some pace, and
//! answers have to be read. When all seats are taken, who has waited longest without a request
//! makes room; while all of them are at work, new connections wait in the system's queue.

mod bodies;
mod patience;
mod seats;
#[cfg(test)]
mod tests;

use bodies::Answering;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use patience::Patient;
use poem::http::uri::Scheme;
use poem::web::{LocalAddr, RemoteAddr};
use poem::{Endpoint, Request, Response};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use seats::{Seat, Seats};
use std::convert::Infallible;
use std::io::{self, ErrorKind};
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;

/// What a client may take, in seats and in time.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Connections at once.
    pub connections: usize,
    /// From the opening of a connection, or the end of its last answer, to the end of the next
    /// request's head.
    pub head: Duration,
    /// A body may take this long, and longer the more of it has come.
    pub body: Duration,
    /// What a slow body must bring a second on top of it.
    pub body_bytes_a_second: u32,
    /// No body takes longer.
    pub longest_body: Duration,
    /// How long a client may read nothing of an answer.
    pub unread: Duration,
    /// How long open requests may take to end once the server stops.
    pub drain: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections: 2048,
            head: Duration::from_secs(30),
            body: Duration::from_secs(20),
            body_bytes_a_second: 1024,
            longest_body: Duration::from_secs(300),
            unread: Duration::from_secs(30),
            drain: Duration::from_secs(10),
        }
    }
}

impl Limits {
    /// The usual limits, with no more connections than half the files this process may open.
    pub fn of_this_process() -> Self {
        let usual = Self::default();
        let files = usize::try_from(open_files()).unwrap_or(usize::MAX);
        Self { connections: usual.connections.min(files / 2).max(1), ..usual }
    }
}

/// Raises the soft limit on open files to the hard one. Answers with what holds then.
fn open_files() -> u64 {
    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    let raised = Rlimit { current: maximum, maximum };
    let holds = if setrlimit(Resource::Nofile, raised).is_ok() { maximum } else { current };
    holds.unwrap_or(u64::MAX)
}

/// Serves until `stop` is true, then ends what is open.
pub async fn serve<E>(
    listener: TcpListener,
    endpoint: E,
    limits: Limits,
    stop: watch::Receiver<bool>,
) -> io::Result<()>
where
    E: Endpoint<Output = Response> + 'static,
{
    let here = listener.local_addr()?;
    let (endpoint, seats) = (Arc::new(endpoint), Seats::new(limits.connections));
    let mut open = JoinSet::new();
    loop {
        let (stream, peer, seat) = tokio::select! {
            arrived = arrive(&listener, &seats) => arrived,
            () = stopped(stop.clone()) => break,
        };
        while open.try_join_next().is_some() {}
        let connection =
            Connection { endpoint: Arc::clone(&endpoint), seat, limits, ends: (here, peer) };
        open.spawn(connection.serve(stream, stop.clone()));
    }
    drop(listener);
    let ended = async { while open.join_next().await.is_some() {} };
    if tokio::time::timeout(limits.drain, ended).await.is_err() {
        tracing::warn!(open = open.len(), "requests that did not end in time are cut off");
    }
    Ok(())
}

async fn stopped(mut stop: watch::Receiver<bool>) {
    // An error means that the sender is gone: the program is being dropped.
    let _ = stop.wait_for(|stop| *stop).await;
}

/// The next connection, once there is a seat for it.
async fn arrive(listener: &TcpListener, seats: &Arc<Seats>) -> (TcpStream, SocketAddr, Arc<Seat>) {
    const PAUSE: Duration = Duration::from_millis(100);
    loop {
        match listener.accept().await {
            Ok((stream, peer)) => return (stream, peer, seats.take().await),
            Err(error) if concerns_one(&error) => {}
            Err(error) => {
                // Out of files, most likely: another try at once would only burn the processor.
                tracing::warn!(%error, "connections cannot be accepted");
                seats.clear_one();
                tokio::time::sleep(PAUSE).await;
            }
        }
    }
}

/// The connection was gone before it was accepted.
fn concerns_one(error: &io::Error) -> bool {
    use ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset)
}

struct Connection<E> {
    endpoint: Arc<E>,
    seat: Arc<Seat>,
    limits: Limits,
    /// Our address and theirs.
    ends: (SocketAddr, SocketAddr),
}

/// Room for a request's head; a longer one is refused with 431.
const HEAD_BYTES: usize = 64 * 1024;
/// How long a connection without a request lives on when the server stops.
const FAREWELL: Duration = Duration::from_millis(500);

impl<E: Endpoint<Output = Response> + 'static> Connection<E> {
    async fn serve(self, stream: TcpStream, stop: watch::Receiver<bool>) {
        // Without it small answers wait for more; with an error they merely do so.
        let _ = stream.set_nodelay(true);
        let (limits, seat) = (self.limits, Arc::clone(&self.seat));
        let connection = Arc::new(self);
        let answer = |request| {
            let connection = Arc::clone(&connection);
            async move { Ok::<_, Infallible>(connection.answer(request).await) }
        };
        let served = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(limits.head)
            .max_buf_size(HEAD_BYTES)
            .serve_connection(
                TokioIo::new(Patient::new(stream, limits.unread)),
                hyper::service::service_fn(answer),
            );
        let mut served = pin!(served);
        // However a connection ends, there is nobody left to tell.
        tokio::select! {
            _ = &mut served => return,
            () = seat.cleared() => return,
            () = stopped(stop) => served.as_mut().graceful_shutdown(),
        }
        loop {
            tokio::select! {
                _ = &mut served => return,
                () = tokio::time::sleep(FAREWELL) => if seat.is_waiting() { return },
            }
        }
    }

    async fn answer(&self, request: hyper::Request<Incoming>) -> hyper::Response<Answering> {
        let turn = self.seat.begin();
        let (here, peer) = self.ends;
        let ends = (LocalAddr(here.into()), RemoteAddr(peer.into()));
        let mut request = Request::from((request, ends.0, ends.1, Scheme::HTTP));
        let watched = bodies::watch(&mut request, self.limits);
        let answer = self.endpoint.get_response(request).await;
        let answer = if watched.was_too_slow() { bodies::too_slow(answer) } else { answer };
        hyper::Response::from(answer).map(|body| Answering::new(body, turn))
    }
}
