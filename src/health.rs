//! What an operator's machines ask: alive, ready, and figures for Prometheus.

use api::app::App;
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
            for (state, count) in states {
                let count = u32::try_from(count).unwrap_or(u32::MAX);
                metrics::gauge!("jobs", "state" => state).set(f64::from(count));
            }
        }
        let text = self.figures.as_ref().map(PrometheusHandle::render).unwrap_or_default();
        Response::builder().content_type("text/plain; version=0.0.4").body(text)
    }

    async fn backlog(&self) -> api::platform::refusal::Result<jobs::Backlog> {
        let mut tx = self.app.db.read(Scope::GLOBAL).await?;
        jobs::backlog(&mut tx).await
    }
}
