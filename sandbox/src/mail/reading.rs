//! What a mail says: its parts, and the links in its text.

use chrono::{DateTime, Utc};
use mail_parser::{MessageParser, MimeHeaders, PartType};
use serde::Serialize;

use super::mailbox::Cover;

/// A mail as people and tests read it. `from` and `to` are those of the envelope.
#[derive(Serialize)]
pub(super) struct Mail {
    pub(super) id: u64,
    pub(super) from: String,
    pub(super) to: Vec<String>,
    pub(super) subject: String,
    pub(super) received_at: DateTime<Utc>,
    pub(super) text: Option<String>,
    pub(super) html: Option<String>,
    /// The links of the plain text, in order.
    pub(super) links: Vec<String>,
    pub(super) attachments: Vec<Attachment>,
}

#[derive(Serialize)]
pub(super) struct Attachment {
    pub(super) name: String,
    pub(super) content_type: String,
    pub(super) bytes: usize,
    #[serde(skip)]
    pub(super) content: Vec<u8>,
}

/// A stretch of plain text; a link where `link` is set.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub(super) struct Stretch<'a> {
    pub(super) text: &'a str,
    pub(super) link: bool,
}

/// Reads a mail. What is no mail at all shows as its own text.
pub(super) fn read(cover: Cover, raw: &[u8]) -> Mail {
    let mut mail = Mail {
        id: cover.id,
        from: cover.from,
        to: cover.to,
        subject: String::new(),
        received_at: cover.received_at,
        text: None,
        html: None,
        links: Vec::new(),
        attachments: Vec::new(),
    };
    let Some(message) = MessageParser::default().parse(raw) else {
        mail.text = Some(String::from_utf8_lossy(raw).into_owned());
        return mail;
    };
    mail.subject = message.subject().unwrap_or_default().to_owned();
    // Only parts that are there: the parser would make the one kind out of the other.
    let texts = message.text_bodies().filter_map(|part| match &part.body {
        PartType::Text(text) => Some(text.as_ref()),
        _ => None,
    });
    mail.text = joined(texts);
    let pages = message.html_bodies().filter_map(|part| match &part.body {
        PartType::Html(html) => Some(html.as_ref()),
        _ => None,
    });
    mail.html = joined(pages);
    mail.attachments = message.attachments().map(attachment).collect();
    let stretches = stretches(mail.text.as_deref().unwrap_or_default());
    mail.links = stretches.iter().filter(|s| s.link).map(|s| s.text.to_owned()).collect();
    mail
}

/// Cuts plain text into links and what is between them.
pub(super) fn stretches(text: &str) -> Vec<Stretch<'_>> {
    let mut found = Vec::new();
    let mut rest = text;
    while let Some(start) = next_link(rest) {
        let (before, from) = rest.split_at(start);
        let end = from.find(|c: char| c.is_whitespace() || "<>\"".contains(c));
        let (word, _) = from.split_at(end.unwrap_or(from.len()));
        // A full stop or a bracket after a link belongs to the sentence.
        let link = word.trim_end_matches(['.', ',', ';', ':', '!', '?', ')', ']', '\'']);
        let (link, after) = from.split_at(link.len());
        found.push(Stretch { text: before, link: false });
        found.push(Stretch { text: link, link: true });
        rest = after;
    }
    found.push(Stretch { text: rest, link: false });
    found.retain(|stretch| !stretch.text.is_empty());
    found
}

fn next_link(text: &str) -> Option<usize> {
    ["http://", "https://"].into_iter().filter_map(|scheme| text.find(scheme)).min()
}

fn joined<'a>(parts: impl Iterator<Item = &'a str>) -> Option<String> {
    let parts: Vec<&str> = parts.collect();
    (!parts.is_empty()).then(|| parts.join("\n"))
}

fn attachment(part: &mail_parser::MessagePart<'_>) -> Attachment {
    let kind = part.content_type();
    let content_type = kind.map_or_else(
        || "application/octet-stream".into(),
        |kind| format!("{}/{}", kind.ctype(), kind.subtype().unwrap_or("octet-stream")),
    );
    Attachment {
        name: part.attachment_name().unwrap_or("without a name").to_owned(),
        content_type,
        bytes: part.contents().len(),
        content: part.contents().to_vec(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_end_where_the_sentence_goes_on() {
        let text = "See https://a.example/x?y=1. Or (http://b.example/z), not httpx://c.";
        let links: Vec<_> = stretches(text).into_iter().filter(|s| s.link).collect();
        assert_eq!(
            links.iter().map(|s| s.text).collect::<Vec<_>>(),
            ["https://a.example/x?y=1", "http://b.example/z"]
        );
        let whole: String = stretches(text).iter().map(|s| s.text).collect();
        assert_eq!(whole, text);
    }

    #[test]
    fn a_mail_without_text_has_none() {
        let cover =
            Cover { id: 1, from: String::new(), to: vec![], received_at: DateTime::UNIX_EPOCH };
        let raw =
            b"Subject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=\r\nContent-Type: text/html\r\n\r\n<p>x</p>";
        let mail = read(cover, raw);
        assert_eq!((mail.subject.as_str(), mail.text), ("Grüße", None));
        assert_eq!(mail.html.as_deref(), Some("<p>x</p>"));
    }
}
