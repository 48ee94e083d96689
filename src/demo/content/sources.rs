//! Every file under `demo/`, taken into the program when it is built.

use super::Source;

macro_rules! source {
    ($file:literal) => {
        Source { file: $file, text: include_str!(concat!("../../../", $file)) }
    };
}

pub(super) const ALL: &[Source] = &[
    source!("demo/applications.toml"),
    source!("demo/briefs.toml"),
    source!("demo/consultants/africa.toml"),
    source!("demo/consultants/east-asia.toml"),
    source!("demo/consultants/europe-central.toml"),
    source!("demo/consultants/europe-north.toml"),
    source!("demo/consultants/europe-west.toml"),
    source!("demo/consultants/latin-america.toml"),
    source!("demo/consultants/mediterranean.toml"),
    source!("demo/consultants/north-america.toml"),
    source!("demo/consultants/oceania.toml"),
    source!("demo/consultants/south-asia.toml"),
    source!("demo/customers.toml"),
    source!("demo/engagements/at-work.toml"),
    source!("demo/engagements/finished.toml"),
    source!("demo/engagements/offers.toml"),
    source!("demo/engagements/reviewed-hotels.toml"),
    source!("demo/engagements/reviewed-makers.toml"),
    source!("demo/resellers.toml"),
    source!("demo/taxonomy.toml"),
    source!("demo/vendor.toml"),
];
