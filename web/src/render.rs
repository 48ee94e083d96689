//! Templates and how a page comes out of them. All templates are read once, at the start: one
//! that is wrong stops the program before it serves anybody.

use std::borrow::Cow;

use poem::web::Html;
use rust_embed::RustEmbed;
use serde::Serialize;
use tera::{Context, Kwargs, State, Tera};

use crate::assets::Assets;
use crate::samples::Sample;
use crate::shell::Shell;

/// Every template, parsed and checked against each other.
pub struct Templates {
    tera: Tera,
}

/// A template cannot be read, parsed, or names a component, filter or parent that is not there.
#[derive(Debug, thiserror::Error)]
pub enum TemplateError {
    #[error("template `{0}` is not UTF-8 text")]
    NotText(String),
    #[error("templates do not fit together: {0}")]
    Broken(#[from] tera::Error),
}

/// A page could not be rendered: a variable is missing, or a component got a wrong argument.
#[derive(Debug, thiserror::Error)]
#[error("template `{template}` did not render: {source}")]
pub struct RenderError {
    pub template: String,
    pub source: tera::Error,
}

impl Templates {
    /// Reads all templates. `asset_url(file="..")` in them answers from `assets`.
    pub fn load(assets: &Assets) -> Result<Self, TemplateError> {
        Self::from_sources(sources()?, assets)
    }

    /// The names of all templates, sorted.
    pub fn names(&self) -> Vec<&str> {
        let mut names: Vec<&str> = self.tera.get_template_names().collect();
        names.sort_unstable();
        names
    }

    /// The names of all components, sorted.
    pub fn components(&self) -> Vec<&str> {
        let mut names: Vec<&str> = self.tera.get_component_names().collect();
        names.sort_unstable();
        names
    }

    /// Every component with the names of the arguments that a page may give it.
    pub fn signatures(&self) -> Vec<(String, Vec<String>)> {
        let known = self.components().into_iter();
        let defined = known.filter_map(|name| self.tera.get_component_definition(name));
        defined
            .map(|component| {
                let given = component.args().iter().filter(|a| !a.is_implicit());
                (component.name().to_owned(), given.map(|a| a.name().to_owned()).collect())
            })
            .collect()
    }

    /// The names that `template` reads from its context, wherever they stand in it.
    pub fn variables(&self, template: &str) -> Vec<&str> {
        let names = self.tera.get_template_variables(template);
        let mut names: Vec<&str> = names.map(|n| n.into_iter().collect()).unwrap_or_default();
        names.sort_unstable();
        names
    }

    fn from_sources(sources: Vec<Source>, assets: &Assets) -> Result<Self, TemplateError> {
        let mut tera = Tera::default();
        let urls = AssetUrls::of(assets);
        tera.register_function("asset_url", move |args: Kwargs, _: &State| urls.answer(&args));
        tera.add_raw_templates(sources)?;
        Ok(Self { tera })
    }
}

/// A page: one context struct, one template, its samples.
pub trait Page: Serialize + Send + Sync + Sized + 'static {
    /// The template below `templates/`, for example "directory/search.html".
    const TEMPLATE: &'static str;

    /// At least one filled page, named by its case; more where the page has states. The tests
    /// render them all, and a browser looks at them.
    fn samples() -> Vec<(&'static str, Self)>;

    /// Renders this page inside `shell`.
    fn render(&self, templates: &Templates, shell: &Shell) -> Result<Html<String>, RenderError> {
        page(templates, Self::TEMPLATE, shell, self)
    }

    /// The samples, ready for the list in `pages::samples()`.
    fn sample_list() -> Vec<Sample> {
        let named = Self::samples().into_iter();
        named.map(|(case, page)| Sample::of(case, page)).collect()
    }
}

/// Renders `template` with the fields of `body` at the top and the frame as `shell`.
/// `body` serializes to a map; a template that reads a field that is not there is an error.
pub fn page(
    templates: &Templates,
    template: &str,
    shell: &Shell,
    body: &impl Serialize,
) -> Result<Html<String>, RenderError> {
    let failed = |source| RenderError { template: template.to_owned(), source };
    let mut context = Context::from_serialize(body).map_err(failed)?;
    let frame = tera::Value::try_from_serializable(shell).map_err(failed)?;
    context.insert_value("shell", frame);
    let html = templates.tera.render(template, &context).map_err(failed)?;
    let Some(errors) = errors_in_order(body, &html) else { return Ok(Html(html)) };
    context.insert_value("errors", tera::Value::try_from_serializable(&errors).map_err(failed)?);
    templates.tera.render(template, &context).map(Html).map_err(failed)
}

/// The errors of a form in the order in which their fields stand on the page, when they came in
/// another: whoever checked them does not know where the fields are.
fn errors_in_order(body: &impl Serialize, html: &str) -> Option<serde_json::Value> {
    let mut errors = serde_json::to_value(body).ok()?.get_mut("errors")?.take();
    let list = errors.get_mut("list")?.as_array_mut()?;
    let place = |error: &serde_json::Value| {
        let id = error.get("id").and_then(serde_json::Value::as_str).unwrap_or_default();
        html.find(&format!(" id=\"{id}\"")).unwrap_or(usize::MAX)
    };
    if list.is_sorted_by_key(place) {
        return None;
    }
    list.sort_by_key(place);
    Some(errors)
}

#[derive(RustEmbed)]
#[folder = "templates/"]
struct Embedded;

type Source = (String, String);

/// The text of every template with its name, in the order of the names.
pub(crate) fn sources() -> Result<Vec<Source>, TemplateError> {
    let mut names: Vec<Cow<str>> = Embedded::iter().filter(|n| n.ends_with(".html")).collect();
    names.sort_unstable();
    names
        .into_iter()
        .map(|name| {
            let bytes = Embedded::get(&name).map(|f| f.data.into_owned()).unwrap_or_default();
            let text = String::from_utf8(bytes);
            let text = text.map_err(|_| TemplateError::NotText(name.to_string()))?;
            Ok((name.to_string(), without_indent(&text)))
        })
        .collect()
}

/// Drops the indentation of a template: pages get smaller, and a line whose condition is false
/// leaves no spaces behind. Values are not touched, so what people wrote keeps its spaces.
fn without_indent(text: &str) -> String {
    text.split_inclusive('\n').map(|line| line.trim_start_matches([' ', '\t'])).collect()
}

/// The addresses of all assets, as `asset_url` answers them.
struct AssetUrls(std::collections::BTreeMap<String, String>);

impl AssetUrls {
    fn of(assets: &Assets) -> Self {
        Self(assets.urls().into_iter().collect())
    }

    fn answer(&self, args: &Kwargs) -> tera::TeraResult<String> {
        let file = args.must_get::<&str>("file")?;
        let unknown = || tera::Error::message(format!("there is no asset `{file}`"));
        self.0.get(file).cloned().ok_or_else(unknown)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples;

    #[derive(Serialize)]
    struct Greeting {
        name: &'static str,
    }

    fn with(template: &str) -> Result<Templates, TemplateError> {
        let mut all = sources().unwrap();
        all.push(("t.html".into(), template.into()));
        Templates::from_sources(all, &Assets::load().unwrap())
    }

    fn greet(template: &str) -> Result<String, RenderError> {
        let shell = samples::shell();
        page(&with(template).unwrap(), "t.html", &shell, &Greeting { name: "<b>&" }).map(|h| h.0)
    }

    #[test]
    fn text_is_escaped_also_through_components() {
        assert_eq!(greet("{{ name }}").unwrap(), "&lt;b&gt;&amp;");
        let state = greet("{{ <state_word word={name} icon=\"lock\" /> }}").unwrap();
        assert!(state.contains("&lt;b&gt;&amp;") && !state.contains("<b>"), "{state}");
        let nested = greet("{% <quote> %}{{ name }}{% </quote> %}").unwrap();
        assert!(nested.contains("&lt;b&gt;&amp;") && !nested.contains("&amp;lt;"), "{nested}");
    }

    #[test]
    fn a_missing_variable_or_asset_is_an_error() {
        let missing = greet("{{ nmae }}").unwrap_err();
        assert_eq!(missing.template, "t.html");
        assert!(missing.to_string().contains("nmae"), "{missing}");
        assert!(greet("{{ asset_url(file=\"nothing.css\") }}").is_err());
        assert!(greet("{{ <state_word wrod={name} icon=\"lock\" /> }}").is_err());
    }

    #[test]
    fn a_broken_template_stops_the_start() {
        for broken in ["{% if %}", "{{ <no_such_part /> }}", "{{ 1 | no_such_filter }}"] {
            assert!(with(broken).is_err(), "{broken}");
        }
    }
}
