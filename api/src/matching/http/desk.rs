//! What every operation of matching needs: the program's hold on the world, and who is asking.

use crate::app::App;
use crate::identity::Auth;
use crate::platform::caller::Caller;
use crate::platform::http::Failure;
use crate::platform::refusal::Error;
use poem::{Request, RequestBody};
use poem_openapi::registry::Registry;
use poem_openapi::{ApiExtractor, ApiExtractorType, ExtractParamOptions};

/// One argument in place of two; secured as [`Auth`] is.
pub struct Desk {
    pub app: App,
    pub caller: Caller,
}

impl<'a> ApiExtractor<'a> for Desk {
    const TYPES: &'static [ApiExtractorType] = &[ApiExtractorType::SecurityScheme];
    type ParamType = ();
    type ParamRawType = ();

    fn register(registry: &mut Registry) {
        Auth::register(registry);
    }

    fn security_schemes() -> Vec<&'static str> {
        Auth::security_schemes()
    }

    async fn from_request(
        request: &'a Request,
        body: &mut RequestBody,
        options: ExtractParamOptions<()>,
    ) -> poem::Result<Self> {
        let Auth(caller) = Auth::from_request(request, body, options).await?;
        let app = request.extensions().get::<App>();
        let app = app.ok_or_else(|| Failure::from(Error::fault("the app is not mounted")))?;
        Ok(Self { app: app.clone(), caller })
    }
}
