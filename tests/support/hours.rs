//! Work by the hour: proposed over the API, signed, written down, and the days that pass meanwhile.

use super::actor::Actor;
use super::answer::Answer;
use super::world::World;
use attache::postgres::Role;
use chrono::{DateTime, Datelike, Days, Duration, NaiveDate, Utc};
use serde_json::{Value, json};
use uuid::Uuid;

/// Rate of an hour in cents, most minutes a week, most weeks.
#[derive(Clone, Copy)]
pub struct Agreed(pub i64, pub i32, pub i32);

impl Agreed {
    pub fn body(self) -> Value {
        let rate = json!({ "minor": self.0, "currency": "USD" });
        json!({ "rate": rate, "cap_minutes": self.1, "weeks": self.2 })
    }
}

/// A moment of UTC on a day.
pub fn at(day: NaiveDate, hour: u32, minute: u32, second: u32) -> DateTime<Utc> {
    day.and_hms_opt(hour, minute, second).unwrap().and_utc()
}

pub fn later(day: NaiveDate, days: u64) -> NaiveDate {
    day.checked_add_days(Days::new(days)).unwrap()
}

impl World {
    /// Moves on to 09:00 UTC of the next Monday, and answers its day.
    pub async fn next_monday(&self) -> NaiveDate {
        let now = self.clock.now();
        let days = 7 - i64::from(now.weekday().num_days_from_monday());
        let monday = (now + Duration::days(days)).date_naive();
        self.moves_to(at(monday, 9, 0, 0)).await;
        monday
    }

    /// Moves on to a moment, or up to a second after it, and lets happen what is due.
    pub async fn moves_to(&self, at: DateTime<Utc>) {
        let by = at - self.clock.now() + Duration::seconds(1);
        assert!(by > Duration::zero(), "{at} is over");
        self.advance(by).await;
        self.settle().await;
    }

    /// An invitation of a consultant to a brief of the customer's, not answered.
    pub async fn invited(&self, customer: &Actor, consultant: &Actor) -> String {
        let fresh = || Uuid::from_bytes(rand::random());
        let (brief, invitation) = (fresh(), fresh());
        let vendor = self.larkfield.vendor;
        let (c, by) = (&customer.organization, &customer.person);
        let (p, expert) = (&consultant.organization, &consultant.person);
        let number: i32 = rand::random_range(1..i32::MAX);
        let sql = format!(
            "BEGIN; SELECT set_config('attache.vendor', '{vendor}', true);
             INSERT INTO briefs (vendor_id, id, number, organization_id, created_by, title,
                 problem, currency, budget_min_minor, budget_max_minor, need_by, languages,
                 overlap_minutes, zone, state, posted_at)
             VALUES ('{vendor}', '{brief}', {number}, '{c}', '{by}', 'Leads go cold', 'They do.',
                 'USD', 0, 1000000, '2035-01-01', '{{en}}', 60, 'UTC', 'open', app_now());
             INSERT INTO profiles (vendor_id, id, organization_id, person_id, slug, headline, about,
                 languages, zone, works_from, works_until, accepting_clients, published_at)
             VALUES ('{vendor}', gen_random_uuid(), '{p}', '{expert}', 'expert-{number}', 'Nurture',
                 '', '{{en}}', 'UTC', '09:00', '17:00', true, app_now())
             ON CONFLICT (vendor_id, organization_id, person_id) DO NOTHING;
             INSERT INTO invitations (vendor_id, id, brief_id, profile_id, organization_id, sent_by)
             SELECT '{vendor}', '{invitation}', '{brief}', id, '{p}', '{by}'
             FROM profiles WHERE organization_id = '{p}' AND person_id = '{expert}';
             COMMIT;"
        );
        let owner = self.database.connect(Role::Owner).await;
        owner.batch_execute(&sql).await.unwrap();
        invitation.to_string()
    }

    /// A proposal by the hour; its id.
    pub async fn offers_hours(
        &self,
        (customer, consultant): (&Actor, &Actor),
        agreed: Agreed,
    ) -> String {
        let invitation = self.invited(customer, consultant).await;
        let body = json!({
            "title": "Dealer nurture", "note": "A few hours a week.", "milestones": [],
            "access_preset": "author-drafts", "hourly": agreed.body(),
        });
        let path = format!("/v1/invitations/{invitation}/proposals");
        consultant.post(&path, body).await.expect(201).id()
    }

    /// An engagement by the hour that both sides signed.
    pub async fn by_the_hour(&self, sides: (&Actor, &Actor), agreed: Agreed) -> String {
        let (customer, consultant) = sides;
        let proposal = self.offers_hours(sides, agreed).await;
        let accept = format!("/v1/proposals/{proposal}/accept");
        let engagement = customer.post(&accept, json!({})).await.expect(201).id();
        let path = format!("/v1/engagements/{engagement}/statement-of-work");
        let hash = customer.get(&path).await.expect(200).at("/hash");
        for side in [consultant, customer] {
            side.post(&format!("{path}/accept"), json!({ "hash": hash })).await.expect(200);
        }
        engagement
    }
}

impl Actor {
    /// Writes time down.
    pub async fn works(&self, engagement: &str, day: NaiveDate, minutes: i32) -> Answer {
        let body = json!({ "day": day, "minutes": minutes, "words": "Lists and segments" });
        self.post(&format!("/v1/engagements/{engagement}/time-entries"), body).await
    }

    /// The sheet of a day's week.
    pub async fn week(&self, engagement: &str, day: NaiveDate) -> Value {
        let path = format!("/v1/engagements/{engagement}/time-sheet?day={day}");
        self.get(&path).await.expect(200).json()
    }
}
