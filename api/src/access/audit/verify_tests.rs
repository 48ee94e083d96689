//! A file that holds, and every way in which one does not.

use super::*;
use crate::access::audit::Signer;
use crate::kernel::id::OrganizationId;
use chrono::DateTime;
use uuid::Uuid;

const CUSTOMER: OrganizationId = OrganizationId(Uuid::from_u128(7));

fn record(seq: i64, prev: [u8; 32], words: &str) -> (Record, [u8; 32]) {
    let salt = [u8::try_from(seq).unwrap(); 16];
    let personal = hex::encode(words_hash(&salt, words));
    let body = format!("{{\"seq\" : {seq}, \"what\" : {{}}, \"personal\" : \"{personal}\"}}");
    let hash = record_hash(CUSTOMER, seq, &prev, &body);
    let record = Record {
        seq,
        prev: hex::encode(prev),
        hash: hex::encode(hash),
        body,
        salt: Some(hex::encode(salt)),
        words: Some(words.to_owned()),
    };
    (record, hash)
}

/// Four records, a checkpoint after the third and one after the last.
fn lines() -> (Vec<Line>, Signer) {
    let signer = Signer::from_seed(&[5; 32]).unwrap();
    let keys = [(signer.key.id.clone(), signer.key.public.clone())];
    let heading = Heading {
        audit: FORM.into(),
        customer: CUSTOMER,
        after: 0,
        prev: hex::encode(BEGINNING),
        keys: keys.into(),
        more: false,
    };
    let mut lines = vec![Line::Heading(heading)];
    let mut prev = BEGINNING;
    let mut signed = Vec::new();
    for seq in 1..=4 {
        let (record, hash) = record(seq, prev, "{\"name\" : \"Ines\"}");
        if seq >= 3 {
            let at = DateTime::from_timestamp(1_800_000_000 + seq, 123_456_000).unwrap();
            signed.push(Line::Checkpoint(signer.sign(CUSTOMER, seq, &record.hash, at)));
        }
        lines.push(Line::Record(record));
        prev = hash;
    }
    lines.extend(signed);
    (lines, signer)
}

fn told(lines: &[Line], pinned: Option<&str>) -> Result<Verdict, AuditFault> {
    let text: Vec<String> = lines.iter().map(|l| serde_json::to_string(l).unwrap()).collect();
    verify(text.join("\n").as_bytes(), pinned)
}

fn change(lines: &mut [Line], at: usize, change: impl FnOnce(&mut Record)) {
    let Line::Record(record) = &mut lines[at] else { panic!("no record") };
    change(record);
}

#[test]
fn a_whole_chain_holds_up_to_its_last_signature() {
    let (lines, signer) = lines();
    let verdict = told(&lines, Some(&signer.key.public)).unwrap();
    let expected = Verdict {
        records: 4,
        first: 1,
        last: 4,
        signed_to: Some(4),
        checkpoints: 2,
        forgotten: 0,
        keys: vec![signer.key.id],
        more: false,
    };
    assert_eq!(verdict, expected);
    assert_eq!(told(&lines[..5], None).unwrap().signed_to, None, "without its checkpoints");
}

#[test]
fn attack_34_a_chain_written_anew_without_its_signatures_fails_a_pinned_key() {
    let (lines, signer) = lines();
    let key = Some(signer.key.public.as_str());
    for (cut, first) in [(&lines[..5], 1), (&lines[..3], 1), (&lines[..6], 4)] {
        let fault = told(cut, key).unwrap_err();
        assert_eq!(fault.seq, Some(first), "{fault}");
        assert!(fault.says.contains("nothing is signed by the key"), "{fault}");
    }
    assert_eq!(told(&lines[..1], key).unwrap().records, 0, "nothing has to be signed");
}

#[test]
fn a_part_of_a_chain_holds_from_its_beginning_on() {
    let (all, _) = lines();
    let (Line::Heading(heading), Line::Record(second)) = (&all[0], &all[2]) else { panic!() };
    let heading = Heading { after: 2, prev: second.hash.clone(), ..heading.clone() };
    let part: Vec<Line> =
        std::iter::once(Line::Heading(heading)).chain(all[3..].to_vec()).collect();
    let verdict = told(&part, None).unwrap();
    assert_eq!((verdict.first, verdict.last, verdict.signed_to), (3, 4, Some(4)));
}

#[test]
fn who_was_forgotten_leaves_the_chain_whole() {
    let (mut lines, _) = lines();
    change(&mut lines, 2, |record| (record.salt, record.words) = (None, None));
    assert_eq!(told(&lines, None).unwrap().forgotten, 1);
}

#[test]
fn attack_34_each_change_is_named_with_the_first_record_that_does_not_hold() {
    type Change = fn(&mut Vec<Line>);
    let changes: [(Change, i64, &str); 9] = [
        (|l| change(l, 2, |r| r.body = r.body.replace("{}", "{\"a\":1}")), 2, "not that of its"),
        (|l| change(l, 2, |r| r.words = Some("{\"name\" : \"Mia\"}".into())), 2, "its words"),
        (|l| drop(l.remove(2)), 3, "record 2 should stand here"),
        (|l| l.swap(2, 3), 3, "record 2 should stand here"),
        (|l| l.insert(3, l[2].clone()), 2, "record 3 should stand here"),
        (|l| l.truncate(4), 3, ""), /* cut: nothing is wrong in itself */
        (|l| drop(l.remove(4)), 4, "a checkpoint of a record that is not here"),
        (
            |l| {
                let Line::Checkpoint(signed) = &mut l[5] else { panic!() };
                signed.at += chrono::Duration::microseconds(1);
            },
            3,
            "its signature does not hold",
        ),
        (
            |l| {
                // The whole end written anew, with right hashes: only the signature tells.
                let Line::Record(first) = &l[2] else { panic!() };
                let prev = bytes(&first.hash).unwrap();
                let (third, hash) = record(3, prev, "{\"name\" : \"Mia\"}");
                l[3] = Line::Record(third);
                l[4] = Line::Record(record(4, hash, "{}").0);
            },
            3,
            "what was signed is not what stands here",
        ),
    ];
    for (change, seq, says) in changes {
        let (mut lines, _) = lines();
        change(&mut lines);
        match told(&lines, None) {
            Ok(verdict) => assert!(says.is_empty() && verdict.last == seq, "{verdict:?}"),
            Err(fault) => {
                assert_eq!(fault.seq, Some(seq), "{fault}");
                assert!(!says.is_empty() && fault.says.contains(says), "{fault}");
            }
        }
    }
}

#[test]
fn another_key_does_not_pass_for_the_pinned_one() {
    let (lines, _) = lines();
    let stranger = Signer::from_seed(&[6; 32]).unwrap();
    let fault = told(&lines, Some(&stranger.key.public)).unwrap_err();
    assert!(fault.says.contains("signed by a key that is not known"), "{fault}");
    assert_eq!(told(&lines[1..], None).unwrap_err().line, 1, "no heading");
    assert!(verify(&b""[..], None).is_err());
    assert!(verify(&b"{\"audit\":1}"[..], None).is_err());
}
