//! What a refresh does: to the refresh token, to the access token before it, to the scopes, and
//! when a refresh token is used again or several times at once.

use super::subject::{Granted, Outcome, Refused, Subject};
use api::outside::upstream::{
    ConcurrentSeen, Finding, NarrowingSeen, OldAccessSeen, ReplaySeen, RotationSeen,
};
use secrecy::{ExposeSecret, SecretString};

/// What one permission's refreshes tell.
pub struct Renewal {
    pub rotation: Finding<RotationSeen>,
    pub replay: Finding<ReplaySeen>,
    pub old_access: Finding<OldAccessSeen>,
    pub narrowing: Finding<NarrowingSeen>,
}

/// Refreshes step by step; the replay comes last, since it may end everything. Answers with the
/// newest tokens too.
pub async fn ask(subject: &Subject, first: Granted) -> (Granted, Renewal) {
    let Some(token) = first.refresh.clone() else {
        let rotation = told(RotationSeen::None, "no refresh token came with the access token");
        return (first, without(rotation, "there is no refresh token"));
    };
    let worked = subject.lives(&first.access).await;
    let second = match subject.refresh(&token, None).await {
        Ok(second) => second,
        Err(Refused(said)) => {
            let rotation = unclear(&format!("the first refresh was refused ({said})"));
            return (first, without(rotation, "the first refresh was refused"));
        }
    };
    let old_access = old_access(worked, subject.lives(&first.access).await);
    let rotates = is_new(&second, &token);
    let rotation = match rotates {
        true => told(RotationSeen::Rotating, "a refresh brought another refresh token"),
        false => told(RotationSeen::Same, "a refresh left the refresh token as it was"),
    };
    let second = kept(second, &token);
    let (third, narrowing) = narrowing(subject, second).await;
    let (last, replay) = match rotates {
        true => replay(subject, third, &token).await,
        false => {
            let why = "the same refresh token was used several times over";
            (third, told(ReplaySeen::Accepted, why))
        }
    };
    (last, Renewal { rotation, replay, old_access, narrowing })
}

/// The refresh tokens of one permission, four times at once; then whatever came of it once more.
pub async fn ask_at_once(subject: &Subject, granted: Granted) -> Finding<ConcurrentSeen> {
    let Some(token) = &granted.refresh else { return unclear("there is no refresh token") };
    let once = || subject.refresh(token, None);
    let all: [Outcome; 4] = futures::future::join_all([once(), once(), once(), once()])
        .await
        .try_into()
        .unwrap_or_else(|_| [(); 4].map(|()| Err(Refused("lost".to_owned()))));
    let won: Vec<Granted> = all.into_iter().flatten().map(|one| kept(one, token)).collect();
    let count = won.len();
    let mut left = None;
    for one in won {
        let Some(newest) = &one.refresh else { continue };
        if let Ok(again) = subject.refresh(newest, None).await {
            left = Some(kept(again, newest));
            break;
        }
    }
    let (seen, then) = match &left {
        Some(_) => (ConcurrentSeen::Harmless, "what came of it could be renewed"),
        None => (ConcurrentSeen::EndsAll, "nothing that came of it could be renewed"),
    };
    if let Some(left) = left {
        subject.end(&left).await;
    }
    told(seen, &format!("of four refreshes at once {count} succeeded; {then}"))
}

/// Asks for one scope less, and then for nothing in particular.
async fn narrowing(subject: &Subject, granted: Granted) -> (Granted, Finding<NarrowingSeen>) {
    let asked = granted.scopes.clone().unwrap_or_else(|| subject.upstream.oauth.scopes.clone());
    let (Some((left_out, fewer)), Some(token)) = (asked.split_last(), granted.refresh.clone())
    else {
        return (granted, unclear("no scope was given"));
    };
    if fewer.is_empty() {
        return (granted, unclear("only one scope was given"));
    }
    let narrow = match subject.refresh(&token, Some(&fewer.join(" "))).await {
        Ok(narrow) => kept(narrow, &token),
        Err(Refused(said)) => {
            let why = format!("a refresh for all scopes but {left_out} was refused ({said})");
            return (granted, told(NarrowingSeen::Refused, &why));
        }
    };
    // An answer without scope means the one that was asked for (RFC 6749 section 5.1).
    let holds = |granted: &Granted, unsaid: bool| match &granted.scopes {
        Some(scopes) => scopes.contains(left_out),
        None => unsaid,
    };
    if holds(&narrow, false) {
        let why = format!("a refresh for all scopes but {left_out} brought that one too");
        return (narrow, told(NarrowingSeen::Ignored, &why));
    }
    let less = format!("a refresh for all scopes but {left_out} brought those");
    let Some(token) = narrow.refresh.clone() else {
        return (narrow, told(NarrowingSeen::Narrows, &less));
    };
    match subject.refresh(&token, None).await {
        Ok(wide) if holds(&wide, true) => {
            let why = format!("{less}, and the next one all of them again");
            (kept(wide, &token), told(NarrowingSeen::Narrows, &why))
        }
        Ok(wide) => {
            let why = format!("{less}, and so did the next one");
            (kept(wide, &token), told(NarrowingSeen::Stays, &why))
        }
        Err(Refused(said)) => {
            (narrow, unclear(&format!("{less}, and the next one was refused ({said})")))
        }
    }
}

async fn replay(
    subject: &Subject,
    newest: Granted,
    used: &SecretString,
) -> (Granted, Finding<ReplaySeen>) {
    let again = subject.refresh(used, None).await;
    let Some(token) = newest.refresh.clone() else { return (newest, unclear("no token is left")) };
    let said = match again {
        Ok(again) => {
            subject.end(&again).await;
            let why = "a refresh token that was used before worked once more";
            return (newest, told(ReplaySeen::Accepted, why));
        }
        Err(Refused(said)) => said,
    };
    let what = format!("a refresh token that was used before was refused ({said})");
    match subject.refresh(&token, None).await {
        Ok(next) => {
            let why = format!("{what}, and the newest still worked");
            (kept(next, &token), told(ReplaySeen::Refused, &why))
        }
        Err(Refused(said)) => {
            let why = format!("{what}, and from then on the newest too ({said})");
            (newest, told(ReplaySeen::EndsAll, &why))
        }
    }
}

fn old_access(before: Option<bool>, after: Option<bool>) -> Finding<OldAccessSeen> {
    match (before, after) {
        (Some(true), Some(true)) => {
            told(OldAccessSeen::Survives, "the access token before a refresh worked after it")
        }
        (Some(true), Some(false)) => {
            told(OldAccessSeen::Ends, "the access token before a refresh no longer worked after it")
        }
        _ => unclear("the account could not be read with a fresh token"),
    }
}

fn is_new(granted: &Granted, before: &SecretString) -> bool {
    let newer = granted.refresh.as_ref();
    newer.is_some_and(|token| token.expose_secret() != before.expose_secret())
}

/// An answer without a refresh token leaves the one that was sent.
fn kept(granted: Granted, before: &SecretString) -> Granted {
    let refresh = granted.refresh.or_else(|| Some(before.clone()));
    Granted { refresh, ..granted }
}

fn without(rotation: Finding<RotationSeen>, why: &str) -> Renewal {
    Renewal { rotation, replay: unclear(why), old_access: unclear(why), narrowing: unclear(why) }
}

fn told<T>(seen: T, evidence: &str) -> Finding<T> {
    Finding { seen: Some(seen), evidence: evidence.to_owned() }
}

fn unclear<T>(evidence: &str) -> Finding<T> {
    Finding { seen: None, evidence: evidence.to_owned() }
}
