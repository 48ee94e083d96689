//! How many of a customer's people must agree, over HTTP.

use super::Tag;
use crate::access::model::{ApproverRule, RuleAbout};
use crate::access::ops::{self, RuleOrder};
use crate::app::App;
use crate::identity::Auth;
use crate::platform::http::Failure;
use crate::platform::http::reply::{Found, found};
use chrono::{DateTime, Utc};
use poem::web::Data;
use poem_openapi::payload::Json;
use poem_openapi::{Object, OpenApi};

/// How many of your owners and admins must agree to a letter of access.
#[derive(Object)]
struct ApproverRuleView {
    /// How many, yours included.
    needed: i16,
    /// For what several must agree; for everything else one does.
    about: RuleAbout,
    /// How many people can agree now. While they are fewer than must, nothing that falls under the
    /// rule can be granted.
    people: i64,
    /// When it was set last.
    set_at: Option<DateTime<Utc>>,
    /// Who set it.
    set_by_name: Option<String>,
}

impl From<ApproverRule> for ApproverRuleView {
    fn from(rule: ApproverRule) -> Self {
        let (set_at, set_by_name) = rule.set.unzip();
        let (needed, about, people) = (rule.needed, rule.about, rule.people);
        Self { needed, about, people, set_at, set_by_name }
    }
}

/// A rule to be set.
#[derive(Object)]
#[oai(deny_unknown_fields)]
struct ApproverRuleBody {
    /// How many must agree, from 1 to 5, and no more than you have owners and admins.
    needed: i16,
    /// For what.
    about: RuleAbout,
    /// Your password.
    password: Option<String>,
}

pub struct ApproversApi;

#[OpenApi(tag = "Tag::Access")]
impl ApproversApi {
    /// How many of your people must agree to a letter of access
    #[oai(path = "/v1/approver-rule", method = "get", operation_id = "get_approver_rule")]
    async fn get_rule(
        &self,
        app: Data<&App>,
        auth: Auth,
    ) -> Result<Found<ApproverRuleView>, Failure> {
        Ok(found(ops::approver_rule(&app, &auth.0).await?.into()))
    }

    /// Set how many of your people must agree to a letter of access
    ///
    /// For the owner. What waits already keeps the number it was written with, or gets the new one
    /// if that is higher. Your other admins are told, and it stands in the audit trail.
    #[oai(path = "/v1/approver-rule", method = "put", operation_id = "set_approver_rule")]
    async fn set_rule(
        &self,
        app: Data<&App>,
        auth: Auth,
        body: Json<ApproverRuleBody>,
    ) -> Result<Found<ApproverRuleView>, Failure> {
        let ApproverRuleBody { needed, about, password } = body.0;
        let order = RuleOrder { needed, about, password };
        ops::set_approver_rule(&app, &auth.0, order).await?;
        Ok(found(ops::approver_rule(&app, &auth.0).await?.into()))
    }
}
