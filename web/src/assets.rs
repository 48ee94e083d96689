//! The files that pages link to: style, script, icons, fonts and what is vendored.
//! Every address carries one hash over all files, so a file may be kept for ever and relative
//! addresses inside the style sheet stay right.

use std::collections::BTreeMap;
use std::io::Write;
use std::sync::{Arc, OnceLock};

use flate2::Compression;
use flate2::write::GzEncoder;
use poem::http::{HeaderMap, Method, StatusCode, header};
use poem::{Endpoint, Request, Response};
use rust_embed::RustEmbed;
use sha2::{Digest, Sha256};

/// All files, read once, with the hash that stands in their addresses.
pub struct Assets {
    hash: String,
    files: BTreeMap<String, File>,
}

/// A file that the bundle is made of is not there.
#[derive(Debug, thiserror::Error)]
#[error("asset `{0}` is missing")]
pub struct MissingAsset(pub String);

impl Assets {
    /// Reads and joins all files: `app.css` from `css/`, `all.js` from htmx and `app.js`.
    /// Fails when one of the joined parts is missing, so a program with half a look never starts.
    pub fn load() -> Result<Self, MissingAsset> {
        let mut files: BTreeMap<String, Vec<u8>> = Embedded::iter()
            .filter(|name| !name.starts_with("css/"))
            .map(|name| Ok((name.to_string(), read(&name)?)))
            .collect::<Result<_, MissingAsset>>()?;
        files.insert("app.css".into(), join(&STYLE)?);
        files.insert("all.js".into(), join(&SCRIPT)?);
        let mut all = Sha256::new();
        for (name, bytes) in &files {
            all.update(name.as_bytes());
            all.update([0]);
            all.update(Sha256::digest(bytes));
        }
        let hash = short_hex(&all.finalize());
        let files = files.into_iter().map(|(name, bytes)| (name.clone(), File::new(&name, bytes)));
        Ok(Self { hash, files: files.collect() })
    }

    /// The address of a file, for example `/assets/1f3c../app.css`; `None` for an unknown file.
    pub fn url(&self, file: &str) -> Option<String> {
        self.files.contains_key(file).then(|| format!("/assets/{}/{file}", self.hash))
    }

    /// Every file with its address.
    pub fn urls(&self) -> Vec<(String, String)> {
        let files = self.files.keys().filter_map(|name| Some((name.clone(), self.url(name)?)));
        files.collect()
    }

    /// Size in bytes as sent to a browser that takes gzip; `None` for an unknown file.
    pub fn sent_bytes(&self, file: &str) -> Option<usize> {
        self.files.get(file).map(|f| f.gzip().unwrap_or(&f.bytes).len())
    }

    /// The names of the symbols in `icons.svg`.
    pub fn icon_names(&self) -> Vec<String> {
        let sprite = self.files.get("icons.svg").map(|f| f.bytes.as_slice()).unwrap_or_default();
        let text = String::from_utf8_lossy(sprite);
        let names = text.split("<symbol id=\"").skip(1).filter_map(|rest| rest.split('"').next());
        names.map(str::to_owned).collect()
    }

    fn find(&self, path: &str) -> Option<&File> {
        let rest = path.strip_prefix('/').unwrap_or(path);
        let (hash, file) = rest.split_once('/')?;
        (hash == self.hash).then(|| self.files.get(file)).flatten()
    }
}

/// Answers `/<hash>/<file>`; mount it at `/assets`. GET and HEAD only, 304 on a matching ETag,
/// gzip where it helps, 404 for another hash or an unknown file.
pub struct AssetsEndpoint(pub Arc<Assets>);

impl Endpoint for AssetsEndpoint {
    type Output = Response;

    async fn call(&self, req: Request) -> poem::Result<Response> {
        if !matches!(*req.method(), Method::GET | Method::HEAD) {
            let refused = Response::builder().status(StatusCode::METHOD_NOT_ALLOWED);
            return Ok(refused.header(header::ALLOW, "GET, HEAD").finish());
        }
        Ok(match self.0.find(req.uri().path()) {
            Some(file) => file.reply(req.headers(), "public, max-age=31536000, immutable"),
            None => StatusCode::NOT_FOUND.into(),
        })
    }
}

/// Answers `/favicon.ico`, which browsers ask for whatever the page says, with `favicon.svg`.
pub struct FaviconEndpoint(pub Arc<Assets>);

impl Endpoint for FaviconEndpoint {
    type Output = Response;

    async fn call(&self, req: Request) -> poem::Result<Response> {
        Ok(match self.0.files.get("favicon.svg") {
            Some(file) => file.reply(req.headers(), "public, max-age=86400"),
            None => StatusCode::NOT_FOUND.into(),
        })
    }
}

#[derive(RustEmbed)]
#[folder = "assets/"]
struct Embedded;

const STYLE: [&str; 7] = [
    "css/tokens.css",
    "css/base.css",
    "css/layout.css",
    "css/controls.css",
    "css/records.css",
    "css/scenes.css",
    "css/utilities.css",
];

const SCRIPT: [&str; 2] = ["vendor/htmx/htmx.min.js", "app.js"];

struct File {
    bytes: Vec<u8>,
    hash: String,
    content_type: &'static str,
    gzip: OnceLock<Vec<u8>>,
}

impl File {
    fn new(name: &str, bytes: Vec<u8>) -> Self {
        let hash = short_hex(&Sha256::digest(&bytes));
        Self { hash, content_type: content_type(name), bytes, gzip: OnceLock::new() }
    }

    fn reply(&self, asked: &HeaderMap, cache: &str) -> Response {
        let gzip = if takes_gzip(asked) { self.gzip() } else { None };
        let variant = if gzip.is_some() { "-gz" } else { "" };
        let etag = format!("\"{}{variant}\"", self.hash);
        let mut reply = Response::builder()
            .header(header::CACHE_CONTROL, cache)
            .header(header::VARY, "accept-encoding")
            .header(header::ETAG, &etag);
        if matches_etag(asked, &etag) {
            return reply.status(StatusCode::NOT_MODIFIED).finish();
        }
        reply = reply.header(header::CONTENT_TYPE, self.content_type);
        match gzip {
            Some(small) => reply.header(header::CONTENT_ENCODING, "gzip").body(small.to_vec()),
            None => reply.body(self.bytes.clone()),
        }
    }

    /// Packed once, on first use; `None` where packing does not help (fonts).
    fn gzip(&self) -> Option<&Vec<u8>> {
        if self.content_type == "font/woff2" {
            return None;
        }
        let packed = self.gzip.get_or_init(|| {
            let mut to = GzEncoder::new(Vec::new(), Compression::best());
            let written = to.write_all(&self.bytes);
            written.and_then(|()| to.finish()).unwrap_or_default()
        });
        (!packed.is_empty() && packed.len() < self.bytes.len()).then_some(packed)
    }
}

fn read(name: &str) -> Result<Vec<u8>, MissingAsset> {
    let file = Embedded::get(name).ok_or_else(|| MissingAsset(name.to_owned()))?;
    Ok(file.data.into_owned())
}

fn join(names: &[&str]) -> Result<Vec<u8>, MissingAsset> {
    let mut all = Vec::new();
    for name in names {
        all.extend(read(name)?);
        all.push(b'\n');
    }
    Ok(all)
}

fn short_hex(digest: &[u8]) -> String {
    let mut text = hex::encode(digest);
    text.truncate(16);
    text
}

fn content_type(name: &str) -> &'static str {
    match name.rsplit('.').next() {
        Some("css") => "text/css; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("svg") => "image/svg+xml",
        Some("woff2") => "font/woff2",
        _ => "text/plain; charset=utf-8",
    }
}

pub(crate) fn takes_gzip(asked: &HeaderMap) -> bool {
    let values = asked.get_all(header::ACCEPT_ENCODING).iter().filter_map(|v| v.to_str().ok());
    values.flat_map(|v| v.split(',')).any(|coding| {
        let mut parts = coding.split(';').map(str::trim);
        let named = parts.next().is_some_and(|c| c.eq_ignore_ascii_case("gzip") || c == "*");
        named && !parts.any(|q| matches!(q, "q=0" | "q=0.0" | "q=0.00" | "q=0.000"))
    })
}

fn matches_etag(asked: &HeaderMap, etag: &str) -> bool {
    let values = asked.get_all(header::IF_NONE_MATCH).iter().filter_map(|v| v.to_str().ok());
    values.flat_map(|v| v.split(',')).map(str::trim).any(|v| {
        let strong = v.strip_prefix("W/").unwrap_or(v);
        strong == etag || v == "*"
    })
}

#[cfg(test)]
mod tests {
    use poem::Route;
    use poem::test::TestClient;

    use super::*;

    fn client() -> (Arc<Assets>, TestClient<Route>) {
        let assets = Arc::new(Assets::load().unwrap());
        let route = Route::new()
            .nest("/assets", AssetsEndpoint(assets.clone()))
            .at("/favicon.ico", FaviconEndpoint(assets.clone()));
        (assets, TestClient::new(route))
    }

    #[tokio::test]
    async fn a_file_is_kept_for_ever_and_asked_for_once() {
        let (assets, client) = client();
        let url = assets.url("app.css").unwrap();
        let first = client.get(&url).header("accept-encoding", "br, gzip").send().await;
        first.assert_status_is_ok();
        first.assert_header("content-type", "text/css; charset=utf-8");
        first.assert_header("cache-control", "public, max-age=31536000, immutable");
        first.assert_header("content-encoding", "gzip");
        let etag = first.0.headers().get("etag").unwrap().to_str().unwrap().to_owned();
        assert!(etag.starts_with('"') && etag.ends_with("-gz\""), "{etag}");
        let again = client.get(&url).header("accept-encoding", "gzip");
        let again = again.header("if-none-match", format!("\"other\", W/{etag}")).send().await;
        again.assert_status(StatusCode::NOT_MODIFIED);
        let plain = client.get(&url).header("accept-encoding", "gzip;q=0").send().await;
        plain.assert_header_is_not_exist("content-encoding");
        assert!(plain.0.into_body().into_string().await.unwrap().contains("@layer tokens"));
    }

    #[tokio::test]
    async fn another_hash_an_unknown_file_and_another_method_are_refused() {
        let (assets, client) = client();
        let url = assets.url("all.js").unwrap();
        let stale = url.replace(&assets.hash, "0123456789abcdef");
        client.get(&stale).send().await.assert_status(StatusCode::NOT_FOUND);
        let unknown = url.replace("all.js", "../Cargo.toml");
        client.get(&unknown).send().await.assert_status(StatusCode::NOT_FOUND);
        client.get("/assets/all.js").send().await.assert_status(StatusCode::NOT_FOUND);
        let posted = client.post(&url).send().await;
        posted.assert_status(StatusCode::METHOD_NOT_ALLOWED);
        posted.assert_header("allow", "GET, HEAD");
        assert_eq!(assets.url("css/tokens.css"), None);
    }

    #[tokio::test]
    async fn the_favicon_of_every_browser_is_the_drawn_one() {
        let (_, client) = client();
        let icon = client.get("/favicon.ico").send().await;
        icon.assert_status_is_ok();
        icon.assert_header("content-type", "image/svg+xml");
    }

    #[test]
    fn style_and_script_stay_within_their_budget() {
        let assets = Assets::load().unwrap();
        let style = assets.sent_bytes("app.css").unwrap();
        let script = assets.sent_bytes("all.js").unwrap();
        assert!(style <= 14_000, "app.css is {style} bytes");
        assert!(script <= 20_000, "all.js is {script} bytes");
        assert_eq!(assets.sent_bytes("nothing.js"), None);
    }

    #[test]
    fn addresses_inside_the_style_sheet_exist() {
        let assets = Assets::load().unwrap();
        let style = String::from_utf8(assets.files["app.css"].bytes.clone()).unwrap();
        let linked: Vec<&str> =
            style.split("url(").skip(1).filter_map(|rest| rest.split(')').next()).collect();
        assert!(linked.len() >= 6, "{linked:?}");
        for file in linked {
            assert!(assets.url(file).is_some(), "{file}");
        }
    }
}
