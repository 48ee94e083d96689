//! Files that people hand over: what they are is read from their bytes, never from their name.
//!
//! Only kinds on the list pass. Pictures lose their metadata (place, camera, author) and whatever
//! is glued behind them. A name is for showing only; no path is ever made of it.

mod picture;

use crate::engagements::EngagementError;
use crate::kernel::id::{EngagementId, FileId, OrganizationId, PersonId};
use chrono::{DateTime, Utc};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use sha2::{Digest, Sha256};

/// Most bytes of one file.
pub const MOST_BYTES: usize = 25 * 1024 * 1024;
/// Most characters of a name.
const MOST_NAME: usize = 120;

/// A file that may be kept.
#[derive(Clone, PartialEq, Eq)]
pub struct CheckedFile {
    pub name: String,
    pub content_type: &'static str,
    pub bytes: Vec<u8>,
    pub sha256: [u8; 32],
}

/// A kept file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileRow {
    pub id: FileId,
    pub engagement: EngagementId,
    pub organization: OrganizationId,
    pub name: String,
    pub content_type: String,
    pub size_bytes: i64,
    pub sha256: Vec<u8>,
    pub uploaded_by: PersonId,
    pub uploaded_at: DateTime<Utc>,
}

impl FileRow {
    /// The headers with which its bytes may leave: saved, never shown, never run.
    pub fn headers(&self) -> [(&'static str, String); 5] {
        let plain: String = self.name.chars().map(|c| if c.is_ascii() { c } else { '_' }).collect();
        let exact = utf8_percent_encode(&self.name, NON_ALPHANUMERIC);
        let disposition = format!("attachment; filename=\"{plain}\"; filename*=UTF-8''{exact}");
        [
            ("content-type", self.content_type.clone()),
            ("content-disposition", disposition),
            ("x-content-type-options", "nosniff".to_owned()),
            ("content-security-policy", "sandbox".to_owned()),
            ("cache-control", "private, no-store".to_owned()),
        ]
    }
}

/// Checks and cleans an uploaded file.
///
/// Errors: `file-empty`, `file-too-large`, `file-kind` for what is not on the list, `file-broken`
/// and `picture-too-large` for pictures.
pub fn check_file(name: &str, bytes: Vec<u8>) -> Result<CheckedFile, EngagementError> {
    if bytes.is_empty() {
        return Err(EngagementError::FileEmpty);
    }
    if bytes.len() > MOST_BYTES {
        return Err(EngagementError::FileTooLarge);
    }
    let name = shown_name(name);
    let (content_type, bytes) = match bytes.as_slice() {
        [0x89, b'P', b'N', b'G', ..] => ("image/png", picture::clean_png(&bytes)?),
        [0xff, 0xd8, 0xff, ..] => ("image/jpeg", picture::clean_jpeg(&bytes)?),
        [b'G', b'I', b'F', b'8', b'7' | b'9', b'a', ..] => ("image/gif", bytes),
        [b'%', b'P', b'D', b'F', b'-', ..] => ("application/pdf", bytes),
        [b'P', b'K', 3, 4, ..] => (archive_kind(&name), bytes),
        _ if is_text(&bytes) => (text_kind(&name), bytes),
        _ => return Err(EngagementError::FileKind),
    };
    let sha256 = Sha256::digest(&bytes).into();
    Ok(CheckedFile { name, content_type, bytes, sha256 })
}

/// Documents of office suites are archives by their bytes; only among those the ending decides.
fn archive_kind(name: &str) -> &'static str {
    match ending(name).as_str() {
        "docx" => "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        "xlsx" => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        "pptx" => "application/vnd.openxmlformats-officedocument.presentationml.presentation",
        "odt" => "application/vnd.oasis.opendocument.text",
        "ods" => "application/vnd.oasis.opendocument.spreadsheet",
        "odp" => "application/vnd.oasis.opendocument.presentation",
        _ => "application/zip",
    }
}

/// HTML, SVG and scripts are text like any other: served as such they do nothing.
fn text_kind(name: &str) -> &'static str {
    match ending(name).as_str() {
        "csv" => "text/csv; charset=utf-8",
        _ => "text/plain; charset=utf-8",
    }
}

fn ending(name: &str) -> String {
    name.rsplit_once('.').map(|(_, ending)| ending.to_lowercase()).unwrap_or_default()
}

fn is_text(bytes: &[u8]) -> bool {
    let control = |c: char| c.is_control() && !matches!(c, '\n' | '\r' | '\t' | '\u{c}');
    std::str::from_utf8(bytes).is_ok_and(|text| !text.contains(control))
}

/// Whether a character may stand in a shown name. Of ASCII, letters, digits and what means nothing
/// to a shell or a header; of the rest, dashes, quotation marks and accents too, but nothing that
/// is invisible, turns text around, or looks like the end of a folder's name.
fn is_plain(c: char) -> bool {
    if c.is_ascii() {
        return c.is_ascii_alphanumeric() || " .-_(),+&'@#!".contains(c);
    }
    let looks_like_a_slash =
        matches!(c, '\u{2044}' | '\u{2215}' | '\u{29f8}' | '\u{ff0f}' | '\u{ff3c}' | '\u{fe68}');
    let unseen = c.is_control()
        || matches!(c, '\u{ad}' | '\u{34f}' | '\u{600}'..='\u{605}' | '\u{61c}' | '\u{6dd}')
        || matches!(c, '\u{70f}' | '\u{890}' | '\u{891}' | '\u{8e2}' | '\u{115f}' | '\u{1160}')
        || matches!(c, '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}')
        || matches!(c, '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{3164}')
        || matches!(c, '\u{e000}'..='\u{f8ff}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}')
        || matches!(c, '\u{ffa0}' | '\u{fff0}'..='\u{ffff}' | '\u{1d173}'..='\u{1d17a}')
        || c >= '\u{e0000}';
    !looks_like_a_slash && !unseen
}

/// The last part of a path, as people wrote it as far as that is safe to show and to send.
fn shown_name(name: &str) -> String {
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
    // What browsers write in a form for a quotation mark and for the ends of lines.
    let last = ["%22", "%0D", "%0A"].iter().fold(last.to_owned(), |name, c| name.replace(c, ""));
    let kept: String = last.chars().filter(|c| is_plain(*c)).collect();
    let kept = kept.split_whitespace().collect::<Vec<_>>().join(" ");
    let kept = kept.trim_start_matches(['.', ' ', '-']);
    if kept.is_empty() {
        return "file".to_owned();
    }
    let too_long = kept.chars().count().saturating_sub(MOST_NAME);
    match kept.rsplit_once('.') {
        Some((stem, ending)) if too_long > 0 && ending.chars().count() <= 10 => {
            let room = MOST_NAME.saturating_sub(ending.chars().count() + 1);
            format!("{}.{ending}", stem.chars().take(room).collect::<String>())
        }
        _ => kept.chars().take(MOST_NAME).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kind(name: &str, bytes: &[u8]) -> Result<&'static str, &'static str> {
        use crate::platform::refusal::Refusal;
        match check_file(name, bytes.to_vec()) {
            Ok(file) => Ok(file.content_type),
            Err(refusal) => Err(refusal.code()),
        }
    }

    #[test]
    fn the_bytes_decide_what_a_file_is() {
        assert_eq!(kind("a.exe", b"%PDF-1.7 ..."), Ok("application/pdf"));
        assert_eq!(kind("a.pdf", b"MZ\x90\x00\x03"), Err("file-kind"));
        assert_eq!(kind("a.png", b"\x7fELF\x02\x01\x01\x00"), Err("file-kind"));
        assert_eq!(kind("a.svg", b"<svg onload='alert(1)'/>"), Ok("text/plain; charset=utf-8"));
        assert_eq!(kind("a.html", b"<script>1</script>"), Ok("text/plain; charset=utf-8"));
        assert_eq!(kind("list.CSV", b"a,b\r\n1,2\r\n"), Ok("text/csv; charset=utf-8"));
        assert_eq!(kind("a.txt", b"nul \0 inside"), Err("file-kind"));
        assert_eq!(kind("a.txt", b"\xff\xfe latin"), Err("file-kind"));
        assert_eq!(kind("a.zip", b"PK\x03\x04...\xff"), Ok("application/zip"));
        assert!(
            kind("a.docx", b"PK\x03\x04...\xff").unwrap().ends_with("wordprocessingml.document")
        );
        assert_eq!(kind("a.gif", b"GIF89a\x01\x00\xff"), Ok("image/gif"));
        assert_eq!(kind("a.png", b"\x89PNG\r\n\x1a\nshort"), Err("file-broken"));
        assert_eq!(kind("a", b""), Err("file-empty"));
        assert_eq!(kind("a", &vec![b'a'; MOST_BYTES + 1]), Err("file-too-large"));
        assert_eq!(kind("a", &vec![b'a'; MOST_BYTES]), Ok("text/plain; charset=utf-8"));
    }

    fn row() -> FileRow {
        let nil = uuid::Uuid::nil();
        FileRow {
            id: FileId(nil),
            engagement: EngagementId(nil),
            organization: OrganizationId(nil),
            name: String::new(),
            content_type: "application/pdf".into(),
            size_bytes: 1,
            sha256: Vec::new(),
            uploaded_by: PersonId(nil),
            uploaded_at: DateTime::UNIX_EPOCH,
        }
    }

    #[test]
    fn a_name_is_for_showing_only() {
        for (name, shown) in [
            ("../../etc/passwd", "passwd"),
            ("C:\\Users\\a\\Plan.docx", "Plan.docx"),
            (".htaccess", "htaccess"),
            ("a\r\nSet-Cookie: x=1.txt", "aSet-Cookie x1.txt"),
            ("in\u{202e}fdp.exe", "infdp.exe"),
            ("\"quote\".pdf", "quote.pdf"),
            ("%22quote%22 100%0D%0A.pdf", "quote 100.pdf"),
            ("  Karte  Malmö (4).pdf ", "Karte Malmö (4).pdf"),
            ("Plan – week 2 — Ines’ draft.pdf", "Plan – week 2 — Ines’ draft.pdf"),
            ("cafe\u{301} «été».txt", "cafe\u{301} «été».txt"),
            ("计划（二）.pdf", "计划（二）.pdf"),
            ("a\u{200b}b\u{2066}c\u{e0041}d\u{ff0f}e.pdf", "abcde.pdf"),
            ("x;y=$(z)`|<a>.pdf", "xy(z)a.pdf"),
            ("///", "file"),
            ("", "file"),
        ] {
            assert_eq!(shown_name(name), shown, "{name:?}");
        }
        let dashed = FileRow { name: "Plan – “é”.pdf".into(), ..row() };
        let [_, (_, disposition), ..] = dashed.headers();
        assert_eq!(
            disposition,
            "attachment; filename=\"Plan _ ___.pdf\"; \
             filename*=UTF-8''Plan%20%E2%80%93%20%E2%80%9C%C3%A9%E2%80%9D%2Epdf",
        );
        let long = shown_name(&format!("{}.pdf", "ä".repeat(400)));
        assert_eq!(long.chars().count(), MOST_NAME);
        assert!(long.ends_with("ä.pdf"));
    }
}
