//! OAuth 2.1 for assistants, without a runtime.
//!
//! In scope: the requests of the authorization server parsed into values, client
//! metadata (RFC 7591, Client ID Metadata Documents) and its checks, redirect
//! matching, PKCE (RFC 7636, S256 alone), resource indicators (RFC 8707), scopes
//! as permissions, which URLs may be fetched, the metadata documents (RFC 8414,
//! RFC 9728), and the life of a grant as a state machine.
//! Out of scope: signatures (`lango-identity`), storage (`durable_objects` calls
//! the steps and stores), pages and HTTP (the gateway), and the clock.
#![forbid(unsafe_code)]
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

mod assertion;
mod authorization;
mod client;
mod error;
mod fetchable;
mod grant;
mod metadata;
mod parameters;
mod pkce;
mod redirect;
mod scope;
mod site;
mod token;

pub use assertion::{AssertionAlgorithm, TrustedKeys, UnverifiedAssertion};
pub use authorization::{
    AuthorizationRefusal, AuthorizationRequest, Prompt, error_redirect, success_redirect,
};
pub use client::{
    Authentication, Client, ClientIdentifier, ClientMetadata, MetadataError, RegisteredClient,
    registration_answer,
};
pub use error::{ErrorCode, OauthError};
pub use fetchable::{FetchableUrl, FetchableUrlError};
pub use grant::{
    CODE_SECONDS, GRANT_SECONDS, Grant, GrantEvent, GrantRefusal, IDLE_SECONDS, Issue, Redeem,
    Refresh, Terms,
};
pub use metadata::{authorization_server, protected_resource};
pub use parameters::{ParameterError, Parameters};
pub use pkce::{CodeChallenge, CodeVerifier};
pub use redirect::{RedirectUri, RedirectUriError};
pub use scope::{Scope, challenge_scope, grantable, step_up_scope};
pub use site::{Resource, Site, SiteError};
pub use token::{ClientCredentials, Secret, TokenRequest, basic_credentials, token_answer};
