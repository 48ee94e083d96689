//! Forms as they stand on a page: where they go and what they hold before anybody types.

use super::Page;
use url::Url;

/// A form to fill in and send.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Form {
    pub action: Url,
    pub fields: Vec<(String, String)>,
}

impl Form {
    /// Types into a field, or presses a button with a name.
    #[must_use]
    pub fn set(mut self, name: &str, value: &str) -> Self {
        self.fields.retain(|(known, _)| known != name);
        self.fields.push((name.to_owned(), value.to_owned()));
        self
    }

    /// What the page put into a field.
    pub fn value(&self, name: &str) -> Option<&str> {
        self.fields.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// The page's first form whose address begins with `action`; a form without one goes to the
    /// page itself.
    pub(super) fn find(page: &Page, action: &str) -> Option<Self> {
        let mut tags = tags(&page.text);
        let wanted = |tag: &Tag<'_>| {
            let goes_to = tag.value("action").unwrap_or_else(|| page.url.path().to_owned());
            tag.name == "form" && goes_to.starts_with(action)
        };
        let start = tags.find(wanted)?;
        let action = match start.value("action") {
            Some(place) => page.url.join(&place).ok()?,
            None => page.url.clone(),
        };
        let inside = tags.take_while(|tag| tag.name != "/form");
        let fields = inside
            .filter(is_sent)
            .filter_map(|tag| Some((tag.value("name")?, tag.value("value").unwrap_or_default())));
        Some(Self { action, fields: fields.collect() })
    }
}

/// Inputs that a browser sends by themselves: not buttons, not boxes that nobody ticked.
fn is_sent(tag: &Tag<'_>) -> bool {
    if tag.name != "input" {
        return false;
    }
    match tag.value("type").as_deref() {
        Some("submit" | "file") => false,
        Some("radio" | "checkbox") => tag.inside.split_whitespace().any(|word| word == "checked"),
        _ => true,
    }
}

/// A start or end tag.
pub(super) struct Tag<'a> {
    pub name: &'a str,
    inside: &'a str,
}

impl Tag<'_> {
    /// The value of an attribute, which stands in double quotes.
    pub(super) fn value(&self, attribute: &str) -> Option<String> {
        let mut rest = self.inside;
        while let Some((before, after)) = rest.split_once("=\"") {
            let (value, next) = after.split_once('"')?;
            if before.split_whitespace().last() == Some(attribute) {
                return Some(plain(value));
            }
            rest = next;
        }
        None
    }
}

/// Every tag of a page, in order.
pub(super) fn tags(text: &str) -> impl Iterator<Item = Tag<'_>> {
    text.split('<').skip(1).map(|piece| {
        let inside = piece.get(..end_of_tag(piece)).unwrap_or(piece);
        let end = inside.find(char::is_whitespace).unwrap_or(inside.len());
        let (name, inside) = inside.split_at(end);
        Tag { name: name.trim_end_matches('/'), inside }
    })
}

/// Where a tag ends: at the first `>` outside of quotes.
fn end_of_tag(piece: &str) -> usize {
    let mut quoted = false;
    let end = piece.char_indices().find(|(_, c)| {
        quoted ^= *c == '"';
        *c == '>' && !quoted
    });
    end.map_or(piece.len(), |(at, _)| at)
}

/// Text without the escapes of HTML.
fn plain(text: &str) -> String {
    let named = [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&#x27;", "'"), ("&#39;", "'")];
    let named = named.iter().fold(text.to_owned(), |text, (from, to)| text.replace(from, to));
    named.replace("&#x2F;", "/").replace("&amp;", "&")
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = r#"<form method="post" action="/leave"><input name="token" value="no"></form>
        <form method="post" action="/oauth/authorize">
        <input type="hidden" name="request" value="a=1&amp;b=&quot;2&quot;">
        <label class="choice"><input type="radio" name="account" value="acc_1" required checked>
        <span>One</span></label>
        <input type="radio" name="account" value="acc_2" required>
        <input type="email" name="email" value="" autofocus>
        <button name="decision" value="allow">Allow</button></form>"#;

    fn page(text: &str) -> Page {
        let url = "http://127.0.0.1:9/consent?x=1".parse().unwrap();
        Page { url, status: 200, text: text.to_owned() }
    }

    #[test]
    fn a_form_is_found_with_what_the_page_filled_in() {
        let form = page(TEXT).form("/oauth/").unwrap();
        assert_eq!(form.action.as_str(), "http://127.0.0.1:9/oauth/authorize");
        let sent = [("request", "a=1&b=\"2\""), ("account", "acc_1"), ("email", "")];
        let sent = sent.map(|(name, value)| (name.to_owned(), value.to_owned()));
        assert_eq!(form.fields, sent);
        let form = form.set("account", "acc_2").set("decision", "allow");
        assert_eq!((form.value("account"), form.fields.len()), (Some("acc_2"), 4));
    }

    #[test]
    fn a_form_without_an_address_goes_to_its_own_page() {
        let form = page("<form method=\"post\"><input name=\"card\"></form>").form("/consent");
        assert_eq!(form.unwrap().action.as_str(), "http://127.0.0.1:9/consent?x=1");
        assert!(page("<p>nothing</p>").form("/").is_err());
    }
}
