//! `/auth/v1`: signing in, staying signed in, signing out, and passwords.
//!
//! Whoever signs in is nobody yet: those routes pass layer 1 alone ([`guest`]), and
//! what guards them is the account's and the address's `SignInGuard`. The routes of
//! somebody who is signed in pass the layers like any other.

mod account;
mod enter;
pub(in crate::routes) mod guest;
mod invite;

pub(super) use account::{change_password, me, out, out_everywhere, shows_who};
pub(super) use enter::{
    accept_invitation, ask_for_code, browser_session, refresh, sign_in, sign_in_with_code,
};
pub(super) use guest::Guest;
pub(super) use invite::{customer as invite_customer, user as invite_user};
