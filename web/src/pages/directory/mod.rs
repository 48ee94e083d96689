//! The directory's pages: finding an expert, their profile and services, and writing one's own.
//! Each works without script; a form that comes back keeps what was typed.

mod expert;
pub mod hour_boxes;
mod profile;
mod profile_form;
mod ranking;
mod search;
mod search_query;
mod service;
mod service_form;
mod services;
pub mod words;

use poem::{Route, get, post};

use crate::render::Page;
use crate::samples::Sample;

pub fn samples() -> Vec<Sample> {
    let all = [
        search::Search::sample_list(),
        expert::ExpertProfile::sample_list(),
        service::ServicePage::sample_list(),
        profile_form::OwnProfile::sample_list(),
        services::Services::sample_list(),
        service_form::ServiceForm::sample_list(),
        ranking::Ranking::sample_list(),
    ];
    all.into_iter().flatten().collect()
}

pub fn routes(routes: Route) -> Route {
    routes
        .at("/experts", get(search::find_experts))
        .at("/experts/:slug", get(expert::see_expert))
        .at("/experts/:slug/services/:service", get(service::see_offer))
        .at("/ranking", get(ranking::see_ranking))
        .at("/profile", get(profile::own_profile).post(profile::save_profile))
        .at("/profile/publish", post(profile::publish_profile))
        .at("/profile/unpublish", post(profile::unpublish_profile))
        .at("/services", get(services::list_services))
        .at("/services/new", get(services::new_service).post(services::create_service))
        .at("/services/:service", get(services::one_service).post(services::save_service))
        .at("/services/:service/publish", post(services::publish_service))
        .at("/services/:service/archive", post(services::archive_service))
}
