//! From the runtime's request to the transport layer's values.

use std::net::{IpAddr, SocketAddr};

use lango_connector_kit::TraceParent;
use lango_residency::Colo;
use worker::{Request, js_sys::Reflect, wasm_bindgen::JsValue};

use crate::{
    denial::Denial,
    layers::transport::{BODY_LIMIT, Client, Head},
    settings::ClientAddress,
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
        cookies: field("Cookie"),
        csrf_token: field("X-CSRF-Token"),
        client: client(&request),
    };
    Ok((head, request))
}

/// The client's address, as this deployment's operator says that it is told. What
/// anybody else could write into the request is not believed.
pub(crate) fn address(request: &Request, told: &ClientAddress) -> Option<IpAddr> {
    let text = match told {
        ClientAddress::Socket => of_cf(request, "clientIp"),
        ClientAddress::Field(name) => request.headers().get(name).ok().flatten(),
    }?;
    parse_address(&text)
}

/// An address, with or without a port.
fn parse_address(text: &str) -> Option<IpAddr> {
    let text = text.trim();
    let address = text
        .parse::<IpAddr>()
        .ok()
        .or_else(|| text.parse::<SocketAddr>().ok().map(|socket| socket.ip()))?;
    Some(address.to_canonical())
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

fn client(request: &Request) -> Client {
    Client {
        tls_version: of_cf(request, "tlsVersion"),
    }
}

/// The data centre that a request hit.
pub(crate) fn colo(request: &Request) -> Option<Colo> {
    Colo::parse(&of_cf(request, "colo")?).ok()
}

/// The country that a request came from (ISO 3166-1 alpha-2), where the platform knows it.
pub(crate) fn country(request: &Request) -> Option<String> {
    parse_country(of_cf(request, "country")?)
}

/// `XX` and `T1` are what the platform says for none and for an anonymising network.
fn parse_country(text: String) -> Option<String> {
    let is_one = text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_uppercase());
    (is_one && text != "XX").then_some(text)
}

/// The trace that a request says it belongs to; of several, or of one that is none,
/// nothing is passed on.
pub(crate) fn trace(request: &Request) -> Option<TraceParent> {
    let text = request.headers().get("traceparent").ok().flatten()?;
    TraceParent::parse(&text).ok()
}

/// A member of `request.cf`, read as a plain property: the typed accessor panics
/// where the platform does not say it.
fn of_cf(request: &Request, member: &str) -> Option<String> {
    let inner: &JsValue = request.inner().as_ref();
    Reflect::get(inner, &JsValue::from_str("cf"))
        .and_then(|cf| Reflect::get(&cf, &JsValue::from_str(member)))
        .ok()?
        .as_string()
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_country_is_one_that_there_is() {
        assert_eq!(parse_country("KE".into()).as_deref(), Some("KE"));
        for nothing in ["", "XX", "T1", "ke", "KEN", "K"] {
            assert_eq!(parse_country(nothing.into()), None, "{nothing}");
        }
    }

    #[test]
    fn an_address_is_read_with_or_without_its_port() {
        let read = |text: &str| parse_address(text).map(|address| address.to_string());
        assert_eq!(read("203.0.113.9").as_deref(), Some("203.0.113.9"));
        assert_eq!(read("203.0.113.9:4711").as_deref(), Some("203.0.113.9"));
        assert_eq!(read("[2001:db8::1]:443").as_deref(), Some("2001:db8::1"));
        assert_eq!(read("::ffff:203.0.113.9").as_deref(), Some("203.0.113.9"));
        for nothing in ["", "unix:/tmp/socket", "203.0.113.9, 10.0.0.1"] {
            assert_eq!(read(nothing), None, "{nothing}");
        }
    }
}
