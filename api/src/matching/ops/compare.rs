//! The proposals of a brief side by side.

use crate::app::App;
use crate::directory::{self, AccessPreset, Expert};
use crate::kernel::id::{BriefId, ProfileId, ServiceId};
use crate::kernel::page::Position;
use crate::matching::model::{Compared, Page, Proposal, ProposalsWaiting, ServiceTerms};
use crate::matching::policy::may_see_brief;
use crate::matching::store;
use crate::platform::caller::{Caller, OrganizationKind};
use crate::platform::http::paging::{PageWanted, cut};
use crate::platform::refusal::Result;
use crate::upstreams::Upstreams;
use std::collections::HashMap;

/// The briefs of the caller's organization with proposals to decide, most pressing first.
pub async fn waiting_proposals(app: &App, caller: &Caller) -> Result<Vec<ProposalsWaiting>> {
    if caller.kind != OrganizationKind::Customer {
        return Ok(Vec::new());
    }
    let mut tx = app.db.read(caller).await?;
    store::waiting_by_brief(&mut tx, caller.organization).await
}

/// The proposals of a brief of the caller's organization, latest first, whatever became of them,
/// with what one compares them by; 404 when the brief is another's.
pub async fn compare_proposals(
    app: &App,
    caller: &Caller,
    brief: BriefId,
    limit: Option<i64>,
    cursor: Option<&str>,
) -> Result<Page<Compared>> {
    let list = format!("proposals:{}:{brief}", caller.vendor);
    let wanted = PageWanted::read(&app.cursors, &list, limit, cursor)?;
    let mut tx = app.db.read(caller).await?;
    may_see_brief(caller, &store::brief(&mut tx, brief).await?)?;
    let mut proposals = store::proposals_of(&mut tx, brief, wanted).await?;
    let position = |one: &Proposal| Position { at: one.sent_at, id: one.id.0 };
    let next = cut(&mut proposals, wanted.limit, position).map(|p| app.cursors.seal(&list, p));
    let profiles: Vec<ProfileId> = proposals.iter().map(|one| one.profile).collect();
    let services: Vec<ServiceId> = proposals.iter().filter_map(|one| one.service).collect();
    let experts = directory::experts(&mut tx, &profiles).await?;
    let terms = store::service_terms(&mut tx, &services).await?;
    let around = Around {
        upstreams: &app.upstreams,
        experts: experts.into_iter().map(|expert| (expert.profile, expert)).collect(),
        terms: terms.into_iter().map(|terms| (terms.id, terms)).collect(),
    };
    let items = proposals.into_iter().map(|proposal| around.compared(proposal)).collect();
    Ok(Page { items, next })
}

struct Around<'a> {
    upstreams: &'a Upstreams,
    experts: HashMap<ProfileId, Expert>,
    terms: HashMap<ServiceId, ServiceTerms>,
}

impl Around<'_> {
    fn compared(&self, proposal: Proposal) -> Compared {
        let expert = self.experts.get(&proposal.profile);
        Compared {
            days: match &proposal.hourly {
                Some(hourly) => hourly.weeks.saturating_mul(7),
                None => proposal.milestones.iter().map(|milestone| milestone.days).sum(),
            },
            access: access_in_words(self.upstreams, proposal.access_preset),
            service: proposal.service.and_then(|id| self.terms.get(&id)).cloned(),
            rating: expert.map(|expert| expert.rating),
            verified_jobs: expert.map(Expert::jobs_in_all),
            tier: expert.map(|expert| expert.tier),
            proposal,
        }
    }
}

/// What an access preset means for the customer, in the words of the applications' catalogue.
fn access_in_words(upstreams: &Upstreams, preset: AccessPreset) -> String {
    if preset == AccessPreset::None {
        return "No access to your account.".to_owned();
    }
    let known = upstreams.iter().find_map(|upstream| upstream.preset(preset.as_str()));
    known.map_or_else(|| preset.to_string(), |known| known.summary.clone())
}
