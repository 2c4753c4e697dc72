//! A request to a route of OAuth, as far as all of them need it.

use std::net::IpAddr;

use lango_audit_log::Layer;
use lango_oauth::{Parameters, Site};
use worker::Request;

use crate::{
    denial::Denial,
    gateway::Gateway,
    layers::transport::{self, Expectation, Head},
    routes::incoming,
};

/// A request that arrived as the deployment demands.
pub(super) struct Visit {
    /// The deployment as the visitor sees it.
    pub(super) site: Site,
    pub(super) head: Head,
    /// Where the visitor comes from, where that is known.
    pub(super) address: Option<IpAddr>,
    /// Whether another site has led the browser here (Fetch Metadata).
    pub(super) is_from_elsewhere: bool,
    pub(super) body: Vec<u8>,
}

impl Visit {
    /// Takes a request in: one without a body, or with JSON.
    pub(super) async fn receive(
        request: Request,
        gateway: &Gateway,
        expectation: Expectation<'_>,
    ) -> Result<Self, Denial> {
        Self::accept(request, gateway, expectation, transport::accept).await
    }

    /// Takes a request in that brings a form.
    pub(super) async fn receive_form(
        request: Request,
        gateway: &Gateway,
        expectation: Expectation<'_>,
    ) -> Result<Self, Denial> {
        Self::accept(request, gateway, expectation, transport::accept_form).await
    }

    async fn accept(
        request: Request,
        gateway: &Gateway,
        expectation: Expectation<'_>,
        accept: Accept,
    ) -> Result<Self, Denial> {
        let address = incoming::address(&request, &gateway.settings.client_address);
        let led_by = request.headers().get("Sec-Fetch-Site").ok().flatten();
        let (head, request) = incoming::head(request)?;
        let accepted = accept(head, expectation, &gateway.settings.transport)?;
        let body = if accepted.has_body() {
            incoming::body(request).await?
        } else {
            Some(Vec::new())
        };
        let head = accepted.head().clone();
        let site = gateway
            .settings
            .site(&head.reached_at())
            .ok_or_else(no_address)?;
        Ok(Self {
            site,
            head,
            address,
            is_from_elsewhere: led_by.is_some_and(|site| site == "cross-site"),
            body: accepted.into_body(body)?,
        })
    }

    /// The query, as it stands in the URL.
    pub(super) fn query(&self) -> &str {
        self.head
            .target
            .split_once('?')
            .map_or("", |(_, query)| query)
    }

    /// The URL of the page that is asked for.
    pub(super) fn here(&self) -> String {
        self.site.url(&self.head.target)
    }

    /// The form in the body.
    pub(super) fn form(&self) -> Result<Parameters, Denial> {
        Parameters::parse(&self.body)
            .map_err(|error| Denial::new(Layer::Transport, "form", 400, error.to_string()))
    }

    /// Forms of a page come from that page alone: their origin is this
    /// deployment's own (a second reason beside the token in the form).
    pub(super) fn require_own_page(&self) -> Result<(), Denial> {
        if self.head.origin.as_deref() == Some(self.site.issuer()) {
            return Ok(());
        }
        let detail = "This form must be sent from Lango's own page.";
        Err(Denial::new(Layer::Transport, "origin", 403, detail))
    }
}

type Accept =
    fn(Head, Expectation, &transport::TransportRules) -> Result<transport::Accepted, Denial>;

fn no_address() -> Denial {
    Denial::new(
        Layer::Identity,
        "no_public_origin",
        404,
        "This deployment has no public address, so nobody can sign in here. Its operator has to \
         set LANGO_PUBLIC_ORIGIN.",
    )
}
