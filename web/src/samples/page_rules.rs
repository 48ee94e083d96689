//! The rules that every rendered page and every template keeps, read from the text itself.

use std::collections::{BTreeMap, BTreeSet};

use crate::assets::Assets;

/// What a page may point at.
pub struct Rules {
    icons: BTreeSet<String>,
    assets: BTreeSet<String>,
}

impl Rules {
    pub fn new(assets: &Assets) -> Self {
        let urls = assets.urls().into_iter().map(|(_, url)| url);
        Self { icons: assets.icon_names().into_iter().collect(), assets: urls.collect() }
    }

    /// Everything in `html` that breaks a rule, one line each.
    pub fn faults(&self, page: &str, html: &str) -> Vec<String> {
        let tags: Vec<Tag> = tags(html);
        let mut faults: Vec<String> = tags.iter().flat_map(|tag| self.tag_faults(tag)).collect();
        faults.extend(id_faults(&tags));
        faults.extend(form_faults(html));
        faults.extend(text_faults(html));
        faults.extend(html_faults(html, &tags));
        faults.iter().map(|fault| format!("{page}: {fault}")).collect()
    }

    fn tag_faults(&self, tag: &Tag) -> Vec<String> {
        let mut faults = Vec::new();
        for (name, value) in &tag.attributes {
            if name == "style" || name.starts_with("on") || name.starts_with("hx-on") {
                faults.push(format!("<{} {name}>: the policy forbids it", tag.name));
            }
            if name == "hx-trigger" && value.contains('[') || value.trim().starts_with("js:") {
                faults.push(format!("{name}=\"{value}\": needs eval"));
            }
            let script = value.trim_start().to_lowercase().starts_with("javascript:");
            let address = matches!(name.as_str(), "href" | "src" | "action");
            if script || address && value.starts_with("//") {
                faults.push(format!("{name}=\"{value}\": leads out"));
            }
            if address && value.starts_with("/assets/") {
                faults.extend(self.asset_fault(value));
            }
        }
        if tag.name == "style" || tag.name == "script" && !tag.has("src") {
            faults.push(format!("<{}> inside the page", tag.name));
        }
        if tag.name == "img" && !tag.has("alt") {
            faults.push("<img> without alt".into());
        }
        if tag.name == "button" && !tag.has("type") {
            faults.push("<button> without type".into());
        }
        faults
    }

    fn asset_fault(&self, url: &str) -> Option<String> {
        let (file, icon) = url.split_once('#').unwrap_or((url, ""));
        if !self.assets.contains(file) {
            return Some(format!("no asset {file}"));
        }
        let unknown = file.ends_with("/icons.svg") && !self.icons.contains(icon);
        unknown.then(|| format!("no icon `{icon}`"))
    }
}

/// What the text of a template may not contain: ways around escaping and ways around the policy.
pub fn template_faults(name: &str, text: &str) -> Vec<String> {
    const NEVER: [&str; 8] =
        ["| safe", "|safe", "<style", " style=", "hx-on", "onclick=", "='{{", "javascript:"];
    let found = NEVER.iter().filter(|never| text.contains(**never));
    found.map(|never| format!("{name} contains `{never}`")).collect()
}

struct Tag {
    name: String,
    attributes: BTreeMap<String, String>,
}

impl Tag {
    fn has(&self, name: &str) -> bool {
        self.attributes.contains_key(name)
    }
}

/// The opening tags of a page that our own templates wrote: attributes in double quotes, no `>`
/// inside them unescaped.
fn tags(html: &str) -> Vec<Tag> {
    let pieces = html.split('<').skip(1).filter(|p| !p.starts_with(['/', '!']));
    pieces.filter_map(|piece| piece.split('>').next()).map(tag).collect()
}

fn tag(text: &str) -> Tag {
    let text = text.trim_end_matches('/');
    let (name, mut rest) = text.split_once(char::is_whitespace).unwrap_or((text, ""));
    let mut attributes = BTreeMap::new();
    while let Some(begin) = rest.find(|c: char| !c.is_whitespace()) {
        rest = &rest[begin..];
        let end = rest.find(|c: char| c == '=' || c.is_whitespace()).unwrap_or(rest.len());
        let key = rest[..end].to_owned();
        rest = &rest[end..];
        let quoted = rest.strip_prefix("=\"").and_then(|r| r.split_once('"'));
        let (value, after) = quoted.unwrap_or(("", rest.trim_start_matches('=')));
        attributes.insert(key, value.to_owned());
        rest = after;
    }
    Tag { name: name.to_owned(), attributes }
}

fn id_faults(tags: &[Tag]) -> Vec<String> {
    let mut ids = BTreeSet::new();
    let mut faults = Vec::new();
    for id in tags.iter().filter_map(|t| t.attributes.get("id")) {
        if !ids.insert(id.as_str()) {
            faults.push(format!("id `{id}` twice"));
        }
    }
    let points = ["for", "aria-labelledby", "aria-describedby", "commandfor"];
    for tag in tags {
        let named = points.iter().filter_map(|p| tag.attributes.get(*p));
        let inside = tag.attributes.get("href").and_then(|h| h.strip_prefix('#'));
        let all = named.flat_map(|v| v.split_whitespace()).chain(inside);
        faults.extend(all.filter(|id| !ids.contains(id)).map(|id| format!("no element `{id}`")));
    }
    faults
}

/// A form that changes something carries the session's secret.
fn form_faults(html: &str) -> Vec<String> {
    let forms = html.split("<form").skip(1).filter_map(|f| f.split("</form>").next());
    let posts =
        forms.filter(|f| f.split('>').next().is_some_and(|t| t.contains("method=\"post\"")));
    let bare = posts.filter(|f| !f.contains("name=\"csrf\""));
    bare.map(|f| {
        format!("a form without its secret: <form{}", f.chars().take(80).collect::<String>())
    })
    .collect()
}

fn text_faults(html: &str) -> Vec<String> {
    let mut faults = Vec::new();
    if html.lines().any(|line| line.ends_with([' ', '\t'])) {
        faults.push("space at the end of a line".to_owned());
    }
    if html.contains("[object]") || html.contains("{\"") {
        faults.push("shows a structure instead of words".to_owned());
    }
    faults
}

/// What the HTML checker of the browser tests refuses, found without a browser: a void element that
/// closes itself, and a name where none is read out.
fn html_faults(html: &str, tags: &[Tag]) -> Vec<String> {
    const VOID: [&str; 7] = ["input", "br", "hr", "img", "link", "meta", "source"];
    const NAMELESS: [&str; 6] = ["ul", "ol", "li", "p", "span", "div"];
    let closed = html.split('<').filter_map(|piece| piece.split_once("/>")).map(|(tag, _)| tag);
    let closed = closed.filter(|tag| !tag.contains('>') && VOID.contains(&word(tag)));
    let closed = closed.map(|tag| format!("<{tag}/> closes itself"));
    let named = tags.iter().filter(|t| NAMELESS.contains(&t.name.as_str()));
    let named = named.filter(|t| t.has("aria-label") && !t.has("role"));
    closed.chain(named.map(|t| format!("<{} aria-label> is not read out", t.name))).collect()
}

fn word(tag: &str) -> &str {
    tag.split(char::is_whitespace).next().unwrap_or(tag)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn faults(html: &str) -> Vec<String> {
        Rules::new(&Assets::load().unwrap()).faults("t", html)
    }

    #[test]
    fn each_rule_finds_its_fault() {
        for broken in [
            "<p style=\"color:red\">",
            "<a onclick=\"x()\">",
            "<div hx-on:click=\"x()\">",
            "<div hx-trigger=\"click[shiftKey]\">",
            "<div hx-vals=\"js:{a:1}\">",
            "<a href=\"JavaScript:x()\">",
            "<img src=\"//elsewhere/x.png\" alt=\"\">",
            "<script>x()</script>",
            "<style>p{}</style>",
            "<img src=\"/x.png\">",
            "<button>Go</button>",
            "<use href=\"/assets/0/icons.svg#key\"/>",
            "<i id=\"a\"></i><i id=\"a\"></i>",
            "<label for=\"nobody\">x</label>",
            "<a href=\"#nowhere\">x</a>",
            "<form method=\"post\" action=\"/x\"><p></p></form>",
            "<p>x</p> \n",
            "<input name=\"a\" />",
            "<ul aria-label=\"Can\"></ul>",
        ] {
            assert_eq!(faults(broken).len(), 1, "{broken}: {:?}", faults(broken));
        }
        let icon = Assets::load().unwrap().url("icons.svg").unwrap();
        assert!(faults(&format!("<use href=\"{icon}#key\"/>")).is_empty());
        assert_eq!(faults(&format!("<use href=\"{icon}#kye\"/>")), ["t: no icon `kye`"]);
        assert!(!template_faults("t", "{{ a | safe }}").is_empty());
    }

    #[test]
    fn a_good_page_has_none() {
        let good = "<form method=\"post\" action=\"/x\"><input type=\"hidden\" name=\"csrf\" \
            value=\"s\"><label for=\"a\">A</label><input id=\"a\" name=\"a\">\
            <button type=\"submit\">Go</button></form>";
        assert_eq!(faults(good), Vec::<String>::new());
    }
}
