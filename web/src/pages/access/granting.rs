//! The customer's side of giving access: looking at the terms, and saying yes.

use api::access::{
    self, ApproverRule, Choice as Wanted, Connection, Grant, GrantOrder, GrantProposalKind,
    Preview, Proposal, Standing, Yes,
};
use api::directory::AccessPreset;
use api::engagements::{self, Engagement, EngagementView, Sight};
use api::identity::Deed;
use api::kernel::id::{EngagementId, PersonId};
use api::platform::caller::OrganizationKind;
use api::platform::refusal::{Common, Error};
use chrono::NaiveDate;
use futures::try_join;
use poem::handler;
use poem::web::Path;
use std::collections::BTreeSet;

use super::again::{self, Again};
use super::asked::{asked_line, wished};
use super::chosen::Chosen;
use super::closed::{closed, refused};
use super::consent::{self, ConsentPage};
use super::lapsed::lapsed_since;
use super::mark::works_for;
use super::several::Several;
use super::{asking, several, words};
use crate::pages::directory::words::access as access_word;
use crate::site::{Answer, Flash, Form, PageError, Visit, boxes_of};
use crate::view::{Avatar, Errors, Link, Notice};

/// The engagement, for one of its two sides.
pub async fn engagement(visit: &Visit, id: &str) -> Result<EngagementView, PageError> {
    let id = EngagementId::parse(id).ok_or(Common::NotFound("engagement"))?;
    let view = engagements::see_engagement(visit.app(), visit.caller()?, id).await?;
    if matches!(view.sight, Sight::Side(_)) {
        return Ok(view);
    }
    let detail = "Access is between the customer and the consultant of an engagement.";
    Err(Common::NotPermitted(detail.to_owned()).into())
}

/// The consent screen for a customer, the request for a consultant.
#[handler]
pub async fn show_access(visit: Visit, Path(id): Path<String>, query: Form) -> Answer {
    let view = engagement(&visit, &id).await?;
    if visit.caller()?.kind == OrganizationKind::Partner {
        return asking::begin(&visit, &view, &query).await;
    }
    let scene = Scene::of(&visit, view, Chosen::read(&query)).await?;
    // What waits already is what the form begins with, else the letter that is granted again.
    let waits = scene.waiting().map(several::as_form);
    let asked = scene.request().and_then(|request| again::of_request(request, scene.today()));
    let again = scene.again.as_ref().map(|again| &again.form);
    let begin = waits.as_ref().or(again).or(asked.as_ref());
    let (mut page, _) = scene.page(begin).await?;
    let again = scene.again.as_ref().filter(|_| page.notice.is_none());
    page.notice = page.notice.or_else(|| again.map(|again| again.notice(&visit)));
    visit.page(&page)
}

/// Everything that is known before the terms are looked at.
struct Scene<'a> {
    visit: &'a Visit,
    view: EngagementView,
    chosen: Chosen,
    connections: Vec<Connection>,
    letters: Vec<Grant>,
    rule: ApproverRule,
    /// What waits for several people, for this engagement.
    waits: Vec<Proposal>,
    /// The letter that ended and is granted again.
    again: Option<Again>,
}

impl<'a> Scene<'a> {
    async fn of(visit: &'a Visit, view: EngagementView, chosen: Chosen) -> Result<Self, PageError> {
        let caller = visit.caller()?;
        if !Deed::GrantAccess.allows(caller.kind, caller.role) {
            let detail = "An owner or admin of the customer grants access.";
            return Err(Common::NotPermitted(detail.to_owned()).into());
        }
        let app = visit.app();
        let (connections, mut letters, rule, mut waits) = try_join!(
            access::list_connections(app, caller),
            access::list_open_grants(app, caller),
            access::approver_rule(app, caller),
            access::list_waiting(app, caller),
        )?;
        let engagement = view.overview.engagement.id;
        letters.retain(|letter| letter.engagement == engagement);
        waits.retain(|it| it.frozen.engagement == engagement);
        let again = again::named(visit, (engagement, chosen.again)).await?;
        let mut scene = Self { visit, view, chosen, connections, letters, rule, waits, again };
        let (account, preset) = match (scene.waiting(), &scene.again) {
            (Some(it), _) => (Some(it.frozen.connection), Some(it.frozen.preset.clone())),
            (None, Some(again)) => (again.letter.connection, Some(again.letter.preset.clone())),
            (None, None) => (None, None),
        };
        scene.chosen.connection = scene.chosen.connection.or(account);
        scene.chosen.preset = scene.chosen.preset.take().or(preset);
        Ok(scene)
    }

    /// What waits about the same letter: about the request that is answered, else about the same
    /// person in the account that was chosen.
    fn waiting(&self) -> Option<&Proposal> {
        let request = self.request().map(|request| request.id);
        let account = self.chosen.connection;
        let fits = |it: &&Proposal| match it.frozen.kind {
            GrantProposalKind::Request => Some(it.frozen.grant) == request,
            GrantProposalKind::Letter => {
                request.is_none() && account.is_none_or(|id| id == it.frozen.connection)
            }
            GrantProposalKind::More | GrantProposalKind::Successor => false,
        };
        self.waits.iter().find(fits)
    }

    fn engagement(&self) -> &Engagement {
        &self.view.overview.engagement
    }

    /// The request that is answered: the one that was followed here, else the latest.
    fn request(&self) -> Option<&Grant> {
        // That a colleague takes a letter over is answered on a page of its own.
        let asks = |l: &&Grant| l.standing == Standing::Requested && l.succeeds.is_none();
        let open = || self.letters.iter().filter(|l| asks(l) && self.again.is_none());
        let named = open().find(|letter| Some(letter.id) == self.chosen.request);
        named.or_else(|| open().next())
    }

    fn today(&self) -> NaiveDate {
        self.visit.app().clock.now().with_timezone(&self.visit.zone()).date_naive()
    }

    /// Who is let in.
    fn consultant(&self) -> (PersonId, &str) {
        let again = self.again.as_ref().map(|again| &again.letter);
        match (self.request().or(again), self.waiting()) {
            (Some(letter), _) => (letter.consultant, &letter.consultant_name),
            (None, Some(it)) => (it.frozen.consultant, &it.frozen.consultant_name),
            (None, None) => (self.engagement().consultant, &self.view.overview.names.consultant),
        }
    }

    /// What is chosen, else what was asked for, else what the statement of work announces.
    fn preset(&self, connection: &Connection) -> String {
        let upstream = self.visit.app().upstreams.get(&connection.upstream);
        let known = |id: &str| upstream.is_some_and(|u| u.preset(id).is_some());
        let announced = self.engagement().access_preset.as_str().to_owned();
        let asked = self.request().map(|request| request.preset.clone());
        let first = || upstream.and_then(|u| u.presets.first()).map(|p| p.id.clone());
        let wishes = [self.chosen.preset.clone(), asked, Some(announced)];
        let wish = wishes.into_iter().flatten().find(|id| known(id));
        wish.or_else(first).unwrap_or_default()
    }

    /// The page with what was typed, and the terms it shows.
    async fn page(
        &self,
        form: Option<&Form>,
    ) -> Result<(ConsentPage, Option<(Connection, Preview)>), PageError> {
        let mut page = self.frame(form);
        let partner = (self.engagement().partner, self.view.overview.names.partner.as_str());
        page.works_for = works_for(self.visit, partner).await?;
        page.closed = closed(self.engagement());
        if page.closed.is_some() {
            return Ok((page, None));
        }
        let Some(connection) = self.chosen.account(&self.connections, self.request()) else {
            page.connect = self.visit.link("/connections");
            return Ok((page, None));
        };
        let preset = self.preset(connection);
        page.title = format!("Let {} work in {}?", page.first_name, connection.account_name);
        page.connections = consent::accounts(&self.connections, Some(connection.id));
        if let Some(upstream) = self.visit.app().upstreams.get(&connection.upstream) {
            let asked = self.request().map(|request| request.preset.as_str());
            page.presets = consent::presets(upstream, &preset, asked);
            let lapsed = self.request().and_then(|request| lapsed_since(self.visit, request));
            page.notice = lapsed;
        }
        page.wider = self.wider(&preset);
        // Shown is the widest: what is ticked and typed below only narrows it.
        let answers = self.request().map(|request| request.id);
        let asks = Some(BTreeSet::new());
        let wanted = Wanted { preset, asks, answers, ..Wanted::default() };
        let caller = self.visit.caller()?;
        match access::preview(self.visit.app(), caller, connection.id, &wanted).await {
            Ok(preview) => {
                let who = (page.name.as_str(), self.engagement().label());
                let terms = (connection, &preview);
                let shown = consent::shown(self.visit, terms, (who.0, &who.1), form);
                page.shown = Some(shown);
                Ok((page, Some((connection.clone(), preview))))
            }
            Err(error) => {
                page.notice = Some(refused(error)?);
                Ok((page, None))
            }
        }
    }

    fn frame(&self, form: Option<&Form>) -> ConsentPage {
        let (visit, engagement) = (self.visit, self.engagement());
        let at = visit.link(&format!("/engagements/{}", engagement.id));
        let (person, name) = self.consultant();
        let request = self.request();
        let decline = |r: &Grant| visit.link(&format!("/grants/{}/decline", r.id));
        let last = form.map(|form| form.boxes("last"));
        ConsentPage {
            title: format!("Let {} work in your account?", words::first_name(name)),
            engagement: Some(Link::new(&format!("Engagement {}", engagement.label()), &at)),
            asked: request.map(|r| asked_line(visit, r)).unwrap_or_default(),
            here: format!("{at}/access"),
            name: name.to_owned(),
            first_name: words::first_name(name).to_owned(),
            avatar: Some(Avatar::of(name)),
            reason: request.map(|r| r.reason.clone()).unwrap_or_default(),
            announced: self.announced(),
            request: request.map(|r| r.id.to_string()).unwrap_or_default(),
            again: self.again.as_ref().map(|a| a.letter.id.to_string()).unwrap_or_default(),
            decline: request.map(decline).unwrap_or_default(),
            opens: consent::openings(
                &self.view.overview.milestones,
                form.map_or("", |form| form.get("opens")),
            ),
            until: consent::spans(
                self.today(),
                &engagement.label(),
                form.map_or("", |form| form.get("until")),
                request.and_then(|r| r.requested.as_ref()).and_then(|asked| asked.days),
            ),
            last: last.unwrap_or_else(|| boxes_of(self.today())),
            begin: form.map(|form| form.boxes("begin")).unwrap_or_default(),
            requested_hash: request.map(|r| hex::encode(&r.terms_hash)).unwrap_or_default(),
            wished: request.map(wished).unwrap_or_default(),
            several: Several::of(visit, &self.rule, self.waiting()),
            held: self.held(person),
            ..ConsentPage::default()
        }
    }

    fn announced(&self) -> String {
        let app = self.visit.app();
        let preset = self.engagement().access_preset;
        let known = app.upstreams.iter().find_map(|upstream| upstream.preset(preset.as_str()));
        match known {
            Some(preset) => format!("The statement of work announces: {}.", preset.name),
            None => "The statement of work announces no access.".to_owned(),
        }
    }

    /// What to say of a preset that gives more than both sides signed.
    fn wider(&self, preset: &str) -> Option<Notice> {
        let signed = self.engagement().access_preset;
        let wanted = AccessPreset::parse(preset).filter(|wanted| *wanted > signed)?;
        let (more, less) = (access_word(wanted), access_word(signed));
        let text = format!(
            "{more} is more than both of you signed: the statement of work says “{less}”. Untick \
             below what the work does not need."
        );
        Some(Notice::held("Wider than what was signed", &text))
    }

    fn held(&self, person: PersonId) -> Vec<Link> {
        let own = |g: &&Grant| g.consultant == person && g.standing.is_open();
        let link = |g: &Grant| {
            let label = format!("the letter for {}", words::place(self.visit.app(), g));
            Link::new(&label, &self.visit.link(&format!("/grants/{}", g.id)))
        };
        self.letters.iter().filter(own).map(link).collect()
    }
}

/// Grants exactly what was shown, less what was unticked; what was chosen and not shown is shown.
#[handler]
pub async fn grant_access(visit: Visit, Path(id): Path<String>, form: Form) -> Answer {
    let view = engagement(&visit, &id).await?;
    let scene = Scene::of(&visit, view, Chosen::read(&form)).await?;
    if form.get("do") == "show" || is_unseen(&form) {
        return show_chosen(&scene, &form).await;
    }
    let (mut page, terms) = scene.page(Some(&form)).await?;
    let Some((connection, preview)) = terms else { return visit.again(&page) };
    if hex::encode(preview.hash) != form.get("shown") {
        page.notice = Some(refused(access::AccessError::TermsChanged.into())?);
        return visit.again(&page);
    }
    let mut errors = Errors::default();
    let last_day = consent::last_day(&form, scene.today(), &mut errors);
    if form.all("can").is_empty() {
        errors.add("can", "Tick at least one thing, or grant nothing");
    }
    let mut choice = consent::narrowed(visit.app(), &preview, &form, &mut errors);
    choice.answers = scene.request().map(|request| request.id);
    choice.starts = consent::first_day(&form, scene.today(), &mut errors);
    if !errors.is_empty() {
        page.errors = errors;
        return visit.again(&page);
    }
    match give(&scene, (&connection, choice), last_day, &form).await {
        Ok(yes) => Ok(granted(&scene, (&connection, &form), yes)),
        Err(error) => {
            match PageError::from(error).into_errors(control) {
                Ok(errors) => page.errors = errors,
                Err(PageError::Api(error)) => page.notice = Some(refused(error)?),
                Err(elsewhere) => return Err(elsewhere),
            }
            visit.again(&page)
        }
    }
}

/// Whether an account or a preset was chosen since that the sentences of the page do not tell of.
fn is_unseen(form: &Form) -> bool {
    [("connection", "shown_connection"), ("preset", "shown_preset")]
        .iter()
        .any(|(chosen, shown)| form.get(chosen) != form.get(shown))
}

/// The page of what is chosen now; nothing is granted.
async fn show_chosen(scene: &Scene<'_>, form: &Form) -> Answer {
    let (mut page, _) = scene.page(None).await?;
    let frame = scene.frame(Some(form));
    (page.opens, page.until, page.last) = (frame.opens, frame.until, frame.last);
    page.begin = frame.begin;
    page.look = form.get("do") == "show";
    if form.get("do") != "show" && page.notice.is_none() {
        let text = "You chose another account or another start than what was shown. Below is what \
                    it allows. Nothing is granted yet.";
        page.notice = Some(Notice::held("Look at this first", text));
    }
    scene.visit.preview(&page)
}

async fn give(
    scene: &Scene<'_>,
    (connection, choice): (&Connection, Wanted),
    last_day: Option<NaiveDate>,
    form: &Form,
) -> Result<Yes, Error> {
    let app = scene.visit.app();
    let caller = scene.visit.caller().map_err(|_| Common::NotFound("engagement"))?;
    let exact = access::preview(app, caller, connection.id, &choice).await?;
    let order = GrantOrder {
        connection: connection.id,
        choice,
        terms_hash: hex::encode(exact.hash),
        requested_hash: form.given("requested_hash").map(str::to_owned),
        last_day,
        password: form.given("password").map(|_| form.get("password").to_owned()),
        instead_of: several::instead_of(form),
    };
    match scene.request() {
        Some(request) => access::allow_request(app, caller, request.id, order).await,
        None => {
            let (consultant, _) = scene.consultant();
            let engagement = scene.engagement().id;
            access::grant_access(app, caller, engagement, consultant, order).await
        }
    }
}

fn granted(scene: &Scene, (connection, form): (&Connection, &Form), yes: Yes) -> poem::Response {
    let who = words::first_name(scene.consultant().1);
    let (later, day) = (form.given("opens").is_some(), form.get("opens") == "day");
    let may = if later { "will be able to work" } else { "may work" };
    let title = format!("{who} {may} in {}", connection.account_name);
    let when = match (later, day) {
        (_, true) => "It begins on the day you chose. ",
        (true, false) => "It works once the milestone is funded. ",
        (false, false) => "",
    };
    let says = format!("{when}Both sides were told. One button ends it.");
    let flash = Flash::done(&title).saying(&says);
    several::gone(scene.visit, yes, &flash)
}

/// The control of a field of the API.
fn control(field: &str) -> String {
    match field {
        "only" => "narrower".to_owned(),
        "asks" => "first".to_owned(),
        "without" => "can".to_owned(),
        "opens_with" | "starts_on" => "opens".to_owned(),
        plain => plain.to_owned(),
    }
}
