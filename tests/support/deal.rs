//! What stands before an engagement, and money that is held, for stories that begin later.

use super::actor::Actor;
use super::answer::Answer;
use super::world::World;
use attache::postgres::Role;
use reqwest::{Method, RequestBuilder};
use serde_json::json;
use uuid::Uuid;

/// A file in a form.
pub struct Part<'a> {
    pub name: &'a str,
    pub bytes: &'a [u8],
}

impl World {
    /// An open proposal of one milestone a price (USD, minor units), valid for a fortnight, for a
    /// brief of the customer's.
    pub async fn proposal(&self, customer: &Actor, consultant: &Actor, prices: &[i64]) -> String {
        let fresh = || Uuid::from_bytes(rand::random());
        let (brief, invitation, proposal) = (fresh(), fresh(), fresh());
        let vendor = self.larkfield.vendor;
        let (c, by) = (&customer.organization, &customer.person);
        let (p, expert) = (&consultant.organization, &consultant.person);
        let total: i64 = prices.iter().sum();
        let number: i32 = rand::random_range(1..i32::MAX);
        let head = format!(
            "BEGIN; SELECT set_config('attache.vendor', '{vendor}', true);
             INSERT INTO briefs (vendor_id, id, number, organization_id, created_by, title,
                 problem, currency, budget_min_minor, budget_max_minor, need_by, languages,
                 overlap_minutes, zone, state, posted_at)
             VALUES ('{vendor}', '{brief}', {number}, '{c}', '{by}', 'Leads go cold', 'They do.',
                 'USD', 0, {total}, '2030-01-01', '{{en}}', 60, 'UTC', 'open', app_now());
             INSERT INTO profiles (vendor_id, id, organization_id, person_id, slug, headline, about,
                 languages, zone, works_from, works_until, accepting_clients, published_at)
             VALUES ('{vendor}', gen_random_uuid(), '{p}', '{expert}', 'expert-{number}', 'Nurture',
                 '', '{{en}}', 'UTC', '09:00', '17:00', true, app_now())
             ON CONFLICT (vendor_id, organization_id, person_id) DO NOTHING;
             INSERT INTO invitations (vendor_id, id, brief_id, profile_id, organization_id, state,
                 sent_by, answered_at)
             SELECT '{vendor}', '{invitation}', '{brief}', id, '{p}', 'proposed', '{by}', app_now()
             FROM profiles WHERE organization_id = '{p}' AND person_id = '{expert}';
             INSERT INTO proposals (vendor_id, id, brief_id, invitation_id,
                 customer_organization_id, organization_id, profile_id, title, note, access_preset,
                 currency, total_minor, valid_until, sent_by)
             SELECT '{vendor}', '{proposal}', '{brief}', '{invitation}', '{c}', '{p}', id,
                 'Dealer nurture', 'First the map, then the drafts.', 'author-drafts', 'USD',
                 {total}, app_now() + interval '14 days', '{expert}'
             FROM profiles WHERE organization_id = '{p}' AND person_id = '{expert}';"
        );
        let parts: String =
            (1..).zip(prices).map(|(seq, price)| part(vendor, proposal, seq, *price)).collect();
        let owner = self.database.connect(Role::Owner).await;
        owner.batch_execute(&format!("{head} {parts} COMMIT;")).await.unwrap();
        proposal.to_string()
    }

    /// An engagement that waits for both sides to accept its statement of work.
    pub async fn engagement(&self, customer: &Actor, expert: &Actor, prices: &[i64]) -> String {
        let proposal = self.proposal(customer, expert, prices).await;
        customer.post(&format!("/v1/proposals/{proposal}/accept"), json!({})).await.expect(201).id()
    }

    /// An engagement that both sides signed.
    pub async fn signed(&self, customer: &Actor, expert: &Actor, prices: &[i64]) -> String {
        let engagement = self.engagement(customer, expert, prices).await;
        let path = format!("/v1/engagements/{engagement}/statement-of-work");
        let hash = customer.get(&path).await.expect(200).at("/hash");
        for side in [expert, customer] {
            side.post(&format!("{path}/accept"), json!({ "hash": hash })).await.expect(200);
        }
        engagement
    }

    /// A signed engagement whose first milestone was paid; with the ids of all its milestones.
    pub async fn active(
        &self,
        customer: &Actor,
        expert: &Actor,
        prices: &[i64],
    ) -> (String, Vec<String>) {
        let engagement = self.signed(customer, expert, prices).await;
        let milestones = milestones(customer, &engagement).await;
        self.pays(customer, &milestones[0]).await;
        (engagement, milestones)
    }
}

fn part(vendor: Uuid, proposal: Uuid, seq: i32, price: i64) -> String {
    format!(
        "INSERT INTO proposal_milestones
             (vendor_id, proposal_id, seq, title, delivers, price_minor, days)
         VALUES ('{vendor}', '{proposal}', {seq}, 'Part {seq}', 'What part {seq} is.', {price}, 7);
         INSERT INTO proposal_lines
             (vendor_id, proposal_id, milestone_seq, seq, title, amount_minor)
         VALUES ('{vendor}', '{proposal}', {seq}, 1, 'Work', {price});"
    )
}

/// The same request eight times at once.
pub async fn at_once<F, R>(mut request: F) -> Vec<Answer>
where
    F: FnMut() -> R,
    R: Future<Output = Answer> + Send + 'static,
{
    let mut tries = tokio::task::JoinSet::new();
    for _ in 0..8 {
        tries.spawn(request());
    }
    tries.join_all().await
}

/// The engagement's milestones in order, by id.
pub async fn milestones(actor: &Actor, engagement: &str) -> Vec<String> {
    let seen = actor.get(&format!("/v1/engagements/{engagement}")).await.expect(200).json();
    let list = seen["milestones"].as_array().unwrap();
    list.iter().map(|m| m["id"].as_str().unwrap().to_owned()).collect()
}

impl Actor {
    /// Delivers a milestone.
    pub async fn delivers(&self, milestone: &str, text: &str, file: Option<Part<'_>>) -> Answer {
        let path = format!("/v1/milestones/{milestone}/deliverables");
        self.post_form(&path, &[("text", text)], file).await
    }

    /// Accepts the latest delivery of a milestone under a key of its own.
    pub async fn accepts(&self, milestone: &str) -> Answer {
        let key = hex::encode(rand::random::<[u8; 8]>());
        let list = self.get(&format!("/v1/milestones/{milestone}/deliverables")).await.json();
        let version = list[0]["version"].as_i64().unwrap_or(1);
        let path = format!("/v1/milestones/{milestone}/accept");
        self.post_once(&path, &key, json!({ "version": version })).await
    }

    /// POST of a multipart form; the file's field is called `file`.
    pub async fn post_form(
        &self,
        path: &str,
        fields: &[(&str, &str)],
        file: Option<Part<'_>>,
    ) -> Answer {
        self.answer(Method::POST, path, self.form(path, fields, file)).await
    }

    /// The same, not sent yet.
    pub fn form(
        &self,
        path: &str,
        fields: &[(&str, &str)],
        file: Option<Part<'_>>,
    ) -> RequestBuilder {
        let boundary = "0f1e2d3c4b5a";
        let mut body = Vec::new();
        for (name, value) in fields {
            let head = format!("content-disposition: form-data; name=\"{name}\"\r\n\r\n{value}");
            body.extend_from_slice(format!("--{boundary}\r\n{head}\r\n").as_bytes());
        }
        if let Some(Part { name, bytes }) = file {
            let head =
                format!("content-disposition: form-data; name=\"file\"; filename=\"{name}\"");
            body.extend_from_slice(format!("--{boundary}\r\n{head}\r\n\r\n").as_bytes());
            body.extend_from_slice(bytes);
            body.extend_from_slice(b"\r\n");
        }
        body.extend_from_slice(format!("--{boundary}--\r\n").as_bytes());
        let kind = format!("multipart/form-data; boundary={boundary}");
        self.request(Method::POST, path).header("content-type", kind).body(body)
    }
}
