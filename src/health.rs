//! What an operator's machines ask: alive, ready, and figures for Prometheus.

use api::app::App;
use api::billing;
use api::platform::db::Scope;
use api::platform::jobs;
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use poem::http::StatusCode;
use poem::{IntoResponse, Response};
use std::sync::OnceLock;

pub struct Health {
    app: App,
    figures: Option<PrometheusHandle>,
}

/// One recorder a process, whoever asks first.
static FIGURES: OnceLock<Option<PrometheusHandle>> = OnceLock::new();

impl Health {
    pub fn new(app: &App) -> Self {
        let figures = FIGURES.get_or_init(|| PrometheusBuilder::new().install_recorder().ok());
        Self { app: app.clone(), figures: figures.clone() }
    }

    /// The process answers.
    pub fn alive(&self) -> Response {
        "alive\n".into_response()
    }

    /// The database answers too; 503 otherwise.
    pub async fn ready(&self) -> Response {
        match self.backlog().await {
            Ok(_) => "ready\n".into_response(),
            Err(error) => {
                tracing::warn!(%error, "not ready");
                Response::builder()
                    .status(StatusCode::SERVICE_UNAVAILABLE)
                    .header("retry-after", "3")
                    .body("the database does not answer\n")
            }
        }
    }

    pub async fn metrics(&self) -> Response {
        if let Ok(backlog) = self.backlog().await {
            let states = [
                ("due", backlog.due),
                ("waiting", backlog.waiting),
                ("running", backlog.running),
                ("dead", backlog.dead),
                ("failing", backlog.failing),
            ];
            for (state, number) in states {
                metrics::gauge!("jobs", "state" => state).set(count(number));
            }
        }
        if let Err(error) = self.money().await {
            tracing::warn!(%error, "the figures of the money are not known");
        }
        let text = self.figures.as_ref().map(PrometheusHandle::render).unwrap_or_default();
        Response::builder().content_type("text/plain; version=0.0.4").body(text)
    }

    /// How far the books and the payment processor are apart, by program.
    async fn money(&self) -> api::platform::refusal::Result<()> {
        let mut tx = self.app.db.read(Scope::GLOBAL).await?;
        let parked = billing::count_parked_news(&mut tx).await?;
        metrics::gauge!("webhooks_parked").set(count(parked));
        for of in billing::money_figures(&mut tx).await? {
            let gauge = |name| metrics::gauge!(name, "program" => of.program.clone());
            gauge("reconciliation_breaks_open").set(count(of.breaks_open));
            gauge("reconciliation_age_seconds").set(of.reconciled_seconds);
            gauge("milestones_held_long").set(count(of.held_long));
        }
        Ok(())
    }

    async fn backlog(&self) -> api::platform::refusal::Result<jobs::Backlog> {
        let mut tx = self.app.db.read(Scope::GLOBAL).await?;
        jobs::backlog(&mut tx).await
    }
}

/// A count as a figure; beyond four billions it stays there.
fn count(of: i64) -> f64 {
    f64::from(u32::try_from(of).unwrap_or(u32::MAX))
}
