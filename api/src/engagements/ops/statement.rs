//! Writing the statement of work.

use super::timers::{Timer, set_timer};
use crate::app::App;
use crate::engagements::model::{
    AgreedMilestone, Agreement, Engagement, NamedOrganization, Terms, after_days, hash_of,
    statement_of_work,
};
use crate::engagements::store::{self, Statement};
use crate::kernel::id::OrganizationId;
use crate::matching::{self, Proposal};
use crate::platform::db::Tx;
use crate::platform::refusal::Result;
use crate::program::{self, FeePolicy, Settings};
use chrono::{DateTime, Utc};

/// What the program says at this instant.
pub struct Basis {
    pub settings: Settings,
    pub fees: FeePolicy,
    pub now: DateTime<Utc>,
    pub version: i32,
}

impl Basis {
    /// For a first version: today's settings and fees.
    pub async fn of(tx: &mut Tx) -> Result<Self> {
        let settings = program::settings(tx).await?;
        let fees = program::current_fee_policy(tx).await?;
        Ok(Self { settings, fees, now: store::now(tx).await?, version: 1 })
    }

    /// For a version after another: the fees and the lengths of time of the earlier one hold.
    pub async fn after(tx: &mut Tx, earlier: &Statement) -> Result<Self> {
        let Terms { contracting_days, funding_days, .. } = earlier.terms;
        let settings = Settings {
            contracting_days,
            funding_days,
            acceptance_days: earlier.terms.acceptance_days,
            change_requests: earlier.terms.change_requests,
            review_days: earlier.terms.review_days,
            ..program::settings(tx).await?
        };
        let fees = program::fee_policy(tx, earlier.fee_policy).await?;
        Ok(Self { settings, fees, now: store::now(tx).await?, version: earlier.version + 1 })
    }

    fn terms(&self) -> Terms {
        Terms {
            contracting_days: self.settings.contracting_days,
            funding_days: self.settings.funding_days,
            acceptance_days: self.settings.acceptance_days,
            change_requests: self.settings.change_requests,
            review_days: self.settings.review_days,
        }
    }
}

/// Writes a version from the accepted proposal, with its hash, and sets the timer of its end.
pub async fn write_statement(
    app: &App,
    tx: &mut Tx,
    engagement: &Engagement,
    proposal: &Proposal,
    basis: &Basis,
) -> Result<Statement> {
    let reseller = program::reseller_of_record(tx, engagement.customer, basis.now).await?;
    let reseller = reseller.map(|r| r.organization);
    let text = statement_of_work(&agreement(tx, engagement, proposal, basis, reseller).await?);
    let terms = basis.terms();
    let statement = Statement {
        id: app.ids.next(),
        engagement: engagement.id,
        version: basis.version,
        hash: hash_of(&text).to_vec(),
        body: text,
        fee_policy: basis.fees.id,
        reseller,
        terms,
        accept_by: after_days(basis.now, terms.contracting_days, basis.settings.zone),
        created_at: basis.now,
    };
    store::insert_statement(tx, &statement).await?;
    let lapses = Timer::StatementLapses { engagement: engagement.id, statement: statement.id };
    set_timer(app, tx, lapses, statement.accept_by).await?;
    Ok(statement)
}

async fn agreement(
    tx: &mut Tx,
    engagement: &Engagement,
    proposal: &Proposal,
    basis: &Basis,
    reseller: Option<OrganizationId>,
) -> Result<Agreement> {
    let mut wanted = vec![engagement.customer, engagement.partner];
    wanted.extend(reseller);
    let named = store::named_organizations(tx, &wanted).await?;
    let reseller: Option<NamedOrganization> = reseller.map(|id| named.get(id)).transpose()?;
    let service = matching::service_terms(tx, proposal.service.as_slice()).await?.pop();
    let milestones = proposal.milestones.iter().map(|m| AgreedMilestone {
        seq: m.seq,
        title: m.title.clone(),
        delivers: m.delivers.clone(),
        price: m.price,
        days: m.days,
        lines: m.lines.iter().map(|line| (line.title.clone(), line.amount)).collect(),
    });
    Ok(Agreement {
        label: engagement.label(),
        version: basis.version,
        title: engagement.title.clone(),
        note: proposal.note.clone(),
        customer: named.get(engagement.customer)?,
        partner: named.get(engagement.partner)?,
        vendor: named.vendor,
        consultant: proposal.consultant_name.clone(),
        access_preset: engagement.access_preset,
        service,
        total: engagement.total,
        milestones: milestones.collect(),
        fees: basis.fees,
        reseller,
        terms: basis.terms(),
    })
}
