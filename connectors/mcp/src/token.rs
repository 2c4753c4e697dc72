//! Tokens for an upstream that knows Lango as an OAuth client. Their owner asks for
//! them; the isolate keeps the newest one it was given.

use std::rc::Rc;

use lango_connector_runtime::Tokens;
use lango_delegation::{Application, Digest};
use zeroize::Zeroizing;

use crate::{failure::Failure, pool::Shared};

/// A token as it goes into a request.
pub(crate) struct Held {
    /// The `Authorization` field's value.
    pub(crate) authorization: Zeroizing<String>,
    /// What it is recognised by when the upstream does not take it.
    pub(crate) digest: Digest,
    pub(crate) until_ms: u64,
}

/// What a connection's tokens are asked for with.
#[derive(Clone, Copy)]
pub(crate) struct Source<'a> {
    pub(crate) tokens: &'a Tokens<'a>,
    pub(crate) application: &'a Application,
    pub(crate) secret: &'a str,
}

impl Source<'_> {
    /// The one that is still good, or the owner's.
    pub(crate) async fn token(&self, known: &Shared, now_ms: u64) -> Result<Rc<Held>, Failure> {
        if let Some(token) = known.borrow().token(now_ms) {
            return Ok(token);
        }
        // Not taken: whoever asks with it as well gets the same answer.
        let refused = known.borrow().refused();
        let token = self
            .tokens
            .token(self.application, self.secret, refused)
            .await
            .map_err(Failure::Token)?;
        let held = Rc::new(Held {
            authorization: self.application.profile.profile().credential(&token.access),
            digest: token.digest,
            until_ms: token.until_ms,
        });
        known.borrow_mut().set_token(Rc::clone(&held));
        Ok(held)
    }
}
