//! The pages that people see, rendered on the server, without any script.
//!
//! Invariants: every value is escaped by the templates; the policy of a page allows our own
//! style sheet and nothing else; a form carries the visitor's token.

use anyhow::Context;
use poem::{
    Request, Response,
    http::{StatusCode, header},
};
use serde::Serialize;
use tera::Tera;

use super::{app::App, fault::Fault, session, session::Visitor};

pub(crate) mod campaigns;
pub(crate) mod connected;
pub(crate) mod overview;
pub(crate) mod sign_in;
pub(crate) mod sign_up;
pub(crate) mod style;
mod words;

/// A page in the making: a template and what it shows.
pub(crate) struct Page {
    template: &'static str,
    context: tera::Context,
    status: StatusCode,
    form_target: String,
}

impl Page {
    pub(crate) fn new(template: &'static str) -> Self {
        Self {
            template,
            context: tera::Context::new(),
            status: StatusCode::OK,
            form_target: "'self'".into(),
        }
    }

    pub(crate) fn insert<T: Serialize + ?Sized>(&mut self, name: &'static str, value: &T) {
        self.context.insert(name, value);
    }

    pub(crate) fn status(&mut self, status: StatusCode) {
        self.status = status;
    }

    /// Lets the answer to a form of this page lead to another origin.
    pub(crate) fn form_may_go_to(&mut self, origin: &str) {
        self.form_target = format!("'self' {origin}");
    }

    /// Renders the page, with the visitor's form token and name, and sets the form cookie.
    pub(crate) fn show(
        self,
        app: &App,
        req: &Request,
        visitor: &Visitor,
    ) -> Result<Response, Fault> {
        session::keep(req, visitor);
        self.render(app, visitor)
    }

    fn render(mut self, app: &App, visitor: &Visitor) -> Result<Response, Fault> {
        self.insert("token", &visitor.form_token(app));
        self.insert("signed_in", &visitor.user.as_ref().map(|user| user.name.as_str()));
        let html = app.templates.render(self.template, &self.context)?;
        let policy = format!(
            "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; \
             form-action {}; frame-ancestors 'none'",
            self.form_target
        );
        Ok(Response::builder()
            .status(self.status)
            .content_type("text/html; charset=utf-8")
            .header(header::CONTENT_SECURITY_POLICY, policy)
            .header(header::X_CONTENT_TYPE_OPTIONS, "nosniff")
            .header(header::REFERRER_POLICY, "no-referrer")
            .header(header::CACHE_CONTROL, "no-store")
            .body(html))
    }
}

/// A page that only says something: a title and a sentence.
pub(crate) fn message(
    app: &App,
    visitor: &Visitor,
    status: StatusCode,
    (title, sentence): (&str, &str),
) -> Result<Response, Fault> {
    let mut page = Page::new("message.html");
    page.status(status);
    page.insert("title", title);
    page.insert("sentence", sentence);
    page.render(app, visitor)
}

/// The compiled templates, which are part of the program.
pub(crate) fn templates() -> anyhow::Result<Tera> {
    let mut templates = Tera::new();
    templates
        .add_raw_templates([
            ("layout.html", include_str!("templates/layout.html")),
            ("signed.html", include_str!("templates/signed.html")),
            ("campaign.html", include_str!("templates/campaign.html")),
            ("campaigns.html", include_str!("templates/campaigns.html")),
            ("connected.html", include_str!("templates/connected.html")),
            ("consent.html", include_str!("templates/consent.html")),
            ("message.html", include_str!("templates/message.html")),
            ("overview.html", include_str!("templates/overview.html")),
            ("sign_in.html", include_str!("templates/sign_in.html")),
            ("sign_up.html", include_str!("templates/sign_up.html")),
        ])
        .context("compile the templates")?;
    Ok(templates)
}
