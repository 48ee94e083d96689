//! What access shows over HTTP.

use crate::access::model::{
    Connection, ConnectionState, Counted, Grant, GrantState, Hold, HoldCause, Opening, Requested,
    Revocation, Stage, Standing,
};
use crate::access::ops::{Lapsed, Preview, consent_of, gateway_of, lapsed};
use crate::access::sentences::{Consent, Group, Sentence};
use crate::app::App;
use crate::kernel::id::{
    ConnectionId, EngagementId, GrantId, MilestoneId, OrganizationId, PersonId,
};
use crate::kernel::money::Currency;
use crate::upstreams::Risk;
use chrono::{DateTime, Utc};
use poem_openapi::Object;
use std::collections::BTreeSet;

/// A customer's account at a marketing application.
#[derive(Object)]
pub struct ConnectionView {
    /// The connection.
    id: ConnectionId,
    /// The application's word.
    upstream: String,
    /// The account as the application names it.
    account: String,
    /// The account's name.
    account_name: String,
    /// What it is billed in, where the application tells.
    currency: Option<Currency>,
    /// What the application lets it do.
    scopes: Vec<String>,
    /// What it let it do once and took back: calls that need it are refused until it is connected
    /// again.
    lost_scopes: Vec<String>,
    /// Where it stands.
    state: ConnectionState,
    /// Who connected it last.
    connected_by: PersonId,
    /// When it was connected last.
    connected_at: DateTime<Utc>,
    /// When it stopped working, if it did.
    broken_at: Option<DateTime<Utc>>,
    /// Why it stopped working.
    broken_reason: Option<String>,
    /// When it was disconnected, if it was.
    disconnected_at: Option<DateTime<Utc>>,
    /// How far the application was told to end its tokens.
    revocation: Revocation,
    /// When the application ended its tokens.
    revoked_at: Option<DateTime<Utc>>,
    /// How often the application was asked to.
    revocation_tries: i32,
    /// When a consultant's call last reached it.
    used_at: Option<DateTime<Utc>>,
    /// Letters of access in force.
    grants: i64,
}

impl From<Connection> for ConnectionView {
    fn from(c: Connection) -> Self {
        Self {
            id: c.id,
            upstream: c.upstream,
            account: c.account,
            account_name: c.account_name,
            currency: c.currency,
            scopes: c.scopes,
            lost_scopes: c.lost_scopes,
            state: c.state,
            connected_by: c.connected_by,
            connected_at: c.connected_at,
            broken_at: c.broken_at,
            broken_reason: c.broken_reason,
            disconnected_at: c.disconnected_at,
            revocation: c.revocation,
            revoked_at: c.revoked_at,
            revocation_tries: c.revocation_tries,
            used_at: c.used_at,
            grants: c.grants,
        }
    }
}

/// A letter of access.
#[derive(Object)]
pub struct GrantView {
    /// The letter.
    pub id: GrantId,
    /// The engagement it lives with.
    engagement: EngagementId,
    /// The engagement's number as people read it.
    engagement_label: String,
    /// The customer's organization.
    customer: OrganizationId,
    /// The customer's name.
    customer_name: String,
    /// The organization that does the work.
    partner: OrganizationId,
    /// The account; absent while it is asked for.
    connection: Option<ConnectionId>,
    /// The account's name.
    account_name: Option<String>,
    /// The person it names.
    consultant: PersonId,
    /// That person's name.
    consultant_name: String,
    /// The application's word.
    upstream: String,
    /// The preset that the terms were made from.
    preset: String,
    /// Why the consultant asked.
    reason: String,
    /// SHA-256 of the frozen terms, in hexadecimal digits.
    terms_hash: String,
    /// Where it stands.
    state: GrantState,
    /// Where it is in its life.
    stage: Stage,
    /// Whether it holds right now.
    standing: Standing,
    /// While it waits for several of the customer's people: how many agreed, and how many must.
    approvals: Option<CountedView>,
    /// What was asked for; absent where nobody asked.
    requested: Option<RequestedView>,
    /// When it begins, where that was agreed to be later.
    starts_at: Option<DateTime<Utc>>,
    /// Why it rests, while something holds the letters of its engagement; the earliest first.
    holds: Vec<HoldView>,
    /// The milestone that it opens with, where it does not work at once.
    opens_with: Option<OpeningView>,
    /// What it says; absent when its terms cannot be read.
    consent: Option<ConsentView>,
    /// What it names and what is refused all the same, since the application's description no
    /// longer has it as it was; each goes on after "can".
    lapsed: BTreeSet<String>,
    /// What it names and what is refused until the application gives us for the account what it
    /// needs; each goes on after "can".
    ungiven: BTreeSet<String>,
    /// When it was asked for.
    requested_at: Option<DateTime<Utc>>,
    /// Until when the request waits.
    answer_by: Option<DateTime<Utc>>,
    /// When it was granted.
    granted_at: Option<DateTime<Utc>>,
    /// Who granted it.
    granted_by: Option<PersonId>,
    /// When it ends at the latest.
    valid_until: Option<DateTime<Utc>>,
    /// When it ended.
    ended_at: Option<DateTime<Utc>>,
    /// Who ended it; absent when time or the engagement did.
    ended_by: Option<PersonId>,
    /// Why it ended.
    end_reason: Option<String>,
    /// When it was last used.
    used_at: Option<DateTime<Utc>>,
    /// Until when a request for more or longer on it waits.
    more_until: Option<DateTime<Utc>>,
    /// When it rests unless it is used before.
    rests_at: Option<DateTime<Utc>>,
    /// Why the program's people stopped it, while it rests by that.
    program_reason: Option<String>,
    /// The letter that it follows, or is asked to follow.
    succeeds: Option<GrantId>,
    /// Who asked, where that is not the person whom it names.
    proposed_by: Option<PersonId>,
    /// Where the consultant's program calls; the operation's path follows.
    gateway: String,
}

impl GrantView {
    /// The letter with what it says and where programs call with it.
    pub fn of(app: &App, grant: Grant) -> Self {
        let consent = consent_of(app, &grant);
        let gateway = gateway_of(app, grant.id);
        let Lapsed { changed: lapsed, ungiven } = lapsed(app, &grant);
        Self { lapsed, ungiven, ..Self::new(grant, consent, gateway) }
    }

    fn new(g: Grant, consent: Option<Consent>, gateway: String) -> Self {
        let stage = Stage::of(&g);
        Self {
            engagement_label: g.engagement_label(),
            holds: g.holds.iter().copied().map(HoldView::from).collect(),
            opens_with: g.opens().map(OpeningView::from),
            id: g.id,
            engagement: g.engagement,
            customer: g.customer,
            customer_name: g.customer_name,
            partner: g.partner,
            connection: g.connection,
            account_name: g.account_name,
            consultant: g.consultant,
            consultant_name: g.consultant_name,
            upstream: g.upstream,
            preset: g.preset,
            reason: g.reason,
            terms_hash: hex::encode(g.terms_hash),
            stage,
            approvals: g.counted.map(CountedView::from),
            requested: g.requested.map(RequestedView::from),
            starts_at: g.starts_at,
            state: g.state,
            standing: g.standing,
            consent: consent.map(ConsentView::from),
            lapsed: BTreeSet::new(),
            ungiven: BTreeSet::new(),
            requested_at: g.requested_at,
            answer_by: g.answer_by,
            granted_at: g.granted_at,
            granted_by: g.granted_by,
            valid_until: g.valid_until,
            ended_at: g.ended_at,
            ended_by: g.ended_by,
            end_reason: g.end_reason,
            used_at: g.used_at,
            more_until: g.more_until,
            rests_at: g.rests_at,
            program_reason: g.program_reason,
            succeeds: g.succeeds,
            proposed_by: g.proposed_by,
            gateway,
        }
    }
}

/// How far several people are.
#[derive(Object)]
pub struct CountedView {
    /// How many agreed.
    agreed: i64,
    /// How many must.
    needed: i64,
}

impl From<Counted> for CountedView {
    fn from(counted: Counted) -> Self {
        Self { agreed: counted.agreed, needed: counted.needed }
    }
}

/// What was asked for, frozen when it was sent.
#[derive(Object)]
pub struct RequestedView {
    /// SHA-256 of the terms that were asked for; a yes to the request names it.
    terms_hash: String,
    /// For how many days; as long as the engagement when absent.
    days: Option<i32>,
}

impl From<Requested> for RequestedView {
    fn from(asked: Requested) -> Self {
        Self { terms_hash: hex::encode(asked.terms_hash), days: asked.days }
    }
}

/// A cause for which letters rest.
#[derive(Object)]
pub struct HoldView {
    /// The cause.
    cause: HoldCause,
    /// The same in words, after "because".
    text: String,
    /// Since when.
    since: DateTime<Utc>,
}

impl From<Hold> for HoldView {
    fn from(hold: Hold) -> Self {
        Self { cause: hold.cause, text: hold.cause.clause().to_owned(), since: hold.since }
    }
}

/// The milestone with whose funding a letter begins to work.
#[derive(Object)]
pub struct OpeningView {
    /// The milestone.
    milestone: MilestoneId,
    /// Its place in the engagement.
    seq: i32,
    /// Its title when the letter was granted.
    title: String,
}

impl From<Opening> for OpeningView {
    fn from(opening: Opening) -> Self {
        Self { milestone: opening.milestone, seq: opening.seq, title: opening.title }
    }
}

/// A page of letters.
#[derive(Object)]
pub struct GrantPage {
    /// The letters, latest first.
    pub items: Vec<GrantView>,
    /// Cursor of the next page, if there is one.
    pub next: Option<String>,
}

/// What a letter says.
#[derive(Object)]
pub struct ConsentView {
    /// What the person can do, mildest first.
    can: Vec<GroupView>,
    /// What the person cannot do; each goes on after "cannot".
    cannot: Vec<SentenceView>,
}

/// Everything of one risk.
#[derive(Object)]
pub struct GroupView {
    /// What it can do to the account.
    risk: Risk,
    /// One word for it.
    heading: String,
    /// What that means.
    note: String,
    /// Sentences; each goes on after "can".
    sentences: Vec<SentenceView>,
}

/// A sentence.
#[derive(Object)]
pub struct SentenceView {
    /// The action it speaks of, if it speaks of one.
    action: Option<String>,
    /// Its words.
    text: String,
}

impl From<Consent> for ConsentView {
    fn from(consent: Consent) -> Self {
        Self {
            can: consent.can.into_iter().map(GroupView::from).collect(),
            cannot: consent.cannot.into_iter().map(SentenceView::from).collect(),
        }
    }
}

impl From<Group> for GroupView {
    fn from(group: Group) -> Self {
        Self {
            risk: group.risk,
            heading: group.heading.to_owned(),
            note: group.note.to_owned(),
            sentences: group.sentences.into_iter().map(SentenceView::from).collect(),
        }
    }
}

impl From<Sentence> for SentenceView {
    fn from(sentence: Sentence) -> Self {
        Self { action: sentence.action, text: sentence.text }
    }
}

/// Terms that could be granted.
#[derive(Object)]
pub struct PreviewView {
    /// SHA-256 of the terms; send it along to grant exactly these.
    terms_hash: String,
    /// Whether granting them needs the password again.
    needs_password: bool,
    /// What the letter would say.
    consent: ConsentView,
}

impl From<Preview> for PreviewView {
    fn from(preview: Preview) -> Self {
        Self {
            terms_hash: hex::encode(preview.hash),
            needs_password: preview.needs_password,
            consent: preview.consent.into(),
        }
    }
}
