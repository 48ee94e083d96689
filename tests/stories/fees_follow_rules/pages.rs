//! The vendor prepares, tries, publishes and ends a rule on its pages; both sides of a proposal
//! read who would get what.

use super::nurturing;
use crate::support::reader::{Reader, says};
use crate::support::{Actor, World};

const TYPED: &str = "category=nurturing-campaign-design&tier=listed&unit=percent&consultant=90&\
                     vendor=5&reseller=0&operator=5&price=2,000";

#[tokio::test(flavor = "multi_thread")]
async fn a_rule_from_a_thought_to_its_end() {
    let world = World::new().await;
    let finance = world.vendor("finance").await;
    let samir = world.vendor("program_manager").await;
    let (customer, expert) =
        (world.customer("Fjordhaus Outdoor").await, world.consultant("Brandt Studio").await);
    let proposal = nurturing(&world, &customer, &expert, &[100_000]).await;
    super::signed(&customer, &expert, &proposal).await;
    let mut vendor = Reader::of(&world, &finance.email).await;
    let form = vendor.open("/fees/new").await;
    says(&form, "Nurturing design");
    let preview = vendor.open(&format!("/fees/new?{TYPED}")).await;
    assert_eq!(preview.status, 200, "{}", preview.text);
    says(&preview, "“Listed, Nurturing design” would share a price like this");
    says(&preview, "$1,800.00");
    says(&preview, "$1,600.00");
    says(&preview, "because it says more about the work.");
    let simulated = vendor.open(&format!("/fees/simulation?{TYPED}")).await;
    says(&simulated, "1 engagement was signed since");
    says(&simulated, "“Listed, Nurturing design” would count for 1;");
    says(&simulated, "+$100.00");
    says(&simulated, "Brandt Studio");
    let file = vendor.open(&format!("/fees/simulation.csv?{TYPED}")).await;
    says(&file, "USD,1000.00,800.00,900.00,150.00,50.00,0.00,0.00,50.00,50.00");
    let wrong = vendor.open("/fees/new?consultant=90&vendor=5&reseller=0&operator=6").await;
    assert_eq!(wrong.status, 422);
    says(&wrong, "The four add up to 101 %; make it 100");
    let typo = vendor.open(&format!("/fees/new?{TYPED}&as_account=direct&account=direct")).await;
    says(&typo, "Accounts without a reseller".to_lowercase().as_str());

    let listed = vendor.send(&preview.form("/p/larkfield/fees").unwrap()).await;
    says(&listed, "The rule “Listed, Nurturing design” is published");
    let mut looks = Reader::of(&world, &samir.email).await;
    let seen = looks.open("/fees").await;
    says(&seen, "Listed, Nurturing design");
    assert!(!seen.text.contains("/end\""), "who may not end it sees no link");
    assert_eq!(looks.open("/fees/new").await.status, 403);

    both_sides_read_it(&world, &customer, &expert).await;

    let link = listed.text.split("href=\"").find(|piece| piece.contains("/end\"")).unwrap();
    let path = link.split('"').next().unwrap().trim_start_matches("/p/larkfield").to_owned();
    let question = vendor.open(&path).await;
    says(&question, "End the rule “Listed, Nurturing design”?");
    assert_eq!(looks.open(&path).await.status, 403);
    let form = question.form(&format!("/p/larkfield{path}")).unwrap();
    let wrong = form.clone().set("from_day", "1").set("from_month", "1").set("from_year", "2001");
    let wrong = vendor.send_from(&path, &wrong).await;
    assert_eq!(wrong.status, 422, "{}", wrong.text);
    says(&wrong, "Choose today or a day ahead");
    let over = vendor.send(&form).await;
    says(&over, "The rule “Listed, Nurturing design” ends");
    let again = vendor.send_from(&path, &form).await;
    assert!([303, 409].contains(&again.status), "{}", again.text);
    let sql = "SELECT id::text FROM fee_policies WHERE version = 1";
    let base: String = world.sql(sql).await[0].get(0);
    let never = vendor.open(&format!("/fees/{base}/end")).await;
    assert_eq!(never.status, 409);
    says(&never, "The rule for all work cannot end.");
    world.end().await;
}

/// Before they agree, who would get what stands on the proposal, with the rule.
async fn both_sides_read_it(world: &World, customer: &Actor, expert: &Actor) {
    let second = world.proposal(customer, expert, &[100_000]).await;
    let of = format!(
        "UPDATE proposals SET service_id = (SELECT id FROM services LIMIT 1) WHERE id = '{second}'"
    );
    crate::support::offers::change(world, &of).await;
    for (who, words) in [
        (customer, "Refunded before that, all of it comes back to you without a fee."),
        (expert, "Sent back before that, you get nothing of it and owe nothing."),
    ] {
        let mut side = Reader::of(world, &who.email).await;
        let page = side.open(&format!("/proposals/{second}")).await;
        says(&page, words);
        says(&page, "By the fee rule “Listed, Nurturing design” of ");
        says(&page, "$900.00");
    }
}
