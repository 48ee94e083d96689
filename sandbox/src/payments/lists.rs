//! Lists with cursors, newest first.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::{form::Form, refusal::Refusal};

/// The parameters that every list takes.
const COMMON: &[&str] = &["limit", "starting_after", "ending_before", "created", "expand"];

/// One kind of object to list: where it is, which ones belong, how each is written.
pub(super) struct Listing<'a, T> {
    /// The address of the list, `/v1/charges`.
    pub address: &'a str,
    pub all: &'a BTreeMap<String, T>,
    pub belongs: &'a dyn Fn(&T) -> bool,
    pub created: fn(&T) -> i64,
    pub render: &'a dyn Fn(&T) -> Value,
}

/// One page of a list; `filters` are the parameters that this list takes beside the common ones.
///
/// # Errors
/// A parameter is unknown or malformed, or the cursor names nothing in this list.
pub(super) fn page<T>(
    form: &Form,
    filters: &[&str],
    listing: &Listing<'_, T>,
) -> Result<Value, Refusal> {
    form.only(&[COMMON, filters].concat())?;
    let limit = limit(form)?;
    let between = created(form)?;
    let mut rows: Vec<(&String, &T)> = listing
        .all
        .iter()
        .rev()
        .filter(|(_, row)| (listing.belongs)(row) && between.holds((listing.created)(row)))
        .collect();
    let place = |cursor: &str, name: &str| {
        let at = rows.iter().position(|(id, _)| *id == cursor);
        at.ok_or_else(|| Refusal::no_such("object in this list", cursor, name))
    };
    let has_more;
    if let Some(cursor) = form.text("ending_before") {
        let end = place(cursor, "ending_before")?;
        let start = end.saturating_sub(limit);
        has_more = start > 0;
        rows = rows.drain(start..end).collect();
    } else {
        let start = match form.text("starting_after") {
            Some(cursor) => place(cursor, "starting_after")? + 1,
            None => 0,
        };
        rows = rows.split_off(start);
        has_more = rows.len() > limit;
        rows.truncate(limit);
    }
    let data = rows.into_iter().map(|(_, row)| (listing.render)(row)).collect();
    Ok(object(listing.address, data, has_more))
}

/// One page of objects that have an order of their own, first things first.
///
/// # Errors
/// A parameter is unknown or malformed, or the cursor names nothing in this list.
pub(super) fn in_order(form: &Form, address: &str, mut all: Vec<Value>) -> Result<Value, Refusal> {
    form.only(&["limit", "starting_after", "expand"])?;
    if let Some(cursor) = form.text("starting_after") {
        let at = all.iter().position(|row| row.get("id").is_some_and(|id| id == cursor));
        let missing = || Refusal::no_such("object in this list", cursor, "starting_after");
        all.drain(..=at.ok_or_else(missing)?);
    }
    let limit = limit(form)?;
    let has_more = all.len() > limit;
    all.truncate(limit);
    Ok(object(address, all, has_more))
}

/// A list object.
pub(super) fn object(address: &str, data: Vec<Value>, has_more: bool) -> Value {
    json!({ "object": "list", "data": data, "has_more": has_more, "url": address })
}

fn limit(form: &Form) -> Result<usize, Refusal> {
    let limit = form.integer("limit")?.unwrap_or(10);
    match usize::try_from(limit) {
        Ok(limit @ 1..=100) => Ok(limit),
        _ => {
            let message = "A list shows 1 to 100 objects at a time.";
            Err(Refusal::parameter("parameter_invalid_integer", "limit", message))
        }
    }
}

/// A span of seconds, both ends included.
struct Span {
    from: i64,
    to: i64,
}

impl Span {
    fn holds(&self, second: i64) -> bool {
        (self.from..=self.to).contains(&second)
    }
}

fn created(form: &Form) -> Result<Span, Refusal> {
    if let Some(second) = form.integer("created")? {
        return Ok(Span { from: second, to: second });
    }
    let part = form.part("created");
    part.only(&["gt", "gte", "lt", "lte"])?;
    let from = [part.integer("gte")?, part.integer("gt")?.map(|second| second + 1)];
    let to = [part.integer("lte")?, part.integer("lt")?.map(|second| second - 1)];
    Ok(Span {
        from: from.into_iter().flatten().max().unwrap_or(i64::MIN),
        to: to.into_iter().flatten().min().unwrap_or(i64::MAX),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ids(query: &str) -> (Vec<i64>, bool) {
        let all: BTreeMap<String, i64> = (0..25).map(|n| (format!("x_{n:02}"), n)).collect();
        let listing = Listing {
            address: "/v1/xs",
            all: &all,
            belongs: &|n| n % 2 == 0,
            created: |n| *n,
            render: &|n| json!(n),
        };
        let page = page(&Form::parse(query), &[], &listing).unwrap();
        let data = page["data"].as_array().unwrap().iter().map(|n| n.as_i64().unwrap()).collect();
        (data, page["has_more"].as_bool().unwrap())
    }

    #[test]
    fn pages_follow_each_other_newest_first() {
        assert_eq!(ids("limit=3"), (vec![24, 22, 20], true));
        assert_eq!(ids("limit=3&starting_after=x_20"), (vec![18, 16, 14], true));
        assert_eq!(ids("limit=10&starting_after=x_06"), (vec![4, 2, 0], false));
        assert_eq!(ids("limit=2&ending_before=x_16"), (vec![20, 18], true));
        assert_eq!(ids("limit=9&ending_before=x_20"), (vec![24, 22], false));
        assert_eq!(ids("created[gte]=4&created[lt]=8"), (vec![6, 4], false));
    }
}
