//! The SMTP socket.

use std::{future::Future, io, time::Duration};

use tokio::{
    io::{AsyncBufRead, AsyncBufReadExt, AsyncReadExt, AsyncWrite, AsyncWriteExt, BufReader},
    net::{TcpListener, TcpStream},
    task::JoinSet,
    time::timeout,
};

use super::{
    conversation::{Conversation, MOST_BYTES, Step, TOO_LARGE},
    mailbox::Mailbox,
};

/// Takes mails on `listener` until `stopped`; open connections are cut then.
///
/// # Errors
/// The socket cannot accept any more.
pub async fn receive(
    listener: TcpListener,
    mailbox: Mailbox,
    stopped: impl Future<Output = ()> + Send,
) -> anyhow::Result<()> {
    let mut talks = JoinSet::new();
    tokio::pin!(stopped);
    loop {
        tokio::select! {
            () = &mut stopped => return Ok(()),
            accepted = listener.accept() => {
                let (stream, _) = accepted?;
                talks.spawn(attend(stream, mailbox.clone()));
            }
            Some(_) = talks.join_next() => {}
        }
    }
}

/// How long a silent sender is waited for.
const PATIENCE: Duration = Duration::from_secs(60);
const LONGEST_LINE: u64 = 4096;

async fn attend(mut stream: TcpStream, mailbox: Mailbox) {
    let (read, mut write) = stream.split();
    if let Err(error) = talk(&mut BufReader::new(read), &mut write, &mailbox).await {
        // A sender that goes away is its own affair; what it had acknowledged is on disk.
        tracing::debug!("SMTP connection ended: {error}");
    }
}

async fn talk(
    input: &mut (impl AsyncBufRead + Unpin),
    output: &mut (impl AsyncWrite + Unpin),
    mailbox: &Mailbox,
) -> io::Result<()> {
    say(output, "220 mail-catcher ESMTP").await?;
    let mut conversation = Conversation::default();
    while let Some(line) = line(input).await? {
        let Some(text) = line.ends_with(b"\n").then(|| String::from_utf8_lossy(&line)) else {
            return say(output, "500 5.5.2 The line is too long").await;
        };
        match conversation.hear(text.trim_end_matches(['\r', '\n'])) {
            Step::Say(text) => say(output, &text).await?,
            Step::SayAndHangUp(text) => return say(output, &text).await,
            Step::Read(envelope) => {
                say(output, "354 End with a lone dot").await?;
                let answer = match mail(input).await? {
                    None => TOO_LARGE.to_owned(),
                    Some(bytes) => match mailbox.keep(envelope.from, envelope.to, &bytes) {
                        Ok(id) => format!("250 2.0.0 Kept as {id}"),
                        Err(error) => {
                            tracing::error!("mail not kept: {error:#}");
                            "451 4.3.0 The mail could not be kept".to_owned()
                        }
                    },
                };
                say(output, &answer).await?;
            }
        }
    }
    Ok(())
}

/// Reads a mail up to the lone dot and takes the stuffed dots away. `None` when it is too large;
/// it is read to its end all the same, so that the talk can go on.
async fn mail(input: &mut (impl AsyncBufRead + Unpin)) -> io::Result<Option<Vec<u8>>> {
    let mut mail = Vec::new();
    let mut too_large = false;
    // Only a dot between two whole line ends closes a mail, so that none can hide in another.
    let mut fresh = true;
    loop {
        let Some(line) = line(input).await? else {
            return Err(io::ErrorKind::UnexpectedEof.into());
        };
        if fresh && line == b".\r\n" {
            return Ok((!too_large).then_some(mail));
        }
        let stuffed = fresh && line.starts_with(b".");
        fresh = line.ends_with(b"\r\n");
        too_large |= mail.len() + line.len() > MOST_BYTES;
        if !too_large {
            mail.extend(line.iter().skip(usize::from(stuffed)));
        }
    }
}

/// One line with its end, or its first part where it is longer than allowed; `None` at the end.
async fn line(input: &mut (impl AsyncBufRead + Unpin)) -> io::Result<Option<Vec<u8>>> {
    let mut line = Vec::new();
    timeout(PATIENCE, input.take(LONGEST_LINE).read_until(b'\n', &mut line)).await??;
    Ok((!line.is_empty()).then_some(line))
}

async fn say(output: &mut (impl AsyncWrite + Unpin), text: &str) -> io::Result<()> {
    output.write_all(format!("{text}\r\n").as_bytes()).await?;
    output.flush().await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn dots_are_unstuffed_and_only_whole_lines_close_a_mail() {
        let mut input: &[u8] = b"Subject: x\r\n\r\n..one\r\na\n.\r\nb\n.\n\r\n.\r\nrest";
        let read = mail(&mut input).await.unwrap().unwrap();
        assert_eq!(read, b"Subject: x\r\n\r\n.one\r\na\n.\r\nb\n.\n\r\n");
        assert_eq!(input, b"rest");
    }

    #[tokio::test]
    async fn a_mail_that_is_too_large_is_refused_and_the_talk_goes_on() {
        let mut bytes = vec![b'x'; MOST_BYTES];
        bytes.extend(b"\r\n.\r\nNOOP\r\n");
        let mut input: &[u8] = &bytes;
        assert_eq!(mail(&mut input).await.unwrap(), None);
        assert_eq!(line(&mut input).await.unwrap().unwrap(), b"NOOP\r\n");
    }
}
