//! The outside world in a box: what Attaché talks to, as real servers on the loopback interface.
//! A marketing application with an OAuth 2 authorization server, a payments server and a mail
//! catcher. All of them keep their state in one folder and stand again at the same ports after a
//! restart. Nothing here is reachable from another machine.

use std::{fmt, net::SocketAddr, path::PathBuf};

use serde::{Deserialize, Serialize};
use url::Url;

use self::{
    payments::{PaymentsConfig, WebhookTarget},
    server::Running,
    store::Store,
};

mod chance;
mod clock;
pub mod mail;
pub mod marketing;
pub mod payments;
mod ports;
mod server;
pub mod store;

/// What the sandbox needs to know before it starts.
pub struct Config {
    /// The folder that keeps the state, the keys and the ports.
    pub dir: PathBuf,
    /// The addresses to which the marketing application may send people back, compared exactly.
    pub redirect_uris: Vec<String>,
    /// Who is told of events by the payments server.
    pub webhook_urls: Vec<WebhookTarget>,
    /// Makes the sample data repeatable.
    pub seed: u64,
}

/// The running sandbox. Dropped, it stops without waiting; see [`Sandbox::stop`].
pub struct Sandbox {
    pub marketing: Url,
    /// Attaché's client at the marketing application's authorization server.
    pub marketing_client_id: String,
    pub marketing_client_secret: String,
    pub payments: Url,
    pub payments_secret_key: String,
    pub mail_smtp: SocketAddr,
    pub mail_page: Url,
    servers: Vec<Running>,
}

/// Where everything is, without any secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Addresses {
    pub marketing: Url,
    pub payments: Url,
    pub mail_smtp: SocketAddr,
    pub mail_page: Url,
}

/// Starts the three servers on 127.0.0.1. Ports and keys are chosen at the first start and kept.
///
/// # Errors
/// A kept port is taken, or the folder cannot be read or written.
pub async fn start(config: Config) -> anyhow::Result<Sandbox> {
    let sockets = ports::bind(&config.dir).await?;
    let keys = Store::open(config.dir.join("keys.json"), Keys::fresh)?.read(Clone::clone);
    let at = Addresses {
        marketing: ports::address(&sockets.marketing)?,
        payments: ports::address(&sockets.payments)?,
        mail_smtp: sockets.mail_smtp.local_addr()?,
        mail_page: ports::address(&sockets.mail_page)?,
    };
    let application = marketing::Marketing::open(marketing::MarketingConfig {
        dir: config.dir.join("marketing"),
        base_url: at.marketing.clone(),
        client_id: CLIENT_ID.into(),
        client_secret: keys.marketing_client_secret.clone(),
        redirect_uris: config.redirect_uris,
        access_token_life: marketing::ACCESS_TOKEN_LIFE,
        seed: config.seed,
        sandbox: at.clone(),
    })?;
    let mailbox = mail::Mailbox::open(config.dir.join("mail"))?;
    let till = PaymentsConfig {
        state: config.dir.join("payments.json"),
        base_url: at.payments.clone(),
        secret_key: keys.payments_secret_key.clone(),
        webhooks: config.webhook_urls,
        seed: config.seed,
    };
    let (post, page) = (mailbox.clone(), mailbox);
    let servers = vec![
        Running::spawn("marketing", |stop| application.serve(sockets.marketing, stop.wait())),
        Running::spawn("payments", |stop| payments::serve(sockets.payments, till, stop.wait())),
        Running::spawn("mail", |stop| mail::receive(sockets.mail_smtp, post, stop.wait())),
        Running::spawn("mail page", |stop| mail::show(sockets.mail_page, page, stop.wait())),
    ];
    Ok(Sandbox {
        marketing: at.marketing,
        marketing_client_id: CLIENT_ID.into(),
        marketing_client_secret: keys.marketing_client_secret,
        payments: at.payments,
        payments_secret_key: keys.payments_secret_key,
        mail_smtp: at.mail_smtp,
        mail_page: at.mail_page,
        servers,
    })
}

impl Sandbox {
    /// Stops all servers; open calls get half a second to finish.
    ///
    /// # Errors
    /// One of the servers had failed before; the others are stopped all the same.
    pub async fn stop(self) -> anyhow::Result<()> {
        let ended = futures::future::join_all(self.servers.into_iter().map(Running::stop)).await;
        ended.into_iter().collect()
    }

    /// Where everything is, for a person or a file.
    #[must_use]
    pub fn addresses(&self) -> Addresses {
        Addresses {
            marketing: self.marketing.clone(),
            payments: self.payments.clone(),
            mail_smtp: self.mail_smtp,
            mail_page: self.mail_page.clone(),
        }
    }
}

impl fmt::Debug for Sandbox {
    /// Addresses only: the keys stay out of logs.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.addresses().fmt(f)
    }
}

const CLIENT_ID: &str = "attache";

#[derive(Clone, Serialize, Deserialize)]
struct Keys {
    marketing_client_secret: String,
    payments_secret_key: String,
}

impl Keys {
    fn fresh() -> Self {
        Self {
            marketing_client_secret: chance::secret(),
            payments_secret_key: format!("sk_test_{}", chance::secret()),
        }
    }
}
