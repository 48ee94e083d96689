//! A signed engagement whose customer keeps cards.

use crate::support::deal::milestones;
use crate::support::{Actor, Answer, World};
use serde_json::{Value, json};

pub struct Scene {
    pub world: World,
    pub customer: Actor,
    pub expert: Actor,
    pub engagement: String,
    pub parts: Vec<String>,
}

impl Scene {
    pub async fn signed(prices: &[i64]) -> Self {
        let world = World::new().await;
        let customer = world.customer("Fjordhaus Outdoor").await;
        let expert = world.consultant("Brandt Studio").await;
        let engagement = world.signed(&customer, &expert, prices).await;
        let parts = milestones(&customer, &engagement).await;
        Self { world, customer, expert, engagement, parts }
    }

    pub async fn kept(&self) -> Vec<Value> {
        let list = self.customer.get("/v1/payment-methods").await.expect(200);
        list.json()["items"].as_array().unwrap().clone()
    }

    pub async fn charges(&self, at: usize, method: Option<&str>) -> Answer {
        self.world.charges(&self.customer, &self.parts[at], method).await
    }

    pub async fn payment(&self, id: &str) -> Answer {
        self.customer.get(&format!("/v1/payments/{id}")).await.expect(200)
    }

    /// So many charges succeeded at Stripe, and the books say the same to the cent.
    pub async fn charged(&self, times: usize) {
        self.world.balances().await;
        assert_eq!(self.world.till("truth", None).await["adds_up"], true);
        let books = self.world.till("books", None).await;
        let charges = books["charges"].as_array().unwrap();
        let paid = charges.iter().filter(|charge| charge["succeeded"] == true);
        assert_eq!(paid.count(), times, "{charges:#?}");
        let captured = "SELECT count(*) FROM journals WHERE event_key LIKE 'charge:%'";
        let captured: i64 = self.world.sql(captured).await[0].get(0);
        assert_eq!(usize::try_from(captured).unwrap(), times);
    }

    /// What was asked of Stripe by POST at an address, with what came back.
    pub async fn asked(&self, path: &str) -> Vec<Value> {
        let requests = self.world.till("requests", None).await;
        let all = requests["exchanges"].as_array().unwrap().clone();
        let fits = |one: &Value| {
            one["method"] == "POST" && one["path"].as_str().unwrap().starts_with(path)
        };
        all.into_iter().filter(fits).collect()
    }

    /// Refuses whatever a stranger or a role without the right asks for.
    pub async fn is_closed_to(&self, who: &Actor, method: &str, status: u16) {
        let path = format!("/v1/payment-methods/{method}");
        assert_eq!(who.post(&format!("{path}/default"), json!({})).await.status, status);
        assert_eq!(who.delete(&path).await.status, status);
    }
}
