//! Names that strangers write and mails repeat.

use crate::kernel::check::Checks;

/// A name of one line, 1 to `most` characters, that cannot pass for a link: it stands in mails to
/// addresses whose owners asked for nothing.
pub fn one_line(checks: &mut Checks, field: &str, value: &str, what: &str, most: usize) -> String {
    let line: String = value.split_whitespace().collect::<Vec<_>>().join(" ");
    let lower = line.to_lowercase();
    let like_a_link = lower.contains("://") || lower.contains("www.");
    checks.that(!like_a_link, field, format!("Enter {what} without a web address"));
    checks.text(field, &line, what, (1, most))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(value: &str) -> Result<String, ()> {
        let mut checks = Checks::new();
        let name = one_line(&mut checks, "name", value, "your name", 20);
        checks.finish().map(|()| name).map_err(|_| ())
    }

    #[test]
    fn one_line_without_links() {
        assert_eq!(read("  Petra \r\n Lindqvist "), Ok("Petra Lindqvist".into()));
        assert_eq!(read("J.-P. O'Neill"), Ok("J.-P. O'Neill".into()));
        for wrong in
            ["", " \n ", "see http://evil.example", "WWW.evil.example", "a very long name it is"]
        {
            assert_eq!(read(wrong), Err(()), "{wrong:?}");
        }
    }
}
