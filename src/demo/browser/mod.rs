//! A person's browser, as far as the demo needs one: cookies of each site, redirects and forms.
//! It runs no script and follows at most ten redirects; whatever answers is a [`Page`], the
//! refused ones too, so that the caller says what was asked and answered.

mod form;

pub use form::Form;

use anyhow::{Context, Result, bail};
use reqwest::{Client, Method, RequestBuilder, Response, header};
use std::collections::BTreeMap;
use url::Url;

/// One person's windows and cookies. Cheap to make; never shared between people.
pub struct Browser {
    client: Client,
    cookies: BTreeMap<String, BTreeMap<String, String>>,
}

/// What a site answered, after its redirects.
#[derive(Debug)]
pub struct Page {
    pub url: Url,
    pub status: u16,
    pub text: String,
}

const MOST_REDIRECTS: usize = 10;

impl Browser {
    /// `client` must not follow redirects by itself.
    pub fn new(client: Client) -> Self {
        Self { client, cookies: BTreeMap::new() }
    }

    /// Opens an address and follows where it leads.
    ///
    /// # Errors
    /// The site cannot be reached, or it leads in a circle.
    pub async fn open(&mut self, url: &Url) -> Result<Page> {
        let request = self.request(Method::GET, url);
        self.follow(request, url.clone()).await
    }

    /// Sends a filled-in form and follows where it leads.
    ///
    /// # Errors
    /// As [`Browser::open`].
    pub async fn send(&mut self, form: &Form) -> Result<Page> {
        let request = self.request(Method::POST, &form.action).form(&form.fields);
        self.follow(request, form.action.clone()).await
    }

    /// A request with the cookies of its site, as one of the site's own pages would send it.
    pub fn request(&self, method: Method, url: &Url) -> RequestBuilder {
        let changes = !matches!(method, Method::GET | Method::HEAD);
        let mut request = self.client.request(method, url.clone());
        if let Some(cookies) = self.cookies.get(&site_of(url)) {
            let pairs: Vec<String> = cookies.iter().map(|(n, v)| format!("{n}={v}")).collect();
            request = request.header(header::COOKIE, pairs.join("; "));
        }
        if changes { request.header(header::ORIGIN, site_of(url)) } else { request }
    }

    /// Keeps the cookies of an answer.
    pub fn keep_cookies(&mut self, answer: &Response) {
        let site = self.cookies.entry(site_of(answer.url())).or_default();
        for value in answer.headers().get_all(header::SET_COOKIE) {
            let Some((name, value, gone)) = value.to_str().ok().and_then(read_cookie) else {
                continue;
            };
            if gone {
                site.remove(name);
            } else {
                site.insert(name.to_owned(), value.to_owned());
            }
        }
    }

    async fn follow(&mut self, first: RequestBuilder, url: Url) -> Result<Page> {
        let (mut request, mut url) = (first, url);
        for _ in 0..MOST_REDIRECTS {
            let answer = request.send().await.with_context(|| format!("{url} does not answer"))?;
            self.keep_cookies(&answer);
            let Some(next) = next_of(&answer)? else {
                let status = answer.status().as_u16();
                let text = answer.text().await.with_context(|| format!("reading {url}"))?;
                return Ok(Page { url, status, text });
            };
            request = self.request(Method::GET, &next);
            url = next;
        }
        bail!("{url} leads from one page to the next without end")
    }
}

impl Page {
    /// The first form whose address begins with `action`.
    ///
    /// # Errors
    /// There is none; the message shows where we are instead.
    pub fn form(&self, action: &str) -> Result<Form> {
        Form::find(self, action).with_context(|| format!("no form for {action}: {}", self.shown()))
    }

    /// The address of the first link whose address begins with `start`.
    pub fn link(&self, start: &str) -> Option<String> {
        let links = form::tags(&self.text).filter(|tag| tag.name == "a");
        links.filter_map(|tag| tag.value("href")).find(|href| href.starts_with(start))
    }

    /// Address, status and heading, for messages.
    pub fn shown(&self) -> String {
        let heading = |name: &str| {
            let start = self.text.find(&format!("<{name}"))?;
            let inside = self.text.get(start..)?.split_once('>')?.1;
            inside.split_once("</").map(|(text, _)| text.trim().to_owned())
        };
        let heading = heading("h1").or_else(|| heading("title")).unwrap_or_default();
        format!("{} answered {} \"{heading}\"", without_secrets(&self.url), self.status)
    }
}

/// Where an answer leads, when it is a redirect.
fn next_of(answer: &Response) -> Result<Option<Url>> {
    if !answer.status().is_redirection() {
        return Ok(None);
    }
    let place = answer.headers().get(header::LOCATION).and_then(|l| l.to_str().ok());
    let place = place.with_context(|| format!("{} leads nowhere", answer.url()))?;
    Ok(Some(answer.url().join(place)?))
}

/// Scheme, host and port.
fn site_of(url: &Url) -> String {
    url.origin().ascii_serialization()
}

/// Queries of addresses carry codes: they stay out of messages.
fn without_secrets(url: &Url) -> String {
    let mut url = url.clone();
    url.set_query(None);
    url.into()
}

/// Name, value, and whether it is a removal.
fn read_cookie(text: &str) -> Option<(&str, &str, bool)> {
    let mut parts = text.split(';');
    let (name, value) = parts.next()?.split_once('=')?;
    let gone = parts.any(|p| p.trim().eq_ignore_ascii_case("max-age=0"));
    Some((name.trim(), value.trim(), gone || value.trim().is_empty()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cookies_are_read_and_removed() {
        assert_eq!(read_cookie("a=b; Path=/; HttpOnly"), Some(("a", "b", false)));
        assert_eq!(read_cookie("a=; Max-Age=0"), Some(("a", "", true)));
        assert_eq!(read_cookie("nonsense"), None);
    }

    #[test]
    fn a_message_shows_the_heading_and_no_code() {
        let page = Page {
            url: "http://127.0.0.1:1/callback?code=secret".parse().unwrap(),
            status: 422,
            text: "<title>T</title><h1 class=\"x\">Not that way</h1>".to_owned(),
        };
        let shown = page.shown();
        assert_eq!(shown, "http://127.0.0.1:1/callback answered 422 \"Not that way\"");
    }
}
