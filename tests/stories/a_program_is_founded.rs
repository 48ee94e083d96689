//! The operator founds a program by a command, and its first owner comes in by the mail.

use crate::support::{Session, World};
use attache::postgres::Role;
use serde_json::json;
use std::process::{Command, Output};

/// `attache vendor` in the environment that the world's program serves with.
async fn vendor(world: &World, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_attache"));
    command.arg("vendor").args(arguments).env_clear();
    command.env("DATABASE_URL", world.database.url(Role::App));
    command.env("ATTACHE_URL", &world.base).env("ATTACHE_SECRET_KEY", "07".repeat(32));
    command.env("ATTACHE_FILES", "files").env("SMTP_URL", "smtp://127.0.0.1:9");
    command.env("MAIL_FROM", "Attaché <program@attache.example>");
    for name in ["STRIPE_SECRET_KEY", "STRIPE_WEBHOOK_SECRETS", "STRIPE_CONNECT_WEBHOOK_SECRETS"] {
        command.env(name, "sk_test_none");
    }
    tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap()
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&[output.stdout.as_slice(), &output.stderr].concat()).into_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn and_its_owner_runs_it() {
    let world = World::new().await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("program.toml");
    let file = file.to_str().unwrap();
    let example = vendor(&world, &["example"]).await;
    std::fs::write(file, &example.stdout).unwrap();
    let founded = vendor(&world, &["found", file]).await;
    assert!(founded.status.success(), "{}", said(&founded));
    assert!(said(&founded).contains(&format!("{}/p/acme/", world.base)), "{}", said(&founded));
    let again = vendor(&world, &["found", file]).await;
    assert_eq!(again.status.code(), Some(1));
    assert!(said(&again).contains("There is a program at this address"), "{}", said(&again));
    let owner = "owner@acme.example";
    let token = world.mailed_token(owner, "Join Acme").await;
    let account = json!({ "token": token, "name": "Aude Caron", "password": "a long sentence" });
    let joined = world.anyone().post("/v1/joins", account).await.expect(201);
    let aude = Session::from_answer(&world, &joined);
    let me = aude.get("/v1/me").await.expect(200);
    assert_eq!((me.at("/seats/0/kind"), me.at("/seats/0/role")), ("vendor".into(), "owner".into()));
    let program = aude.get("/v1/program").await.expect(200);
    assert_eq!((program.at("/program"), program.at("/currency")), ("acme".into(), "EUR".into()));
    let owner_again = vendor(&world, &["invite", "acme", owner]).await;
    assert!(said(&owner_again).contains("already"), "{}", said(&owner_again));
    let second = vendor(&world, &["invite", "acme", "finance@acme.example"]).await;
    assert!(second.status.success(), "{}", said(&second));
    world.mailed_token("finance@acme.example", "Join Acme").await;
    let all = vendor(&world, &["list"]).await;
    assert!(said(&all).contains("acme Acme") && said(&all).contains("larkfield"), "{}", said(&all));
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn or_nothing_is_written() {
    let world = World::new().await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("program.toml");
    let path = file.to_str().unwrap();
    let example = said(&vendor(&world, &["example"]).await);
    for (from, to, named) in [
        ("owner@acme.example", "nobody", "owner: "),
        ("consultant = 8000", "consultant = 9000", "parts: "),
        ("name = ", "nome = ", "nome"),
    ] {
        std::fs::write(&file, example.replacen(from, to, 1)).unwrap();
        let refused = vendor(&world, &["found", path]).await;
        assert_eq!(refused.status.code(), Some(1));
        assert!(said(&refused).contains(named), "{named}: {}", said(&refused));
    }
    let unknown = vendor(&world, &["invite", "acme", "owner@acme.example"]).await;
    assert!(said(&unknown).contains("no program is called acme"), "{}", said(&unknown));
    world.end().await;
}
