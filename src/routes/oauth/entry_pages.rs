//! The pages of signing in and of passwords. Plain HTML, as in [`super::pages`].

use lango_store::UserRow;
use maud::{Markup, html};
use worker::Response;

use super::{failed, pages::page};
use crate::denial::Denial;

/// A tenant of the demo and its users.
pub(super) struct Offer {
    pub(super) tenant_id: String,
    pub(super) name: String,
    pub(super) users: Vec<UserRow>,
}

/// What has been typed so far, and what is to be said of it.
#[derive(Default)]
pub(super) struct Entry<'a> {
    pub(super) next: &'a str,
    /// The assistant that has sent the browser here.
    pub(super) client: Option<&'a str>,
    pub(super) tenant: &'a str,
    pub(super) email: &'a str,
    pub(super) phone: &'a str,
    pub(super) notice: Option<&'a str>,
}

/// Signing in.
pub(super) fn sign_in(
    status: u16,
    offers: &[Offer],
    sends_codes: bool,
    entry: &Entry<'_>,
) -> Result<Response, Denial> {
    let is_demo = !offers.is_empty();
    let heading = if is_demo {
        "Who are you today?"
    } else {
        "Sign in"
    };
    let body = html! {
        h1 { (heading) }
        @if let Some(client) = entry.client {
            p { strong { (client) } " wants to connect to Lango. Sign in to decide." }
        }
        (notice(entry))
        @if is_demo {
            p.note { "This machine runs the demo: whoever opens this page may be anybody." }
            @for offer in offers { (people(offer, entry.next)) }
            h2 { "Or sign in as elsewhere" }
        }
        form method="post" action="/sign-in" {
            fieldset {
                legend { "With a password" }
                (organisation("tenant", entry.tenant))
                label.field for="email" { "E-mail address" }
                input id="email" type="email" name="email" value=(entry.email) autocomplete="username" required;
                label.field for="password" { "Password" }
                input id="password" type="password" name="password" autocomplete="current-password" required;
                input type="hidden" name="next" value=(entry.next);
                div.buttons { button.primary type="submit" { "Sign in" } }
            }
        }
        @if sends_codes {
            form method="post" action="/sign-in/code" {
                fieldset {
                    legend { "With a code by WhatsApp" }
                    (organisation("tenant-of-phone", entry.tenant))
                    label.field for="phone" { "Telephone number, with its country" }
                    input id="phone" type="tel" name="phone" value=(entry.phone) autocomplete="tel" placeholder="+254 712 345 678" required;
                    input type="hidden" name="next" value=(entry.next);
                    div.buttons { button type="submit" { "Send me a code" } }
                }
            }
        }
    };
    page(status, "Sign in", &body, None)
}

/// The code that a telephone has got, if it is somebody's.
pub(super) fn code(status: u16, entry: &Entry<'_>) -> Result<Response, Denial> {
    let body = html! {
        h1 { "Type the code" }
        (notice(entry))
        p { "If " strong { (entry.phone) } " belongs to an account of " strong { (entry.tenant) } ", a code of six digits is on its way to it by WhatsApp. It is good for five minutes." }
        form method="post" action="/sign-in/verify" {
            fieldset {
                legend { "One-time code" }
                label.field for="code" { "Six digits" }
                input id="code" type="text" name="code" inputmode="numeric" autocomplete="one-time-code" maxlength="9" required autofocus;
                input type="hidden" name="tenant" value=(entry.tenant);
                input type="hidden" name="phone" value=(entry.phone);
                input type="hidden" name="next" value=(entry.next);
                div.buttons { button.primary type="submit" { "Sign in" } }
            }
        }
    };
    page(status, "Type the code", &body, None)
}

/// An invitation is used.
pub(super) fn choose_password(
    status: u16,
    invitation: &str,
    notice: Option<&str>,
) -> Result<Response, Denial> {
    let body = html! {
        h1 { "Choose your password" }
        @if let Some(notice) = notice { p.alert role="alert" { (notice) } }
        p { "Take a sentence that nobody else would think of. Spaces are fine." }
        form method="post" action="/password" {
            fieldset {
                legend { "Your password" }
                label.field for="new" { "Password" }
                input id="new" type="password" name="new" autocomplete="new-password" required;
                label.field for="again" { "Once more" }
                input id="again" type="password" name="again" autocomplete="new-password" required;
                input type="hidden" name="invitation" value=(invitation);
                div.buttons { button.primary type="submit" { "Set the password" } }
            }
        }
    };
    page(status, "Choose your password", &body, None)
}

/// It is set.
pub(super) fn password_is_set() -> Result<Response, Denial> {
    let body = html! {
        h1 { "Your password is set" }
        p { "Whoever was signed in to your account is signed out now." }
        p { a href="/assistants" { "Sign in" } }
    };
    page(200, "Your password is set", &body, None)
}

/// A page of this site that loads another one of it: browsers then send the cookie,
/// which they keep back when another site leads here.
pub(super) fn once_more(url: &str) -> Result<Response, Denial> {
    let body = html! {
        h1 { "One moment" }
        p { a href=(url) { "Go on" } }
    };
    let response = page(200, "One moment", &body, None)?;
    response
        .headers()
        .set("Refresh", &format!("0;url={url}"))
        .map_err(|error| failed(&error))?;
    Ok(response)
}

fn notice(entry: &Entry<'_>) -> Markup {
    html! {
        @if let Some(notice) = entry.notice { p.alert role="alert" { (notice) } }
    }
}

fn organisation(id: &str, value: &str) -> Markup {
    html! {
        label.field for=(id) { "Organisation" }
        input id=(id) type="text" name="tenant" value=(value) autocomplete="organization" autocapitalize="none" spellcheck="false" required;
    }
}

fn people(offer: &Offer, next: &str) -> Markup {
    html! {
        section aria-labelledby=(offer.tenant_id) {
            h2 id=(offer.tenant_id) { (offer.name) }
            @if offer.users.is_empty() { p.quiet { "It has no users." } }
            ul.people {
                @for user in &offer.users {
                    li { (sign_in_as(offer, user, next)) }
                }
            }
        }
    }
}

fn sign_in_as(offer: &Offer, user: &UserRow, next: &str) -> Markup {
    html! {
        form method="post" action="/sign-in" {
            input type="hidden" name="tenant" value=(offer.tenant_id);
            input type="hidden" name="principal" value=(user.principal_id);
            input type="hidden" name="next" value=(next);
            button.person type="submit" disabled[user.suspended_at.is_some()] {
                span { (user.name) }
                span.quiet { (user.role) @if user.suspended_at.is_some() { ", suspended" } }
            }
        }
    }
}
