//! A program with one thing of every kind in it, and somebody of every role to ask for them.

use crate::support::actor::PASSWORD;
use crate::support::deal::Part;
use crate::support::hours::Agreed;
use crate::support::larkfield::{PETRA, Tool};
use crate::support::neighbours::leave_program;
use crate::support::offers::{Shelf, publish};
use crate::support::payments::GOOD;
use crate::support::{Actor, World};
use serde_json::json;
use std::collections::BTreeMap;

/// A well-formed id that nothing has.
pub const NOTHING: &str = "01890000-0000-7000-8000-000000000000";

pub struct Stage {
    pub world: World,
    pub customer: Actor,
    pub consultant: Actor,
    pub manager: Actor,
    pub finance: Actor,
    pub reseller: Actor,
    /// By the name that a path gives it.
    pub ids: BTreeMap<&'static str, String>,
}

impl Stage {
    pub async fn new() -> Self {
        let world = World::new().await;
        let mut stage = Self {
            customer: world.customer("Fjordhaus").await,
            consultant: world.consultant("Brandt").await,
            manager: world.vendor("program_manager").await,
            finance: world.vendor("finance").await,
            reseller: world.join("reseller", "owner", "Nordlys").await,
            ids: BTreeMap::new(),
            world,
        };
        stage.deal().await;
        stage.hours().await;
        stage.letter().await;
        stage.program().await;
        stage.difference().await;
        stage.disagreement().await;
        stage.second_person().await;
        stage.world.settle().await;
        stage.people().await;
        stage
    }

    /// Everyone who may ask, the visitor included.
    pub fn everyone(&self) -> Vec<Actor> {
        let signed_in =
            [&self.customer, &self.consultant, &self.manager, &self.finance, &self.reseller];
        signed_in.into_iter().cloned().chain([self.world.anyone()]).collect()
    }

    /// What stands for a parameter of a path; an id of nothing for what the stage does not have.
    pub fn id(&self, name: &str) -> String {
        self.ids.get(name).cloned().unwrap_or_else(|| NOTHING.to_owned())
    }

    async fn deal(&mut self) {
        let Self { world, customer, consultant, .. } = &*self;
        let offered = publish(world, consultant, Shelf::default()).await;
        let (engagement, parts) = world.active(customer, consultant, &[10_000, 20_000]).await;
        let map = Part { name: "map.txt", bytes: b"a map" };
        let delivered = consultant.delivers(&parts[0], "The map.", Some(map)).await.expect(201);
        let review = customer_review(world, customer, consultant).await;
        let row = |table: &str| format!("SELECT id::text FROM {table} LIMIT 1");
        let mut found = vec![
            ("service", offered.service.to_string()),
            ("engagement", engagement),
            ("milestone", parts[0].clone()),
            ("file", delivered.at("/file/id")),
            ("review", review),
        ];
        for (name, table) in [
            ("brief", "briefs"),
            ("invitation", "invitations"),
            ("proposal", "proposals"),
            ("fee_rule", "fee_policies"),
            ("payment", "payments"),
        ] {
            found.push((name, world.sql(&row(table)).await[0].get(0)));
        }
        self.ids.extend(found);
    }

    /// Other work, by the hour, with time of today.
    async fn hours(&mut self) {
        let Self { world, customer, consultant, .. } = &*self;
        let engagement = world.by_the_hour((customer, consultant), Agreed(9_000, 600, 4)).await;
        let today = world.clock.now().date_naive();
        let entry = consultant.works(&engagement, today, 60).await.expect(201).id();
        self.ids.insert("time_entry", entry);
    }

    async fn letter(&mut self) {
        let Self { world, customer, consultant, .. } = &*self;
        let card = world.keeps_card(customer, GOOD).await;
        let connection = world.connects(customer, PETRA).await;
        let engagement = self.id("engagement");
        let sides = (customer, consultant);
        let asking = json!({
            "connection": connection, "preset": "author-drafts", "asks": ["write-drafts"],
        });
        let grant = world.grants_choice(sides, &engagement, asking).await;
        let keys = format!("/v1/grants/{grant}/keys");
        let key = consultant.post(&keys, json!({ "name": "script" })).await.expect(201).id();
        let tool = Tool::with_key(consultant, &grant).await;
        let asked = tool.post("/campaigns", json!({ "name": "Spring" })).await.expect(202);
        let approval = asked.at("/approval");
        for _ in 0..20 {
            tool.get("/nothing").await.refused(404, "no-such-operation");
        }
        world.settle().await;
        world.advance(chrono::Duration::minutes(2)).await;
        world.settle().await;
        let raised = &world.sql("SELECT id::text FROM access_alarms LIMIT 1").await[0];
        let waiting = self.waiting(&connection).await;
        let draft = json!({ "upstream": "larkfield", "preset": "read-only", "days": 30 });
        let drafts = format!("/v1/engagements/{engagement}/access-drafts");
        let draft = consultant.post(&drafts, draft).await.expect(201).id();
        self.ids.extend([
            ("grant_proposal", waiting),
            ("access_draft", draft),
            ("alarm", raised.get(0)),
            ("payment_method", card),
            ("connection", connection),
            ("grant", grant),
            ("key", key),
            ("approval", approval),
        ]);
    }

    /// A letter for another person of the partner, to which two of the customer must agree.
    async fn waiting(&self, connection: &str) -> String {
        let Self { world, customer, consultant, .. } = self;
        world.colleague(customer, "customer", "admin", "Second Fjordhaus").await;
        let staff = world.colleague(consultant, "partner", "consultant", "Second Brandt").await;
        let rule =
            |needed: i16| json!({ "needed": needed, "about": "everything", "password": PASSWORD });
        customer.put("/v1/approver-rule", rule(2)).await.expect(200);
        let choice = json!({ "connection": connection, "preset": "read-only" });
        let preview = customer.post("/v1/grants/preview", choice.clone()).await.expect(200);
        let mut order = choice;
        order["consultant"] = json!(staff.person);
        order["terms_hash"] = json!(preview.at("/terms_hash"));
        let path = format!("/v1/engagements/{}/grants", self.id("engagement"));
        let waiting = customer.post(&path, order).await.expect(202).id();
        customer.put("/v1/approver-rule", rule(1)).await.expect(200);
        waiting
    }

    async fn program(&mut self) {
        let Self { world, customer, manager, reseller, .. } = &*self;
        let applicant = world.join("partner", "owner", "Ada Works").await;
        leave_program(world, &applicant).await;
        let path = "/v1/programs/larkfield/agreement";
        let agreement = world.anyone().get(path).await.expect(200).json();
        let application = json!({
            "kind": "consultant", "specialities": ["reporting"],
            "references": [{ "name": "Karin Aas", "organization": "Moor & Hald Lodges",
                "email": "karin@moorhald.example", "said": "Clear and on time." }],
            "note": "We read numbers.", "agreement_version": agreement["version"],
            "agreement_hash": agreement["hash"],
        });
        let application = applicant.post("/v1/applications", application).await.expect(201).id();
        let record = json!({ "customer": customer.organization,
            "reseller": reseller.organization, "reason": "Sold the account." });
        let attribution = manager.post("/v1/attributions", record).await.expect(201).id();
        let organization = applicant.organization;
        self.ids.extend([
            ("application", application),
            ("attribution", attribution),
            ("organization", organization),
            ("customer", customer.organization.clone()),
        ]);
    }

    /// Money that moved at Stripe and that nobody knows of.
    async fn difference(&mut self) {
        let Self { world, finance, .. } = &*self;
        let beside = json!({ "cause": "topup", "amount": 5_000, "currency": "usd" });
        world.till("movements", Some(beside)).await;
        world.advance(chrono::Duration::minutes(20)).await;
        finance.post("/v1/reconciliation/runs", json!({})).await.expect(200);
        world.settle().await;
        let open = "SELECT id::text FROM reconciliation_breaks WHERE state = 'open' LIMIT 1";
        let id = world.sql(open).await[0].get(0);
        let news = "SELECT id FROM webhooks WHERE state = 'done' AND vendor_id IS NOT NULL";
        let news = world.sql(news).await[0].get(0);
        self.ids.extend([("difference", id), ("webhook", news)]);
    }

    /// One that was taken back: work and letters go on.
    /// A looser limit waits for the owner.
    async fn second_person(&mut self) {
        let Self { world, finance, .. } = &*self;
        world.vendor("owner").await;
        let limit =
            |minor: i64| json!({ "currency": "EUR", "minor": minor, "reason": "As agreed on." });
        finance.post("/v1/money-limits", limit(100)).await.expect(200);
        let id = finance.post("/v1/money-limits", limit(200)).await.expect(202).id();
        self.ids.insert("money_approval", id);
    }

    async fn disagreement(&mut self) {
        let (milestone, customer) = (self.id("milestone"), &self.customer);
        let usd = |minor: i64| json!({ "minor": minor, "currency": "USD" });
        let body = json!({ "back": usd(10_000), "released": usd(0), "reason": "It is late." });
        let path = format!("/v1/milestones/{milestone}/disagreements");
        let id = customer.post(&path, body).await.expect(201).id();
        let path = format!("/v1/disagreements/{id}/withdrawal");
        customer.post(&path, json!({})).await.expect(200);
        self.ids.insert("disagreement", id);
    }

    async fn people(&mut self) {
        let Self { world, customer, .. } = &*self;
        let person = &customer.person;
        let membership = format!("SELECT id FROM memberships WHERE person_id = '{person}'");
        let mut found = vec![("person", person.clone())];
        for (name, table, whose) in [
            ("membership", "memberships", format!("person_id = '{person}'")),
            ("session", "sessions", format!("person_id = '{person}'")),
            ("token", "api_tokens", format!("membership_id IN ({membership})")),
            ("notice", "notices", format!("person_id = '{person}'")),
        ] {
            let sql = format!("SELECT id::text FROM {table} WHERE {whose} LIMIT 1");
            found.push((name, world.sql(&sql).await[0].get(0)));
        }
        self.ids.extend(found);
    }
}

/// A review of other work, which is over.
async fn customer_review(world: &World, customer: &Actor, consultant: &Actor) -> String {
    let (engagement, parts) = world.active(customer, consultant, &[10_000]).await;
    consultant.delivers(&parts[0], "Done.", None).await.expect(201);
    customer.accepts(&parts[0]).await.expect(200);
    let body = json!({ "outcome": 5, "communication": 4, "value": 5, "text": "As agreed." });
    let path = format!("/v1/engagements/{engagement}/reviews");
    customer.post(&path, body).await.expect(201).id()
}
