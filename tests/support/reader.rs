//! Somebody at a browser that runs no script, on pages of the program.

use super::World;
use super::actor::PASSWORD;
use attache::demo::browser::{Browser, Form, Page};
use reqwest::Method;
use url::Url;

pub struct Reader {
    pub browser: Browser,
    pub base: Url,
}

impl Reader {
    /// Nobody yet.
    pub fn visitor(world: &World) -> Self {
        Self { browser: Browser::new(world.client.clone()), base: world.base.parse().unwrap() }
    }

    /// Signed in by the page.
    pub async fn of(world: &World, email: &str) -> Self {
        Self::at(world, &world.base, email).await
    }

    /// The same at another node.
    pub async fn at(world: &World, base: &str, email: &str) -> Self {
        let mut reader = Self { base: base.parse().unwrap(), ..Self::visitor(world) };
        let page = reader.open("/sign-in").await;
        let form = page.form("/p/larkfield/sign-in").unwrap().set("email", email);
        reader.send(&form.set("password", PASSWORD)).await;
        reader
    }

    /// A page by its path inside the program.
    pub async fn open(&mut self, path: &str) -> Page {
        let url = self.base.join(&format!("/p/larkfield{path}")).unwrap();
        self.browser.open(&url).await.unwrap()
    }

    /// The first answer to a form that was written on this page of the program.
    pub async fn send_from(&mut self, path: &str, form: &Form) -> Page {
        let from = self.base.join(&format!("/p/larkfield{path}")).unwrap();
        let request = self.browser.request(Method::POST, &form.action);
        let request = request.header("referer", from.as_str()).form(&form.fields);
        let answer = request.send().await.unwrap();
        self.browser.keep_cookies(&answer);
        let (url, status) = (answer.url().clone(), answer.status().as_u16());
        Page { url, status, text: answer.text().await.unwrap() }
    }

    pub async fn send(&mut self, form: &Form) -> Page {
        self.browser.send(form).await.unwrap()
    }
}

#[track_caller]
pub fn says(page: &Page, words: &str) {
    assert!(page.text.contains(words), "{} without {words:?}: {}", page.shown(), page.text);
}
