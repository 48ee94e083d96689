//! The story that `attache demo` plays, from an application to the reviews, with its closing
//! checks: twice on the same data, and against a program that is not there.

use crate::support::World;
use crate::support::actor::PASSWORD;
use attache::demo::story::{self, Places, Staff};
use attache::postgres::Role;
use chrono::Duration;
use std::cell::RefCell;

/// What was told, a line each.
async fn play(world: &World, places: &Places, staff: &Staff) -> (anyhow::Result<()>, String) {
    let told = RefCell::new(String::new());
    let say = |line: &str| *told.borrow_mut() += &format!("{line}\n");
    let played = story::play(places, staff, world.clock.now(), &say).await;
    (played, told.into_inner())
}

#[tokio::test(flavor = "multi_thread")]
async fn holds_and_may_be_told_again() {
    let world = World::new().await;
    let staff = Staff {
        program: "larkfield".to_owned(),
        owner: world.vendor("owner").await.email,
        manager: world.vendor("program_manager").await.email,
        finance: world.vendor("finance").await.email,
        password: PASSWORD.to_owned(),
    };
    let places = Places {
        site: world.base.parse().unwrap(),
        marketing: world.sandbox.marketing.clone(),
        payments: world.sandbox.payments.clone(),
        mail: world.sandbox.mail_page.clone(),
        database: Some(world.database.url(Role::App)),
    };
    for _ in 0..2 {
        let (played, told) = play(&world, &places, &staff).await;
        played.unwrap_or_else(|error| panic!("{told}{error:#}"));
        for wanted in ["[10/10]", "the ledger balances", "6 transfers", "the whole story held"] {
            assert!(told.contains(wanted), "{wanted} is not told:\n{told}");
        }
        assert!(!told.contains("[11/"), "{told}");
        world.advance(Duration::seconds(1)).await;
    }
    let nobody = Places { site: "http://127.0.0.1:9/".parse().unwrap(), ..places };
    let (played, told) = play(&world, &nobody, &staff).await;
    let error = format!("{:#}", played.expect_err(&told));
    assert!(error.contains("no answer"), "{error}");
    world.end().await;
}
