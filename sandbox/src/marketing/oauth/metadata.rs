//! `GET /.well-known/oauth-authorization-server` (RFC 8414)

use std::sync::Arc;

use poem::{
    handler,
    web::{Data, Json},
};
use serde_json::{Value, json};

use crate::marketing::{app::App, scope::Scope};

/// What this authorization server can do and where.
#[handler]
pub(crate) fn metadata(Data(app): Data<&Arc<App>>) -> Json<Value> {
    let issuer = app.issuer();
    let ways = ["client_secret_basic", "client_secret_post"];
    Json(json!({
        "issuer": issuer,
        "authorization_endpoint": format!("{issuer}/oauth/authorize"),
        "token_endpoint": format!("{issuer}/oauth/token"),
        "revocation_endpoint": format!("{issuer}/oauth/revoke"),
        "introspection_endpoint": format!("{issuer}/oauth/introspect"),
        "scopes_supported": Scope::ALL.map(Scope::as_str),
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "grant_types_supported": ["authorization_code", "refresh_token"],
        "code_challenge_methods_supported": ["S256"],
        "token_endpoint_auth_methods_supported": ways,
        "revocation_endpoint_auth_methods_supported": ways,
        "introspection_endpoint_auth_methods_supported": ways,
        "authorization_response_iss_parameter_supported": true,
    }))
}
