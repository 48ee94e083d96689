//! The demo program's content: who takes part, what they offer and what they have written.
//!
//! It is read from the TOML files under `demo/`, which are part of the program. A file with an
//! unknown field, a reference to nobody or a text out of bounds is refused as a whole, and the
//! refusal names file, item and field. Days count back from today or forward from the first day
//! of an engagement, so that the content never grows old.

pub mod applications;
pub mod briefs;
mod check;
pub mod consultants;
pub mod customers;
pub mod engagements;
pub mod people;
pub mod program;
pub mod prose;
pub mod resellers;
mod sources;

use anyhow::{Context, Result, bail};
use serde::Deserialize;
use serde::de::DeserializeOwned;

pub use applications::Application;
pub use briefs::{Brief, Need};
pub use consultants::{Consultant, Service};
pub use customers::Customer;
pub use engagements::Engagement;
pub use people::Person;
pub use program::{Program, Taxonomy};
pub use prose::Prose;
pub use resellers::Reseller;

/// All of the demo's content, checked: every reference in it leads somewhere.
#[derive(Debug)]
pub struct Content {
    pub program: Program,
    pub taxonomy: Taxonomy,
    pub consultants: Vec<Consultant>,
    pub resellers: Vec<Reseller>,
    pub customers: Vec<Customer>,
    /// The password of every sign-in user of the sandbox's marketing application.
    pub marketing_password: String,
    pub applications: Vec<Application>,
    pub briefs: Vec<Brief>,
    pub engagements: Vec<Engagement>,
}

impl Content {
    /// Reads the content that the program carries.
    ///
    /// # Errors
    /// Names the file, and the item and field, of everything that does not hold.
    pub fn load() -> Result<Self> {
        Self::parse(sources::ALL)
    }

    pub fn consultant(&self, slug: &str) -> Option<&Consultant> {
        self.consultants.iter().find(|c| c.slug == slug)
    }

    /// A service with the consultant who offers it; slugs of services are unique in the program.
    pub fn service(&self, slug: &str) -> Option<(&Consultant, &Service)> {
        self.consultants.iter().find_map(|c| Some((c, c.service(slug)?)))
    }

    pub fn customer(&self, slug: &str) -> Option<&Customer> {
        self.customers.iter().find(|c| c.slug == slug)
    }

    pub fn brief(&self, slug: &str) -> Option<&Brief> {
        self.briefs.iter().find(|b| b.slug == slug)
    }

    fn parse(sources: &[Source]) -> Result<Self> {
        let consultants = items(sources, "demo/consultants/", |f: ConsultantsFile| f.consultants)?;
        let engagements = items(sources, "demo/engagements/", |f: EngagementsFile| f.engagements)?;
        let customers: CustomersFile = one(sources, "demo/customers.toml")?;
        let (consultant_files, consultants) = consultants.into_iter().unzip();
        let (engagement_files, engagements) = engagements.into_iter().unzip();
        let content = Self {
            program: one(sources, "demo/vendor.toml")?,
            taxonomy: one(sources, "demo/taxonomy.toml")?,
            consultants,
            resellers: one::<ResellersFile>(sources, "demo/resellers.toml")?.resellers,
            customers: customers.customers,
            marketing_password: customers.marketing_password,
            applications: one::<ApplicationsFile>(sources, "demo/applications.toml")?.applications,
            briefs: one::<BriefsFile>(sources, "demo/briefs.toml")?.briefs,
            engagements,
        };
        let findings = check::all(&content, &consultant_files, &engagement_files);
        if !findings.is_empty() {
            bail!("the demo's content does not hold:\n{}", findings.join("\n"));
        }
        Ok(content)
    }
}

/// One file of the content, by its path from the root of the project.
#[derive(Debug, Clone, Copy)]
struct Source {
    file: &'static str,
    text: &'static str,
}

fn one<T: DeserializeOwned>(sources: &[Source], file: &'static str) -> Result<T> {
    let Some(source) = sources.iter().find(|s| s.file == file) else {
        bail!("{file}: the file is missing");
    };
    toml::from_str(source.text).with_context(|| file)
}

/// The items of every file in a folder, each with the file it stands in.
fn items<F: DeserializeOwned, T>(
    sources: &[Source],
    folder: &str,
    of: fn(F) -> Vec<T>,
) -> Result<Vec<(&'static str, T)>> {
    let mut found = Vec::new();
    for source in sources.iter().filter(|s| s.file.starts_with(folder)) {
        let file: F = toml::from_str(source.text).with_context(|| source.file)?;
        found.extend(of(file).into_iter().map(|item| (source.file, item)));
    }
    Ok(found)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ConsultantsFile {
    consultants: Vec<Consultant>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct EngagementsFile {
    engagements: Vec<Engagement>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ResellersFile {
    resellers: Vec<Reseller>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CustomersFile {
    marketing_password: String,
    customers: Vec<Customer>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ApplicationsFile {
    applications: Vec<Application>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct BriefsFile {
    briefs: Vec<Brief>,
}

#[cfg(test)]
mod tests;
