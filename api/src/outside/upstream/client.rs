//! The one client for addresses that do not belong to this program's operator.

use super::address::{is_loopback, is_public};
use super::flow::Opened;
use bytes::Bytes;
use futures::future::BoxFuture;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::header::HeaderMap;
use reqwest::{Method, StatusCode};
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;
use tokio::time::{Instant, timeout_at};
use url::{Host, Url};
use zeroize::Zeroizing;

/// How far the client reaches.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Reach {
    /// Lets it connect to this machine too, without TLS: for a sandbox beside the program, never
    /// for a public installation.
    pub loopback: bool,
}

/// One request.
pub struct Question {
    pub method: Method,
    pub url: Url,
    pub headers: HeaderMap,
    pub body: Vec<u8>,
    /// Most bytes of the answer's body.
    pub most: usize,
    /// From the first byte out to the last byte in; to the end of the head where the body is
    /// read piece by piece.
    pub within: Duration,
}

/// What came back, whole.
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Vec<u8>,
}

/// Why there is no answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Trouble {
    /// The address is not one that may be reached; nothing was sent.
    #[error("its address is not public")]
    Forbidden,
    /// No connection; nothing was sent.
    #[error("it could not be reached")]
    Unreachable,
    /// It may or may not have taken effect.
    #[error("it did not answer in time")]
    Late,
    #[error("its answer was too large")]
    TooLarge,
    #[error("the connection broke")]
    Broken,
}

impl Trouble {
    /// Whether the other side surely saw nothing.
    pub fn nothing_sent(self) -> bool {
        matches!(self, Self::Forbidden | Self::Unreachable)
    }
}

const CONNECT_WITHIN: Duration = Duration::from_secs(4);

/// Cheap to clone.
#[derive(Clone)]
pub struct Client {
    http: reqwest::Client,
    reach: Reach,
}

impl Client {
    /// Errors when the system's certificates cannot be read.
    pub fn new(reach: Reach) -> anyhow::Result<Self> {
        Self::looking_up(reach, by_system)
    }

    fn looking_up(reach: Reach, look: Look) -> anyhow::Result<Self> {
        // Somebody may have chosen the same provider before; then it stays.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let http = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never())
            .no_proxy()
            .referer(false)
            .https_only(!reach.loopback)
            .connect_timeout(CONNECT_WITHIN)
            .pool_max_idle_per_host(16)
            .pool_idle_timeout(Duration::from_secs(30))
            .dns_resolver(Arc::new(Resolver { reach, look }))
            .user_agent(concat!("Attache/", env!("CARGO_PKG_VERSION")))
            .build()?;
        Ok(Self { http, reach })
    }

    pub fn reach(&self) -> Reach {
        self.reach
    }

    /// Asks once and reads the whole answer. Redirects are answers like any other.
    ///
    /// Errors: [`Trouble`]; [`Trouble::nothing_sent`] says when asking again is harmless.
    pub async fn ask(&self, question: Question) -> Result<Answer, Trouble> {
        self.open(question).await?.whole().await
    }

    /// Asks once and reads the head of the answer.
    ///
    /// Errors: as [`Self::ask`].
    pub async fn open(&self, question: Question) -> Result<Opened, Trouble> {
        if !self.reach.allows_url(&question.url) {
            return Err(Trouble::Forbidden);
        }
        let Question { method, url, headers, body, most, within } = question;
        let until = Instant::now() + within;
        let mut request = self.http.request(method, url).headers(headers);
        if !body.is_empty() {
            // It may carry a refresh token or a client's secret: cleared once it is sent.
            request = request.body(Bytes::from_owner(Zeroizing::new(body)));
        }
        let response = timeout_at(until, request.send()).await.map_err(|_| Trouble::Late)?;
        let response = response.map_err(|error| trouble(&error))?;
        Ok(Opened::new(response, most, until))
    }
}

impl Reach {
    /// Whether this URL may be called at all: http(s) without user, TLS unless on this machine,
    /// and a host that is a name or a permitted address.
    pub fn allows_url(self, url: &Url) -> bool {
        let plain = url.username().is_empty() && url.password().is_none();
        let (host_fits, on_loopback) = match url.host() {
            Some(Host::Ipv4(v4)) => (self.allows(v4.into()), is_loopback(v4.into())),
            Some(Host::Ipv6(v6)) => (self.allows(v6.into()), is_loopback(v6.into())),
            Some(Host::Domain(name)) => (true, name == "localhost"),
            None => (false, false),
        };
        let safe = url.scheme() == "https" || (url.scheme() == "http" && on_loopback);
        plain && host_fits && safe && (self.loopback || !on_loopback)
    }

    fn allows(self, address: IpAddr) -> bool {
        is_public(address) || (self.loopback && is_loopback(address))
    }
}

pub(super) fn trouble(error: &reqwest::Error) -> Trouble {
    let mut cause: Option<&dyn std::error::Error> = Some(error);
    while let Some(error) = cause {
        if error.is::<ForbiddenAddress>() {
            return Trouble::Forbidden;
        }
        cause = error.source();
    }
    if error.is_connect() {
        Trouble::Unreachable
    } else if error.is_timeout() {
        Trouble::Late
    } else {
        Trouble::Broken
    }
}

/// Looks names up and hands on permitted addresses only; the connection goes to the very address
/// that was looked at, so a second answer of the name server changes nothing.
struct Resolver {
    reach: Reach,
    look: Look,
}

/// Asks for the addresses of a name.
type Look = fn(String) -> BoxFuture<'static, io::Result<Vec<SocketAddr>>>;

fn by_system(name: String) -> BoxFuture<'static, io::Result<Vec<SocketAddr>>> {
    Box::pin(async move { Ok(tokio::net::lookup_host((name.as_str(), 0)).await?.collect()) })
}

#[derive(Debug, thiserror::Error)]
#[error("the name leads to an address that is not public")]
struct ForbiddenAddress;

impl Resolve for Resolver {
    fn resolve(&self, name: Name) -> Resolving {
        let (reach, found) = (self.reach, (self.look)(name.as_str().to_owned()));
        Box::pin(async move {
            let found = permitted(reach, found.await?)?;
            let addresses: Addrs = Box::new(found.into_iter());
            Ok(addresses)
        })
    }
}

/// One forbidden address among several is a trap: the whole answer is refused.
fn permitted(reach: Reach, found: Vec<SocketAddr>) -> Result<Vec<SocketAddr>, ForbiddenAddress> {
    let all = found.iter().all(|address| reach.allows(address.ip()));
    if all { Ok(found) } else { Err(ForbiddenAddress) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpListener;

    /// A name server may answer each time anew: what it says is judged each time.
    #[test]
    fn attack_17_an_answer_that_changes_is_judged_each_time() {
        let reach = Reach { loopback: false };
        let of =
            |all: &[&str]| all.iter().map(|a| SocketAddr::new(a.parse().unwrap(), 0)).collect();
        assert!(permitted(reach, of(&["93.184.215.14", "2606:4700::1"])).is_ok());
        for second in
            ["127.0.0.1", "10.0.0.1", "169.254.169.254", "::1", "::ffff:10.0.0.1", "100.64.0.1"]
        {
            assert!(permitted(reach, of(&[second])).is_err(), "{second}");
            assert!(permitted(reach, of(&["93.184.215.14", second])).is_err(), "{second} beside");
        }
    }

    fn question(url: &str) -> Question {
        Question {
            method: Method::GET,
            url: Url::parse(url).unwrap(),
            headers: HeaderMap::new(),
            body: Vec::new(),
            most: 64,
            within: Duration::from_secs(2),
        }
    }

    /// Answers every connection with the same bytes and leaves it open; counts them.
    async fn server(answer: &'static str) -> (u16, Arc<std::sync::atomic::AtomicU32>) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let count = Arc::new(std::sync::atomic::AtomicU32::new(0));
        let seen = Arc::clone(&count);
        tokio::spawn(async move {
            let mut open = Vec::new();
            while let Ok((mut socket, _)) = listener.accept().await {
                seen.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
                let mut buffer = [0; 1024];
                let _ = socket.read(&mut buffer).await;
                let _ = socket.write_all(answer.as_bytes()).await;
                open.push(socket);
            }
        });
        (port, count)
    }

    fn here(_: String) -> BoxFuture<'static, io::Result<Vec<SocketAddr>>> {
        Box::pin(async { Ok(vec![SocketAddr::from(([127, 0, 0, 1], 0))]) })
    }

    #[tokio::test]
    async fn attack_17_a_name_that_leads_to_a_private_address_is_not_connected_to() {
        let (port, seen) = server("").await;
        let count = || seen.load(std::sync::atomic::Ordering::SeqCst);
        let url = format!("https://marketing.example:{port}/");
        let public = Client::looking_up(Reach { loopback: false }, here).unwrap();
        assert_eq!(public.ask(question(&url)).await.err(), Some(Trouble::Forbidden));
        assert_eq!(count(), 0);
        // Where this machine may be reached, the very address that was looked up is.
        let local = Client::looking_up(Reach { loopback: true }, here).unwrap();
        assert!(local.ask(question(&url)).await.is_err(), "nobody speaks TLS there");
        assert_eq!(count(), 1);
    }

    #[tokio::test]
    async fn attack_17_private_addresses_are_never_reached() {
        let (port, seen) = server("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok").await;
        let client = Client::new(Reach { loopback: false }).unwrap();
        for host in [
            "127.0.0.1",
            "0x7f.1",
            "2130706433",
            "[::1]",
            "[::ffff:127.0.0.1]",
            "localhost",
            "169.254.169.254",
            "10.0.0.1",
            "user@127.0.0.1",
        ] {
            for scheme in ["http", "https"] {
                let answer = client.ask(question(&format!("{scheme}://{host}:{port}/"))).await;
                assert_eq!(answer.err(), Some(Trouble::Forbidden), "{scheme}://{host}");
            }
        }
        assert_eq!(seen.load(std::sync::atomic::Ordering::SeqCst), 0);
    }

    #[tokio::test]
    async fn attack_17_a_name_that_leads_home_is_refused_at_the_connection() {
        // Any name of this machine will do; `localhost` itself is stopped before.
        let reach = Reach { loopback: false };
        let resolver = Resolver { reach, look: by_system };
        let name: Name = "localhost".parse().unwrap();
        assert!(resolver.resolve(name).await.is_err());
        let open = Resolver { reach: Reach { loopback: true }, look: by_system };
        let name: Name = "localhost".parse().unwrap();
        assert!(open.resolve(name).await.is_ok());
    }

    #[tokio::test]
    async fn loopback_by_switch_only_and_private_never() {
        let (port, _) = server("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok").await;
        let client = Client::new(Reach { loopback: true }).unwrap();
        let answer = client.ask(question(&format!("http://127.0.0.1:{port}/"))).await;
        assert_eq!(answer.ok().unwrap().body, b"ok");
        let answer = client.ask(question("http://10.0.0.1/")).await;
        assert_eq!(answer.err(), Some(Trouble::Forbidden));
        let answer = client.ask(question("http://example.org/")).await;
        assert_eq!(answer.err(), Some(Trouble::Forbidden), "no plain HTTP to the outside");
    }

    #[tokio::test]
    async fn attack_18_redirects_are_not_followed() {
        let (port, seen) = server(
            "HTTP/1.1 307 Temporary Redirect\r\nlocation: http://127.0.0.1:1/\r\n\
             content-length: 0\r\n\r\n",
        )
        .await;
        let client = Client::new(Reach { loopback: true }).unwrap();
        let answer = client.ask(question(&format!("http://127.0.0.1:{port}/"))).await.ok().unwrap();
        assert_eq!(answer.status, StatusCode::TEMPORARY_REDIRECT);
        assert_eq!(seen.load(std::sync::atomic::Ordering::SeqCst), 1);
    }

    #[tokio::test]
    async fn attack_21_answers_are_capped_in_bytes_and_in_time() {
        let client = Client::new(Reach { loopback: true }).unwrap();
        let (port, _) = server("HTTP/1.1 200 OK\r\ncontent-length: 65\r\n\r\n").await;
        let answer = client.ask(question(&format!("http://127.0.0.1:{port}/"))).await;
        assert_eq!(answer.err(), Some(Trouble::TooLarge));
        let (port, _) = server(
            "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n\
             28\r\n0123456789012345678901234567890123456789\r\n\
             28\r\n0123456789012345678901234567890123456789\r\n0\r\n\r\n",
        )
        .await;
        let answer = client.ask(question(&format!("http://127.0.0.1:{port}/"))).await;
        assert_eq!(answer.err(), Some(Trouble::TooLarge));
        // A body that begins and then comes no further.
        let (port, _) = server("HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nok").await;
        let short = Duration::from_millis(300);
        let slow = Question { within: short, ..question(&format!("http://127.0.0.1:{port}/")) };
        assert_eq!(client.ask(slow).await.err(), Some(Trouble::Late));
    }
}
