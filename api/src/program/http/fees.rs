//! Fees: the rules, a look at them by an example, and the versions for all work.

use super::Tag;
use super::views::{
    FeePartsObject, FeePolicyBody, FeePolicyView, FeePreviewBody, FeePreviewView, FeeRuleBody,
    FeeRuleEndBody, FeeRuleView,
};
use crate::app::App;
use crate::identity::Auth;
use crate::kernel::id::FeePolicyId;
use crate::platform::http::Failure;
use crate::platform::http::reply::{Created, Found, created, found};
use crate::program::model::{Conditions, FeeParts, NewFeeRule};
use crate::program::ops;
use poem::web::Data;
use poem_openapi::OpenApi;
use poem_openapi::param::Path;
use poem_openapi::payload::Json;

pub struct FeesApi;

#[OpenApi(tag = "Tag::Program")]
impl FeesApi {
    /// Every version of the fees for all work, latest first
    #[oai(path = "/v1/fee-policies", method = "get", operation_id = "list_fee_policies")]
    async fn list_fee_policies(
        &self,
        app: Data<&App>,
        auth: Auth,
    ) -> Result<Found<Vec<FeePolicyView>>, Failure> {
        let rules = ops::list_fee_rules(&app, &auth.0).await?;
        let for_all = rules.into_iter().filter(|rule| rule.conditions.is_empty());
        Ok(found(for_all.map(FeePolicyView::from).collect()))
    }

    /// The fees for all work that are in force, where no rule for some work counts
    #[oai(
        path = "/v1/fee-policies/current",
        method = "get",
        operation_id = "get_current_fee_policy"
    )]
    async fn get_fee_policy(
        &self,
        app: Data<&App>,
        auth: Auth,
    ) -> Result<Found<FeePolicyView>, Failure> {
        Ok(found(ops::effective_fee_rule(&app, &auth.0).await?.into()))
    }

    /// Publish the next version of the fees for all work; signed engagements keep theirs
    #[oai(path = "/v1/fee-policies", method = "post", operation_id = "publish_fee_policy")]
    async fn publish_fee_policy(
        &self,
        app: Data<&App>,
        auth: Auth,
        body: Json<FeePolicyBody>,
    ) -> Result<Created<FeePolicyView>, Failure> {
        let FeePartsObject { consultant, vendor, reseller, operator } = body.0.parts;
        let parts = FeeParts { consultant, vendor, reseller, operator };
        let conditions = Conditions::default();
        let new = NewFeeRule { conditions, parts, effective_from: body.0.effective_from };
        let policy = ops::publish_fee_rule(&app, &auth.0, new).await?;
        Ok(created(policy.into(), "/v1/fee-policies".to_owned()))
    }

    /// Every rule of the fees, latest first: those in force, announced and ended
    #[oai(path = "/v1/fee-rules", method = "get", operation_id = "list_fee_rules")]
    async fn list_fee_rules(
        &self,
        app: Data<&App>,
        auth: Auth,
    ) -> Result<Found<Vec<FeeRuleView>>, Failure> {
        let rules = ops::list_fee_rules(&app, &auth.0).await?;
        let now = app.clock.now();
        Ok(found(rules.into_iter().map(|rule| FeeRuleView::of(rule, now)).collect()))
    }

    /// Publish a rule; the one for the same work ends where it begins
    #[oai(path = "/v1/fee-rules", method = "post", operation_id = "publish_fee_rule")]
    async fn publish_fee_rule(
        &self,
        app: Data<&App>,
        auth: Auth,
        body: Json<FeeRuleBody>,
    ) -> Result<Created<FeeRuleView>, Failure> {
        let rule = ops::publish_fee_rule(&app, &auth.0, body.0.new_rule()).await?;
        let now = app.clock.now();
        Ok(created(FeeRuleView::of(rule, now), "/v1/fee-rules".to_owned()))
    }

    /// End a rule for some work, now or at a later instant; nothing of the past changes
    #[oai(path = "/v1/fee-rules/:fee_rule/end", method = "post", operation_id = "end_fee_rule")]
    async fn end_fee_rule(
        &self,
        app: Data<&App>,
        auth: Auth,
        fee_rule: Path<FeePolicyId>,
        body: Json<FeeRuleEndBody>,
    ) -> Result<Found<FeeRuleView>, Failure> {
        let rule = ops::end_fee_rule(&app, &auth.0, fee_rule.0, body.0.ends_at).await?;
        Ok(found(FeeRuleView::of(rule, app.clock.now())))
    }

    /// What an example would get under the rules of today, and under one that is thought of
    #[oai(path = "/v1/fee-rules/preview", method = "post", operation_id = "preview_fees")]
    async fn preview_fees(
        &self,
        app: Data<&App>,
        auth: Auth,
        body: Json<FeePreviewBody>,
    ) -> Result<Found<FeePreviewView>, Failure> {
        let (draft, example) = body.0.read();
        Ok(found(ops::preview_fees(&app, &auth.0, draft, &example).await?.into()))
    }
}
