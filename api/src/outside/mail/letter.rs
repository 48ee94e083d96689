//! A mail as we write it: a line, some paragraphs, one deed, and why it came.

use super::Mail;

/// What a mail says, in plain words; both forms are made from it.
#[derive(Debug, Clone)]
pub struct Letter {
    pub to_name: String,
    pub to_address: String,
    /// The subject, and the heading of the HTML form.
    pub title: String,
    /// The sender as people know it, e.g. "Larkfield Partner Program".
    pub program: String,
    pub paragraphs: Vec<String>,
    pub act: Option<Act>,
    /// Why this mail came, in small print.
    pub reason: String,
}

/// The one thing to do: words on the button and an absolute link.
#[derive(Clone)]
pub struct Act {
    pub label: String,
    pub link: String,
}

/// The link may hold a secret.
impl std::fmt::Debug for Act {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Act").field("label", &self.label).finish_non_exhaustive()
    }
}

impl Letter {
    /// Both forms of the mail. Everything written by people is escaped.
    pub fn into_mail(self) -> Mail {
        Mail { text: self.text(), html: self.html(), ..self.envelope() }
    }

    fn envelope(&self) -> Mail {
        Mail {
            to_name: self.to_name.clone(),
            to_address: self.to_address.clone(),
            subject: self.title.clone(),
            text: String::new(),
            html: String::new(),
        }
    }

    fn text(&self) -> String {
        let mut parts = vec![format!("Hello {},", self.to_name)];
        parts.extend(self.paragraphs.iter().cloned());
        parts.extend(self.act.iter().map(|act| format!("{}:\n{}", act.label, act.link)));
        let text = parts.join("\n\n");
        format!("{text}\n\n-- \n{}\n{}\n", self.program, self.reason)
    }

    fn html(&self) -> String {
        let paragraphs: String = self.paragraphs.iter().map(|text| paragraph(text)).collect();
        let act = self.act.as_ref().map(button).unwrap_or_default();
        let (title, program) = (escape(&self.title), escape(&self.program));
        let (name, reason) = (escape(&self.to_name), lines(&escape(&self.reason)));
        format!(
            "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\
<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
<title>{title}</title></head>\
<body style=\"margin:0;padding:24px 12px;background:#f2f5f1;{TEXT}\">\
<table role=\"presentation\" cellpadding=\"0\" cellspacing=\"0\" align=\"center\" \
style=\"width:100%;max-width:560px;margin:0 auto;background:#fdfefc;border-collapse:collapse\">\
<tr><td style=\"padding:16px 24px;background:#103a2e;color:#f2f5f1\">{program}</td></tr>\
<tr><td style=\"padding:24px 24px 8px\"><h1 style=\"margin:0 0 16px;padding:0 0 12px;\
border-bottom:3px double #75847b;font:500 24px/1.2 Georgia,serif;color:#14201b\">{title}</h1>\
<p style=\"margin:0 0 16px\">Hello {name},</p>{paragraphs}{act}</td></tr>\
<tr><td style=\"padding:16px 24px 24px;color:#56635c;font-size:13px\">{reason}</td></tr>\
</table></body></html>\n"
        )
    }
}

const TEXT: &str = "font:15px/1.55 Helvetica,Arial,sans-serif;color:#14201b";

fn paragraph(text: &str) -> String {
    format!("<p style=\"margin:0 0 16px\">{}</p>", lines(&escape(text)))
}

/// A button, and its address in words for readers that show no links.
fn button(act: &Act) -> String {
    let (label, link) = (escape(&act.label), escape(&act.link));
    format!(
        "<p style=\"margin:24px 0\"><a href=\"{link}\" style=\"display:inline-block;\
padding:12px 20px;background:#14523f;color:#fdfefc;text-decoration:none;border-radius:4px\">\
{label}</a></p><p style=\"margin:0 0 16px;color:#56635c;font-size:13px;\
word-break:break-all\">{link}</p>"
    )
}

fn lines(escaped: &str) -> String {
    escaped.replace('\n', "<br>")
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
        .replace('\'', "&#39;")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn letter() -> Letter {
        Letter {
            to_name: "Petra <b>".into(),
            to_address: "petra@fjordhaus.example".into(),
            title: "Ines & you: \"signed\"".into(),
            program: "Larkfield Partner Program".into(),
            paragraphs: vec!["One.\n<script>x</script>".into(), "Two.".into()],
            act: Some(Act { label: "See it".into(), link: "https://a.example/p?a=1&b=2".into() }),
            reason: "You hold a role at Fjordhaus.".into(),
        }
    }

    #[test]
    fn the_plain_form_has_everything_once() {
        let text = letter().into_mail().text;
        assert_eq!(
            text,
            "Hello Petra <b>,\n\nOne.\n<script>x</script>\n\nTwo.\n\nSee it:\n\
             https://a.example/p?a=1&b=2\n\n-- \nLarkfield Partner Program\n\
             You hold a role at Fjordhaus.\n"
        );
    }

    #[test]
    fn the_html_form_escapes_what_people_wrote() {
        let html = letter().into_mail().html;
        assert!(html.contains("Hello Petra &lt;b&gt;,"), "{html}");
        assert!(html.contains("One.<br>&lt;script&gt;x&lt;/script&gt;"), "{html}");
        assert!(html.contains("href=\"https://a.example/p?a=1&amp;b=2\""), "{html}");
        assert!(html.contains("Ines &amp; you: &quot;signed&quot;"), "{html}");
        assert!(!html.contains("<script"), "{html}");
        assert!(!html.contains("<img"), "no images are loaded: {html}");
    }

    #[test]
    fn debug_shows_no_link() {
        assert!(!format!("{:?}", letter()).contains("a.example/p"));
    }
}
