//! `attache vendor`: the programs of an installation, and the first owner of each.
//!
//! What a program starts with stands in a file, as `attache vendor example` prints one. Needs the
//! environment of `attache serve`, whose workers send the invitation.

use crate::config::Config;
use crate::program as running;
use anyhow::{Context, Result, bail};
use api::app::App;
use api::identity;
use api::kernel::money::Currency;
use api::kernel::zone::Zone;
use api::platform::caller::OrganizationKind;
use api::platform::clock::Clock;
use api::platform::db::Scope;
use api::platform::refusal::Error;
use api::program::{self, Category, FeeParts, Industry, NewAgreement, NewProgram, Skill, Taxonomy};
use serde::Deserialize;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

const EXAMPLE: &str = include_str!("vendor.toml");

#[derive(clap::Args)]
pub struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(clap::Subcommand)]
enum Command {
    /// Print a file to found a program from, with what each line means
    Example,
    /// Found the program that FILE describes and invite its first owner by mail
    Found { file: PathBuf },
    /// Invite another owner, or the first one again
    Invite {
        /// The program's word in addresses
        program: String,
        email: String,
    },
    /// List the programs
    List,
}

/// The file that a program is founded from.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    slug: String,
    name: String,
    city: String,
    country: String,
    currency: String,
    zone: String,
    owner: String,
    fees: FeeParts,
    agreement: NewAgreement,
    categories: Vec<Category>,
    skills: Vec<Skill>,
    industries: Vec<Industry>,
}

pub async fn run(arguments: Arguments) -> Result<ExitCode> {
    match arguments.command {
        Command::Example => print!("{EXAMPLE}"),
        Command::Found { file } => found(&file).await?,
        Command::Invite { program, email } => invite(&program, &email).await?,
        Command::List => list().await?,
    }
    Ok(ExitCode::SUCCESS)
}

async fn app() -> Result<App> {
    let config = Config::read(|name| std::env::var(name).ok())?;
    running::open(&config, Clock::system()).await
}

async fn found(path: &Path) -> Result<()> {
    let text = std::fs::read_to_string(path)
        .with_context(|| format!("{} cannot be read", path.display()))?;
    let (new, owner) = read(&text).with_context(|| path.display().to_string())?;
    let app = app().await?;
    let slug = new.slug.clone();
    let mut tx = app.db.write(app.ids.next::<api::kernel::id::VendorId>()).await?;
    let founded = program::found_in(&app, &mut tx, new).await.map_err(explained)?;
    let own = (founded.organization, OrganizationKind::Vendor);
    identity::invite_owner(&app, &mut tx, own, &owner).await.map_err(explained)?;
    tx.commit().await?;
    println!("founded {}", app.site.link(&format!("/p/{slug}/")));
    println!("invited {owner} as its owner: the mail goes as soon as `attache serve` runs");
    Ok(())
}

async fn invite(slug: &str, email: &str) -> Result<()> {
    let app = app().await?;
    let mut look = app.db.read(Scope::GLOBAL).await?;
    let found = identity::vendor_by_slug(&mut look, slug).await?;
    drop(look);
    let Some((vendor, _)) = found else { bail!("no program is called {slug}") };
    let mut tx = app.db.write(vendor).await?;
    let own = program::vendor_organization(&mut tx).await?;
    let own = (own.context("the program has no organization")?, OrganizationKind::Vendor);
    identity::invite_owner(&app, &mut tx, own, email).await.map_err(explained)?;
    tx.commit().await?;
    println!("invited {email} as an owner of {slug}");
    Ok(())
}

async fn list() -> Result<()> {
    let app = app().await?;
    let mut tx = app.db.read(Scope::GLOBAL).await?;
    for (slug, name) in identity::programs(&mut tx).await? {
        println!("{slug} {name} {}", app.site.link(&format!("/p/{slug}/")));
    }
    Ok(())
}

/// What a file says; errors name the line or the field at fault.
fn read(text: &str) -> Result<(NewProgram, String)> {
    let file: File = toml::from_str(text)?;
    let currency = Currency::parse(&file.currency);
    let zone = Zone::parse(&file.zone);
    let new = NewProgram {
        slug: file.slug,
        name: file.name,
        city: file.city,
        country: file.country,
        currency: currency.context("currency: no currency of ISO 4217 that is supported")?,
        zone: zone.context("zone: no time zone of the IANA database")?,
        fees: file.fees,
        agreement: file.agreement,
        taxonomy: Taxonomy {
            categories: file.categories,
            skills: file.skills,
            industries: file.industries,
        },
    };
    new.check().map_err(|fault| explained(fault.into()))?;
    Ok((new, file.owner))
}

/// A refusal with the fields that it names, one a line.
pub(super) fn explained(error: Error) -> anyhow::Error {
    let Error::Refused(refusal) = &error else { return error.into() };
    let fields = refusal.fields();
    let lines = fields.iter().map(|fault| format!("\n  {}: {}", fault.field, fault.message));
    anyhow::anyhow!("{refusal}{}", lines.collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_example_is_a_program() {
        let (new, owner) = read(EXAMPLE).unwrap();
        assert_eq!((new.slug.as_str(), owner.as_str()), ("acme", "owner@acme.example"));
    }

    #[test]
    fn faults_are_named() {
        let fault = |from: &str, to: &str| {
            let text = EXAMPLE.replacen(from, to, 1);
            assert_ne!(text, EXAMPLE);
            format!("{:#}", read(&text).map(|_| ()).unwrap_err())
        };
        assert!(fault("consultant = 8000", "consultant = 8001").contains("parts: The parts must"));
        assert!(fault("\"acme\"", "\"Acme!\"").contains("slug: Use small letters"));
        assert!(fault("slug =", "slugg =").contains("slugg"));
        assert!(fault("\"EUR\"", "\"EUX\"").contains("currency: no currency"));
        assert!(fault("\"EUR\"", "\"KWD\"").contains("currency: Choose one of at most two"));
        assert!(fault("\"Europe/Paris\"", "\"Europe/Pari\"").contains("zone: no time zone"));
    }
}
