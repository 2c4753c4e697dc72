//! From the runtime's request to the transport layer's values.

use worker::{Request, js_sys::Reflect, wasm_bindgen::JsValue};

use crate::{
    denial::Denial,
    layers::transport::{BODY_LIMIT, Client, Head},
};

/// The head, and the request to read the body from.
pub(crate) fn head(request: Request) -> Result<(Head, Request), Denial> {
    let url = request.url().map_err(unreadable)?;
    let field = |name: &str| request.headers().get(name).ok().flatten();
    let query = url
        .query()
        .map(|query| format!("?{query}"))
        .unwrap_or_default();
    let port = url
        .port()
        .map(|port| format!(":{port}"))
        .unwrap_or_default();
    let head = Head {
        method: request.method().to_string().to_uppercase(),
        scheme: url.scheme().to_ascii_lowercase(),
        host: format!(
            "{}{port}",
            url.host_str().unwrap_or_default().to_ascii_lowercase()
        ),
        target: format!("{}{query}", url.path()),
        content_type: field("Content-Type"),
        content_length: field("Content-Length").and_then(|length| length.parse().ok()),
        origin: field("Origin"),
        authorization: field("Authorization"),
        client: client(&request),
    };
    Ok((head, request))
}

/// The client's address, as the platform's edge says it.
pub(crate) fn address(request: &Request) -> Option<String> {
    request.headers().get("CF-Connecting-IP").ok().flatten()
}

/// The body, or `None` once it goes over the limit: the rest is not read.
pub(crate) async fn body(mut request: Request) -> Result<Option<Vec<u8>>, Denial> {
    use futures_util::StreamExt as _;

    let mut body = Vec::new();
    let Ok(mut stream) = request.stream() else {
        return Ok(Some(body));
    };
    while let Some(chunk) = stream.next().await {
        let chunk = chunk.map_err(unreadable)?;
        if body.len() + chunk.len() > BODY_LIMIT {
            return Ok(None);
        }
        body.extend_from_slice(&chunk);
    }
    Ok(Some(body))
}

/// `request.cf.tlsVersion`, read as a plain property: the typed accessor panics
/// where the platform does not say it.
fn client(request: &Request) -> Client {
    let inner: &JsValue = request.inner().as_ref();
    let tls_version = Reflect::get(inner, &JsValue::from_str("cf"))
        .and_then(|cf| Reflect::get(&cf, &JsValue::from_str("tlsVersion")))
        .ok()
        .and_then(|version| version.as_string());
    Client { tls_version }
}

fn unreadable(error: worker::Error) -> Denial {
    Denial::new(
        lango_audit_log::Layer::Transport,
        "unreadable",
        400,
        "The request could not be read.",
    )
    .because(error.to_string())
}
