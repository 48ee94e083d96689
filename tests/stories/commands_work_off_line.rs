//! What a customer or an operator runs on a machine without server, database or network.

use crate::support::World;
use crate::support::larkfield::{PETRA, Tool};
use serde_json::json;
use std::fs;
use std::path::Path;
use std::process::Command;

/// A command in a folder, with nothing around it; its exit code and what it said.
fn run(folder: &Path, words: &[&str]) -> (i32, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_attache"));
    let done = command.args(words).env_clear().current_dir(folder).output().unwrap();
    let said = String::from_utf8([done.stdout, done.stderr].concat()).unwrap();
    (done.status.code().unwrap(), said)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_customer_verifies_its_trail_and_a_receipt() {
    let world = World::new().await;
    let petra = world.customer("Fjordhaus").await;
    let expert = world.consultant("Brandt").await;
    let (engagement, _) = world.active(&petra, &expert, &[10_000]).await;
    let connection = world.connects(&petra, PETRA).await;
    let parties = (&petra, &expert);
    let grant = world.grants(parties, &engagement, &connection, "read-only").await;
    let tool = Tool::with_key(&expert, &grant).await;
    tool.get("/account").await.expect(200);
    tool.get("/lists").await.expect(200);
    petra.post(&format!("/v1/grants/{grant}/end"), json!({})).await.expect(200);
    let trail = petra.get("/v1/audit-trail.jsonl").await.expect(200).text();
    let receipt = petra.get(&format!("/v1/grants/{grant}/receipt")).await.expect(200).text();
    let key = petra.get("/v1/audit-trail/key").await.expect(200).at("/public");
    world.end().await;
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).unwrap();
    write("trail.jsonl", &trail);
    write("receipt.json", &receipt);
    let verify = |name: &str| run(folder.path(), &["audit", "verify", name, "--key", &key]);
    let (code, said) = verify("trail.jsonl");
    assert_eq!(code, 0, "{said}");
    assert!(
        said.contains("trail.jsonl: holds: ") && said.contains("signed up to record"),
        "{said}"
    );
    // A record that says something else, one that is gone, and two that changed places.
    let lines: Vec<&str> = trail.lines().collect();
    let records: Vec<usize> =
        (0..lines.len()).filter(|at| lines[*at].contains("\"seq\":")).collect();
    assert!(records.len() > 4, "{trail}");
    let third = records[2];
    let named = format!("line {}, record 3", third + 1);
    let changed = |change: &dyn Fn(&mut Vec<String>)| {
        let mut copy: Vec<String> = lines.iter().map(|line| (*line).to_owned()).collect();
        change(&mut copy);
        copy.join("\n") + "\n"
    };
    let digit = |line: &str| {
        let at = line.find("\"hash\":\"").unwrap() + 8;
        let other = if line.as_bytes()[at] == b'0' { "1" } else { "0" };
        format!("{}{other}{}", &line[..at], &line[at + 1..])
    };
    write("edited.jsonl", &changed(&|copy| copy[third] = digit(&copy[third])));
    write("swapped.jsonl", &changed(&|copy| copy.swap(third, third + 1)));
    write("short.jsonl", &changed(&|copy| drop(copy.remove(third))));
    for (name, at) in [("edited.jsonl", 3), ("swapped.jsonl", 4), ("short.jsonl", 4)] {
        let (code, said) = verify(name);
        let named =
            if at == 3 { named.clone() } else { format!("line {}, record {at}", third + 1) };
        assert!(
            code == 1 && said.contains("does not hold") && said.contains(&named),
            "{name}: {said}"
        );
    }
    let other = "00".repeat(32);
    let (code, said) = run(folder.path(), &["audit", "verify", "trail.jsonl", "--key", &other]);
    assert!(code == 1 && said.contains("does not hold"), "{said}");
    let (code, said) = run(folder.path(), &["audit", "receipt", "receipt.json", "--key", &key]);
    assert!(
        code == 0 && said.contains("receipt.json: holds") && said.contains("Fjordhaus"),
        "{said}"
    );
    write("forged.json", &receipt.replace("Fjordhaus", "Fjordhaux"));
    let (code, said) = run(folder.path(), &["audit", "receipt", "forged.json", "--key", &key]);
    assert!(code == 1 && said.contains("forged.json: does not hold"), "{said}");
    let (code, said) = run(folder.path(), &["audit", "verify", "nothing.jsonl"]);
    assert!(code == 1 && said.contains("nothing.jsonl"), "{said}");
}

#[test]
fn an_operator_checks_descriptions() {
    let shipped = Path::new(env!("CARGO_MANIFEST_DIR")).join("upstreams");
    let folder = tempfile::tempdir().unwrap();
    let files: Vec<String> = fs::read_dir(&shipped)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|ending| ending == "toml"))
        .map(|path| path.display().to_string())
        .collect();
    assert!(files.len() >= 8);
    let words: Vec<&str> =
        ["upstream", "check"].into_iter().chain(files.iter().map(|f| f.as_str())).collect();
    let (code, said) = run(folder.path(), &words);
    assert_eq!((code, said.matches(": well formed; ").count()), (0, files.len()), "{said}");
    let whole = fs::read_to_string(shipped.join("mailchimp.toml")).unwrap();
    let line = |text: &str| 1 + whole.lines().position(|line| line.contains(text)).unwrap();
    for (from, to, fault) in [
        ("risk = \"read\"", "risk = \"raed\"", "unknown variant `raed`"),
        ("method = \"GET\"", "method = \"TRACE\"", ""),
        ("[[operations]]", "[[operation]]", "operation"),
    ] {
        fs::write(folder.path().join("bad.toml"), whole.replacen(from, to, 1)).unwrap();
        let (code, said) = run(folder.path(), &["upstream", "check", "bad.toml"]);
        assert_eq!(code, 1, "{said}");
        assert!(said.contains(&format!("bad.toml:{}: ", line(from))), "{from}: {said}");
        assert!(said.contains(fault) && said.contains("1 of 1 descriptions do not hold"), "{said}");
    }
}
