//! `POST /contacts/export`

use std::time::Duration;

use futures::{StreamExt, stream};
use poem::{Body, Response, handler, http::header};
use serde::Deserialize;

use super::{body::Json, caller::Caller, contacts, refusal::Refusal};
use crate::marketing::{model::Contact, scope::Scope};

/// Which contacts to export: all of them where nothing is said.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Wanted {
    list_id: Option<String>,
    status: Option<String>,
}

/// The contacts as CSV, streamed row by row.
#[handler]
pub(crate) fn export(caller: Caller, Json(wanted): Json<Wanted>) -> Result<Response, Refusal> {
    caller.needs(Scope::ContactsRead)?;
    let status = wanted.status.as_deref().map(contacts::status).transpose()?;
    let rows: Vec<String> = caller.read(|account| {
        let list = wanted.list_id.as_ref();
        if list.is_some_and(|id| !account.lists.contains_key(id)) {
            return Err(Refusal::NotFound);
        }
        let chosen = account.contacts.values().filter(|contact| {
            list.is_none_or(|id| contact.list_ids.contains(id))
                && status.is_none_or(|status| contact.status == status)
        });
        Ok(chosen.map(row).collect())
    })?;
    let pause = Duration::from_millis(caller.app.faults.now().export_row_delay_ms);
    let head = "id,email,first_name,last_name,country,status,tags\r\n".to_owned();
    let lines =
        stream::once(async { head }).chain(stream::iter(rows).then(move |row| async move {
            tokio::time::sleep(pause).await;
            row
        }));
    Ok(Response::builder()
        .content_type("text/csv; charset=utf-8")
        .header(header::CONTENT_DISPOSITION, "attachment; filename=\"contacts.csv\"")
        .body(Body::from_bytes_stream(lines.map(Ok::<_, std::io::Error>))))
}

fn row(contact: &Contact) -> String {
    let status = serde_json::to_value(contact.status).unwrap_or_default();
    let tags = contact.tags.iter().map(String::as_str).collect::<Vec<_>>().join(" ");
    let fields = [
        contact.id.as_str(),
        &contact.email,
        &contact.first_name,
        &contact.last_name,
        &contact.country,
        status.as_str().unwrap_or_default(),
        &tags,
    ];
    format!("{}\r\n", fields.map(cell).join(","))
}

/// Quoted where it must be; a leading sign of a formula is made harmless.
fn cell(text: &str) -> String {
    let text = match text.chars().next() {
        Some('=' | '+' | '-' | '@' | '\t') => format!("'{text}"),
        _ => text.to_owned(),
    };
    if text.contains([',', '"', '\n', '\r']) {
        format!("\"{}\"", text.replace('"', "\"\""))
    } else {
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_quoted_and_never_formulas() {
        assert_eq!(cell("Ada"), "Ada");
        assert_eq!(cell("a,\"b\""), "\"a,\"\"b\"\"\"");
        assert_eq!(cell("=1+1"), "'=1+1");
    }
}
