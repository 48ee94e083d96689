//! Engagements: each script is played act by act by the people it names.

use super::acts::{Act, acts};
use super::cast::Cast;
use super::letters::AtWork;
use super::listings::Listings;
use super::offers::{self, Posted};
use super::step::{Named, Step};
use super::till;
use crate::demo::content::engagements::{Message, Review, Side, Submission, Time};
use crate::demo::content::{Content, Engagement};
use anyhow::{Context, Result};
use api::app::App;
use api::engagements::{self, Marks, ReviewDraft, RootCause, TimeDraft};
use api::kernel::id::{BriefId, EngagementId, InvitationId, MilestoneId, ProposalId};
use api::platform::caller::Caller;
use reqwest::Client;

/// What every script needs.
#[derive(Clone, Copy)]
pub struct Theatre<'a> {
    pub app: &'a App,
    pub content: &'a Content,
    pub cast: &'a Cast,
    pub listings: &'a Listings,
    pub client: &'a Client,
}

/// Plays the scripts that began without a brief: their customers booked a package. Each gets a
/// brief of its own all the same, with the request's words.
pub async fn play_bookings(theatre: Theatre<'_>, step: &Step<'_>) -> Result<()> {
    let scripts = theatre.content.engagements.iter().filter(|e| e.brief.is_none());
    let scripts: Vec<&Engagement> = scripts.collect();
    for (number, script) in scripts.iter().enumerate() {
        step.of("past engagements", number, scripts.len());
        let brief = post_request(theatre, script).await;
        play(theatre, script, brief.with_context(|| script.slug.clone())?).await?;
    }
    Ok(())
}

/// Plays the scripts that answer posted briefs: what was declined comes before what was accepted,
/// since an accepted proposal books its brief.
///
/// Answers with the engagements that are at work then.
pub async fn play_answers<'a>(
    theatre: Theatre<'a>,
    posted: &Posted,
    step: &Step<'_>,
) -> Result<Vec<AtWork<'a>>> {
    let mut at_work = Vec::new();
    let scripts = theatre.content.engagements.iter().filter(|e| e.brief.is_some());
    let mut scripts: Vec<&Engagement> = scripts.collect();
    scripts.sort_by_key(|script| script.accepted.is_some());
    for (number, script) in scripts.iter().enumerate() {
        step.of("engagements", number, scripts.len());
        let brief = script.brief.as_ref().and_then(|slug| posted.get(slug));
        let brief = brief.with_context(|| format!("{}: its brief is not posted", script.slug))?;
        let made = play(theatre, script, *brief).await?;
        let working = made.filter(|_| script.is_at_work());
        at_work.extend(working.map(|id| AtWork { script, id }));
    }
    Ok(at_work)
}

/// The request's day counts from the load, since the engagement begins then.
async fn post_request(theatre: Theatre<'_>, script: &Engagement) -> Result<BriefId> {
    let need = script.need(theatre.content).context("a script without a need")?;
    let within = script.request.as_ref().map_or(1, |request| request.need_by_day).into();
    offers::post(theatre.app, theatre.content, theatre.cast, (&need, within)).await
}

async fn play(
    theatre: Theatre<'_>,
    script: &Engagement,
    brief: BriefId,
) -> Result<Option<EngagementId>> {
    let mut deal = Deal { theatre, script, brief, invitation: None, proposal: None, made: None };
    for act in acts(script) {
        let done = deal.act(act).await;
        done.with_context(|| format!("engagement {}: {}", script.slug, act.name()))?;
    }
    Ok(deal.made.map(|made| made.id))
}

/// A script as far as it was played.
struct Deal<'a> {
    theatre: Theatre<'a>,
    script: &'a Engagement,
    brief: BriefId,
    invitation: Option<InvitationId>,
    proposal: Option<ProposalId>,
    made: Option<Made>,
}

/// The engagement, once the proposal is accepted.
struct Made {
    id: EngagementId,
    milestones: Vec<MilestoneId>,
}

impl Deal<'_> {
    async fn act(&mut self, act: Act<'_>) -> Result<()> {
        let Theatre { app, content, cast, listings, client } = self.theatre;
        match act {
            Act::Invite => {
                let of = (listings, self.brief);
                self.invitation = Some(offers::invite(app, self.script, cast, of).await?);
            }
            Act::Propose => {
                let of = (listings, self.invitation.context("nobody was invited")?);
                self.proposal = Some(offers::propose(app, self.script, cast, of).await?);
            }
            Act::Decline(step) => {
                let of = (self.proposal()?, step.text.as_str());
                offers::decline(app, self.script, cast, of).await?;
            }
            Act::Accept => self.accept().await?,
            Act::Sign => self.sign().await?,
            Act::Say(message) => self.say(message).await?,
            Act::Fund(milestone) => {
                let id = self.milestone(milestone)?;
                till::fund(app, client, self.customer()?, id).await?;
            }
            Act::LetCardPay => {
                till::let_card_pay(app, client, self.customer()?, self.made()?.id).await?;
            }
            Act::Work(time) => self.work(time).await?,
            Act::Refund(milestone, refund) => {
                let id = self.milestone(milestone)?;
                till::refund(app, (content, cast), id, refund.text.as_str()).await?;
            }
            Act::Deliver(milestone, submission) => self.deliver(milestone, submission).await?,
            Act::AskForChanges(milestone, step) => {
                let id = self.milestone(milestone)?;
                let by = self.customer()?;
                let of = (self.version(id).await?, step.text.as_str());
                engagements::request_changes(app, by, id, of).await.told()?;
            }
            Act::AcceptWork(milestone) => {
                let id = self.milestone(milestone)?;
                let version = self.version(id).await?;
                engagements::accept_deliverable(app, self.customer()?, id, version).await.told()?;
            }
            Act::Review(side, review) => self.review(side, review).await?,
            Act::Reply(side, text) => self.reply(side, text).await?,
        }
        Ok(())
    }

    async fn accept(&mut self) -> Result<()> {
        let app = self.theatre.app;
        let accepted = engagements::accept_proposal(app, self.customer()?, self.proposal()?).await;
        let id = accepted.step(|| "accept the proposal".to_owned())?.id;
        let mut tx = app.db.read(self.customer()?).await?;
        let milestones = engagements::milestones(&mut tx, id).await?;
        let milestones = milestones.iter().map(|milestone| milestone.id).collect();
        self.made = Some(Made { id, milestones });
        Ok(())
    }

    async fn sign(&self) -> Result<()> {
        let app = self.theatre.app;
        let id = self.made()?.id;
        for by in [self.customer()?, self.consultant()?] {
            let seen = engagements::see_statement_of_work(app, by, id).await.told()?;
            let hash = hex::encode(&seen.statement.hash);
            engagements::accept_statement_of_work(app, by, id, &hash).await.told()?;
        }
        Ok(())
    }

    /// Words before the proposal is accepted have no place in the program: they stay unsaid.
    async fn say(&self, message: &Message) -> Result<()> {
        let Some(made) = &self.made else { return Ok(()) };
        let by = self.side(message.from)?;
        let text = message.text.as_str();
        engagements::send_message(self.theatre.app, by, made.id, text).await.told()?;
        Ok(())
    }

    async fn work(&self, time: &Time) -> Result<()> {
        let app = self.theatre.app;
        let words = time.text.as_str().trim().to_owned();
        let day = app.clock.now().date_naive();
        let draft = TimeDraft { day, minutes: time.minutes, words };
        engagements::write_time(app, self.consultant()?, self.made()?.id, draft).await.told()?;
        Ok(())
    }

    async fn deliver(&self, milestone: usize, submission: &Submission) -> Result<()> {
        let id = self.milestone(milestone)?;
        let (by, text) = (self.consultant()?, submission.text.as_str());
        engagements::submit_deliverable(self.theatre.app, by, id, text, None).await.told()?;
        Ok(())
    }

    async fn review(&self, side: Side, review: &Review) -> Result<()> {
        let scores = review.scores;
        let marks = Marks {
            outcome: scores.outcome.into(),
            communication: scores.communication.into(),
            value: scores.value.into(),
        };
        let root_cause = review.root_cause.and_then(|cause| RootCause::parse(cause.word()));
        let draft = ReviewDraft { marks, text: review.text.as_str().to_owned(), root_cause };
        let by = self.side(side)?;
        engagements::write_review(self.theatre.app, by, self.made()?.id, draft).await.told()?;
        Ok(())
    }

    /// Answers the review that the other side wrote.
    async fn reply(&self, side: Side, text: &str) -> Result<()> {
        let app = self.theatre.app;
        let by = self.side(side)?;
        let reviews = engagements::list_reviews(app, by, self.made()?.id).await.told()?;
        let own = match side {
            Side::Customer => engagements::Side::Customer,
            Side::Consultant => engagements::Side::Partner,
        };
        let about = reviews.iter().find(|review| review.side != own);
        let about = about.context("there is no review to answer")?;
        engagements::reply_to_review(app, by, about.id, text).await.told()?;
        Ok(())
    }

    fn side(&self, side: Side) -> Result<&Caller> {
        match side {
            Side::Customer => self.customer(),
            Side::Consultant => self.consultant(),
        }
    }

    fn customer(&self) -> Result<&Caller> {
        self.theatre.cast.caller(&self.script.customer, &self.script.booked_by)
    }

    fn consultant(&self) -> Result<&Caller> {
        self.theatre.cast.caller(&self.script.consultant, &self.script.led_by)
    }

    fn proposal(&self) -> Result<ProposalId> {
        self.proposal.context("nothing was proposed")
    }

    fn made(&self) -> Result<&Made> {
        self.made.as_ref().context("there is no engagement yet")
    }

    /// The delivery that waits for a decision.
    async fn version(&self, id: MilestoneId) -> Result<i32> {
        let seen = engagements::see_milestone(self.theatre.app, self.customer()?, id).await;
        Ok(seen.told()?.milestone.version())
    }

    fn milestone(&self, number: usize) -> Result<MilestoneId> {
        let milestone = self.made()?.milestones.get(number).copied();
        milestone.with_context(|| format!("there is no milestone {}", number + 1))
    }
}
