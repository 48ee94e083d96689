//! Telling people, and what they do with what they were told.

use super::model::{KINDS, Kind, MutedKind, News, Notice, NoticePage, Recipient, letter};
use super::store::{self, Told};
use crate::app::App;
use crate::kernel::id::{NoticeId, OrganizationId, PersonId};
use crate::kernel::page::Position;
use crate::outside::mail::{self, Mail};
use crate::platform::caller::{Caller, Role};
use crate::platform::db::Tx;
use crate::platform::http::paging::{PageWanted, cut};
use crate::platform::refusal::{Common, Error, Result};

/// Tells one person of the organization: a notice at once, a mail unless they muted the kind.
/// Nothing happens when they hold no open seat there any more.
///
/// Errors are faults: a kind that is not in [`KINDS`], a link that does not begin with a slash.
pub async fn tell_person(
    app: &App,
    tx: &mut Tx,
    person: PersonId,
    organization: OrganizationId,
    news: &News,
) -> Result<()> {
    tell(app, tx, organization, Told::Person(person), news).await
}

/// Tells everyone who holds one of the roles in the organization; errors as [`tell_person`].
pub async fn tell_roles(
    app: &App,
    tx: &mut Tx,
    organization: OrganizationId,
    roles: &[Role],
    news: &News,
) -> Result<()> {
    tell(app, tx, organization, Told::Roles(roles), news).await
}

async fn tell(
    app: &App,
    tx: &mut Tx,
    organization: OrganizationId,
    whom: Told<'_>,
    news: &News,
) -> Result<()> {
    let kind = Kind::of(news.kind).map_err(Error::fault)?;
    if !news.link.starts_with('/') {
        return Err(Error::fault(format!("the link of a notice is no path: {}", news.link)));
    }
    let people = store::recipients(tx, organization, whom, kind.word).await?;
    if people.is_empty() {
        return Ok(());
    }
    let tell_one = |to: Recipient| (app.ids.next(), news.told_to(&to), to);
    let told: Vec<(NoticeId, News, Recipient)> = people.into_iter().map(tell_one).collect();
    store::insert(tx, organization, &told).await?;
    let mailed = |to: &Recipient| !(to.muted && kind.can_be_muted);
    let write = |(_, news, to): &(NoticeId, News, Recipient)| {
        mailed(to).then(|| letter(news, kind, to, |path| app.site.link(path)).into_mail())
    };
    let mails: Vec<Mail> = told.iter().filter_map(write).collect();
    mail::enqueue(tx, &app.ids, &mails).await
}

/// How the list of one caller's notices is named in its cursors.
fn list_name(caller: &Caller) -> String {
    format!("notices:{}:{}:{}", caller.vendor, caller.organization, caller.person)
}

/// The caller's notices for the organization they act for, latest first.
///
/// Errors: a bad limit or a cursor of another list.
pub async fn list(
    app: &App,
    caller: &Caller,
    limit: Option<i64>,
    cursor: Option<&str>,
) -> Result<NoticePage> {
    let name = list_name(caller);
    let wanted = PageWanted::read(&app.cursors, &name, limit, cursor)?;
    let mut tx = app.db.read(caller).await?;
    let mut items = store::list(&mut tx, caller, wanted).await?;
    let position = |n: &Notice| Position { at: n.created_at, id: n.id.0 };
    let next = cut(&mut items, wanted.limit, position).map(|p| app.cursors.seal(&name, p));
    Ok(NoticePage { items, next })
}

/// How many notices the caller has not read, for the organization they act for.
pub async fn unread_count(app: &App, caller: &Caller) -> Result<u32> {
    let mut tx = app.db.read(caller).await?;
    let count = store::unread_count(&mut tx, caller).await?;
    Ok(u32::try_from(count).unwrap_or(u32::MAX))
}

/// Notes that the caller read a notice; a second time changes nothing. Answers the notice's link.
///
/// Errors: 404 when it is not theirs.
pub async fn mark_read(app: &App, caller: &Caller, id: NoticeId) -> Result<String> {
    let mut tx = app.db.write(caller).await?;
    let link = store::mark_read(&mut tx, caller, id).await?.ok_or(Common::NotFound("notice"))?;
    tx.commit().await?;
    Ok(link)
}

/// Notes that the caller read every notice of the organization they act for.
pub async fn mark_all_read(app: &App, caller: &Caller) -> Result<()> {
    let mut tx = app.db.write(caller).await?;
    store::mark_all_read(&mut tx, caller).await?;
    tx.commit().await
}

/// Every kind, and whether the caller muted its mails in this program.
pub async fn muted(app: &App, caller: &Caller) -> Result<Vec<MutedKind>> {
    let mut tx = app.db.read(caller).await?;
    let muted = store::muted(&mut tx, caller.person).await?;
    let choice = |kind: &'static Kind| MutedKind {
        kind,
        muted: kind.can_be_muted && muted.iter().any(|word| word == kind.word),
    };
    Ok(KINDS.iter().map(choice).collect())
}

/// Mutes the mails of exactly these kinds for the caller in this program; the others are mailed.
///
/// Errors: `never-muted` for money, access and disputes, `unknown-notice-kind`.
pub async fn set_muted(app: &App, caller: &Caller, words: &[String]) -> Result<()> {
    let kinds: Result<Vec<&str>, _> =
        words.iter().map(|word| Kind::mutable(word).map(|kind| kind.word)).collect();
    let kinds = kinds?;
    let mut tx = app.db.write(caller).await?;
    store::set_muted(&mut tx, caller.person, &kinds).await?;
    tx.commit().await
}
