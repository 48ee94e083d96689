//! Refusals as pages: in the frame of the visit, with what to do, and with what somebody wrote.

use poem::http::{HeaderValue, StatusCode, header};
use poem::{Endpoint, Response};

use super::held::{Held, Sent, Waiting};
use super::labels::Labels;
use super::reread::Again;
use super::visit::{Answer, SignInFirst, Visit, problem_of};
use crate::error_page::{ErrorPage, error_page};
use crate::pages::send_again;
use api::platform::http::Problem;

/// The page of a problem, in the frame of this visit.
pub(super) fn dress(visit: &Visit, problem: &Problem) -> Response {
    let mut page = words_of(problem);
    for field in &problem.errors {
        page = page.with_advice(&field.message);
    }
    let (label, path) = way_out(visit, problem.status());
    let page = page.with_way(label, &visit.link(path));
    let mut response = error_page(visit.templates(), visit.shell(), &page);
    if let Some(seconds) = problem.retry_after {
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
    response
}

/// The answer to a form that was refused only because its sign-in had ended, or was another: what
/// was written in it. `None` when the answer is something else.
pub(super) async fn keep_what_was_written<E: Endpoint>(
    visit: &Visit,
    sent: Option<Sent>,
    (response, again): (&Response, &Again<'_, E>),
) -> Option<Response> {
    if let Some(waiting) = response.extensions().get::<Waiting>() {
        let labels = again.labels(&waiting.held, Some(&waiting.session)).await;
        let mut page = send_again::after_signing_in(visit, waiting, &labels).ok()?;
        let cookies = response.headers().get_all(header::SET_COOKIE);
        page.headers_mut().extend(cookies.iter().map(|c| (header::SET_COOKIE, c.clone())));
        return Some(page);
    }
    let sent = sent?;
    let page = if response.extensions().get::<SignInFirst>().is_some() {
        send_again::sign_in_first(visit, &sent.held().await)
    } else if problem_of(response)?.code == STALE {
        let held = sent.held().await;
        let labels = again.labels(held.carried_on().as_ref().unwrap_or(&held), None).await;
        of_another_sign_in(visit, held, &labels)
    } else {
        return None;
    };
    // When not even that can be shown, the refusal stands as it was.
    page.inspect_err(|error| tracing::error!(?error, "a form was not shown again")).ok()
}

const STALE: &str = "stale-form";

fn of_another_sign_in(visit: &Visit, held: Held, labels: &Labels) -> Answer {
    if held.to.starts_with("/sign-in") {
        // By the same form before, or in another tab.
        return match held.carried_on() {
            Some(carried) => send_again::of_another_sign_in(visit, carried, labels),
            None => Ok(refused(
                visit,
                "You are signed in already",
                ["Nothing was changed.", "Go on where you like."],
                "/",
            )),
        };
    }
    if held.is_worth_keeping() {
        return send_again::of_another_sign_in(visit, held, labels);
    }
    let back = held.from.as_deref().unwrap_or("/");
    let words = [
        "The page was opened under another sign-in, so the button did nothing.",
        "Open the page anew, see how things stand, and press again.",
    ];
    Ok(refused(visit, "Press that once more", words, back))
}

fn refused(visit: &Visit, title: &str, words: [&str; 2], back: &str) -> Response {
    let [detail, advice] = words;
    let page = ErrorPage::new(StatusCode::FORBIDDEN, title, detail).with_advice(advice);
    let page = page.with_way("Open the page", &visit.link(back));
    error_page(visit.templates(), visit.shell(), &page)
}

fn words_of(problem: &Problem) -> ErrorPage {
    let own = match problem.code.as_str() {
        STALE => Some((
            "Send this form again",
            "Go back with your browser: what you typed is still there. Load the page anew and send \
             it.",
        )),
        "cross-site" => Some((
            "This came from another site",
            "If you meant it, open the page here and press the button there. If you did not, there \
             is nothing to do: it had no effect.",
        )),
        _ => None,
    };
    match own {
        Some((title, advice)) => {
            ErrorPage::new(problem.status(), title, &problem.detail).with_advice(advice)
        }
        None if problem.status().is_client_error() && problem.code != "not-found" => {
            ErrorPage::of(problem.status()).with_detail(&problem.detail)
        }
        None => ErrorPage::of(problem.status()),
    }
}

/// Where one goes from an error.
fn way_out(visit: &Visit, status: StatusCode) -> (&'static str, &'static str) {
    match (visit.signed_in(), status) {
        (Some(_), StatusCode::FORBIDDEN) if visit.seat().is_none() => {
            ("Add an organization", "/sign-up")
        }
        (Some(_), _) => ("Back to today", "/"),
        (None, StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN) => ("Sign in", "/sign-in"),
        (None, _) => ("Find experts", "/experts"),
    }
}
