//! The samples of all pages: what the tests render, what a browser looks at, what development
//! serves. Names, figures and dates are invented and fixed.
//! A template that no sample renders, a variable that no field fills and markup that breaks the
//! rules of the house fail the tests below.

#[cfg(test)]
mod page_rules;

use poem::web::Html;

use crate::docs::ApiDocs;
use crate::error_page::ErrorPage;
use crate::gallery;
use crate::pages;
use crate::render::{Page, RenderError, Templates};
use crate::shell::{Acting, Links, NavItem, Person, Program, Shell};
use crate::view::Avatar;

/// The request id of the sample frame.
pub const REQUEST_ID: &str = "01HX-7Q2M";

/// One filled page.
pub struct Sample {
    /// Template and case without the ending: "directory/search-empty"; unique.
    pub name: String,
    pub template: &'static str,
    context: tera::Context,
    render: Render,
}

type Render = Box<dyn Fn(&Templates, &Shell) -> Result<Html<String>, RenderError> + Send + Sync>;

impl Sample {
    /// A page in one case, for example `("empty", DirectoryPage { .. })`.
    pub fn of<P: Page>(case: &str, page: P) -> Self {
        let stem = P::TEMPLATE.trim_end_matches(".html");
        // A page that does not serialize fails in `render`, which says so.
        let context = tera::Context::from_serialize(&page).unwrap_or_default();
        let render = Box::new(move |t: &Templates, s: &Shell| page.render(t, s));
        Self { name: format!("{stem}-{case}"), template: P::TEMPLATE, context, render }
    }

    /// Whether its page has a field of this name.
    pub fn has_field(&self, name: &str) -> bool {
        self.context.contains_key(name)
    }

    /// Renders it inside `shell`.
    pub fn render(&self, templates: &Templates, shell: &Shell) -> Result<String, RenderError> {
        (self.render)(templates, shell).map(|page| page.0)
    }
}

/// Every sample there is: the frame's own pages, then those of the features.
pub fn all() -> Vec<Sample> {
    let own = [ErrorPage::sample_list(), ApiDocs::sample_list(), gallery::samples()];
    own.into_iter().flatten().chain(pages::samples()).collect()
}

/// The frame of a signed-in customer.
pub fn shell() -> Shell {
    let home = "/p/larkfield";
    let entry =
        |label: &str, path: &str, current| NavItem::new(label, &format!("{home}{path}"), current);
    let acting = |id: &str, organization: &str, role: &str| Acting {
        membership_id: id.into(),
        organization: organization.into(),
        role: role.into(),
    };
    Shell {
        program: Program {
            name: "Larkfield Partner Program".into(),
            vendor: "Larkfield".into(),
            slug: "larkfield".into(),
            home: home.into(),
            rules_version: 12,
        },
        links: Links::under(home),
        person: Some(Person {
            name: "Petra Lindqvist".into(),
            avatar: Avatar::of("Petra Lindqvist"),
        }),
        acting: Some(acting("m-1", "Fjordhaus Outdoor", "Customer")),
        others: vec![acting("m-2", "Moor & Hald Lodges", "Customer · viewer")],
        nav: vec![
            entry("Find experts", "/", false),
            entry("Briefs", "/briefs", false),
            entry("Engagements", "/engagements", true),
            entry("Access", "/access", false),
            entry("Invoices", "/invoices", false),
        ],
        unread: 3,
        csrf: "sample-form-secret".into(),
        form_key: "0198a1b2".into(),
        theme: None,
        zone: "Europe/Stockholm, UTC+2".into(),
        request_id: REQUEST_ID.into(),
        notice: None,
    }
}

/// The frame of somebody who has not signed in.
pub fn visitor() -> Shell {
    let nav = vec![NavItem::new("Find experts", "/p/larkfield/", false)];
    Shell { person: None, acting: None, others: Vec::new(), nav, unread: 0, ..shell() }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::assets::Assets;
    use crate::render;
    use crate::view::Notice;

    /// What a template may read besides its page's fields: the frame, and the form errors that
    /// only some pages have.
    const FRAME: [&str; 2] = ["shell", "errors"];
    const LAYOUTS: [&str; 2] = ["base.html", "passport.html"];

    fn templates() -> Templates {
        let loaded = Templates::load(&Assets::load().unwrap());
        loaded.unwrap_or_else(|broken| panic!("{broken}"))
    }

    #[test]
    fn every_sample_renders_for_people_and_visitors_and_keeps_the_rules() {
        let (templates, assets) = (templates(), Assets::load().unwrap());
        let noticed = Shell { notice: Some(Notice::good("Saved", "It is sent.")), ..shell() };
        let rules = page_rules::Rules::new(&assets);
        let mut faults = Vec::new();
        for sample in all() {
            for (who, frame) in
                [("person", shell()), ("visitor", visitor()), ("notice", noticed.clone())]
            {
                match sample.render(&templates, &frame) {
                    Ok(html) => {
                        faults.extend(rules.faults(&format!("{} ({who})", sample.name), &html))
                    }
                    Err(failed) => faults.push(format!("{} ({who}): {failed}", sample.name)),
                }
            }
        }
        assert!(faults.is_empty(), "{}", faults.join("\n"));
    }

    #[test]
    fn every_template_has_a_sample_and_every_component_a_user() {
        let templates = templates();
        let sampled: BTreeSet<&str> = all().iter().map(|s| s.template).collect();
        for name in templates.names() {
            let part = LAYOUTS.contains(&name) || name.starts_with("components/");
            assert!(part || sampled.contains(name), "no sample renders {name}");
        }
        let sources = render::sources().unwrap();
        for component in templates.components() {
            let used = sources.iter().any(|(_, text)| {
                [' ', '\n', '/', '>'].iter().any(|end| text.contains(&format!("<{component}{end}")))
            });
            assert!(used, "nobody uses the component {component}");
        }
    }

    #[test]
    fn every_variable_of_a_template_is_a_field_of_its_page() {
        let templates = templates();
        for sample in all() {
            for name in templates.variables(sample.template) {
                let known = FRAME.contains(&name) || sample.has_field(name);
                assert!(known, "{} reads `{name}`, which {} lacks", sample.template, sample.name);
            }
        }
    }

    #[test]
    fn errors_are_listed_in_the_order_of_their_fields() {
        let templates = templates();
        let mut several = 0;
        for sample in all() {
            let html = sample.render(&templates, &shell()).unwrap();
            let Some((_, rest)) = html.split_once("class=\"error-summary\"") else { continue };
            let (summary, fields) = rest.split_once("</ul>").unwrap();
            let links = summary.split("href=\"#").skip(1);
            let ids: Vec<&str> = links.map(|link| link.split('"').next().unwrap()).collect();
            let place = |id: &&str| fields.find(&format!(" id=\"{id}\""));
            assert!(ids.is_sorted_by_key(place), "{}: {ids:?}", sample.name);
            several += usize::from(ids.len() > 1);
        }
        assert!(several > 0, "no sample has two errors");
    }

    #[test]
    fn sample_names_are_unique() {
        let samples = all();
        let names: BTreeSet<_> = samples.iter().map(|s| &s.name).collect();
        assert_eq!(names.len(), samples.len());
    }

    #[test]
    fn templates_keep_the_rules_of_the_house() {
        for (name, text) in render::sources().unwrap() {
            let faults = page_rules::template_faults(&name, &text);
            assert!(faults.is_empty(), "{}", faults.join("\n"));
        }
    }

    #[test]
    fn the_readme_names_every_component_with_its_arguments() {
        let templates = templates();
        let readme = include_str!("../../README.md");
        for (component, arguments) in templates.signatures() {
            let told = readme.split('`').find_map(|code| {
                let rest = code.strip_prefix(component.as_str())?;
                rest.strip_prefix('(')?.strip_suffix(')')
            });
            let told = told.unwrap_or_else(|| panic!("README.md lacks {component}"));
            let named: BTreeSet<&str> = told
                .split(", ")
                .filter(|argument| !argument.is_empty())
                .map(|argument| argument.split('=').next().unwrap_or(argument))
                .collect();
            let real: BTreeSet<&str> = arguments.iter().map(String::as_str).collect();
            assert_eq!(named, real, "arguments of {component} in README.md");
        }
    }
}
