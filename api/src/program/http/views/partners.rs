//! Views of partners and attributions.

use crate::kernel::id::{AttributionId, OrganizationId};
use crate::program::model::{
    Account, Attribution, AttributionKind, EnrollmentState, Page, Partner, PartnerKind, Standing,
    Tier,
};
use chrono::{DateTime, Utc};
use poem_openapi::Object;

/// A partner of the program.
#[derive(Object)]
pub struct PartnerView {
    /// The organization.
    pub organization: OrganizationId,
    /// Its name.
    pub name: String,
    /// Where it is.
    pub city: String,
    /// ISO 3166-1, two letters.
    pub country: String,
    /// What it does.
    pub kind: PartnerKind,
    /// Its standing.
    pub tier: Tier,
    /// Whether it may act as a partner.
    pub state: EnrollmentState,
    /// Since when it is one.
    pub since: DateTime<Utc>,
    /// Why its state was last changed, if somebody said.
    pub reason: Option<String>,
}

impl From<Partner> for PartnerView {
    fn from(partner: Partner) -> Self {
        Self {
            organization: partner.enrollment.organization,
            name: partner.name,
            city: partner.city,
            country: partner.country,
            kind: partner.enrollment.kind,
            tier: partner.enrollment.tier,
            state: partner.enrollment.state,
            since: partner.enrollment.since,
            reason: partner.reason,
        }
    }
}

/// Where your organization stands.
#[derive(Object)]
pub struct StandingView {
    /// What it does.
    pub kind: PartnerKind,
    /// Its standing.
    pub tier: Tier,
    /// Whether it may act as a partner.
    pub state: EnrollmentState,
    /// Since when it is one.
    pub since: DateTime<Utc>,
    /// Why its state was last changed, if somebody said.
    pub reason: Option<String>,
    /// The version of the agreement that it accepted.
    pub agreement_version: String,
    /// SHA-256 of that text, in hexadecimal.
    pub agreement_hash: String,
}

impl From<Standing> for StandingView {
    fn from(standing: Standing) -> Self {
        Self {
            kind: standing.enrollment.kind,
            tier: standing.enrollment.tier,
            state: standing.enrollment.state,
            since: standing.enrollment.since,
            reason: standing.reason,
            agreement_hash: standing.agreement.hash_hex(),
            agreement_version: standing.agreement.version,
        }
    }
}

/// A customer's account.
#[derive(Object)]
pub struct AccountView {
    /// The customer's organization.
    pub customer: OrganizationId,
    /// Its name.
    pub name: String,
    /// Where it is.
    pub city: String,
    /// ISO 3166-1, two letters.
    pub country: String,
    /// Since when it is in the program.
    pub since: DateTime<Utc>,
    /// Its reseller of record, if it has one now.
    pub attribution: Option<AttributionView>,
}

impl From<Account> for AccountView {
    fn from(account: Account) -> Self {
        Self {
            customer: account.customer,
            name: account.name,
            city: account.city,
            country: account.country,
            since: account.since,
            attribution: account.attribution.map(AttributionView::from),
        }
    }
}

/// A page of accounts.
#[derive(Object)]
pub struct AccountPageView {
    /// Latest first.
    pub items: Vec<AccountView>,
    /// Send it as cursor for the next page; absent on the last.
    pub next: Option<String>,
}

impl From<Page<Account>> for AccountPageView {
    fn from(page: Page<Account>) -> Self {
        let items = page.items.into_iter().map(AccountView::from).collect();
        Self { items, next: page.next }
    }
}

/// A page of partners.
#[derive(Object)]
pub struct PartnerPageView {
    /// Latest first.
    pub items: Vec<PartnerView>,
    /// Send it as cursor for the next page; absent on the last.
    pub next: Option<String>,
}

impl From<Page<Partner>> for PartnerPageView {
    fn from(page: Page<Partner>) -> Self {
        let items = page.items.into_iter().map(PartnerView::from).collect();
        Self { items, next: page.next }
    }
}

/// A reseller of record to be named.
#[derive(Object)]
#[oai(deny_unknown_fields)]
pub struct AttributionBody {
    /// The customer's organization.
    pub customer: OrganizationId,
    /// The reseller's organization.
    pub reseller: OrganizationId,
    /// What it does for the account: `sourced` when absent.
    pub kind: Option<AttributionKind>,
    /// When the reseller brought the account, or began to manage it; now when absent, never ahead.
    pub since: Option<DateTime<Utc>>,
    /// Why, in your words; customer and reseller read it.
    pub reason: String,
}

/// The reseller of record of an account in one stretch of time.
#[derive(Object)]
pub struct AttributionView {
    /// The attribution.
    pub id: AttributionId,
    /// The customer's organization.
    pub customer: OrganizationId,
    /// Its name.
    pub customer_name: String,
    /// The reseller's organization.
    pub reseller: OrganizationId,
    /// Its name.
    pub reseller_name: String,
    /// What it does for the account.
    pub kind: AttributionKind,
    /// Since when.
    pub since: DateTime<Utc>,
    /// Until when, once it has ended.
    pub ended_at: Option<DateTime<Utc>>,
    /// Why it was set.
    pub reason: String,
    /// Why it ended.
    pub end_reason: Option<String>,
    /// Who set it.
    pub set_by_name: Option<String>,
    /// Engagements signed before this owe the reseller its share; absent while it manages the
    /// account.
    pub shares_until: Option<DateTime<Utc>>,
}

impl From<Attribution> for AttributionView {
    fn from(it: Attribution) -> Self {
        Self {
            id: it.id,
            customer: it.customer,
            customer_name: it.customer_name,
            reseller: it.reseller,
            reseller_name: it.reseller_name,
            kind: it.kind,
            since: it.since,
            ended_at: it.ended_at,
            reason: it.reason,
            end_reason: it.end_reason,
            set_by_name: it.set_by_name,
            shares_until: it.shares_until,
        }
    }
}

/// A page of attributions.
#[derive(Object)]
pub struct AttributionPageView {
    /// Latest first.
    pub items: Vec<AttributionView>,
    /// Send it as cursor for the next page; absent on the last.
    pub next: Option<String>,
}

impl From<Page<Attribution>> for AttributionPageView {
    fn from(page: Page<Attribution>) -> Self {
        let items = page.items.into_iter().map(AttributionView::from).collect();
        Self { items, next: page.next }
    }
}
