//! The smallest program a story can play in, written as the owner of the tables writes it.

use tokio_postgres::Client;
use uuid::Uuid;

/// A program with its vendor's organization, rules, fees, an agreement and a small taxonomy.
pub struct Program {
    pub vendor: Uuid,
    pub agreement: Uuid,
}

/// A person's seat.
pub struct Seat {
    pub person: Uuid,
    pub organization: Uuid,
}

fn fresh() -> Uuid {
    Uuid::from_bytes(rand::random())
}

pub async fn program(owner: &Client, slug: &str) -> Program {
    let (vendor, itself, agreement, policy) = (fresh(), fresh(), fresh(), fresh());
    let sql = format!(
        "BEGIN;
         INSERT INTO vendors (id, slug, name) VALUES ('{vendor}', '{slug}', initcap('{slug}'));
         SELECT set_config('attache.vendor', '{vendor}', true);
         INSERT INTO organizations (vendor_id, id, kind, name, city, country, zone)
             VALUES ('{vendor}', '{itself}', 'vendor', initcap('{slug}'), 'Malmö', 'SE', 'UTC');
         INSERT INTO programs (vendor_id, currency, zone)
             VALUES ('{vendor}', 'USD', 'America/New_York');
         INSERT INTO fee_policies (vendor_id, id, version, consultant_parts, vendor_parts,
                 reseller_parts, operator_parts)
             VALUES ('{vendor}', '{policy}', 1, 8000, 1000, 500, 500);
         INSERT INTO agreements (vendor_id, id, version, title, body, body_hash)
             VALUES ('{vendor}', '{agreement}', '2026-1', 'Partner agreement', 'Be useful.',
                 sha256('Be useful.'));
         INSERT INTO service_categories (vendor_id, slug, title, line, position) VALUES
             ('{vendor}', 'nurturing-campaign-design', 'Nurturing design', 'Warm leads.', 1),
             ('{vendor}', 'reporting', 'Reporting', 'Numbers that are read.', 2);
         INSERT INTO skills (vendor_id, slug, title, category_slug) VALUES
             ('{vendor}', 'nurture-design', 'Nurture design', 'nurturing-campaign-design'),
             ('{vendor}', 'lead-scoring', 'Lead scoring', 'nurturing-campaign-design'),
             ('{vendor}', 'dashboards', 'Dashboards', 'reporting');
         INSERT INTO industries (vendor_id, slug, title) VALUES
             ('{vendor}', 'outdoor', 'Outdoor and sport'),
             ('{vendor}', 'hotels', 'Hotels and travel');
         COMMIT;"
    );
    owner.batch_execute(&sql).await.unwrap();
    Program { vendor, agreement }
}

/// A new organization; partner and reseller organizations are enrolled already.
pub async fn organization(owner: &Client, program: &Program, kind: &str, name: &str) -> Uuid {
    let id = fresh();
    let Program { vendor, agreement, .. } = program;
    let enrolled = match kind {
        "partner" => "consultant",
        "reseller" => "reseller",
        _ => "",
    };
    let sql = format!(
        "BEGIN; SELECT set_config('attache.vendor', '{vendor}', true);
         INSERT INTO organizations (vendor_id, id, kind, name, city, country, zone)
             VALUES ('{vendor}', '{id}', '{kind}', '{name}', 'Malmö', 'SE', 'Europe/Stockholm');
         INSERT INTO enrollments (vendor_id, organization_id, kind, agreement_id)
             SELECT '{vendor}', '{id}', '{enrolled}', '{agreement}' WHERE '{enrolled}' <> '';
         COMMIT;"
    );
    owner.batch_execute(&sql).await.unwrap();
    id
}

/// A person with a password and a seat in the organization.
pub async fn seat(
    owner: &Client,
    program: &Program,
    organization: (Uuid, &str),
    role: &str,
    person: (&str, &str, &str),
) -> Seat {
    let (organization, kind) = organization;
    let (name, email, password_hash) = person;
    let (id, membership) = (fresh(), fresh());
    let vendor = program.vendor;
    let sql = format!(
        "BEGIN; SELECT set_config('attache.vendor', '{vendor}', true);
         INSERT INTO persons (id, name, email, zone)
             VALUES ('{id}', '{name}', '{email}', 'Europe/Stockholm')
             ON CONFLICT (email) DO NOTHING;
         INSERT INTO credentials (person_id, password_hash)
             SELECT p.id, '{password_hash}' FROM persons p WHERE p.email = '{email}'
             ON CONFLICT (person_id) DO NOTHING;
         INSERT INTO memberships
                 (id, person_id, vendor_id, organization_id, organization_kind, role)
             SELECT '{membership}', p.id, '{vendor}', '{organization}', '{kind}', '{role}'
             FROM persons p WHERE p.email = '{email}';
         COMMIT;"
    );
    owner.batch_execute(&sql).await.unwrap();
    let row = owner.query_one("SELECT id FROM persons WHERE email = $1", &[&email]).await.unwrap();
    Seat { person: row.get(0), organization }
}
