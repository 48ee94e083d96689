//! What is kept of a write, and what becomes of it.

use super::*;
use serde_json::json;

fn map(value: Value) -> Map<String, Value> {
    value.as_object().unwrap().clone()
}

fn change(before: Option<Value>, after: Value) -> Kept {
    let (before, after) = (before.map(map), map(after));
    Kept { whole: after.clone(), before, after, ..Kept::default() }
}

#[test]
fn what_is_as_the_write_left_it_is_set_back() {
    let kept = change(
        Some(json!({ "subject": "Hi", "name": "Spring" })),
        json!({ "subject": "Hello", "name": "Spring" }),
    );
    let now = json!({ "subject": "Hello", "name": "Spring", "state": "draft" });
    assert_eq!(step(&kept, &now, false), Step::Set(map(json!({ "subject": "Hi" }))));
    let back = json!({ "subject": "Hi", "name": "Spring" });
    assert_eq!(step(&kept, &back, false), Step::Nothing);
    assert_eq!(changed(&kept).len(), 1);
}

#[test]
fn what_somebody_changed_since_is_left_alone_unless_it_is_wanted() {
    let kept = change(
        Some(json!({ "subject": "Hi", "to": null })),
        json!({ "subject": "Hello", "to": 2 }),
    );
    let now = json!({ "subject": "Servus", "to": 2 });
    assert_eq!(step(&kept, &now, false), Step::Differs(map(json!({ "subject": "Servus" }))));
    let all = map(json!({ "subject": "Hi", "to": null }));
    assert_eq!(step(&kept, &now, true), Step::Set(all));
    let told = found(&kept, &map(json!({ "subject": "Servus" })));
    assert_eq!(told[0].before.as_deref(), Some("Servus"));
    assert_eq!(told[0].after.as_deref(), Some("Hi"));
}

#[test]
fn what_the_write_made_is_deleted_while_nobody_worked_on_it() {
    let kept = change(None, json!({ "name": "Spring" }));
    assert_eq!(step(&kept, &json!({ "name": "Spring", "id": 1 }), false), Step::Delete);
    let now = json!({ "name": "Summer" });
    assert_eq!(step(&kept, &now, false), Step::Differs(map(json!({ "name": "Summer" }))));
    assert_eq!(step(&kept, &now, true), Step::Delete);
    // What the call itself did not set counts as well.
    let mut kept = kept;
    kept.whole.insert("body".into(), Value::Null);
    let now = json!({ "name": "Spring", "body": "Dear friend" });
    let found = map(json!({ "body": "Dear friend" }));
    assert_eq!(step(&kept, &now, false), Step::Differs(found));
}
fn undo(within: &[&str], besides: &[&str]) -> Undo {
    let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
    Undo {
        by: "change".into(),
        of: Default::default(),
        besides: names(besides),
        at: vec![],
        within: names(within),
    }
}

#[test]
fn of_a_field_whose_parts_are_set_one_by_one_only_those_are_kept() {
    let thing = json!({ "properties": { "city": "Oslo", "phone": "", "id": 7 }, "tags": ["a"] });
    let sets = map(json!({ "properties": { "city": "Bergen", "fax": "1" }, "tags": ["b"] }));
    let mut kept = kept(&undo(&["properties"], &["tags"]), &sets, &thing).unwrap();
    assert_eq!(kept.before, Some(map(json!({ "properties": { "city": "Oslo" } }))));
    assert_eq!(kept.after, map(json!({ "properties": { "city": "Bergen" } })), "no guess at fax");
    learn(&mut kept, &json!({ "properties": { "city": "BERGEN", "phone": "" } }));
    let now = json!({ "properties": { "city": "BERGEN", "phone": "47", "id": 8 } });
    let back = map(json!({ "properties": { "city": "Oslo" } }));
    assert_eq!(step(&kept, &now, false), Step::Set(back.clone()), "whatever else was changed");
    let now = json!({ "properties": { "city": "Voss" } });
    let differs = map(json!({ "properties": { "city": "Voss" } }));
    assert_eq!(step(&kept, &now, false), Step::Differs(differs.clone()));
    assert_eq!(step(&kept, &now, true), Step::Set(back));
    let told = found(&kept, &differs);
    assert_eq!((told.len(), told[0].field.as_str()), (1, "properties.city"));
    assert_eq!(step(&kept, &thing, false), Step::Nothing);
}

#[test]
fn any_other_field_is_one_part() {
    let thing = json!({ "to": { "lists": [1], "at": "noon" } });
    let sets = map(json!({ "to": { "lists": [2] } }));
    let kept = kept(&undo(&[], &[]), &sets, &thing).unwrap();
    let after = json!({ "to": { "lists": [2] } });
    assert_eq!(step(&kept, &after, false), Step::Set(map(thing.clone())));
    let more = json!({ "to": { "lists": [2], "at": "two" } });
    assert_eq!(step(&kept, &more, false), Step::Differs(map(more)));
}

#[test]
fn what_is_left_aside_or_not_shown_is_not_kept_at_all() {
    let sets = map(json!({ "from": { "id": 1 }, "new": 1 }));
    let thing = json!({ "from": { "id": 2 } });
    assert_eq!(kept(&undo(&[], &["from"]), &sets, &thing), None);
    assert!(kept(&undo(&[], &[]), &sets, &json!({ "from": null })).is_some(), "empty is known");
}

#[test]
fn of_a_thing_that_was_made_each_part_tells_of_work_but_those_aside() {
    let made = map(json!({ "id": 1, "stats": { "members": 0, "rate": 1 }, "links": [] }));
    let whole = whole(&undo(&[], &["links", "stats.rate"]), &made);
    assert_eq!(whole, map(json!({ "id": 1, "stats": { "members": 0 } })));
    let kept = Kept { whole, ..Kept::default() };
    let now = json!({ "id": 1, "stats": { "members": 0, "rate": 2 }, "links": [1] });
    assert_eq!(step(&kept, &now, false), Step::Delete);
    let now = json!({ "id": 1, "stats": { "members": 3 } });
    let found = map(json!({ "stats": { "members": 3 } }));
    assert_eq!(step(&kept, &now, false), Step::Differs(found));
}
