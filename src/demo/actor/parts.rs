//! A form with files, as a browser sends it.

/// A field, or a file when it has a file name.
#[derive(Debug, Clone, Copy)]
pub struct Part<'a> {
    pub name: &'a str,
    pub file_name: Option<&'a str>,
    pub content: &'a [u8],
}

impl<'a> Part<'a> {
    pub fn field(name: &'a str, text: &'a str) -> Self {
        Self { name, file_name: None, content: text.as_bytes() }
    }

    pub fn file(name: &'a str, file_name: &'a str, content: &'a [u8]) -> Self {
        Self { name, file_name: Some(file_name), content }
    }
}

/// Parts what is sent; our own texts never contain it.
const BOUNDARY: &str = "----attache-demo-7d1f0c5be2a94";

/// The content type and the body.
pub(super) fn encode(parts: &[Part<'_>]) -> (String, Vec<u8>) {
    let mut body = Vec::new();
    for part in parts {
        let file = part.file_name.map(|n| format!("; filename=\"{n}\"")).unwrap_or_default();
        let kind = match part.file_name {
            Some(_) => "Content-Type: application/octet-stream\r\n",
            None => "",
        };
        let name = part.name;
        let head = format!(
            "--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{name}\"{file}\r\n{kind}\r\n"
        );
        body.extend_from_slice(head.as_bytes());
        body.extend_from_slice(part.content);
        body.extend_from_slice(b"\r\n");
    }
    body.extend_from_slice(format!("--{BOUNDARY}--\r\n").as_bytes());
    (format!("multipart/form-data; boundary={BOUNDARY}"), body)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_and_files_stand_apart() {
        let (kind, body) =
            encode(&[Part::field("text", "Ready"), Part::file("file", "a.txt", b"A")]);
        assert_eq!(kind, format!("multipart/form-data; boundary={BOUNDARY}"));
        let body = String::from_utf8(body).unwrap();
        let wanted = format!(
            "--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"text\"\r\n\r\nReady\r\n\
             --{BOUNDARY}\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.txt\"\r\n\
             Content-Type: application/octet-stream\r\n\r\nA\r\n--{BOUNDARY}--\r\n"
        );
        assert_eq!(body, wanted);
    }
}
