//! The same by pages: offered, read, written down, changed, seen, paid.

use crate::support::World;
use crate::support::hours::{Agreed, at, later};
use crate::support::reader::{Reader, says};
use serde_json::json;

/// Where the pages of an engagement are.
const ENGAGEMENT: &str = "/p/larkfield/engagements/";

#[tokio::test(flavor = "multi_thread")]
async fn hours_are_offered_and_agreed_by_pages() {
    let world = World::new().await;
    let customer = world.customer("Fjordhaus Outdoor").await;
    let expert = world.consultant("Brandt Studio").await;
    let invitation = world.invited(&customer, &expert).await;
    let here = format!("/invitations/{invitation}/proposal");
    let mut ines = Reader::of(&world, &expert.email).await;
    let page = ines.open(&here).await;
    says(&page, "By the hour");
    let page = ines.open(&format!("{here}?service=none&by=hour")).await;
    let form = page.form(&format!("/p/larkfield{here}")).unwrap();
    let form = form.set("title", "Nurture by the hour").set("note", "A few hours a week.");
    let form = form.set("access", "author-drafts").set("rate", "90.00").set("weeks", "8");
    let wrong = ines.send(&form.clone().set("cap", "many").set("do", "preview")).await;
    assert_eq!(wrong.status, 422, "{}", wrong.text);
    says(&wrong, "Choose from 1 to 168 hours a week");
    says(&wrong, "value=\"90.00\"");
    let seen = ines.send(&form.set("cap", "20").set("do", "preview")).await;
    for words in ["20 h, $1,800.00", "at most 8 weeks", "$14,400.00", "80\u{a0}% of $1,800.00"] {
        says(&seen, words);
    }
    let send = seen.form(&format!("/p/larkfield{here}")).unwrap();
    let sent = ines.send(&send.set("do", "send")).await;
    says(&sent, "Proposal sent");
    let proposal: String = world.sql("SELECT id::text FROM proposals").await[0].get(0);
    let mut petra = Reader::of(&world, &customer.email).await;
    let page = petra.open(&format!("/proposals/{proposal}")).await;
    for words in ["By the hour", "$90.00", "20 h, $1,800.00", "never charged", "A whole week"] {
        says(&page, words);
    }
    let accept = format!("/p/larkfield/proposals/{proposal}/accept");
    let ask = petra.open(&format!("/proposals/{proposal}/accept")).await;
    let page = petra.send(&ask.form(&accept).unwrap()).await;
    says(&page, "USD 1,800.00 a week");
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn time_is_written_changed_seen_and_paid_by_pages() {
    let super::Scene { world, customer, expert, engagement, monday } =
        super::Scene::signed(Agreed(9_000, 600, 4)).await;
    let here = format!("/engagements/{engagement}/hours");
    let action = format!("/p/larkfield{here}");
    let mut ines = Reader::of(&world, &expert.email).await;
    let page = ines.open(&format!("/engagements/{engagement}")).await;
    says(&page, "Open the time sheet");
    let page = ines.open(&here).await;
    says(&page, "This week is open");
    says(&page, "12:00 UTC");
    let form = page.form(&action).unwrap().set("words", "Lists");
    let form = form.set("day", &monday.to_string());
    let wrong = ines.send(&form.clone().set("hours", "25")).await;
    assert_eq!(wrong.status, 422);
    says(&wrong, "Enter from 1 minute to 24 hours");
    says(&wrong, "Lists</textarea>");
    let page = ines.send(&form.set("hours", "11").set("minutes", "30")).await;
    says(&page, "11 h 30 min");
    says(&page, "1 h 30 min");
    let entry: String = world.sql("SELECT id::text FROM time_entries").await[0].get(0);
    let change = format!("{here}/{entry}");
    let page = ines.open(&change).await;
    let form = page.form(&format!("/p/larkfield{change}")).unwrap().set("hours", "12");
    let form = form.set("day", &monday.to_string()).set("words", "Lists");
    let page = ines.send(&form.set("minutes", "0").set("do", "save")).await;
    says(&page, "12 h");
    let mut petra = Reader::of(&world, &customer.email).await;
    let page = petra.open(&here).await;
    for words in ["Lists", "12 h", "10 h", "$900.00", "Over the limit, not charged"] {
        says(&page, words);
    }
    assert!(page.form(&action).is_err(), "the customer only reads");
    let page = petra.open(&format!("/engagements/{engagement}")).await;
    for words in ["12 h so far", "Open", "$900.00"] {
        says(&page, words);
    }
    world.moves_to(at(later(monday, 7), 12, 0, 0)).await;
    let page = petra.open(&format!("{here}?week={monday}")).await;
    says(&page, "Pay $900.00");
    let page = petra.open(&format!("/engagements/{engagement}")).await;
    says(&page, "Pay the week of");
    let page = petra.open("/").await;
    says(&page, "Pay the week of");
    let milestone: String = world.sql("SELECT id::text FROM milestones").await[0].get(0);
    world.pays(&customer, &milestone).await;
    let page = petra.open(&format!("/milestones/{milestone}")).await;
    for words in ["Accept the week of", "or disagree", "See the time sheet", "10 h charged"] {
        says(&page, words);
    }
    assert!(!page.text.contains("Return it with notes"), "{}", page.text);
    let page = ines.open(&format!("/engagements/{engagement}/end")).await;
    says(&page, "No more hours from tomorrow on");
    // The page has two forms with a reason, and the first is that of a pause.
    let end = format!("{ENGAGEMENT}{engagement}/end");
    let mut form = page.form(&end).unwrap();
    form.action.set_path(&end);
    let page = ines.send(&form.set("end_reason", "It is done.")).await;
    says(&page, "The hours have ended");
    says(&page, "once its last week is locked, paid and accepted");
    let page = ines.open(&here).await;
    says(&page, "The hours end on");
    let head = customer.get(&format!("/v1/engagements/{engagement}")).await.expect(200).json();
    assert!(head["hours_end_on"] != json!(null), "{head}");
    world.end().await;
}
