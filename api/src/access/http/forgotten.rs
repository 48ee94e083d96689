//! What seems forgotten of a customer's access, over HTTP.

use super::Tag;
use crate::access::model::{
    AccountUse, Forgotten, ForgottenAct, LetterUse, Listed, Standing, WhyForgotten,
};
use crate::access::ops;
use crate::app::App;
use crate::identity::Auth;
use crate::kernel::id::{ConnectionId, EngagementId, GrantId};
use crate::platform::http::Failure;
use crate::platform::http::reply::{Found, found};
use chrono::{DateTime, Utc};
use poem::web::Data;
use poem_openapi::{Object, OpenApi};

/// Why something is listed.
#[derive(Object)]
struct WhyForgottenView {
    /// In a word.
    reason: Forgotten,
    /// In a sentence.
    sentence: String,
}

/// A letter of access that seems forgotten.
#[derive(Object)]
struct ForgottenLetterView {
    /// The letter.
    id: GrantId,
    /// The engagement that it belongs to.
    engagement: EngagementId,
    /// The engagement's number as people read it.
    engagement_label: String,
    /// The person it names.
    consultant_name: String,
    /// The account it opens.
    account_name: String,
    /// Whether it holds right now.
    standing: Standing,
    /// When it was granted.
    since: DateTime<Utc>,
    /// When a call was last carried out with it; absent when none ever was.
    used_at: Option<DateTime<Utc>>,
    /// Why it is listed, the strongest reason first.
    why: Vec<WhyForgottenView>,
    /// What can be done about it: `end` and `narrow` are deeds of the letter, `wake` is its
    /// `restore`.
    acts: Vec<ForgottenAct>,
}

/// A connected account that seems forgotten.
#[derive(Object)]
struct ForgottenAccountView {
    /// The connection.
    id: ConnectionId,
    /// The application's word.
    upstream: String,
    /// The account's name.
    account_name: String,
    /// When it was connected.
    since: DateTime<Utc>,
    /// When a call last reached it; absent when none ever did.
    used_at: Option<DateTime<Utc>>,
    /// Why it is listed.
    why: Vec<WhyForgottenView>,
    /// What can be done about it.
    acts: Vec<ForgottenAct>,
}

/// What stands open although nobody seems to need it.
#[derive(Object)]
struct ForgottenAccessView {
    /// Letters of access, the oldest first.
    letters: Vec<ForgottenLetterView>,
    /// Connected accounts, by name.
    accounts: Vec<ForgottenAccountView>,
}

pub struct ForgottenApi;

#[OpenApi(tag = "Tag::Access")]
impl ForgottenApi {
    /// What stands open although nobody seems to need it
    ///
    /// For owners and admins of a customer: letters that were never used, or not for two weeks, or
    /// whose engagement has nothing in work, or of which a part was not used; accounts that no
    /// letter opens. What was given within three days is never listed.
    #[oai(path = "/v1/forgotten-access", method = "get", operation_id = "get_forgotten_access")]
    async fn get_forgotten_access(
        &self,
        app: Data<&App>,
        auth: Auth,
    ) -> Result<Found<ForgottenAccessView>, Failure> {
        let all = ops::forgotten_access(&app, &auth.0).await?;
        Ok(found(ForgottenAccessView {
            letters: all.letters.into_iter().map(ForgottenLetterView::from).collect(),
            accounts: all.accounts.into_iter().map(ForgottenAccountView::from).collect(),
        }))
    }
}

impl From<WhyForgotten> for WhyForgottenView {
    fn from(it: WhyForgotten) -> Self {
        Self { reason: it.reason, sentence: it.sentence }
    }
}

impl From<Listed<LetterUse>> for ForgottenLetterView {
    fn from(it: Listed<LetterUse>) -> Self {
        Self {
            id: it.of.id,
            engagement: it.of.engagement,
            engagement_label: format!("A-{}", it.of.engagement_number),
            consultant_name: it.of.consultant_name,
            account_name: it.of.account_name,
            standing: it.of.standing,
            since: it.of.granted_at,
            used_at: it.of.used_at,
            why: it.why.into_iter().map(WhyForgottenView::from).collect(),
            acts: it.acts,
        }
    }
}

impl From<Listed<AccountUse>> for ForgottenAccountView {
    fn from(it: Listed<AccountUse>) -> Self {
        Self {
            id: it.of.id,
            upstream: it.of.upstream,
            account_name: it.of.account_name,
            since: it.of.connected_at,
            used_at: it.of.used_at,
            why: it.why.into_iter().map(WhyForgottenView::from).collect(),
            acts: it.acts,
        }
    }
}
