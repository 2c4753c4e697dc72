//! The pages: plain HTML that works without scripts, on any screen, with a keyboard
//! and a screen reader.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use lango_identity::Permission;
use lango_oauth::Scope;
use lango_store::{ConnectionRow, GrantRow, UserRow};
use maud::{DOCTYPE, Markup, PreEscaped, html};
use sha2::{Digest as _, Sha256};
use worker::Response;

use super::failed;
use crate::{denial::Denial, problem};

const STYLE: &str = include_str!("style.css");

/// Names of the consent form's boxes begin like this.
pub(super) const PERMISSION_FIELD: &str = "permission.";
/// See [`PERMISSION_FIELD`].
pub(super) const CONNECTION_FIELD: &str = "connection.";

/// What the consent page says.
pub(super) struct Consent<'a> {
    pub(super) client_name: &'a str,
    pub(super) published_by: Option<&'a str>,
    pub(super) destination: &'a str,
    pub(super) form_action: &'a str,
    pub(super) user: &'a UserRow,
    pub(super) rights: Scope,
    pub(super) connections: &'a [ConnectionRow],
    pub(super) request: &'a str,
    pub(super) next: &'a str,
    pub(super) notice: Option<&'a str>,
}

/// Why nothing goes on, for the person at the browser.
pub(super) fn error(status: u16, reason: &str) -> Result<Response, Denial> {
    let body = html! {
        h1 { "This does not work" }
        p { (reason) }
        p.quiet { "Nothing was allowed and nobody was told. You can close this page." }
    };
    page(status, "This does not work", &body, None)
}

/// The consent page.
pub(super) fn consent(consent: &Consent<'_>) -> Result<Response, Denial> {
    let body = html! {
        h1 { "Allow " (consent.client_name) " to act for you?" }
        @if let Some(notice) = consent.notice { p.alert role="alert" { (notice) } }
        dl.facts {
            div { dt { "Assistant" } dd {
                strong { (consent.client_name) }
                @match consent.published_by {
                    Some(host) => { " " span.quiet { "published by " (host) } }
                    None => { " " span.quiet { "says so itself; nobody has checked the name" } }
                }
            } }
            div { dt { "Answers go to" } dd { strong { (consent.destination) } } }
            div { dt { "You are" } dd { (consent.user.name) ", " (consent.user.role) } }
        }
        @if consent.rights.is_empty() {
            p.alert role="alert" { "Your role has none of the rights that it asks for." }
        }
        form method="post" action="/authorize" {
            input type="hidden" name="request" value=(consent.request);
            input type="hidden" name="next" value=(consent.next);
            @if !consent.rights.is_empty() {
                fieldset { legend { "It may" } (rights(consent.rights)) }
                fieldset { legend { "With these systems" } (connections(consent.connections)) }
            }
            div.buttons {
                @if !consent.rights.is_empty() {
                    button.primary type="submit" name="decision" value="allow" { "Allow" }
                }
                button type="submit" name="decision" value="deny" { "Cancel" }
            }
        }
        form.aside method="post" action="/sign-out" {
            input type="hidden" name="next" value=(consent.next);
            button.link type="submit" { "Sign in as somebody else" }
        }
        p.quiet { "It never may more than you may yourself. You can end this at any time: " a href="/assistants" { "your assistants" } "." }
    };
    page(200, "Allow an assistant", &body, Some(consent.form_action))
}

/// Everything that was asked for is ticked, except for what moves money: that takes
/// a decision of its own.
fn rights(rights: Scope) -> Markup {
    html! {
        @for permission in rights.permissions().iter() {
            @let name = format!("{PERMISSION_FIELD}{permission}");
            @let moves_money = permission == Permission::ToolMoney;
            label.choice {
                input type="checkbox" name=(name) value="on" checked[!moves_money];
                span {
                    (permission.meaning())
                    @if moves_money { " " strong.money { "Tick this only if it is meant to." } }
                    " " code { (permission) }
                }
            }
        }
    }
}

fn connections(connections: &[ConnectionRow]) -> Markup {
    let all = connections.is_empty();
    html! {
        label.choice {
            input type="radio" name="connections" value="some" checked[!all];
            span { "Only those ticked here" }
        }
        div.nested {
            @if all { p.quiet { "No system is connected yet." } }
            @for connection in connections {
                @let name = format!("{CONNECTION_FIELD}{}", connection.connection_id);
                label.choice {
                    input type="checkbox" name=(name) value="on" checked;
                    span { (connection.name) " " span.quiet { (connection.connector) } }
                }
            }
        }
        label.choice {
            input type="radio" name="connections" value="all" checked[all];
            span { "All of them, and those that are connected later" }
        }
    }
}

/// A user's assistants, or a tenant's. `ends` says which of them the user may end.
pub(super) fn assistants(
    user: &UserRow,
    grants: &[GrantRow],
    ends: impl Fn(&GrantRow) -> bool,
    request: &str,
) -> Result<Response, Denial> {
    let body = html! {
        h1 { "Your assistants" }
        p { "Signed in as " strong { (user.name) } ", " (user.role) "." }
        @if grants.is_empty() { p.quiet { "No assistant acts for you." } }
        @for grant in grants {
            section.card aria-labelledby=(grant.grant_id) {
                h2 id=(grant.grant_id) { (grant.client_name) }
                @if grant.principal_id != user.principal_id {
                    p.quiet { "acts for " (grant.user) }
                }
                p { "May: " (Scope::of(grant.permissions)) }
                p.quiet { (systems(grant)) }
                @if ends(grant) {
                    form method="post" action=(format!("/assistants/{}/disconnect", grant.grant_id)) {
                        input type="hidden" name="request" value=(request);
                        button type="submit" aria-label=(format!("Disconnect {}", grant.client_name)) { "Disconnect" }
                    }
                }
            }
        }
        form.aside method="post" action="/sign-out" {
            button.link type="submit" { "Sign out" }
        }
    };
    page(200, "Your assistants", &body, None)
}

fn systems(grant: &GrantRow) -> String {
    match grant.connections.as_deref() {
        None => "All connected systems".to_owned(),
        Some([_]) => "1 connected system".to_owned(),
        Some(some) => format!("{} connected systems", some.len()),
    }
}

/// A page with Lango's frame and policy.
pub(super) fn page(
    status: u16,
    title: &str,
    body: &Markup,
    form_action: Option<&str>,
) -> Result<Response, Denial> {
    let html = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                title { (title) " · Lango" }
                style { (PreEscaped(STYLE)) }
            }
            body {
                main {
                    p.brand { "Lango" }
                    (body)
                }
            }
        }
    };
    problem::page(status, html.into_string(), &policy(form_action)).map_err(|error| failed(&error))
}

/// Nothing but this style and these forms. A browser holds a form's redirect to
/// `form-action` as well, so the place where the answer goes is named.
fn policy(form_action: Option<&str>) -> String {
    let style = STANDARD.encode(Sha256::digest(STYLE));
    let form_action = form_action
        .map(|place| format!(" {place}"))
        .unwrap_or_default();
    format!(
        "default-src 'none'; style-src 'sha256-{style}'; form-action 'self'{form_action}; \
         frame-ancestors 'none'; base-uri 'none'"
    )
}
