//! Successors over HTTP: a colleague proposed for a letter of access, and the customer's yes.

use super::Tag;
use super::proposals::{Answered, answered};
use super::views::GrantView;
use crate::access::ops::{self, TakeOverOrder};
use crate::app::App;
use crate::identity::Auth;
use crate::kernel::id::{GrantId, PersonId};
use crate::platform::http::Failure;
use crate::platform::http::reply::{Created, Found, created, found};
use poem::web::Data;
use poem_openapi::param::Path;
use poem_openapi::payload::Json;
use poem_openapi::{Object, OpenApi};

/// A colleague to be named instead.
#[derive(Object)]
#[oai(deny_unknown_fields)]
struct SuccessorBody {
    /// A person with a seat in your organization.
    person: PersonId,
    /// Why, for the customer to read.
    reason: String,
}

/// A yes to one colleague.
#[derive(Object)]
#[oai(deny_unknown_fields)]
struct TakeOverBody {
    /// The hash of the earlier letter's terms, as they stand now.
    terms_hash: String,
    /// Your password, wanted when the letter allows more than reading.
    password: Option<String>,
    /// The hash of what waits for several people, to have this instead: everybody is asked anew.
    instead_of: Option<String>,
}

/// A proposal beside the letter that it would follow.
#[derive(Object)]
struct SuccessionView {
    /// The letter as it stands.
    earlier: GrantView,
    /// The proposal, or the letter that came of it.
    successor: GrantView,
    /// Whether a yes wants the password.
    needs_password: bool,
}

pub struct SuccessorsApi;

#[OpenApi(tag = "Tag::Access")]
impl SuccessorsApi {
    /// Propose that a colleague takes over a letter of access
    ///
    /// For an owner or admin of the organization that does the work. Nothing changes before the
    /// customer says yes to exactly this person.
    #[oai(
        path = "/v1/grants/:grant/successors",
        method = "post",
        operation_id = "propose_successor"
    )]
    async fn propose(
        &self,
        app: Data<&App>,
        auth: Auth,
        grant: Path<GrantId>,
        body: Json<SuccessorBody>,
    ) -> Result<Created<GrantView>, Failure> {
        let SuccessorBody { person, reason } = body.0;
        let id = ops::propose_successor(&app, &auth.0, grant.0, (person, &reason)).await?;
        let new = ops::get_grant(&app, &auth.0, id).await?;
        Ok(created(GrantView::of(&app, new), format!("/v1/grants/{id}")))
    }

    /// A proposed successor's letter beside the one it would follow
    #[oai(path = "/v1/grants/:grant/succession", method = "get", operation_id = "see_succession")]
    async fn see(
        &self,
        app: Data<&App>,
        auth: Auth,
        grant: Path<GrantId>,
    ) -> Result<Found<SuccessionView>, Failure> {
        let (earlier, successor) = ops::see_succession(&app, &auth.0, grant.0).await?;
        Ok(found(SuccessionView {
            needs_password: ops::take_over_needs_password(&earlier)?,
            earlier: GrantView::of(&app, earlier),
            successor: GrantView::of(&app, successor),
        }))
    }

    /// Let the proposed colleague take the letter over
    ///
    /// The new letter says what the earlier one says, until the same end; the earlier one ends in
    /// the same commit. Where several of your people must agree, the first yes answers with 202.
    #[oai(path = "/v1/grants/:grant/take-over", method = "post", operation_id = "take_over")]
    async fn take_over(
        &self,
        app: Data<&App>,
        auth: Auth,
        grant: Path<GrantId>,
        body: Json<TakeOverBody>,
    ) -> Result<Answered, Failure> {
        let TakeOverBody { terms_hash, password, instead_of } = body.0;
        let order = TakeOverOrder { terms_hash, password, instead_of };
        let yes = ops::take_over(&app, &auth.0, grant.0, order).await?;
        answered(&app, &auth.0, yes).await
    }
}
