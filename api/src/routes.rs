//! The whole API on one page: which feature serves it, and the edge around it.

use crate::access::{self, ACCESS_API, AccessApi};
use crate::app::App;
use crate::billing::{self, BILLING_API, BillingApi};
use crate::directory::DirectoryApi;
use crate::engagements::{
    ContractsApi, EngagementsApi, HoursApi, MilestonesApi, ReviewsApi, SimulationApi,
};
use crate::identity::{AccountApi, IdentityApi, MembersApi};
use crate::matching::{MATCHING_API, MatchingApi};
use crate::notices::NoticesApi;
use crate::platform::http::body_limit::BodyLimit;
use crate::platform::http::edge::Edge;
use crate::platform::http::route_table::RouteTable;
use crate::platform::http::strict_body::StrictBody;
use crate::platform::http::strict_query::StrictQuery;
use crate::program::{PROGRAM_API, ProgramApi};
use poem::http::Method;
use poem::{Endpoint, EndpointExt, Response, Route};
use poem_openapi::OpenApiService;
use serde_json::Value;
use std::sync::{Arc, LazyLock};
use std::time::Duration;

/// Every feature's operations, alphabetical.
#[rustfmt::skip]
type Apis = (
    AccessApi,
    AccountApi,
    BillingApi,
    ContractsApi,
    DirectoryApi,
    EngagementsApi,
    HoursApi,
    IdentityApi,
    MatchingApi,
    MembersApi,
    MilestonesApi,
    NoticesApi,
    ProgramApi,
    ReviewsApi,
    SimulationApi,
);

#[rustfmt::skip]
const APIS: Apis = (
    ACCESS_API,
    AccountApi,
    BILLING_API,
    ContractsApi,
    DirectoryApi,
    EngagementsApi,
    HoursApi,
    IdentityApi,
    MATCHING_API,
    MembersApi,
    MilestonesApi,
    NoticesApi,
    PROGRAM_API,
    ReviewsApi,
    SimulationApi,
);

fn service() -> OpenApiService<Apis, ()> {
    OpenApiService::new(APIS, "Attaché", env!("CARGO_PKG_VERSION")).description(concat!(
        "The partner marketplace beside an on-demand marketing application. Errors are RFC 9457 ",
        "problems; lists are cursor pages; POST takes an Idempotency-Key.",
    ))
}

/// The description of the API, built without database or configuration, once a process.
pub fn description() -> &'static Value {
    static DOCUMENT: LazyLock<Value> = LazyLock::new(|| {
        let mut document = serde_json::from_str(&service().spec()).unwrap_or(Value::Null);
        crate::platform::http::describe::mend(&mut document);
        document
    });
    &DOCUMENT
}

/// The API as `openapi.yaml` holds it.
pub fn description_yaml() -> anyhow::Result<String> {
    crate::platform::http::describe::to_yaml(description())
}

/// The endpoint that serves everything under `/v1`, and beside it the gateway under `/gw` and the
/// way back from authorization servers. The caller mounts it at the root.
pub fn api(app: &App) -> impl Endpoint<Output = Response> + use<> {
    let routes = RouteTable::from_description(description())
        .and(&Method::POST, "/hooks/stripe")
        .and(&Method::POST, "/hooks/stripe-connect")
        .and(&Method::GET, "/oauth/callback")
        .and(&Method::GET, "/.well-known/jwks.json");
    let routes = Arc::new(routes);
    let described = service()
        .with(StrictBody(Arc::clone(&routes)))
        .with(app.once_a_key(Duration::ZERO))
        .with(BodyLimit { usual: 1024 * 1024, multipart: 26 * 1024 * 1024 })
        .with(StrictQuery(Arc::clone(&routes)));
    // The gateway reads its own bodies, and what it carries is none of our idempotency's business;
    // webhooks are verified on their raw bytes.
    let hooks = BodyLimit { usual: 1024 * 1024, multipart: 1024 * 1024 };
    Route::new()
        .at("/gw/*rest", access::Gateway(app.clone()))
        .at("/hooks/stripe", poem::post(billing::platform_hook).with(hooks))
        .at("/hooks/stripe-connect", poem::post(billing::connect_hook).with(hooks))
        .at("/oauth/callback", poem::get(access::oauth_callback))
        .at("/.well-known/jwks.json", poem::get(access::actor_keys))
        .nest("/", described)
        .data(app.clone())
        .with(Edge { ids: app.ids.clone(), routes })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two parts of the API that serve one path would overwrite each other in the description.
    #[test]
    fn no_operation_is_lost_from_the_description() {
        let written = service().spec().matches("\"operationId\"").count();
        let described = description().to_string().matches("\"operationId\"").count();
        assert_eq!(described, written);
    }
}
