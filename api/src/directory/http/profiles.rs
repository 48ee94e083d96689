//! One's own profile.

use super::Tag;
use super::views::{ProfileBody, ProfileView};
use crate::app::App;
use crate::directory::ops;
use crate::identity::Auth;
use crate::platform::http::Failure;
use crate::platform::http::paging::if_match;
use crate::platform::http::reply::{Versioned, versioned};
use poem::web::Data;
use poem_openapi::OpenApi;
use poem_openapi::param::Header;
use poem_openapi::payload::Json;

pub struct ProfilesApi;

#[OpenApi(tag = "Tag::Directory")]
impl ProfilesApi {
    /// Your profile, published or not
    #[oai(path = "/v1/profile", method = "get", operation_id = "get_profile")]
    async fn get_profile(
        &self,
        app: Data<&App>,
        auth: Auth,
    ) -> Result<Versioned<ProfileView>, Failure> {
        let profile = ops::my_profile(&app, &auth.0).await?;
        let version = profile.version;
        Ok(versioned(profile.into(), version))
    }

    /// Save your profile; the first time without If-Match
    #[oai(path = "/v1/profile", method = "put", operation_id = "save_profile")]
    async fn save_profile(
        &self,
        app: Data<&App>,
        auth: Auth,
        /// The ETag that you read; absent only the first time.
        #[oai(name = "If-Match")]
        version: Header<Option<String>>,
        body: Json<ProfileBody>,
    ) -> Result<Versioned<ProfileView>, Failure> {
        let version = version.0.as_deref().map(|v| if_match(Some(v))).transpose()?;
        let profile = ops::save_profile(&app, &auth.0, version, body.0.into()).await?;
        let version = profile.version;
        Ok(versioned(profile.into(), version))
    }

    /// Show your profile in the directory
    #[oai(path = "/v1/profile/publish", method = "post", operation_id = "publish_profile")]
    async fn publish_profile(
        &self,
        app: Data<&App>,
        auth: Auth,
    ) -> Result<Versioned<ProfileView>, Failure> {
        let profile = ops::publish_profile(&app, &auth.0).await?;
        let version = profile.version;
        Ok(versioned(profile.into(), version))
    }

    /// Take your profile and its services out of the directory
    #[oai(path = "/v1/profile/unpublish", method = "post", operation_id = "unpublish_profile")]
    async fn unpublish_profile(
        &self,
        app: Data<&App>,
        auth: Auth,
    ) -> Result<Versioned<ProfileView>, Failure> {
        let profile = ops::unpublish_profile(&app, &auth.0).await?;
        let version = profile.version;
        Ok(versioned(profile.into(), version))
    }
}
