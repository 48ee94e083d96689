//! What an SMTP server answers, RFC 5321; no sockets here.

/// The largest mail that is taken, in bytes.
pub(super) const MOST_BYTES: usize = 5 * 1024 * 1024;
const MOST_RECIPIENTS: usize = 100;

/// One connection's talk.
#[derive(Default)]
pub(super) struct Conversation {
    greeted: bool,
    from: Option<String>,
    to: Vec<String>,
}

/// The sender and the recipients of the mail that follows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Envelope {
    pub(super) from: String,
    pub(super) to: Vec<String>,
}

/// What to do after a line.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Step {
    Say(String),
    /// Say 354 and read the mail until the lone dot.
    Read(Envelope),
    SayAndHangUp(String),
}

impl Conversation {
    /// Answers one line, without its line end.
    pub(super) fn hear(&mut self, line: &str) -> Step {
        let (verb, rest) = line.split_once(' ').unwrap_or((line, ""));
        match verb.to_ascii_uppercase().as_str() {
            "EHLO" => self.greet(rest, true),
            "HELO" => self.greet(rest, false),
            "MAIL" => self.mail(rest),
            "RCPT" => self.rcpt(rest),
            "DATA" => self.data(rest),
            "RSET" => {
                self.forget();
                say("250 2.0.0 Forgotten")
            }
            "NOOP" => say("250 2.0.0 Still here"),
            "VRFY" => say("252 2.1.5 Every address is taken"),
            "QUIT" => Step::SayAndHangUp("221 2.0.0 Goodbye".into()),
            "AUTH" | "STARTTLS" => say("502 5.5.1 Not offered here"),
            _ => say("500 5.5.2 Unknown command"),
        }
    }

    fn greet(&mut self, name: &str, extended: bool) -> Step {
        if name.trim().is_empty() {
            return say("501 5.5.4 A name must follow");
        }
        self.forget();
        self.greeted = true;
        if extended {
            say(&format!(
                "250-mail-catcher\r\n250-SIZE {MOST_BYTES}\r\n250-8BITMIME\r\n250-SMTPUTF8\r\n\
                 250-ENHANCEDSTATUSCODES\r\n250 PIPELINING"
            ))
        } else {
            say("250 mail-catcher")
        }
    }

    fn mail(&mut self, rest: &str) -> Step {
        if !self.greeted {
            return say("503 5.5.1 EHLO comes first");
        }
        if self.from.is_some() {
            return say("503 5.5.1 One mail at a time");
        }
        let Some((from, options)) = address(rest, "FROM:") else {
            return say("501 5.5.4 MAIL FROM:<address> is wanted");
        };
        let size = options.split(' ').find_map(|option| {
            let (name, value) = option.split_once('=')?;
            name.eq_ignore_ascii_case("SIZE").then(|| value.parse::<usize>().ok()).flatten()
        });
        if size.is_some_and(|size| size > MOST_BYTES) {
            return say(TOO_LARGE);
        }
        self.from = Some(from.to_owned());
        say("250 2.1.0 Sender taken")
    }

    fn rcpt(&mut self, rest: &str) -> Step {
        if self.from.is_none() {
            return say("503 5.5.1 MAIL comes first");
        }
        match address(rest, "TO:") {
            Some((to, _)) if !to.is_empty() => {
                if self.to.len() >= MOST_RECIPIENTS {
                    return say("452 4.5.3 Too many recipients");
                }
                self.to.push(to.to_owned());
                say("250 2.1.5 Recipient taken")
            }
            _ => say("501 5.5.4 RCPT TO:<address> is wanted"),
        }
    }

    fn data(&mut self, rest: &str) -> Step {
        if !rest.is_empty() {
            return say("501 5.5.4 DATA stands alone");
        }
        match (self.from.take(), std::mem::take(&mut self.to)) {
            (Some(from), to) if !to.is_empty() => Step::Read(Envelope { from, to }),
            (from, to) => {
                (self.from, self.to) = (from, to);
                say("503 5.5.1 MAIL and RCPT come first")
            }
        }
    }

    fn forget(&mut self) {
        self.from = None;
        self.to.clear();
    }
}

/// The answer to a mail that is larger than [`MOST_BYTES`].
pub(super) const TOO_LARGE: &str = "552 5.3.4 The mail is too large";

fn say(text: &str) -> Step {
    Step::Say(text.into())
}

/// The address in angle brackets after a keyword, and the options behind it.
fn address<'a>(rest: &'a str, keyword: &str) -> Option<(&'a str, &'a str)> {
    let (head, tail) = rest.split_at_checked(keyword.len())?;
    if !head.eq_ignore_ascii_case(keyword) {
        return None;
    }
    let (address, options) = tail.trim_start().strip_prefix('<')?.split_once('>')?;
    let plain = !address.contains(|c: char| c.is_whitespace() || c.is_control() || c == '<');
    plain.then_some((address, options.trim()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(step: &Step) -> &str {
        match step {
            Step::Say(text) | Step::SayAndHangUp(text) => &text[..3],
            Step::Read(_) => "354",
        }
    }

    #[test]
    fn a_mail_in_the_right_order_is_read() {
        let mut talk = Conversation::default();
        for (line, answer) in [
            ("NOOP", "250"),
            ("MAIL FROM:<a@b.example>", "503"),
            ("ehlo here", "250"),
            ("RCPT TO:<x@y.example>", "503"),
            ("mail from: <a@b.example> BODY=8BITMIME SIZE=100", "250"),
            ("MAIL FROM:<a@b.example>", "503"),
            ("DATA", "503"),
            ("RCPT TO:<x@y.example>", "250"),
            ("RCPT TO:<>", "501"),
            ("RCPT TO:nobody", "501"),
            ("DATA now", "501"),
        ] {
            assert_eq!(code(&talk.hear(line)), answer, "{line}");
        }
        let envelope = Envelope { from: "a@b.example".into(), to: vec!["x@y.example".into()] };
        assert_eq!(talk.hear("DATA"), Step::Read(envelope));
        assert_eq!(code(&talk.hear("DATA")), "503", "a mail is read once");
    }

    #[test]
    fn resets_sizes_and_strangers() {
        let mut talk = Conversation::default();
        talk.hear("HELO here");
        let large = format!("MAIL FROM:<a@b.example> SIZE={}", MOST_BYTES + 1);
        assert_eq!(code(&talk.hear(&large)), "552");
        talk.hear("MAIL FROM:<>");
        talk.hear("RSET");
        assert_eq!(code(&talk.hear("RCPT TO:<x@y.example>")), "503");
        assert_eq!(code(&talk.hear("FLY")), "500");
        assert_eq!(code(&talk.hear("AUTH PLAIN")), "502");
        assert!(matches!(talk.hear("quit"), Step::SayAndHangUp(_)));
    }
}
