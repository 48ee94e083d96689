//! Running against the sandbox: the same program, configured with the sandbox's addresses.

use crate::config::{Config, PaymentsConfig};
use anyhow::Result;
use api::app::Keys;
use sandbox::Sandbox;
use sandbox::payments::WebhookTarget;
use std::path::Path;

/// Starts the sandbox for a program that answers at `site` (no trailing slash).
pub async fn start(dir: &Path, site: &str, secret_key: &[u8; 32]) -> Result<Sandbox> {
    let hook = |path: &str, connect| WebhookTarget {
        url: format!("{site}{path}"),
        secret: webhook_secret(secret_key, path),
        connect,
    };
    sandbox::start(sandbox::Config {
        dir: dir.to_owned(),
        redirect_uris: vec![format!("{site}/oauth/callback")],
        webhook_urls: vec![hook("/hooks/stripe", false), hook("/hooks/stripe-connect", true)],
        seed: 42,
    })
    .await
}

/// The configuration with every outside part taken from the sandbox.
pub fn configure(config: Config, sandbox: &Sandbox) -> Config {
    let hook_secrets = |path| vec![webhook_secret(&config.secret_key, path)];
    let payments = PaymentsConfig {
        secret_key: sandbox.payments_secret_key.clone(),
        api: Some(sandbox.payments.to_string()),
        country: "US".to_owned(),
        hook_secrets: hook_secrets("/hooks/stripe"),
        connect_hook_secrets: hook_secrets("/hooks/stripe-connect"),
    };
    let values = [
        ("SANDBOX_MARKETING_URL", sandbox.marketing.to_string()),
        ("SANDBOX_MARKETING_CLIENT_ID", sandbox.marketing_client_id.clone()),
        ("SANDBOX_MARKETING_CLIENT_SECRET", sandbox.marketing_client_secret.clone()),
    ];
    let ours = values.into_iter().map(|(name, value)| (name.to_owned(), value));
    Config {
        smtp_url: format!("smtp://{}", sandbox.mail_smtp),
        upstream_values: config.upstream_values.into_iter().chain(ours).collect(),
        loopback_upstreams: true,
        payments,
        ..config
    }
}

/// The secret both sides of a webhook know, derived from the installation's key.
pub fn webhook_secret(secret_key: &[u8; 32], path: &str) -> String {
    format!("whsec_{}", hex::encode(Keys::new(*secret_key).of(path)))
}
