//! What the program shows and takes over HTTP.
//!
//! Bodies are closed: an unknown field is refused. Views copy; they decide nothing.

mod applications;
mod fees;
mod partners;
mod rules;

pub use applications::{ApplicationBody, ApplicationPageView, ApplicationView};
pub use fees::{
    FeePartsObject, FeePolicyBody, FeePolicyView, FeePreviewBody, FeePreviewView, FeeRuleBody,
    FeeRuleEndBody, FeeRuleView, SharedView,
};
pub use partners::{
    AccountPageView, AccountView, AttributionBody, AttributionPageView, AttributionView,
    PartnerPageView, PartnerView, StandingView,
};
pub use rules::{AgreementBody, AgreementView, FiguresView, SettingsView, TaxonomyView};

use poem_openapi::Object;

/// Why it is done.
#[derive(Object)]
#[oai(deny_unknown_fields)]
pub struct ReasonBody {
    /// In your words; who it concerns reads it.
    pub reason: String,
}

/// Why it is done, if you want to say.
#[derive(Object)]
#[oai(deny_unknown_fields)]
pub struct OptionalReasonBody {
    /// In your words; who it concerns reads it.
    pub reason: Option<String>,
}
