//! Serves the samples of all pages on a local port, with assets and headers as in production,
//! for eyes and for browser tests: `cargo run -p web --example gallery -- 127.0.0.1:8099`.

use std::sync::Arc;

use poem::endpoint::make_sync;
use poem::listener::TcpListener;
use poem::{EndpointExt, Route, Server};
use web::assets::{Assets, AssetsEndpoint, FaviconEndpoint};
use web::compress::Gzip;
use web::docs::ApiDocs;
use web::headers::SecurityHeaders;
use web::render::{Page, Templates};
use web::samples;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let address = std::env::args().nth(1).unwrap_or_else(|| "127.0.0.1:8099".into());
    let assets = Arc::new(Assets::load()?);
    let templates = Arc::new(Templates::load(&assets)?);
    let docs =
        ApiDocs { spec_url: "/openapi.json".into() }.render(&templates, &samples::shell())?;
    let route = Route::new()
        .at("/docs", make_sync(move |_| docs.clone()))
        .nest("/assets", AssetsEndpoint(assets.clone()))
        .at("/favicon.ico", FaviconEndpoint(assets))
        .nest("/dev/samples", web::gallery::routes(templates))
        .with(Gzip)
        .with(SecurityHeaders::default());
    Server::new(TcpListener::bind(address)).run(route).await?;
    Ok(())
}
