//! Who takes part: every person with a seat, and as whom an operation is done.

use super::step::Named;
use anyhow::{Context, Result};
use api::app::App;
use api::identity::{self, MembershipRow, OrganizationRow};
use api::kernel::id::{OrganizationId, PersonId, VendorId};
use api::kernel::zone::Zone;
use api::platform::caller::{Caller, OrganizationKind, Role, Via};
use api::platform::db::Tx;
use std::collections::BTreeMap;

/// The people of the program by organization (the slug of the content) and address.
pub struct Cast {
    pub vendor: VendorId,
    password_hash: String,
    houses: BTreeMap<String, House>,
    people: BTreeMap<String, PersonId>,
    seats: BTreeMap<(String, String), Caller>,
}

/// An organization that people are given seats in.
#[derive(Debug, Clone, Copy)]
pub struct House {
    pub id: OrganizationId,
    pub kind: OrganizationKind,
    pub zone: Zone,
}

/// A person to be given a seat; the role in the database's word.
#[derive(Debug, Clone, Copy)]
pub struct Newcomer<'a> {
    pub name: &'a str,
    pub email: &'a str,
    pub role: &'static str,
}

impl Cast {
    /// Hashes the password once: everybody of the demo has the same.
    ///
    /// # Errors
    /// The password cannot be hashed.
    pub async fn begin(vendor: VendorId, password: &str) -> Result<Self> {
        let password_hash = identity::hash_password(password.to_owned()).await;
        Ok(Self {
            vendor,
            password_hash: password_hash.step(|| "hash the password".to_owned())?,
            houses: BTreeMap::new(),
            people: BTreeMap::new(),
            seats: BTreeMap::new(),
        })
    }

    /// Writes an organization under its slug in the content.
    ///
    /// # Errors
    /// The database refuses it.
    pub async fn open(&mut self, tx: &mut Tx, slug: &str, row: &OrganizationRow) -> Result<()> {
        identity::write_organization(tx, row).await.step(|| format!("organization {slug}"))?;
        self.know(slug, House { id: row.id, kind: row.kind, zone: row.zone });
        Ok(())
    }

    /// Remembers an organization that was written already.
    pub fn know(&mut self, slug: &str, house: House) {
        self.houses.insert(slug.to_owned(), house);
    }

    /// Gives somebody a seat; a person who is not known yet is written with the password.
    ///
    /// # Errors
    /// The organization or the role is unknown, or the database refuses the seat.
    pub async fn seat(
        &mut self,
        app: &App,
        tx: &mut Tx,
        slug: &str,
        new: Newcomer<'_>,
    ) -> Result<()> {
        let Newcomer { name, email, role } = new;
        let house = *self.house(slug)?;
        let role = Role::parse(role).with_context(|| format!("there is no role {role:?}"))?;
        let person = match self.people.get(email) {
            Some(known) => *known,
            None => self.write(app, tx, (name, email), house.zone).await?,
        };
        let row = MembershipRow {
            id: app.ids.next(),
            person,
            vendor: self.vendor,
            organization: house.id,
            kind: house.kind,
            role,
        };
        identity::add_membership(tx, &row).await.step(|| format!("seat of {email} at {slug}"))?;
        let caller = Caller {
            person,
            membership: row.id,
            vendor: self.vendor,
            organization: house.id,
            kind: house.kind,
            role,
            via: Via::System,
            idempotency: None,
        };
        self.seats.insert((slug.to_owned(), email.to_owned()), caller);
        Ok(())
    }

    async fn write(
        &mut self,
        app: &App,
        tx: &mut Tx,
        (name, email): (&str, &str),
        zone: Zone,
    ) -> Result<PersonId> {
        let person = identity::Person {
            id: app.ids.next(),
            name: name.to_owned(),
            email: email.to_owned(),
            zone: zone.name().to_owned(),
        };
        let written = identity::add_person(tx, &person, Some(&self.password_hash)).await;
        written.step(|| format!("person {email}"))?;
        self.people.insert(email.to_owned(), person.id);
        Ok(person.id)
    }

    /// # Errors
    /// Nothing was opened under this slug.
    pub fn house(&self, slug: &str) -> Result<&House> {
        self.houses.get(slug).with_context(|| format!("no organization {slug:?} was loaded"))
    }

    /// As whom an operation is done.
    ///
    /// # Errors
    /// This person has no seat there.
    pub fn caller(&self, slug: &str, email: &str) -> Result<&Caller> {
        let seat = self.seats.get(&(slug.to_owned(), email.to_owned()));
        seat.with_context(|| format!("{email} has no seat at {slug:?}"))
    }
}
