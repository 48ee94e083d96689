//! Mail by SMTP.

use super::{Mail, Mailer};
use futures::future::BoxFuture;
use lettre::message::{Mailbox, MultiPart};
use lettre::{AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor};
use std::time::Duration;

/// A pooled SMTP client.
pub struct Smtp {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    from: Mailbox,
}

impl Smtp {
    /// `url` as in `smtps://user:password@host:465` or `smtp://127.0.0.1:2525`; `from` as in
    /// `Attaché <program@example.org>`.
    pub fn new(url: &str, from: &str) -> anyhow::Result<Self> {
        let transport = AsyncSmtpTransport::<Tokio1Executor>::from_url(url)?
            .timeout(Some(Duration::from_secs(15)))
            .build();
        Ok(Self { transport, from: from.parse()? })
    }

    fn message(&self, mail: &Mail) -> anyhow::Result<Message> {
        let to = Mailbox::new(Some(mail.to_name.clone()), mail.to_address.parse()?);
        Ok(Message::builder()
            .from(self.from.clone())
            .to(to)
            .subject(mail.subject.replace(['\r', '\n'], " "))
            .multipart(MultiPart::alternative_plain_html(mail.text.clone(), mail.html.clone()))?)
    }
}

impl Mailer for Smtp {
    fn send<'a>(&'a self, mail: &'a Mail) -> BoxFuture<'a, anyhow::Result<()>> {
        Box::pin(async move {
            self.transport.send(self.message(mail)?).await?;
            Ok(())
        })
    }
}
