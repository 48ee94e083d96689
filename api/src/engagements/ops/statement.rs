//! Writing the statement of work.

use super::timers::{Timer, set_timer};
use crate::app::App;
use crate::engagements::model::{
    AgreedMilestone, Agreement, Engagement, Terms, after_days, hash_of, statement_of_work,
};
use crate::engagements::store::{self, Statement};
use crate::kernel::id::OrganizationId;
use crate::matching::{self, Proposal};
use crate::platform::db::Tx;
use crate::platform::refusal::Result;
use crate::program::{self, AttributionKind, Choice, FeeFacts, Origin, Settings, Tier};
use chrono::{DateTime, Utc};

/// What the program says at this instant, and the fees of the day the engagement began.
pub struct Basis {
    pub settings: Settings,
    /// The partner's standing when the engagement began.
    pub tier: Tier,
    /// The reseller of record at this instant.
    pub reseller: Option<(OrganizationId, AttributionKind)>,
    pub fees: Choice,
    pub now: DateTime<Utc>,
    pub version: i32,
}

impl Basis {
    /// For a first version: today's settings and standing. No fee rule is published until the
    /// transaction ends.
    pub async fn of(tx: &mut Tx, engagement: &Engagement) -> Result<Self> {
        program::hold_rules(tx).await?;
        let settings = program::settings(tx).await?;
        let tier = standing(tx, engagement).await?;
        Self::by(tx, engagement, settings, (tier, 1)).await
    }

    /// For a version after another: the standing and the lengths of time of the earlier one hold.
    pub async fn after(tx: &mut Tx, engagement: &Engagement, earlier: &Statement) -> Result<Self> {
        let Terms { contracting_days, funding_days, .. } = earlier.terms;
        let settings = Settings {
            contracting_days,
            funding_days,
            acceptance_days: earlier.terms.acceptance_days,
            change_requests: earlier.terms.change_requests,
            review_days: earlier.terms.review_days,
            ..program::settings(tx).await?
        };
        let tier = match earlier.fee_tier {
            Some(tier) => tier,
            None => standing(tx, engagement).await?,
        };
        Self::by(tx, engagement, settings, (tier, earlier.version + 1)).await
    }

    /// The rule that counts is one of those in force when the engagement began, by the reseller of
    /// record of this instant.
    async fn by(
        tx: &mut Tx,
        engagement: &Engagement,
        settings: Settings,
        (tier, version): (Tier, i32),
    ) -> Result<Self> {
        let now = store::now(tx).await?;
        let reseller = program::reseller_of_record(tx, engagement.customer, now).await?;
        let account = Origin::of(reseller.as_ref().map(|reseller| reseller.kind));
        let facts = FeeFacts { category: engagement.category.clone(), tier, account };
        let fees = program::choose_fees(tx, &facts, engagement.created_at).await?;
        let reseller = reseller.map(|reseller| (reseller.organization, reseller.kind));
        Ok(Self { settings, tier, reseller, fees, now, version })
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

async fn standing(tx: &mut Tx, engagement: &Engagement) -> Result<Tier> {
    let enrolled = program::enrollment(tx, engagement.partner).await?;
    Ok(enrolled.map_or(Tier::Listed, |enrolled| enrolled.tier))
}

/// Writes a version from the accepted proposal, with its hash, and sets the timer of its end.
pub async fn write_statement(
    app: &App,
    tx: &mut Tx,
    engagement: &Engagement,
    proposal: &Proposal,
    basis: &Basis,
) -> Result<Statement> {
    let text = statement_of_work(&agreement(tx, engagement, proposal, basis).await?);
    let terms = basis.terms();
    let statement = Statement {
        id: app.ids.next(),
        engagement: engagement.id,
        version: basis.version,
        hash: hash_of(&text).to_vec(),
        body: text,
        fee_rule: basis.fees.rule.id,
        fee_tier: Some(basis.tier),
        reseller: basis.reseller,
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
) -> Result<Agreement> {
    let mut wanted = vec![engagement.customer, engagement.partner];
    wanted.extend(basis.reseller.map(|(reseller, _)| reseller));
    let named = store::named_organizations(tx, &wanted).await?;
    let reseller = match basis.reseller {
        Some((id, kind)) => Some((named.get(id)?, kind)),
        None => None,
    };
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
        hourly: engagement.hourly,
        fees: basis.fees.clone(),
        fees_named: basis.fees.rule.named(basis.settings.zone),
        reseller,
        terms: basis.terms(),
    })
}
