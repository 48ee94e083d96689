//! What a form of ours says to people: the labels of its controls and the words of their choices,
//! read from its page, so that what was sent can be told as it was written.

use std::collections::{BTreeMap, BTreeSet};

/// A control, or all boxes of one name.
#[derive(Debug)]
struct Control {
    name: String,
    label: String,
    /// Its choices: what is sent, and what is read.
    words: Vec<(String, String)>,
}

/// The controls of one form in the order of its page; none when the page could not be read.
#[derive(Debug, Default)]
pub struct Labels {
    controls: Vec<Control>,
    /// Fields that nobody sees, and buttons.
    unseen: BTreeSet<String>,
}

/// A tag, and the text that follows it up to the next.
struct Tag<'a> {
    name: &'a str,
    inside: &'a str,
    text: &'a str,
}

impl<'a> Tag<'a> {
    fn all(html: &'a str) -> impl Iterator<Item = Self> {
        html.split('<').skip(1).filter_map(|piece| {
            let (inside, text) = piece.split_once('>')?;
            let name = inside.split_whitespace().next()?;
            Some(Self { name, inside, text })
        })
    }

    fn value(&self, attribute: &str) -> Option<String> {
        let (_, after) = self.inside.split_once(&format!(" {attribute}=\""))?;
        after.split_once('"').map(|(value, _)| plain(value))
    }

    fn words(&self) -> String {
        plain(self.text.trim())
    }
}

/// Text as it is read. `&` comes last, so that nothing is read twice.
fn plain(text: &str) -> String {
    let marks = [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&#x27;", "'"), ("&#x2F;", "/")];
    let text = marks.iter().fold(text.to_owned(), |text, (mark, sign)| text.replace(mark, sign));
    text.replace("&amp;", "&")
}

impl Labels {
    /// Those of the form on this page that goes to this path.
    pub fn read(html: &str, to: &str) -> Self {
        let forms = html.split("<form ").skip(1);
        let mut forms = forms.map(|form| form.split("</form>").next().unwrap_or_default());
        let goes_there = |form: &&str| {
            let action = form.split_once("action=\"").and_then(|(_, rest)| rest.split('"').next());
            action.is_some_and(|action| path_of(&plain(action)) == path_of(to))
        };
        forms.find(goes_there).map(Self::of_form).unwrap_or_default()
    }

    fn of_form(form: &str) -> Self {
        let mut names: BTreeMap<String, String> = BTreeMap::new();
        for tag in Tag::all(form) {
            let of = if tag.name == "label" { tag.value("for") } else { tag.value("id") };
            if matches!(tag.name, "label" | "p") && !tag.words().is_empty() {
                names.extend(of.map(|of| (of, tag.words())));
            }
        }
        let mut found = Self::default();
        let (mut groups, mut legend, mut select) = (Vec::new(), false, None);
        for tag in Tag::all(form) {
            match tag.name {
                "fieldset" => groups.push(String::new()),
                "/fieldset" => drop(groups.pop()),
                "legend" | "h2" if tag.name == "legend" || legend => {
                    legend = tag.words().is_empty();
                    groups.last_mut().into_iter().for_each(|group| *group = tag.words());
                }
                "option" => {
                    let choice = (tag.value("value").unwrap_or_default(), tag.words());
                    found.offers(select.as_deref(), choice);
                }
                "input" | "textarea" | "select" | "button" => {
                    let group = groups.last().map_or("", String::as_str);
                    found.holds(&tag, group, &names);
                    select = tag.value("name");
                }
                _ => {}
            }
        }
        found
    }

    fn holds(&mut self, tag: &Tag<'_>, group: &str, names: &BTreeMap<String, String>) {
        let Some(name) = tag.value("name") else { return };
        let kind = tag.value("type").unwrap_or_default();
        if tag.name == "button" || kind == "hidden" {
            self.unseen.insert(name);
            return;
        }
        let label = tag.value("id").and_then(|id| names.get(&id).cloned()).unwrap_or_default();
        let day = name.rsplit_once('_').filter(|(_, part)| DATE.contains(part));
        let day = day.and_then(|(date, _)| names.get(&format!("{date}-l")));
        let picked = matches!(kind.as_str(), "radio" | "checkbox");
        let label_of_all = match (day, picked, group) {
            (Some(day), ..) => format!("{day}, {}", label.to_lowercase()),
            (None, true, "") | (None, false, "") => label.clone(),
            (None, true, group) => group.to_owned(),
            (None, false, group) => format!("{group}, {}", label.to_lowercase()),
        };
        if self.controls.iter().all(|control| control.name != name) {
            let (name, label) = (name.clone(), label_of_all);
            self.controls.push(Control { name, label, words: Vec::new() });
        }
        if picked {
            let words = if group.is_empty() { "Yes".to_owned() } else { label };
            self.offers(Some(&name), (tag.value("value").unwrap_or_default(), words));
        }
    }

    /// Adds a choice to the control of this name.
    fn offers(&mut self, name: Option<&str>, choice: (String, String)) {
        let control = self.controls.iter_mut().find(|c| Some(c.name.as_str()) == name);
        control.into_iter().for_each(|control| control.words.push(choice.clone()));
    }

    /// The place on the page of a field, its label, and the words of what it holds; `None` for a
    /// field that the page does not show.
    pub fn tell(&self, name: &str, value: &str) -> Option<(usize, String, String)> {
        let at = self.controls.iter().position(|control| control.name == name)?;
        let control = self.controls.get(at)?;
        let words = control.words.iter().find(|(sent, _)| sent == value);
        let words = words.map_or(value, |(_, words)| words.as_str());
        Some((at, control.label.clone(), words.to_owned()))
    }

    /// Whether the page carries this field without showing it.
    pub fn hides(&self, name: &str) -> bool {
        self.unseen.contains(name) && self.controls.iter().all(|control| control.name != name)
    }
}

const DATE: [&str; 3] = ["day", "month", "year"];

fn path_of(address: &str) -> &str {
    address.split('?').next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: &str = r#"<form method="get" action="/p/a/experts"><input name="q"></form>
        <form class="stack" method="post" action="&#x2F;p/a/briefs/new?x=1" novalidate>
        <input type="hidden" name="csrf" value="s"><input type="hidden" name="version" value="2">
        <label for="title">What is it called <span class="muted">(optional)</span></label>
        <input class="input" id="title" name="title" type="text" value="">
        <fieldset id="skills"><legend class="legend-title"><h2>Skills &amp; tools</h2></legend>
        <input type="checkbox" id="skills-a" name="skills" value="a">
        <label for="skills-a">Copy</label>
        <input type="checkbox" id="skills-b" name="skills" value="b">
        <label for="skills-b">Design</label>
        </fieldset>
        <div role="group"><p class="legend" id="by-l">Needed by</p>
        <label for="by_day">Day</label><input id="by_day" name="by_day"></div>
        <fieldset><legend class="legend">Milestone 1</legend>
        <label for="m1">Price</label><input id="m1" name="m1"></fieldset>
        <label for="o">Shared hours</label><select id="o" name="overlap">
        <option value="">Choose</option><option value="180" selected>3 h a day</option></select>
        <button type="submit" name="more" value="1">Another</button></form>"#;

    #[test]
    fn fields_are_told_by_what_the_page_calls_them() {
        let labels = Labels::read(PAGE, "/p/a/briefs/new");
        let told = |name: &str, value: &str| {
            labels.tell(name, value).map(|(_, label, words)| format!("{label}: {words}"))
        };
        for (name, value, words) in [
            ("title", "Win back", "What is it called: Win back"),
            ("skills", "b", "Skills & tools: Design"),
            ("by_day", "12", "Needed by, day: 12"),
            ("m1", "600", "Milestone 1, price: 600"),
            ("overlap", "180", "Shared hours: 3 h a day"),
        ] {
            assert_eq!(told(name, value).as_deref(), Some(words));
        }
        assert_eq!(told("q", "x"), None, "another form's");
        assert!(labels.hides("version") && labels.hides("more") && !labels.hides("title"));
        assert!(Labels::read("<p>Closed</p>", "/p/a/briefs/new").controls.is_empty());
    }
}
