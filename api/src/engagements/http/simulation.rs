//! What signed work would have shared under fee rules that are only thought of.

use super::views::{SimulationBody, SimulationView};
use crate::app::App;
use crate::engagements::model::simulation_csv;
use crate::engagements::ops;
use crate::identity::Auth;
use crate::platform::http::Failure;
use crate::platform::http::reply::{Found, found};
use poem::web::Data;
use poem_openapi::payload::{Json, PlainText};
use poem_openapi::{ApiResponse, OpenApi, Tags};

#[derive(Tags)]
enum Tag {
    /// From the accepted proposal to the signed statement of work
    Contracts,
}

/// 200 with a file.
#[derive(ApiResponse)]
enum CsvReply {
    /// The work, one row an engagement
    #[oai(status = 200, content_type = "text/csv; charset=utf-8")]
    Ok(
        PlainText<String>,
        /// A name to save it under.
        #[oai(header = "Content-Disposition")]
        String,
    ),
}

pub struct SimulationApi;

#[OpenApi(tag = "Tag::Contracts")]
impl SimulationApi {
    /// What the work of the last months would have shared under rules that are not published
    #[oai(path = "/v1/fee-rules/simulation", method = "post", operation_id = "simulate_fees")]
    async fn simulate_fees(
        &self,
        app: Data<&App>,
        auth: Auth,
        body: Json<SimulationBody>,
    ) -> Result<Found<SimulationView>, Failure> {
        let (drafts, months) = body.0.read();
        Ok(found(ops::simulate_fees(&app, &auth.0, &drafts, months).await?.into()))
    }

    /// The same as a file, one row an engagement
    #[oai(
        path = "/v1/fee-rules/simulation.csv",
        method = "post",
        operation_id = "simulate_fees_csv"
    )]
    async fn simulate_fees_csv(
        &self,
        app: Data<&App>,
        auth: Auth,
        body: Json<SimulationBody>,
    ) -> Result<CsvReply, Failure> {
        let (drafts, months) = body.0.read();
        let simulation = ops::simulate_fees(&app, &auth.0, &drafts, months).await?;
        let name = "attachment; filename=\"fee-simulation.csv\"".to_owned();
        Ok(CsvReply::Ok(PlainText(simulation_csv(&simulation)), name))
    }
}
