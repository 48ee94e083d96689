//! What anyone finds, signed in or not.

use super::Tag;
use super::views::{ExpertPageView, PublicProfileView};
use crate::app::App;
use crate::directory::model::{SearchDraft, Sort};
use crate::directory::ops;
use crate::platform::http::Failure;
use crate::platform::http::reply::{Found, found};
use crate::program::visit;
use poem::Request;
use poem::web::Data;
use poem_openapi::OpenApi;
use poem_openapi::param::{Path, Query};

pub struct ExpertsApi;

#[OpenApi(tag = "Tag::Directory")]
impl ExpertsApi {
    /// Find experts of a program
    #[oai(path = "/v1/programs/:vendor/experts", method = "get", operation_id = "find_experts")]
    #[expect(clippy::too_many_arguments, reason = "one argument a query parameter")]
    async fn find_experts(
        &self,
        app: Data<&App>,
        request: &Request,
        /// The program's word in addresses.
        vendor: Path<String>,
        /// Words that must all occur, each as the beginning of a word.
        q: Query<Option<String>>,
        /// Offers a service in this category.
        category: Query<Option<String>>,
        /// Has this skill.
        skill: Query<Option<String>>,
        /// Knows this industry.
        industry: Query<Option<String>>,
        /// Works in this language; `pt` finds `pt-BR` too.
        language: Query<Option<String>>,
        /// Only those who take clients, or only those who do not.
        accepting: Query<Option<bool>>,
        /// Offers a service for at most this many minor units of the program's currency.
        max_price_minor: Query<Option<i64>>,
        /// Order of the list; by relevance when absent.
        sort: Query<Option<Sort>>,
        /// Rows a page, from 1 to 100; 20 when absent.
        limit: Query<Option<i64>>,
        /// Where the page before this one ended; for the same search only.
        cursor: Query<Option<String>>,
    ) -> Result<Found<ExpertPageView>, Failure> {
        let program = visit(&app, request, &vendor).await?;
        let draft = SearchDraft {
            q: q.0,
            category: category.0,
            skill: skill.0,
            industry: industry.0,
            language: language.0,
            accepting: accepting.0,
            max_price_minor: max_price_minor.0,
            sort: sort.0,
        };
        let cursor = cursor.0.as_deref();
        let page = ops::public_experts(&app, program.vendor, draft, limit.0, cursor).await?;
        Ok(found(page.into()))
    }

    /// See an expert with their services
    #[oai(path = "/v1/programs/:vendor/experts/:slug", method = "get", operation_id = "get_expert")]
    async fn get_expert(
        &self,
        app: Data<&App>,
        request: &Request,
        /// The program's word in addresses.
        vendor: Path<String>,
        /// The expert's word in addresses.
        slug: Path<String>,
    ) -> Result<Found<PublicProfileView>, Failure> {
        let program = visit(&app, request, &vendor).await?;
        let profile = ops::public_profile(&app, program.vendor, &slug).await?;
        Ok(found(PublicProfileView::new(profile)?))
    }
}
