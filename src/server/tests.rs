//! Clients that hold on to a connection, over real sockets. Nothing is asserted of time but that
//! it ends; whoever behaves is answered meanwhile.

use super::{Limits, serve};
use futures::stream;
use poem::http::StatusCode;
use poem::{Endpoint, Request, Response};
use std::io::ErrorKind;
use std::net::SocketAddr;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::{sleep, timeout};

const SHORT: Duration = Duration::from_millis(300);
const GENEROUS: Duration = Duration::from_secs(20);
/// More than the system keeps of what nobody reads.
const MUCH: usize = 64 * 1024 * 1024;

struct Echo;

impl Endpoint for Echo {
    type Output = Response;

    async fn call(&self, mut request: Request) -> poem::Result<Response> {
        match request.uri().path() {
            "/long" => {
                let ticks = stream::unfold(0, |n| async move {
                    sleep(SHORT / 2).await;
                    (n < 8).then(|| (Ok::<_, std::io::Error>(format!("{n} ")), n + 1))
                });
                Ok(Response::builder().body(poem::Body::from_bytes_stream(ticks)))
            }
            "/much" => Ok(Response::builder().body(vec![b'x'; MUCH])),
            "/wait" => {
                sleep(SHORT * 4).await;
                Ok("waited".into())
            }
            "/page" => {
                let unread = request.take_body().into_bytes().await.is_err();
                let status = if unread { StatusCode::REQUEST_TIMEOUT } else { StatusCode::OK };
                Ok(Response::builder().status(status).body("<h1>Slow</h1>"))
            }
            _ => {
                let body = request.take_body().into_bytes().await?;
                Ok(Response::builder().body(body))
            }
        }
    }
}

struct Served {
    address: SocketAddr,
    stop: watch::Sender<bool>,
    server: JoinHandle<std::io::Result<()>>,
}

/// Every limit is long, but for those that a test makes short.
async fn start(shorten: impl Fn(&mut Limits)) -> Served {
    let mut limits = Limits {
        connections: 100,
        head: GENEROUS,
        body: GENEROUS,
        body_bytes_a_second: 1024,
        longest_body: GENEROUS,
        unread: GENEROUS,
        drain: GENEROUS,
    };
    shorten(&mut limits);
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (stop, stopped) = watch::channel(false);
    Served { address, stop, server: tokio::spawn(serve(listener, Echo, limits, stopped)) }
}

impl Served {
    async fn connect(&self) -> TcpStream {
        TcpStream::connect(self.address).await.unwrap()
    }

    /// A connection on which these words were sent.
    async fn says(&self, words: &str) -> TcpStream {
        let mut stream = self.connect().await;
        stream.write_all(words.as_bytes()).await.unwrap();
        stream
    }

    /// Somebody who behaves is answered.
    async fn answers(&self) {
        let words =
            "POST / HTTP/1.1\r\nhost: a\r\nconnection: close\r\ncontent-length: 2\r\n\r\nhi";
        let heard = heard(&mut self.says(words).await).await;
        assert!(heard.starts_with("HTTP/1.1 200") && heard.ends_with("hi"), "{heard}");
    }

    async fn stops(self) {
        self.stop.send_replace(true);
        timeout(GENEROUS, self.server).await.expect("it stops").unwrap().unwrap();
    }
}

/// Everything until the server closes, which it must; a reset is an end too.
async fn heard(stream: &mut TcpStream) -> String {
    let mut bytes = Vec::new();
    let read = timeout(GENEROUS, stream.read_to_end(&mut bytes)).await.expect("it is closed");
    if let Err(error) = read {
        assert_eq!(error.kind(), ErrorKind::ConnectionReset, "{error}");
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

const HELLO: &str = "GET / HTTP/1.1\r\nhost: a\r\n\r\n";

/// Reads the first answer on a connection that stays open.
async fn first_answer(stream: &mut TcpStream) -> String {
    let mut buffer = [0; 1024];
    let read = timeout(GENEROUS, stream.read(&mut buffer)).await.expect("an answer").unwrap();
    String::from_utf8_lossy(&buffer[..read]).into_owned()
}

#[tokio::test]
async fn who_sends_no_whole_head_is_closed() {
    let served = start(|limits| limits.head = SHORT).await;
    let mut silent = served.connect().await;
    let mut half = served.says("GET / HTTP/1.1\r\nhost: ").await;
    let mut idle = served.says(HELLO).await;
    let (mut slow, mut writer) = served.connect().await.into_split();
    let dribble = tokio::spawn(async move {
        while writer.write_all(b"a").await.is_ok() {
            sleep(SHORT / 6).await;
        }
    });
    served.answers().await;
    assert_eq!(heard(&mut silent).await, "");
    assert_eq!(heard(&mut half).await, "");
    assert!(heard(&mut idle).await.starts_with("HTTP/1.1 200"));
    let mut rest = Vec::new();
    let ended = timeout(GENEROUS, slow.read_to_end(&mut rest)).await;
    assert!(ended.is_ok(), "one byte at a time keeps a connection");
    timeout(GENEROUS, dribble).await.expect("its writer ends").unwrap();
    served.answers().await;
    served.stops().await;
}

#[tokio::test]
async fn a_body_that_does_not_come_on_is_refused_and_closed() {
    let served = start(|limits| limits.body = SHORT).await;
    let head = "POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 1000\r\n\r\n";
    let mut stalled = served.says(head).await;
    let mut slow = served.says(head).await;
    let dribbled = async {
        while slow.write_all(b"x").await.is_ok() {
            let mut buffer = [0; 512];
            if let Ok(read) = timeout(SHORT / 6, slow.read(&mut buffer)).await {
                return String::from_utf8_lossy(&buffer[..read.unwrap()]).into_owned();
            }
        }
        String::new()
    };
    served.answers().await;
    let (stalled, slow) = tokio::join!(heard(&mut stalled), timeout(GENEROUS, dribbled));
    for said in [stalled, slow.expect("a body of one byte at a time ends")] {
        assert!(said.starts_with("HTTP/1.1 408") && said.contains("/problems/too-slow"), "{said}");
        assert!(said.to_ascii_lowercase().contains("connection: close"), "{said}");
    }
    served.stops().await;
}

#[tokio::test]
async fn whoever_noticed_a_slow_body_answers_in_its_own_words() {
    let served = start(|limits| limits.body = SHORT).await;
    let head = "POST /page HTTP/1.1\r\nhost: a\r\ncontent-length: 1000\r\n\r\n";
    let said = heard(&mut served.says(head).await).await;
    assert!(said.starts_with("HTTP/1.1 408") && said.contains("<h1>Slow</h1>"), "{said}");
    assert!(said.to_ascii_lowercase().contains("connection: close"), "{said}");
    served.stops().await;
}

#[tokio::test]
async fn a_body_that_earns_its_time_is_taken() {
    let served = start(|limits| (limits.body, limits.body_bytes_a_second) = (SHORT, 1)).await;
    let head = "POST / HTTP/1.1\r\nhost: a\r\nconnection: close\r\ncontent-length: 600\r\n\r\n";
    let mut stream = served.says(head).await;
    for _ in 0..6 {
        stream.write_all(&[b'x'; 100]).await.unwrap();
        sleep(SHORT / 2).await;
    }
    let said = heard(&mut stream).await;
    assert!(said.starts_with("HTTP/1.1 200") && said.ends_with("xxx"), "{said}");
    served.stops().await;
}

#[tokio::test]
async fn when_all_seats_are_taken_the_longest_idle_makes_room() {
    let served = start(|limits| limits.connections = 4).await;
    let mut idle = Vec::new();
    for _ in 0..12 {
        idle.push(served.connect().await);
    }
    served.answers().await;
    let mut closed = 0;
    for stream in &mut idle {
        let mut buffer = [0; 1];
        closed += usize::from(timeout(SHORT, stream.read(&mut buffer)).await.is_ok());
    }
    assert!((8..12).contains(&closed), "{closed} of 12 were closed");
    served.stops().await;
}

#[tokio::test]
async fn a_request_at_work_keeps_its_seat_and_others_wait() {
    let served = start(|limits| limits.connections = 1).await;
    let mut working = served.says("GET /wait HTTP/1.1\r\nhost: a\r\n\r\n").await;
    sleep(SHORT).await;
    let (said, ()) = tokio::join!(first_answer(&mut working), served.answers());
    assert!(said.starts_with("HTTP/1.1 200") && said.ends_with("waited"), "{said}");
    assert_eq!(heard(&mut working).await, "", "it made room once it was idle");
    served.stops().await;
}

#[tokio::test]
async fn a_long_answer_outlives_every_deadline() {
    let served = start(|limits| {
        (limits.head, limits.body, limits.unread) = (SHORT, SHORT, SHORT);
        limits.longest_body = SHORT;
    })
    .await;
    let words = "GET /long HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n";
    let said = heard(&mut served.says(words).await).await;
    assert!((0..8).all(|n| said.contains(&format!("{n} "))), "{said}");
    assert!(said.ends_with("0\r\n\r\n"), "{said}");
    served.stops().await;
}

#[tokio::test]
async fn who_does_not_read_its_answer_loses_its_seat() {
    let served = start(|limits| (limits.connections, limits.unread) = (1, SHORT)).await;
    let deaf = served.says("GET /much HTTP/1.1\r\nhost: a\r\n\r\n").await;
    sleep(SHORT).await;
    timeout(GENEROUS, served.answers()).await.expect("the seat is free again");
    drop(deaf);
    served.stops().await;
}

#[tokio::test]
async fn stopping_ends_what_is_open_and_waits_for_nobody_who_is_idle() {
    let served = start(|_| {}).await;
    let mut silent = served.connect().await;
    let mut idle = served.says(HELLO).await;
    first_answer(&mut idle).await;
    let mut working = served.says("GET /wait HTTP/1.1\r\nhost: a\r\n\r\n").await;
    sleep(SHORT).await;
    let (said, ()) = tokio::join!(heard(&mut working), served.stops());
    assert!(said.starts_with("HTTP/1.1 200") && said.ends_with("waited"), "{said}");
    assert_eq!(heard(&mut silent).await + &heard(&mut idle).await, "");
}

#[tokio::test]
async fn who_never_ends_is_cut_off_when_the_server_stops() {
    let served = start(|limits| limits.drain = SHORT).await;
    let mut open = served.says("POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 9\r\n\r\n").await;
    sleep(SHORT).await;
    served.stops().await;
    assert_eq!(heard(&mut open).await, "");
}
