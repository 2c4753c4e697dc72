//! Layer 1, **transport**: TLS, method, origin, size, well-formed?
//!
//! Proof: [`Received`]. It stands first because it is the cheapest: nothing is
//! parsed, verified or looked up for a request that arrived the wrong way.

use std::net::IpAddr;

use lango_audit_log::Layer;
use serde::Deserialize;

use crate::denial::Denial;

/// The largest body that is read, in bytes.
pub(crate) const BODY_LIMIT: usize = 1 << 20;

/// How requests may arrive at this deployment.
#[derive(Debug, Clone)]
pub(crate) struct TransportRules {
    pub(crate) plaintext: Plaintext,
    pub(crate) allowed_origins: Vec<String>,
}

/// Whether a request without TLS is taken at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Plaintext {
    /// Never.
    Refuse,
    /// Only to a loopback name: a developer's own machine.
    Loopback,
}

/// What a route takes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Expectation<'a> {
    /// Its methods, as the `Allow` field lists them.
    pub(crate) methods: &'a [&'static str],
}

/// A request's head, as the platform gives it.
#[derive(Debug, Default, Clone)]
pub(crate) struct Head {
    pub(crate) method: String,
    /// `scheme://host[:port]`, lower case.
    pub(crate) scheme: String,
    pub(crate) host: String,
    /// Path and query, as they go into a redirect.
    pub(crate) target: String,
    pub(crate) content_type: Option<String>,
    pub(crate) content_length: Option<u64>,
    pub(crate) origin: Option<String>,
    pub(crate) authorization: Option<String>,
    pub(crate) cookies: Option<String>,
    /// What a change by a browser has to bring.
    pub(crate) csrf_token: Option<String>,
    pub(crate) client: Client,
}

/// What the platform says of the client's connection (`request.cf`).
#[derive(Debug, Default, Clone, Deserialize)]
pub(crate) struct Client {
    /// Empty when the client came by plaintext; missing on plain workerd.
    #[serde(rename = "tlsVersion", default)]
    pub(crate) tls_version: Option<String>,
}

/// A head that was accepted; its body may be read.
pub(crate) struct Accepted {
    head: Head,
}

/// What a browser says besides.
#[derive(Default)]
pub(super) struct Browser {
    pub(super) changes: bool,
    pub(super) origin: Option<String>,
    pub(super) cookies: Option<String>,
    pub(super) csrf_token: Option<String>,
}

/// Proof: the request arrived as this deployment and this route demand.
pub(crate) struct Received {
    reached_at: String,
    path: String,
    authorization: Option<String>,
    browser: Browser,
    has_token_in_query: bool,
    address: Option<IpAddr>,
    body: Vec<u8>,
}

/// Checks a head before anything of the body is read.
pub(crate) fn accept(
    head: Head,
    expectation: Expectation<'_>,
    rules: &TransportRules,
) -> Result<Accepted, Denial> {
    accept_of(head, expectation, rules, "application/json")
}

/// The same for a route that takes forms: a page's, and OAuth's endpoints.
pub(crate) fn accept_form(
    head: Head,
    expectation: Expectation<'_>,
    rules: &TransportRules,
) -> Result<Accepted, Denial> {
    accept_of(
        head,
        expectation,
        rules,
        "application/x-www-form-urlencoded",
    )
}

fn accept_of(
    head: Head,
    expectation: Expectation<'_>,
    rules: &TransportRules,
    media_type: &'static str,
) -> Result<Accepted, Denial> {
    check_host(&head, rules)?;
    check_encryption(&head, rules)?;
    check_origin(&head, rules)?;
    check_method(&head, expectation)?;
    check_body(&head, media_type)?;
    Ok(Accepted { head })
}

impl Accepted {
    /// The head, for routes that identify nobody.
    pub(crate) fn head(&self) -> &Head {
        &self.head
    }

    /// How much of the body may be read before it is too large.
    pub(crate) fn has_body(&self) -> bool {
        takes_body(&self.head.method)
    }

    /// The body alone, for routes that identify nobody. `None` when it went over
    /// [`BODY_LIMIT`].
    pub(crate) fn into_body(self, body: Option<Vec<u8>>) -> Result<Vec<u8>, Denial> {
        body.ok_or_else(too_large)
    }

    /// Takes the body in. `None` when it went over [`BODY_LIMIT`].
    pub(crate) fn with_body(self, body: Option<Vec<u8>>) -> Result<Received, Denial> {
        let body = body.ok_or_else(too_large)?;
        let target = &self.head.target;
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        Ok(Received {
            reached_at: self.head.reached_at(),
            path: path.to_owned(),
            has_token_in_query: query
                .split('&')
                .any(|pair| pair.starts_with("access_token=")),
            authorization: self.head.authorization,
            browser: Browser {
                changes: self.head.method != "GET",
                origin: self.head.origin,
                cookies: self.head.cookies,
                csrf_token: self.head.csrf_token,
            },
            address: None,
            body,
        })
    }
}

impl Head {
    /// The origin under which the request came in.
    pub(crate) fn reached_at(&self) -> String {
        format!("{}://{}", self.scheme, self.host)
    }
}

impl Received {
    pub(super) fn reached_at(&self) -> &str {
        &self.reached_at
    }

    pub(super) fn path(&self) -> &str {
        &self.path
    }

    pub(super) fn authorization(&self) -> Option<&str> {
        self.authorization.as_deref()
    }

    pub(super) fn browser(&self) -> &Browser {
        &self.browser
    }

    pub(super) fn has_token_in_query(&self) -> bool {
        self.has_token_in_query
    }

    pub(super) fn address(&self) -> Option<IpAddr> {
        self.address
    }

    /// Where it came from, as the operator says that it is told.
    pub(crate) fn that_came_from(self, address: Option<IpAddr>) -> Self {
        Self { address, ..self }
    }

    pub(super) fn into_body(self) -> Vec<u8> {
        self.body
    }
}

fn refuse(code: &'static str, status: u16, detail: impl Into<String>) -> Denial {
    Denial::new(Layer::Transport, code, status, detail)
}

fn check_encryption(head: &Head, rules: &TransportRules) -> Result<(), Denial> {
    match head.client.tls_version.as_deref() {
        Some("TLSv1" | "TLSv1.0" | "TLSv1.1" | "SSLv3" | "SSLv2") => {
            return Err(refuse("tls_version", 403, "Connect with TLS 1.2 or newer."));
        }
        // The platform says that the client came by plaintext.
        Some("") => {}
        Some(_) => return Ok(()),
        // The platform says nothing: a loopback deployment takes its own machine.
        None if head.scheme == "https" || rules.plaintext == Plaintext::Loopback => return Ok(()),
        None => {}
    }
    if head.method == "GET" {
        let location = format!("https://{}{}", head.host, head.target);
        return Err(refuse("https_redirect", 308, "").with_header("Location", location));
    }
    Err(refuse("https_required", 403, "Connect by https."))
}

/// A page of another site can make a browser send requests to loopback under a
/// name of its own (DNS rebinding): on loopback only loopback names are served.
fn check_host(head: &Head, rules: &TransportRules) -> Result<(), Denial> {
    if rules.plaintext == Plaintext::Loopback && !is_loopback(&head.host) {
        return Err(refuse(
            "host",
            421,
            "This deployment serves localhost alone.",
        ));
    }
    Ok(())
}

fn check_origin(head: &Head, rules: &TransportRules) -> Result<(), Denial> {
    let Some(origin) = head.origin.as_deref() else {
        return Ok(());
    };
    let is_local = || {
        let host = origin
            .strip_prefix("http://")
            .or_else(|| origin.strip_prefix("https://"));
        rules.plaintext == Plaintext::Loopback && host.is_some_and(is_loopback)
    };
    if rules
        .allowed_origins
        .iter()
        .any(|allowed| allowed == origin)
        || is_local()
    {
        return Ok(());
    }
    Err(refuse(
        "origin",
        403,
        "Requests from this Origin are not allowed.",
    ))
}

fn check_method(head: &Head, expectation: Expectation<'_>) -> Result<(), Denial> {
    if expectation.methods.contains(&head.method.as_str()) {
        return Ok(());
    }
    let allowed = expectation.methods.join(", ");
    Err(
        refuse("method", 405, format!("This resource takes {allowed}."))
            .with_header("Allow", allowed),
    )
}

fn check_body(head: &Head, expected: &'static str) -> Result<(), Denial> {
    if !takes_body(&head.method) {
        return Ok(());
    }
    let media_type = head.content_type.as_deref().unwrap_or_default();
    let media_type = media_type.split(';').next().unwrap_or_default().trim();
    if !media_type.eq_ignore_ascii_case(expected) {
        let detail = format!("Send {expected}.");
        return Err(refuse("media_type", 415, detail).with_header("Accept", expected));
    }
    match head.content_length {
        Some(length) if length > BODY_LIMIT as u64 => Err(too_large()),
        _ => Ok(()),
    }
}

fn too_large() -> Denial {
    refuse(
        "body_size",
        413,
        format!("A body may have {BODY_LIMIT} bytes at most."),
    )
}

fn takes_body(method: &str) -> bool {
    matches!(method, "POST" | "PUT" | "PATCH")
}

fn is_loopback(host: &str) -> bool {
    let name = match host.strip_prefix('[') {
        Some(bracketed) => bracketed.split_once(']').map_or("", |(name, _)| name),
        None => host.split(':').next().unwrap_or_default(),
    };
    matches!(name, "localhost" | "127.0.0.1" | "::1")
}

#[cfg(test)]
#[path = "transport_tests.rs"]
mod tests;
