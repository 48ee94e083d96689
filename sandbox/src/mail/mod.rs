//! The mail catcher: a small SMTP server that keeps what it is given and delivers nothing, and
//! pages that show it.
//!
//! Invariants: a mail that was acknowledged is on disk; the last 500 are kept; the HTML of a mail
//! is shown in a sandbox of the browser, without scripts and without loading anything.

use std::{
    net::{Ipv4Addr, SocketAddr},
    path::PathBuf,
};

use anyhow::Context;
use url::Url;

use crate::server::Running;

mod conversation;
mod mailbox;
mod pages;
mod reading;
mod reception;

pub use self::{mailbox::Mailbox, pages::show, reception::receive};

/// A mail catcher of its own, without the rest of the sandbox.
pub struct Catcher {
    pub smtp: SocketAddr,
    pub page: Url,
    servers: [Running; 2],
}

impl Catcher {
    /// Starts on free ports of 127.0.0.1, keeping its mails in `dir`.
    ///
    /// # Errors
    /// The folder cannot be read or written, or no port is free.
    pub async fn start(dir: PathBuf) -> anyhow::Result<Self> {
        let mailbox = Mailbox::open(dir)?;
        let any = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        let smtp = tokio::net::TcpListener::bind(any).await.context("bind for SMTP")?;
        let page = tokio::net::TcpListener::bind(any).await.context("bind for the page")?;
        let (smtp_address, page_address) = (smtp.local_addr()?, crate::ports::address(&page)?);
        let kept = mailbox.clone();
        let servers = [
            Running::spawn("mail", |stop| receive(smtp, mailbox, stop.wait())),
            Running::spawn("mail page", |stop| show(page, kept, stop.wait())),
        ];
        Ok(Self { smtp: smtp_address, page: page_address, servers })
    }

    /// Stops both servers.
    ///
    /// # Errors
    /// One of them had failed before.
    pub async fn stop(self) -> anyhow::Result<()> {
        let [smtp, page] = self.servers;
        smtp.stop().await.and(page.stop().await)
    }
}
