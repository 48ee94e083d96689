//! Serves the samples of all pages on a local port, with assets and headers as in production,
//! for eyes and for browser tests: `cargo run -p web --example gallery -- 127.0.0.1:8099`.

use std::sync::Arc;

use poem::listener::TcpListener;
use poem::{EndpointExt, Route, Server};
use web::assets::{Assets, AssetsEndpoint, FaviconEndpoint};
use web::headers::SecurityHeaders;
use web::render::Templates;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let address = std::env::args().nth(1).unwrap_or_else(|| "127.0.0.1:8099".into());
    let assets = Arc::new(Assets::load()?);
    let templates = Arc::new(Templates::load(&assets)?);
    let route = Route::new()
        .nest("/assets", AssetsEndpoint(assets.clone()))
        .at("/favicon.ico", FaviconEndpoint(assets))
        .nest("/dev/samples", web::gallery::routes(templates))
        .with(SecurityHeaders::default());
    Server::new(TcpListener::bind(address)).run(route).await?;
    Ok(())
}
