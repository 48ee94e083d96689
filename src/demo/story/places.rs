//! Where the program and the sandbox around it answer, and who of the vendor takes part.

use crate::data_folder::{Addresses, DataFolder};
use crate::demo::content::Content;
use crate::demo::content::people::VendorRole;
use crate::http_client;
use anyhow::{Context, Result};
use std::path::Path;
use url::Url;

/// Addresses of everything the story goes to.
#[derive(Debug, Clone)]
pub struct Places {
    pub site: Url,
    pub marketing: Url,
    pub payments: Url,
    /// The pages of the mail catcher.
    pub mail: Url,
    /// The serving role's address, for a look at the ledger; unknown from outside.
    pub database: Option<String>,
}

/// People of the vendor, by their addresses; everybody has the same password.
#[derive(Debug, Clone)]
pub struct Staff {
    /// The program's word in addresses.
    pub program: String,
    pub owner: String,
    pub manager: String,
    pub finance: String,
    pub password: String,
}

impl Places {
    /// What runs on a data folder.
    ///
    /// # Errors
    /// Nothing runs there, or it runs without a sandbox.
    pub fn of_folder(path: &Path) -> Result<Self> {
        let folder = DataFolder::existing(path)?;
        let shown = folder.path().display();
        let addresses = folder.addresses()?;
        let addresses = addresses.with_context(|| {
            format!("nothing runs on {shown}, or it is still starting: see `attache up`")
        })?;
        Self::read(&addresses)
    }

    /// A program and the sandbox's marketing application, which tells of the rest.
    ///
    /// # Errors
    /// The sandbox does not answer, or is none.
    pub async fn of_sandbox(site: Url, marketing: &Url, database: Option<String>) -> Result<Self> {
        let asked = marketing.join("/sandbox/addresses")?;
        let answer = http_client::local()?.get(asked.clone()).send().await;
        let answer = answer.and_then(reqwest::Response::error_for_status);
        let answer = answer.with_context(|| format!("{asked} is no sandbox that answers"))?;
        let told: sandbox::Addresses =
            answer.json().await.with_context(|| format!("{asked} tells no addresses"))?;
        Ok(Self {
            site,
            marketing: told.marketing,
            payments: told.payments,
            mail: told.mail_page,
            database,
        })
    }

    fn read(addresses: &Addresses) -> Result<Self> {
        let part = |name: &str| -> Result<Url> {
            let part = addresses.others.get(name);
            let part = part.with_context(|| format!("it runs without its {name} part"))?;
            part.parse().with_context(|| format!("the address of {name} is none"))
        };
        Ok(Self {
            site: addresses.site.parse().context("the program's address is none")?,
            marketing: part("marketing")?,
            payments: part("payments")?,
            mail: part("mail")?,
            database: addresses.others.get("database").cloned(),
        })
    }
}

impl Staff {
    /// The people of the demo program.
    ///
    /// # Errors
    /// The content lacks a role.
    pub fn of_content(content: &Content) -> Result<Self> {
        let email = |role: VendorRole| {
            let person = content.program.people.iter().find(|p| p.role == role);
            person.map(|p| p.email.clone()).context("the vendor lacks a role")
        };
        Ok(Self {
            program: content.program.vendor.slug.clone(),
            owner: email(VendorRole::Owner)?,
            manager: email(VendorRole::ProgramManager)?,
            finance: email(VendorRole::Finance)?,
            password: content.marketing_password.clone(),
        })
    }
}
