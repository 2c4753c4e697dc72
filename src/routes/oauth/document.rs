//! Client ID Metadata Documents: fetched from public https names alone, once in a
//! while, and never followed anywhere.
//!
//! The URL's text is checked by `lango_oauth::FetchableUrl`. What its name resolves
//! to is the runtime's to check: Cloudflare's network has no private addresses, and
//! plain workerd is configured to connect to public ones alone
//! (`scripts/lango/src/workers/workerd_config.rs`).

use std::{cell::RefCell, time::Duration};

use futures_util::{
    StreamExt as _,
    future::{Either, select},
};
use lango_oauth::{ClientMetadata, ErrorCode, FetchableUrl, OauthError};
use worker::{
    AbortController, Delay, Fetch, Headers, Method, Request, RequestInit, RequestRedirect,
    Response, console_log,
};

use crate::{clock, gateway::Gateway};

/// From the first byte sent to the last one read.
const LIMIT: Duration = Duration::from_secs(5);
/// The largest document, in bytes.
const MAXIMUM_LENGTH: usize = 64 * 1024;
/// How long a document is taken as it is, and how long a failure is.
const FRESH_MS: i64 = 5 * 60_000;
const FAILED_MS: i64 = 30_000;
/// How many documents an isolate remembers.
const CACHE_SIZE: usize = 64;
/// Leads to a developer's own documents, on loopback alone.
const DEVELOPMENT_BINDING: &str = "DEVELOPMENT_CLIENTS";

struct Remembered {
    url: String,
    metadata: Result<ClientMetadata, OauthError>,
    until_ms: i64,
}

thread_local! {
    static CACHE: RefCell<Vec<Remembered>> = const { RefCell::new(Vec::new()) };
}

/// The metadata that a URL publishes.
pub(super) async fn metadata(
    gateway: &Gateway,
    url: &FetchableUrl,
) -> Result<ClientMetadata, OauthError> {
    if let Some(known) = remembered(url) {
        return known;
    }
    let metadata = match read(gateway, url).await {
        Ok(document) => ClientMetadata::document(url, &document).map_err(|error| error.to_string()),
        Err(reason) => Err(reason),
    };
    let metadata = metadata.map_err(|reason| {
        // The reason tells about the network, so it is for the log alone.
        let line = serde_json::json!({"event": "client_document", "url": url.as_str(), "reason": reason});
        console_log!("{line}");
        let description = "The client's metadata document cannot be used: it must be JSON about this very URL, and publicly reachable.";
        OauthError::new(ErrorCode::InvalidClient, description)
    });
    remember(url, &metadata);
    metadata
}

async fn read(gateway: &Gateway, url: &FetchableUrl) -> Result<Vec<u8>, String> {
    let controller = AbortController::default();
    let signal = controller.signal();
    let reading = async {
        let mut response = fetch(gateway, url, &signal)
            .await
            .map_err(|error| error.to_string())?;
        check_head(&response)?;
        let mut document = Vec::new();
        let mut chunks = response.stream().map_err(|error| error.to_string())?;
        while let Some(chunk) = chunks.next().await {
            document.extend(chunk.map_err(|error| error.to_string())?);
            if document.len() > MAXIMUM_LENGTH {
                return Err("it is too long".to_owned());
            }
        }
        Ok(document)
    };
    match select(Box::pin(reading), Box::pin(Delay::from(LIMIT))).await {
        Either::Left((document, _)) => document,
        Either::Right(_) => {
            controller.abort();
            Err("it took too long".to_owned())
        }
    }
}

async fn fetch(
    gateway: &Gateway,
    url: &FetchableUrl,
    signal: &worker::AbortSignal,
) -> worker::Result<Response> {
    let headers = Headers::new();
    headers.set("Accept", "application/json")?;
    let mut init = RequestInit::new();
    init.with_method(Method::Get)
        .with_headers(headers)
        .with_redirect(RequestRedirect::Manual);
    let request = Request::new_with_init(url.as_str(), &init)?;
    let own = gateway.settings.development.client_origin.as_deref();
    if own == Some(&url.origin()) {
        return gateway
            .env
            .service(DEVELOPMENT_BINDING)?
            .fetch_request(request)
            .await;
    }
    Fetch::Request(request).send_with_signal(signal).await
}

/// A redirect is an answer that is not 200: it is not followed.
fn check_head(response: &Response) -> Result<(), String> {
    if response.status_code() != 200 {
        return Err(format!("status {}", response.status_code()));
    }
    let field = response
        .headers()
        .get("Content-Type")
        .ok()
        .flatten()
        .unwrap_or_default();
    let media_type = field
        .split(';')
        .next()
        .unwrap_or_default()
        .trim()
        .to_ascii_lowercase();
    let is_json = media_type == "application/json"
        || (media_type.starts_with("application/") && media_type.ends_with("+json"));
    if is_json {
        Ok(())
    } else {
        Err("it is not JSON".to_owned())
    }
}

fn remembered(url: &FetchableUrl) -> Option<Result<ClientMetadata, OauthError>> {
    CACHE.with_borrow(|cache| {
        cache
            .iter()
            .find(|known| known.url == url.as_str() && known.until_ms > clock::now_ms())
            .map(|known| known.metadata.clone())
    })
}

fn remember(url: &FetchableUrl, metadata: &Result<ClientMetadata, OauthError>) {
    let lasts = if metadata.is_ok() {
        FRESH_MS
    } else {
        FAILED_MS
    };
    CACHE.with_borrow_mut(|cache| {
        cache.retain(|known| known.url != url.as_str());
        if cache.len() >= CACHE_SIZE {
            cache.remove(0);
        }
        cache.push(Remembered {
            url: url.as_str().to_owned(),
            metadata: metadata.clone(),
            until_ms: clock::now_ms() + lasts,
        });
    });
}
