//! What is taken as a part of an address, and what never is.

use super::*;

const OUT: Reach = Reach { loopback: false };
const HERE: Reach = Reach { loopback: true };

fn part(kind: PartKind) -> AccountPart {
    AccountPart {
        name: "it".into(),
        kind,
        label: "Host of your Mautic".into(),
        hint: String::new(),
        example: "mautic.example.com".into(),
        pattern: None,
        choices: Vec::new(),
        asked: true,
    }
}

#[test]
fn a_host_is_a_public_name_and_nothing_else() {
    let part = part(PartKind::Host);
    for (written, read) in [
        ("mautic.fjordhaus.example", "mautic.fjordhaus.example"),
        (" Mautic.Fjordhaus.Example ", "mautic.fjordhaus.example"),
        ("m\u{fc}ller.example", "xn--mller-kva.example"),
    ] {
        assert_eq!(part.read(written, OUT).as_deref(), Ok(read));
    }
    for bad in [
        "",
        "https://mautic.example",
        "mautic.example/",
        "mautic.example/admin",
        "mautic.example\\admin",
        "mautic.example:8443",
        "mautic.example:443",
        "mautic.example:",
        "mautic.example?x",
        "mautic.example#x",
        "user@mautic.example",
        "user:pass@mautic.example",
        "mautic",
        "mautic..example",
        "mautic.example.",
        "mau_tic.example",
        "-a.example",
        "mautic.example evil.example",
        "mautic.example\nevil",
        "mautic.ex%61mple/..",
        "10.0.0.1",
        "8.8.8.8",
        "0x7f.1",
        "2130706433",
        "127.0.0.1",
        "127.0.0.1:4100",
        "[::1]",
        "[::ffff:10.0.0.1]",
        "169.254.169.254",
        "localhost",
        "{host}",
    ] {
        assert!(part.read(bad, OUT).is_err(), "{bad}");
    }
    assert!(part.read(&format!("{}.example", "a".repeat(64)), OUT).is_err());
    let said = part.read("https://mautic.example", OUT).unwrap_err();
    assert!(said.contains("without https://") && said.contains("mautic.example.com"), "{said}");
}

#[test]
fn this_machine_by_the_switch_only_and_private_never() {
    let part = part(PartKind::Host);
    assert_eq!(part.read("127.0.0.1:4100", HERE).as_deref(), Ok("127.0.0.1:4100"));
    assert_eq!(part.read("localhost:4100", HERE).as_deref(), Ok("localhost:4100"));
    for bad in ["10.0.0.1", "10.0.0.1:4100", "127.0.0.1:4100/x", "a@127.0.0.1:4100", "[fe80::1]"] {
        assert!(part.read(bad, HERE).is_err(), "{bad}");
    }
}

#[test]
fn labels_words_and_choices() {
    let mut dc = part(PartKind::Label);
    dc.pattern = Pattern::parse("[a-z]{2,4}[0-9]{1,3}").ok();
    assert_eq!(dc.read("US21", OUT).as_deref(), Ok("us21"));
    for bad in ["", "us", "us21.evil", "us21/", "us21@evil", "us-21", "u s21", "us21#"] {
        assert!(dc.read(bad, OUT).is_err(), "{bad}");
    }
    let mut unit = part(PartKind::Text);
    unit.pattern = Pattern::parse("0Uv[A-Za-z0-9]{15}").ok();
    assert!(unit.read("0Uv0000000000aBCDE", OUT).is_ok_and(|v| v == "0Uv0000000000aBCDE"));
    assert!(unit.read("0Uv0000000000aBCDE\r\nx: y", OUT).is_err());
    let mut login = part(PartKind::Host);
    login.choices = vec!["login.example.com".into(), "test.example.com".into()];
    assert!(login.read("test.example.com", OUT).is_ok());
    assert!(login.read("evil.example.com", OUT).is_err());
    let secret = part(PartKind::Secret).read("two words", OUT).unwrap_err();
    assert!(!secret.contains("two words"), "what was typed is not repeated");
}
