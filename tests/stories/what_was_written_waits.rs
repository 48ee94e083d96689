//! What somebody wrote before the sign-in ended is told in the words of its page, and waits through
//! a forgotten password too.

use crate::support::reader::{Reader, says};
use crate::support::{Actor, World};
use attache::demo::browser::Page;

const NEW_BRIEF: &str = "/p/larkfield/briefs/new";
const SIGN_IN: &str = "/p/larkfield/sign-in";

/// Petra sends a brief after signing out in another window.
async fn too_late(world: &World, petra: &Actor) -> (Reader, Page) {
    let mut reader = Reader::of(world, &petra.email).await;
    let page = reader.open("/briefs/new").await;
    let form = [
        ("title", "Win back lapsed buyers"),
        ("skills", "lead-scoring"),
        ("overlap", "180"),
        ("need_by_day", "12"),
    ]
    .into_iter()
    .fold(page.form(NEW_BRIEF).unwrap(), |form, (name, value)| form.set(name, value));
    reader.send(&page.form("/p/larkfield/sign-out").unwrap()).await;
    let ended = reader.send_from("/briefs/new", &form).await;
    assert_eq!(ended.status, 401);
    says(&ended, "Nothing was sent or saved");
    (reader, ended)
}

/// The form as it was written, by labels and by the words of what was chosen.
fn is_told(page: &Page) {
    for words in ["What you wrote is still here", "In a few words", "Win back lapsed buyers"] {
        says(page, words);
    }
    for words in ["Lead scoring", "Hours you want to share", "3 h a day", "day</dt><dd>12"] {
        says(page, words);
    }
    for name in [">Overlap<", ">Title<", ">180<", ">lead-scoring<"] {
        assert!(!page.text.contains(name), "{name}: {}", page.text);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn it_is_told_in_the_words_of_its_page() {
    let world = World::new().await;
    let petra = world.customer("Fjordhaus Outdoor").await;
    let (mut reader, ended) = too_late(&world, &petra).await;
    let form = ended.form(SIGN_IN).unwrap().set("email", &petra.email);
    let back = reader.send(&form.set("password", crate::support::actor::PASSWORD)).await;
    is_told(&back);
    let taken = reader.send(&back.form(NEW_BRIEF).unwrap()).await;
    assert_eq!(taken.status, 422, "the rest of the brief is asked for");
    says(&taken, "Win back lapsed buyers");
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stale_form_is_told_so_too() {
    let world = World::new().await;
    let petra = world.customer("Fjordhaus Outdoor").await;
    let mut reader = Reader::of(&world, &petra.email).await;
    let page = reader.open("/briefs/new").await;
    let form = page.form(NEW_BRIEF).unwrap().set("overlap", "180").set("csrf", "of another");
    let form = form.set("title", "Win back lapsed buyers").set("skills", "lead-scoring");
    let back = reader.send_from("/briefs/new", &form.set("need_by_day", "12")).await;
    assert_eq!(back.status, 403);
    is_told(&back);
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn it_waits_through_a_forgotten_password() {
    let world = World::new().await;
    let petra = world.customer("Fjordhaus Outdoor").await;
    let (mut reader, ended) = too_late(&world, &petra).await;
    let asked = reader.send(&ended.form("/p/larkfield/forgotten").unwrap()).await;
    let back = reader.send(&asked.form(SIGN_IN).unwrap()).await;
    says(&back, "Nothing was sent or saved");
    let form = asked.form("/p/larkfield/forgotten").unwrap();
    let wrong = reader.send(&form.clone().set("email", "petra")).await;
    assert_eq!(wrong.status, 422);
    let form = wrong.form("/p/larkfield/forgotten").unwrap();
    let sent = reader.send(&form.set("email", &petra.email)).await;
    says(&sent, "keep this page open");
    assert_eq!(sent.url.query(), None);
    let token = world.mailed_token(&petra.email, "Choose a new password").await;
    let mut mail = Reader::visitor(&world);
    let page = mail.open(&format!("/reset?token={token}")).await;
    let form = page.form("/p/larkfield/reset").unwrap();
    says(&mail.send(&form.set("password", "another long sentence")).await, "Your password is set");
    let form = sent.form(SIGN_IN).unwrap().set("password", "another long sentence");
    is_told(&reader.send(&form).await);
    world.end().await;
}
