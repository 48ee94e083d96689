//! The couriers: one task for each receiver of events. A delivery stays in the state until its
//! receiver has said yes, so it survives a restart; it may arrive twice, never not at all.

use std::{sync::Arc, time::Duration};

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use super::{
    WebhookTarget,
    events::{self, Delivery},
    server::{Server, real_ms},
    state::{Origin, State},
};

/// How many deliveries go out between two writes of the state.
const BATCH: usize = 20;
/// How long a receiver may take to answer.
const PATIENCE: Duration = Duration::from_secs(10);
/// How long a courier sleeps when nobody wakes it.
const NAP: Duration = Duration::from_millis(100);
/// The first pause after a refusal; it doubles each time up to the longest.
const FIRST_PAUSE_MS: i64 = 200;
const LONGEST_PAUSE_MS: i64 = 60_000;

/// Delivers to one receiver, for ever.
pub(super) async fn deliver(server: Arc<Server>, client: reqwest::Client, to: WebhookTarget) {
    loop {
        let woken = server.wake.notified();
        let parcels = server.read(|state| due(state, &to));
        if parcels.is_empty() {
            // Either is a reason to look again.
            let _ = tokio::time::timeout(NAP, woken).await;
            continue;
        }
        let mut accepted = Vec::new();
        let mut refused = Vec::new();
        for parcel in parcels {
            match send(&client, &to, &parcel).await {
                Ok(()) => accepted.push(parcel.delivery),
                Err(error) => {
                    tracing::debug!("event {}: {error:#}", parcel.delivery.event);
                    refused.push(parcel.delivery);
                }
            }
        }
        let noted = server.change(Origin::default(), |state| note(state, &accepted, &refused));
        if let Err(error) = noted {
            tracing::error!("payments: cannot write the state: {error:#}");
            tokio::time::sleep(NAP).await;
        }
    }
}

/// A client for loopback receivers: no proxy, no redirects.
///
/// # Errors
/// The client cannot be built.
pub(super) fn client() -> reqwest::Result<reqwest::Client> {
    // Somebody may have installed a provider before: any will do.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let redirects = reqwest::redirect::Policy::none();
    reqwest::Client::builder().timeout(PATIENCE).redirect(redirects).no_proxy().build()
}

struct Parcel {
    delivery: Delivery,
    body: String,
    /// This server's present second.
    at: i64,
}

fn due(state: &State, to: &WebhookTarget) -> Vec<Parcel> {
    if state.faults.hold_webhooks {
        return Vec::new();
    }
    let now_ms = real_ms();
    let is_due = |delivery: &&Delivery| delivery.url == to.url && delivery.next_at_ms <= now_ms;
    let mut waiting: Vec<&Delivery> = state.deliveries.values().filter(is_due).collect();
    if state.faults.reorder_webhooks {
        waiting.reverse();
    }
    let at = (now_ms + state.settings.ahead_ms) / 1000;
    let parcel = |delivery: &Delivery| {
        let event = state.events.get(&delivery.event)?;
        let body = events::render(state, event).to_string();
        Some(Parcel { delivery: delivery.clone(), body, at })
    };
    waiting.into_iter().take(BATCH).filter_map(parcel).collect()
}

async fn send(client: &reqwest::Client, to: &WebhookTarget, parcel: &Parcel) -> anyhow::Result<()> {
    let answer = client
        .post(&to.url)
        .header("Content-Type", "application/json; charset=utf-8")
        .header("Stripe-Signature", signature(&to.secret, parcel.at, &parcel.body)?)
        .header("User-Agent", "attache-sandbox")
        .body(parcel.body.clone())
        .send()
        .await?;
    answer.error_for_status_ref()?;
    anyhow::ensure!(answer.status().is_success(), "answered {}", answer.status());
    Ok(())
}

fn signature(secret: &str, at: i64, body: &str) -> anyhow::Result<String> {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes())?;
    mac.update(format!("{at}.{body}").as_bytes());
    Ok(format!("t={at},v1={}", hex::encode(mac.finalize().into_bytes())))
}

fn note(state: &mut State, accepted: &[Delivery], refused: &[Delivery]) {
    for delivery in accepted {
        state.deliveries.remove(&delivery.id);
    }
    let now_ms = state.real_ms();
    for delivery in refused {
        if let Some(delivery) = state.deliveries.get_mut(&delivery.id) {
            let pause = FIRST_PAUSE_MS << delivery.attempts.min(10);
            delivery.attempts += 1;
            delivery.next_at_ms = now_ms + pause.min(LONGEST_PAUSE_MS);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_signature_is_the_digest_of_time_and_body() {
        // Computed with `printf '1700000000.{}' | openssl dgst -sha256 -hmac whsec_test`.
        let signed = signature("whsec_test", 1_700_000_000, "{}").unwrap();
        assert_eq!(
            signed,
            "t=1700000000,v1=35495024f4ef3f94e5a93e22221544c4b75e9a42300cd965ab81cb85cd994e91"
        );
    }
}
