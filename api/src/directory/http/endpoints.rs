//! The directory's operations.

use super::addressed::addressed;
use super::bodies::{NewServiceBody, OwnProfileBody, ServiceBody};
use super::public::{ExpertListView, ExpertPageView};
use super::views::{ProfileView, ServicePageView, ServiceView};
use crate::app::App;
use crate::directory::model::{Profile, SearchAsked, Service, ServiceState, Sort};
use crate::directory::ops;
use crate::identity::Auth;
use crate::kernel::id::ServiceId;
use crate::platform::http::Failure;
use crate::platform::http::paging::if_match;
use crate::platform::http::reply::{Created, Found, Versioned, created, found, versioned};
use crate::platform::refusal::Common;
use poem::Request;
use poem::web::Data;
use poem_openapi::param::{Header, Path, Query};
use poem_openapi::payload::Json;
use poem_openapi::{OpenApi, Tags};

#[derive(Tags)]
enum Tag {
    /// Profiles, services, and finding them
    Directory,
}

pub struct DirectoryApi;

#[OpenApi(tag = "Tag::Directory")]
impl DirectoryApi {
    /// Your own profile
    #[oai(path = "/v1/profile", method = "get", operation_id = "get_profile")]
    async fn get_profile(
        &self,
        app: Data<&App>,
        auth: Auth,
    ) -> Result<Versioned<ProfileView>, Failure> {
        let own = ops::own_profile(&app, &auth.0).await?;
        Ok(profile(own.ok_or(Common::NotFound("profile"))?))
    }

    /// Write your own profile; without If-Match the first time only
    #[oai(path = "/v1/profile", method = "put", operation_id = "put_profile")]
    async fn put_profile(
        &self,
        app: Data<&App>,
        auth: Auth,
        /// The ETag you read; absent when you have no profile yet.
        #[oai(name = "If-Match")]
        if_match_header: Header<Option<String>>,
        body: Json<OwnProfileBody>,
    ) -> Result<Versioned<ProfileView>, Failure> {
        let header = if_match_header.0.as_deref();
        let version = header.map(|h| if_match(Some(h))).transpose()?;
        Ok(profile(ops::save_profile(&app, &auth.0, version, body.0.into()).await?))
    }

    /// Let everyone find your profile
    #[oai(path = "/v1/profile/publish", method = "post", operation_id = "publish_profile")]
    async fn publish_profile(
        &self,
        app: Data<&App>,
        auth: Auth,
    ) -> Result<Versioned<ProfileView>, Failure> {
        Ok(profile(ops::publish_profile(&app, &auth.0).await?))
    }

    /// Take your profile and its services out of sight
    #[oai(path = "/v1/profile/unpublish", method = "post", operation_id = "unpublish_profile")]
    async fn unpublish_profile(
        &self,
        app: Data<&App>,
        auth: Auth,
    ) -> Result<Versioned<ProfileView>, Failure> {
        Ok(profile(ops::unpublish_profile(&app, &auth.0).await?))
    }

    /// List your organization's services, the newest first
    #[oai(path = "/v1/services", method = "get", operation_id = "list_services")]
    #[expect(clippy::too_many_arguments, reason = "each is a part of the request")]
    async fn list_services(
        &self,
        app: Data<&App>,
        auth: Auth,
        /// Only those in this state.
        state: Query<Option<ServiceState>>,
        /// Rows a page, from 1 to 100; 20 when absent.
        limit: Query<Option<i64>>,
        /// Where the page before this one ended.
        cursor: Query<Option<String>>,
    ) -> Result<Found<ServicePageView>, Failure> {
        let cursor = cursor.0.as_deref();
        let page = ops::list_services(&app, &auth.0, state.0, limit.0, cursor).await?;
        let (services, next) = page;
        Ok(found(ServicePageView {
            items: services.into_iter().map(ServiceView::from).collect(),
            next,
        }))
    }

    /// Write a new service as a draft
    #[oai(path = "/v1/services", method = "post", operation_id = "create_service")]
    async fn create_service(
        &self,
        app: Data<&App>,
        auth: Auth,
        body: Json<NewServiceBody>,
    ) -> Result<Created<ServiceView>, Failure> {
        let NewServiceBody { profile, service } = body.0;
        let new = ops::create_service(&app, &auth.0, profile, service.into()).await?;
        let location = format!("/v1/services/{}", new.id);
        Ok(created(ServiceView::from(new), location))
    }

    /// A service of your organization
    #[oai(path = "/v1/services/:service", method = "get", operation_id = "get_service")]
    async fn get_service(
        &self,
        app: Data<&App>,
        auth: Auth,
        service: Path<ServiceId>,
    ) -> Result<Versioned<ServiceView>, Failure> {
        Ok(one(ops::see_service(&app, &auth.0, service.0).await?))
    }

    /// Write another version of a service
    #[oai(path = "/v1/services/:service", method = "put", operation_id = "put_service")]
    #[expect(clippy::too_many_arguments, reason = "each is a part of the request")]
    async fn put_service(
        &self,
        app: Data<&App>,
        auth: Auth,
        service: Path<ServiceId>,
        /// The ETag you read.
        #[oai(name = "If-Match")]
        if_match_header: Header<Option<String>>,
        body: Json<ServiceBody>,
    ) -> Result<Versioned<ServiceView>, Failure> {
        let version = if_match(if_match_header.0.as_deref())?;
        let draft = body.0.into();
        Ok(one(ops::edit_service(&app, &auth.0, service.0, version, draft).await?))
    }

    /// Offer a service to everyone who finds its profile
    #[oai(
        path = "/v1/services/:service/publish",
        method = "post",
        operation_id = "publish_service"
    )]
    async fn publish_service(
        &self,
        app: Data<&App>,
        auth: Auth,
        service: Path<ServiceId>,
    ) -> Result<Versioned<ServiceView>, Failure> {
        Ok(one(ops::publish_service(&app, &auth.0, service.0).await?))
    }

    /// Take a service out of the offer
    #[oai(
        path = "/v1/services/:service/archive",
        method = "post",
        operation_id = "archive_service"
    )]
    async fn archive_service(
        &self,
        app: Data<&App>,
        auth: Auth,
        service: Path<ServiceId>,
    ) -> Result<Versioned<ServiceView>, Failure> {
        Ok(one(ops::archive_service(&app, &auth.0, service.0).await?))
    }

    /// Find experts of a program; anyone may
    #[oai(path = "/v1/programs/:vendor/experts", method = "get", operation_id = "search_experts")]
    #[expect(clippy::too_many_arguments, reason = "each is a part of the request")]
    async fn search_experts(
        &self,
        app: Data<&App>,
        request: &Request,
        /// The program's word in addresses.
        vendor: Path<String>,
        /// Words that must all occur, each as the beginning of a word.
        q: Query<Option<String>>,
        /// Slug of a category in which they offer a service.
        category: Query<Option<String>>,
        /// Slug of a skill.
        skill: Query<Option<String>>,
        /// Slug of an industry.
        industry: Query<Option<String>>,
        /// Language tag (BCP 47); `pt` finds `pt-BR` too.
        language: Query<Option<String>>,
        /// Only those who take clients, or only those who do not.
        accepting: Query<Option<bool>>,
        /// Offers a service (of the category, if named) for at most this many minor units.
        max_price_minor: Query<Option<i64>>,
        /// The order; relevance when absent.
        sort: Query<Option<Sort>>,
        /// Rows a page, from 1 to 100; 20 when absent.
        limit: Query<Option<i64>>,
        /// Where the page before this one ended.
        cursor: Query<Option<String>>,
    ) -> Result<Found<ExpertListView>, Failure> {
        let vendor = addressed(&app, request, &vendor.0).await?;
        let asked = SearchAsked {
            q: q.0,
            category: category.0,
            skill: skill.0,
            industry: industry.0,
            language: language.0,
            accepting: accepting.0,
            max_price_minor: max_price_minor.0,
            sort: sort.0,
        };
        let (search, cursor) = (asked.checked()?, cursor.0.as_deref());
        let list = ops::search_experts(&app, vendor, &search, limit.0, cursor).await?;
        Ok(found(list.into()))
    }

    /// An expert of a program, with their services in full; anyone may
    #[oai(path = "/v1/programs/:vendor/experts/:slug", method = "get", operation_id = "get_expert")]
    async fn get_expert(
        &self,
        app: Data<&App>,
        request: &Request,
        /// The program's word in addresses.
        vendor: Path<String>,
        /// The expert's word in addresses.
        slug: Path<String>,
    ) -> Result<Found<ExpertPageView>, Failure> {
        let vendor = addressed(&app, request, &vendor.0).await?;
        Ok(found(ops::see_expert(&app, vendor, &slug.0).await?.into()))
    }
}

fn profile(profile: Profile) -> Versioned<ProfileView> {
    let version = profile.version;
    versioned(profile.into(), version)
}

fn one(service: Service) -> Versioned<ServiceView> {
    let version = service.version;
    versioned(service.into(), version)
}
