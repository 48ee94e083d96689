//! The ports of the sandbox: chosen by the system once, then kept in `ports.json`, so that
//! addresses that others wrote down stay right.

use std::{
    net::{Ipv4Addr, SocketAddr},
    path::Path,
};

use anyhow::Context;
use serde::{Deserialize, Serialize};
use tokio::net::TcpListener;
use url::Url;

use crate::store::Store;

/// The four sockets, bound on the loopback interface.
pub(crate) struct Sockets {
    pub(crate) marketing: TcpListener,
    pub(crate) payments: TcpListener,
    pub(crate) mail_smtp: TcpListener,
    pub(crate) mail_page: TcpListener,
}

/// Binds the ports kept in `dir`, or free ones at the first start.
///
/// # Errors
/// A kept port is taken by another program; the message names it and the file to remove.
pub(crate) async fn bind(dir: &Path) -> anyhow::Result<Sockets> {
    let file = dir.join("ports.json");
    let kept = Store::open(file.clone(), Ports::default)?;
    let ports = kept.read(|ports| *ports);
    let hint = || format!("end that program, or remove {} for new ports", file.display());
    let sockets = Sockets {
        marketing: socket("marketing application", ports.marketing).await.with_context(hint)?,
        payments: socket("payments server", ports.payments).await.with_context(hint)?,
        mail_smtp: socket("mail catcher", ports.mail_smtp).await.with_context(hint)?,
        mail_page: socket("page of the mail catcher", ports.mail_page).await.with_context(hint)?,
    };
    let bound = Ports {
        marketing: sockets.marketing.local_addr()?.port(),
        payments: sockets.payments.local_addr()?.port(),
        mail_smtp: sockets.mail_smtp.local_addr()?.port(),
        mail_page: sockets.mail_page.local_addr()?.port(),
    };
    kept.write(|ports| *ports = bound)?;
    Ok(sockets)
}

/// Where people and programs reach the socket over HTTP.
pub(crate) fn address(socket: &TcpListener) -> anyhow::Result<Url> {
    Url::parse(&format!("http://{}/", socket.local_addr()?)).context("write the socket's address")
}

/// Zero stands for "not chosen yet", which is what zero means to the system too.
#[derive(Clone, Copy, Default, Serialize, Deserialize)]
struct Ports {
    marketing: u16,
    payments: u16,
    mail_smtp: u16,
    mail_page: u16,
}

async fn socket(name: &str, port: u16) -> anyhow::Result<TcpListener> {
    let wanted = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    TcpListener::bind(wanted).await.with_context(|| format!("port {port} for the {name} is taken"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_same_ports_come_back_and_a_taken_one_is_named() {
        let dir = tempfile::tempdir().unwrap();
        let first = bind(dir.path()).await.unwrap();
        let port = first.payments.local_addr().unwrap().port();
        let refused = format!("{:#}", bind(dir.path()).await.err().unwrap());
        assert!(refused.contains("ports.json") && refused.contains("taken"), "{refused}");
        drop(first);
        let second = bind(dir.path()).await.unwrap();
        assert_eq!(second.payments.local_addr().unwrap().port(), port);
    }
}
