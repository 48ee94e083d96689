//! Who opens the address in a browser and agrees there: a person, or a command.

use super::door::Door;
use anyhow::{Context, Result, ensure};
use std::future::Future;
use std::time::Duration;
use tokio::sync::mpsc;
use url::Url;

/// How a visit ended, as far as the visitor knows.
#[derive(Debug)]
pub enum Went {
    /// The address at which the browser ended.
    Ended(Url),
    /// It is over; whoever was to be led back has been.
    Over,
}

/// Makes visits. Dropped while it waits when the callback came first.
pub trait Visitor {
    /// Opens the address, agrees to everything that is asked, and follows where it leads.
    fn visit(&mut self, address: &Url, why: &str) -> impl Future<Output = Result<Went>>;
}

/// A browser that has ended may be faster than its last request.
const GRACE: Duration = Duration::from_secs(1);

/// One visit and the way back; `None` when the server did not lead back.
pub(super) async fn come_back<V: Visitor>(
    door: &mut Door,
    visitor: &mut V,
    (address, why): (&Url, &str),
) -> Result<Option<Url>> {
    door.clear();
    let went = tokio::select! {
        biased;
        back = door.next() => return Ok(Some(back)),
        went = visitor.visit(address, why) => went?,
    };
    match went {
        Went::Ended(back) => Ok(Some(back)),
        Went::Over => Ok(tokio::time::timeout(GRACE, door.next()).await.ok()),
    }
}

/// Somebody at the terminal.
pub struct Person {
    lines: mpsc::UnboundedReceiver<String>,
}

impl Person {
    /// Reads lines of the standard input from now on.
    pub fn at_terminal() -> Self {
        let (send, lines) = mpsc::unbounded_channel();
        // A thread of its own: the program may end while it waits for a line.
        std::thread::spawn(move || {
            for line in std::io::stdin().lines().map_while(Result::ok) {
                if send.send(line).is_err() {
                    break;
                }
            }
        });
        Self { lines }
    }
}

impl Visitor for Person {
    async fn visit(&mut self, address: &Url, why: &str) -> Result<Went> {
        while self.lines.try_recv().is_ok() {}
        println!("\nVisit {why}\nOpen this in a browser and agree there:\n\n  {address}\n");
        println!("If you are not led back here by yourself, paste the address you ended at;");
        println!("only press Enter when it refused on a page of its own.");
        loop {
            let line = match self.lines.recv().await {
                Some(line) => line.trim().to_owned(),
                None => std::future::pending().await,
            };
            if line.is_empty() {
                return Ok(Went::Over);
            }
            match Url::parse(&line) {
                Ok(url) => return Ok(Went::Ended(url)),
                Err(_) => println!("That is no address; paste all of it, from http on."),
            }
        }
    }
}

/// A command that gets the address as its last argument and ends when the visit is over.
pub struct Command {
    words: Vec<String>,
}

impl Command {
    /// Words are separated by spaces; there is no shell.
    pub fn new(line: &str) -> Self {
        Self { words: line.split_whitespace().map(str::to_owned).collect() }
    }
}

impl Visitor for Command {
    async fn visit(&mut self, address: &Url, why: &str) -> Result<Went> {
        eprintln!("visit {why}");
        let (program, arguments) = self.words.split_first().context("the command is empty")?;
        let mut command = tokio::process::Command::new(program);
        command.args(arguments).arg(address.as_str()).kill_on_drop(true);
        command.stdin(std::process::Stdio::null()).stdout(std::process::Stdio::null());
        let status = command.status().await.with_context(|| format!("{program} did not start"))?;
        ensure!(status.success(), "{program} failed with {status}");
        Ok(Went::Over)
    }
}
