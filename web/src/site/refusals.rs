//! Refusals from before anybody asked who the visitor is: too large a form, one that came too
//! slowly, a form sent twice.
//! Only then is the visitor looked up once more, so that the answer is a page like all others.

use poem::http::Method;
use poem::{Endpoint, Middleware, Request, Response};

use super::dress::dress;
use super::edge::{Edge, Edged};
use super::visit::problem_of;
use api::platform::http::{Failure, Problem};

/// Dresses what the layers between it and the edge refuse.
pub(super) struct Refusals(pub Edge);

pub(super) struct Dressed<E> {
    inner: E,
    edge: Edged<()>,
}

impl<E: Endpoint<Output = Response>> Middleware<E> for Refusals {
    type Output = Dressed<E>;

    fn transform(&self, inner: E) -> Self::Output {
        Dressed { inner, edge: self.0.around(()) }
    }
}

impl<E: Endpoint<Output = Response>> Endpoint for Dressed<E> {
    type Output = Response;

    async fn call(&self, request: Request) -> poem::Result<Response> {
        if request.method() != Method::POST {
            return self.inner.call(request).await;
        }
        let asked = without_body(&request);
        let response = self.inner.call(request).await?;
        let Some(problem) = problem_of(&response) else { return Ok(response) };
        let visit = self.edge.visit(&asked).await.map_err(Failure::from)?;
        Ok(dress(&visit, &in_words_of_forms(problem)))
    }
}

fn without_body(request: &Request) -> Request {
    let mut copy = Request::builder().method(Method::POST).uri(request.uri().clone()).finish();
    *copy.headers_mut() = request.headers().clone();
    *copy.extensions_mut() = request.extensions().clone();
    copy
}

/// People know forms, not keys.
fn in_words_of_forms(problem: Problem) -> Problem {
    let detail = match problem.code.as_str() {
        "idempotency-key-reused" => {
            "You sent this form before, and what it said then holds. To send something else, load \
             the page anew."
        }
        "already-done" => "You sent this form before, and it took effect. Load the page anew.",
        "too-slow" => "What you sent did not arrive whole in time. Nothing was changed.",
        "still-running" => "The same form is still being carried out. Look again in a moment.",
        _ => return problem,
    };
    Problem { detail: detail.to_owned(), ..problem }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error_page::ErrorPage;
    use poem::http::StatusCode;

    #[test]
    fn a_form_that_came_too_slowly_is_told_as_a_form() {
        let status = StatusCode::REQUEST_TIMEOUT;
        let told = in_words_of_forms(Problem::new(status, "too-slow", "The body came too slowly."));
        assert!(told.detail.starts_with("What you sent"), "{}", told.detail);
        assert_eq!(ErrorPage::of(status).title, "It came too slowly");
    }
}
