//! The pages of the mail catcher, and the same as JSON.

use std::{future::Future, sync::Arc};

use anyhow::Context;
use chrono::{DateTime, Utc};
use poem::{
    EndpointExt, Request, Response, Route, get, handler,
    http::{StatusCode, header},
    web::{Data, Json, Path, Query},
};
use serde::Deserialize;
use tera::Tera;
use tokio::net::TcpListener;

use super::{
    mailbox::{Cover, Mailbox},
    reading::{self, Mail},
};
use crate::server::serve_http;

/// Shows the mails on `listener` until `stopped`.
///
/// # Errors
/// A template that is part of the program is broken, or the socket has no local address.
pub async fn show(
    listener: TcpListener,
    mailbox: Mailbox,
    stopped: impl Future<Output = ()> + Send,
) -> anyhow::Result<()> {
    let mut templates = Tera::new();
    templates
        .add_raw_templates([
            ("layout.html", include_str!("templates/layout.html")),
            ("list.html", include_str!("templates/list.html")),
            ("mail.html", include_str!("templates/mail.html")),
        ])
        .context("compile the templates")?;
    let routes = Route::new()
        .at("/", get(list))
        .at("/mails.json", get(as_json).delete(clear))
        .at("/mails/:id", get(one))
        .at("/mails/:id/attachments/:number", get(attached))
        .at("/mails/:id/html", get(html_part))
        .at("/style.css", get(style))
        .data(Arc::new(Desk { mailbox, templates }));
    serve_http(listener, routes, stopped).await.context("serve the mail page")
}

struct Desk {
    mailbox: Mailbox,
    templates: Tera,
}

/// Which mails: to this recipient, and newer than an id or a moment.
#[derive(Default, Deserialize)]
struct Filter {
    to: Option<String>,
    since: Option<String>,
}

/// `GET /`
#[handler]
fn list(Data(desk): Data<&Arc<Desk>>, Query(filter): Query<Filter>) -> poem::Result<Response> {
    let mails = wanted(desk, &filter)?;
    let mut context = tera::Context::new();
    context.insert("mails", &mails);
    context.insert("to", &filter.to);
    page(desk, "list.html", &context)
}

/// `GET /mails.json?to=&since=`, newest first.
#[handler]
fn as_json(
    Data(desk): Data<&Arc<Desk>>,
    Query(filter): Query<Filter>,
) -> poem::Result<Json<Vec<Mail>>> {
    Ok(Json(wanted(desk, &filter)?))
}

/// `DELETE /mails.json`
#[handler]
fn clear(Data(desk): Data<&Arc<Desk>>) -> poem::Result<StatusCode> {
    desk.mailbox.clear().map_err(unexpected)?;
    Ok(StatusCode::NO_CONTENT)
}

/// `GET /mails/{id}`: a page, or JSON where that is asked for.
#[handler]
fn one(Data(desk): Data<&Arc<Desk>>, req: &Request, Path(id): Path<u64>) -> poem::Result<Response> {
    let mail = mail(desk, id)?;
    let accept = req.headers().get(header::ACCEPT).and_then(|value| value.to_str().ok());
    if accept.is_some_and(|accept| accept.starts_with("application/json")) {
        let body = serde_json::to_string(&mail).context("write a mail as JSON");
        let answer = Response::builder().content_type("application/json");
        return Ok(answer.body(body.map_err(unexpected)?));
    }
    let mut context = tera::Context::new();
    context.insert("stretches", &reading::stretches(mail.text.as_deref().unwrap_or_default()));
    context.insert("mail", &mail);
    page(desk, "mail.html", &context)
}

/// `GET /mails/{id}/html`: the HTML part alone, locked into a sandbox by its own policy too.
#[handler]
fn html_part(Data(desk): Data<&Arc<Desk>>, Path(id): Path<u64>) -> poem::Result<Response> {
    let html =
        mail(desk, id)?.html.ok_or_else(|| poem::Error::from_status(StatusCode::NOT_FOUND))?;
    let policy = "sandbox allow-popups allow-popups-to-escape-sandbox; default-src 'none'; \
                  style-src 'unsafe-inline'; img-src data:; frame-ancestors 'self'";
    Ok(Response::builder()
        .content_type("text/html; charset=utf-8")
        .header(header::CONTENT_SECURITY_POLICY, policy)
        .header(header::X_CONTENT_TYPE_OPTIONS, "nosniff")
        // Links of a mail open beside the catcher, as they do in a mail program.
        .body(format!("<base target=\"_blank\">{html}")))
}

/// `GET /mails/{id}/attachments/{number}`, numbered from zero; always a download.
#[handler]
fn attached(
    Data(desk): Data<&Arc<Desk>>,
    Path((id, number)): Path<(u64, usize)>,
) -> poem::Result<Response> {
    let found = mail(desk, id)?.attachments.into_iter().nth(number);
    let found = found.ok_or_else(|| poem::Error::from_status(StatusCode::NOT_FOUND))?;
    let kept = |c: &char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
    let name: String = found.name.chars().filter(kept).collect();
    Ok(Response::builder()
        .content_type(&found.content_type)
        .header(header::CONTENT_DISPOSITION, format!("attachment; filename=\"{name}\""))
        .header(header::CONTENT_SECURITY_POLICY, "sandbox")
        .header(header::X_CONTENT_TYPE_OPTIONS, "nosniff")
        .body(found.content))
}

/// `GET /style.css`
#[handler]
fn style() -> Response {
    let sheet = include_str!("templates/style.css");
    Response::builder().content_type("text/css; charset=utf-8").body(sheet)
}

fn wanted(desk: &Desk, filter: &Filter) -> poem::Result<Vec<Mail>> {
    let since = filter.since.as_deref().map(since).transpose()?;
    let chosen = desk.mailbox.covers().into_iter().filter(|cover| {
        let to = filter.to.as_deref();
        to.is_none_or(|to| cover.to.iter().any(|known| known.eq_ignore_ascii_case(to)))
            && since.as_ref().is_none_or(|since| since.is_before(cover))
    });
    let mut mails = Vec::new();
    for cover in chosen {
        let opened = desk.mailbox.open_mail(cover.id).map_err(unexpected)?;
        mails.extend(opened.map(|(cover, raw)| reading::read(cover, &raw)));
    }
    Ok(mails)
}

enum Since {
    Id(u64),
    Moment(DateTime<Utc>),
}

impl Since {
    fn is_before(&self, cover: &Cover) -> bool {
        match self {
            Self::Id(id) => *id < cover.id,
            Self::Moment(moment) => *moment < cover.received_at,
        }
    }
}

fn since(text: &str) -> poem::Result<Since> {
    let moment = || text.parse().map(Since::Moment).ok();
    text.parse().map(Since::Id).ok().or_else(moment).ok_or_else(|| {
        let wanted = "since must be the id of a mail or a moment, as in 2026-03-04T09:00:00Z";
        poem::Error::from_string(wanted, StatusCode::BAD_REQUEST)
    })
}

fn mail(desk: &Desk, id: u64) -> poem::Result<Mail> {
    let opened = desk.mailbox.open_mail(id).map_err(unexpected)?;
    let (cover, raw) = opened.ok_or_else(|| poem::Error::from_status(StatusCode::NOT_FOUND))?;
    Ok(reading::read(cover, &raw))
}

fn page(desk: &Desk, template: &str, context: &tera::Context) -> poem::Result<Response> {
    let html = desk.templates.render(template, context).map_err(|e| unexpected(e.into()))?;
    let policy = "default-src 'none'; style-src 'self'; frame-src 'self'; form-action 'self'; \
                  base-uri 'none'; frame-ancestors 'none'";
    Ok(Response::builder()
        .content_type("text/html; charset=utf-8")
        .header(header::CONTENT_SECURITY_POLICY, policy)
        .header(header::X_CONTENT_TYPE_OPTIONS, "nosniff")
        .header(header::CACHE_CONTROL, "no-store")
        .body(html))
}

fn unexpected(error: anyhow::Error) -> poem::Error {
    tracing::error!("mail page: {error:#}");
    poem::Error::from_status(StatusCode::INTERNAL_SERVER_ERROR)
}
