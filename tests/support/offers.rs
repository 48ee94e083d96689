//! Published consultants with a service, written as rows.

use super::actor::Actor;
use super::world::World;
use attache::postgres::Role;
use uuid::Uuid;

/// What a story says of a consultant; the default has all that the stories' brief asks for.
#[derive(Clone)]
pub struct Shelf {
    pub skills: &'static [&'static str],
    pub industries: &'static [&'static str],
    pub languages: &'static [&'static str],
    pub zone: &'static str,
    pub accepting: bool,
    /// Days from today to the first free day.
    pub free_in_days: Option<i32>,
    pub category: &'static str,
    /// Prices of the service's milestones, in cents.
    pub prices: &'static [i64],
    /// Proven jobs in the category.
    pub jobs: i32,
}

impl Default for Shelf {
    fn default() -> Self {
        Self {
            skills: &["nurture-design", "lead-scoring"],
            industries: &["outdoor"],
            languages: &["en", "de"],
            zone: "Europe/Stockholm",
            accepting: true,
            free_in_days: None,
            category: "nurturing-campaign-design",
            prices: &[280_000, 480_000],
            jobs: 5,
        }
    }
}

/// A published profile of the actor and its one service.
#[derive(Debug, Clone, Copy)]
pub struct Offered {
    pub profile: Uuid,
    pub service: Uuid,
}

pub async fn publish(world: &World, actor: &Actor, shelf: Shelf) -> Offered {
    let (profile, service) = (Uuid::from_bytes(rand::random()), Uuid::from_bytes(rand::random()));
    let vendor = world.larkfield.vendor;
    let (organization, person) = (&actor.organization, &actor.person);
    let Shelf { zone, accepting, category, jobs, .. } = shelf;
    let list = |words: &[&str]| format!("ARRAY['{}']", words.join("','"));
    let languages = list(shelf.languages);
    let free = shelf.free_in_days.map_or("NULL".to_owned(), |days| {
        format!("(app_now() AT TIME ZONE 'Europe/Stockholm')::date + {days}")
    });
    let milestone = |(price, seq): (&i64, i32)| {
        format!(
            "('{vendor}', '{service}', {seq}, 'Part {seq}', 'What part {seq} is.', {price}, 10)"
        )
    };
    let milestones: Vec<String> = shelf.prices.iter().zip(1..).map(milestone).collect();
    let sql = format!(
        "BEGIN; SELECT set_config('attache.vendor', '{vendor}', true);
         INSERT INTO profiles (vendor_id, id, organization_id, person_id, slug, headline, about,
             languages, zone, works_from, works_until, accepting_clients, free_from, published_at)
         VALUES ('{vendor}', '{profile}', '{organization}', '{person}', 'p-{profile}',
             'Keeps leads warm', 'About.', {languages}, '{zone}', '09:00', '17:00', {accepting},
             {free}, app_now());
         INSERT INTO profile_skills SELECT '{vendor}', '{profile}', unnest({}::text[]);
         INSERT INTO profile_industries SELECT '{vendor}', '{profile}', unnest({}::text[]);
         INSERT INTO profile_records VALUES ('{vendor}', '{profile}', '{category}', {jobs});
         INSERT INTO services (vendor_id, id, organization_id, profile_id, slug, category_slug,
             title, outcome, includes, excludes, prerequisites, access_preset, currency, state,
             published_at)
         VALUES ('{vendor}', '{service}', '{organization}', '{profile}', 's-{service}',
             '{category}', 'Dealer lead flow', 'Every lead is called.', ARRAY['Routing'],
             ARRAY['Contracts'], ARRAY['A list of dealers'], 'author-drafts', 'USD', 'published',
             app_now());
         INSERT INTO service_milestones VALUES {};
         COMMIT;",
        list(shelf.skills),
        list(shelf.industries),
        milestones.join(", "),
    );
    let owner = world.database.connect(Role::Owner).await;
    owner.batch_execute(&sql).await.unwrap();
    Offered { profile, service }
}

/// Changes rows of the vendor, as whoever owns the tables.
pub async fn change(world: &World, sql: &str) {
    let vendor = world.larkfield.vendor;
    let owner = world.database.connect(Role::Owner).await;
    let sql =
        format!("BEGIN; SELECT set_config('attache.vendor', '{vendor}', true); {sql}; COMMIT;");
    owner.batch_execute(&sql).await.unwrap();
}
