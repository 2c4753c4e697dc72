//! Tokens, as a connector's tool asks for them.

use lango_connector_kit::{CallError, CallErrorCode, CallerKind, Principal};
use lango_delegation::{Application, Digest, GrantKind, Lost};
use worker::Env;
use zeroize::Zeroizing;

use crate::residency::NOT_IN_OBJECTS;

use super::{
    client::TokenOwnerClient,
    message::{Client, KeyMaterial, TokenAnswer, TokenAsk},
};

/// The holder of a client of its own: no principal is called so.
const CLIENT: &str = "client";

/// What a call gets its tokens from.
pub struct Tokens<'a> {
    /// `None` where there is no platform, in tests.
    pub(crate) source: Option<Source<'a>>,
    pub(crate) principal: Option<&'a Principal>,
}

/// Where the owner is, and what opens and seals there.
pub(crate) struct Source<'a> {
    pub(crate) env: &'a Env,
    /// Whether what the owner does is covered by the proof that the call may run here.
    pub(crate) covers_objects: bool,
    pub(crate) keys: KeyMaterial,
}

/// A token that is good now.
#[derive(Clone)]
pub struct Token {
    /// What opens the system, without any word before it.
    pub access: Zeroizing<String>,
    /// What it is refused by.
    pub digest: Digest,
    /// Until when it may be kept, in milliseconds since 1970.
    pub until_ms: u64,
}

impl Tokens<'_> {
    /// None at all: for a connector's own tests.
    #[must_use]
    pub const fn none() -> Self {
        Self {
            source: None,
            principal: None,
        }
    }

    /// Whose token an application's is: the caller's, or the client's own.
    ///
    /// # Errors
    /// [`CallErrorCode::Unauthorized`] when it would be the caller's and there is none.
    pub fn holder(&self, application: &Application) -> Result<String, CallError> {
        match application.grant {
            GrantKind::ClientCredentials => Ok(CLIENT.to_owned()),
            GrantKind::AuthorizationCode => self.principal.map(holder).ok_or_else(|| {
                unauthorized("This connection acts as the person who is signed in, and nobody is.")
            }),
        }
    }

    /// A token of the caller, or of the client itself. `refused` is the digest of one
    /// that the system did not take.
    ///
    /// # Errors
    /// [`CallError`] that says who has to do what.
    pub async fn token(
        &self,
        application: &Application,
        secret: &str,
        refused: Option<Digest>,
    ) -> Result<Token, CallError> {
        let source = self.source.as_ref().ok_or_else(no_owner)?;
        if !source.covers_objects {
            return Err(CallError::new(CallErrorCode::NotResident, NOT_IN_OBJECTS));
        }
        let ask = TokenAsk {
            keys: source.keys.clone(),
            client: Client {
                application: application.clone(),
                secret: Zeroizing::new(secret.to_owned()),
            },
            holder: self.holder(application)?,
            refused,
        };
        let KeyMaterial {
            tenant, connection, ..
        } = &source.keys;
        let owner =
            TokenOwnerClient::named(source.env, tenant, connection).map_err(|_| no_owner())?;
        match owner.token(&ask).await {
            Ok(answer) => token(answer, connection),
            Err(_) => Err(no_owner()),
        }
    }
}

/// The name under which a principal's tokens are kept.
pub(crate) fn holder(principal: &Principal) -> String {
    let kind = match principal.kind {
        CallerKind::Employee => "employee",
        CallerKind::Customer => "customer",
    };
    format!("{kind}:{}", principal.id)
}

fn token(answer: TokenAnswer, connection: &str) -> Result<Token, CallError> {
    match answer {
        TokenAnswer::Token {
            token,
            digest,
            until_ms,
        } => Ok(Token {
            access: token,
            digest,
            until_ms: u64::try_from(until_ms).unwrap_or_default(),
        }),
        TokenAnswer::Wait {
            refused: Some(refused),
            ..
        } => Err(unauthorized(format!(
            "The authorization server of this connection {refused}. An administrator has to check the connection."
        ))),
        TokenAnswer::Wait { refused: None, .. } => Err(CallError::new(
            CallErrorCode::Unreachable,
            "The authorization server of this connection does not answer, or gives no more tokens for now. Nothing was called; try again in a minute.",
        )),
        TokenAnswer::NotConnected => Err(unauthorized(connect(
            "You have not connected your account in this system yet.",
            connection,
        ))),
        TokenAnswer::Lost(why) => Err(unauthorized(connect(lost(why), connection))),
        TokenAnswer::Sealed(why) => Err(CallError::new(
            CallErrorCode::Sealed,
            format!("The tokens of this connection could not be opened or sealed: {why}."),
        )),
    }
}

fn lost(why: Lost) -> &'static str {
    match why {
        Lost::Refused => "The system has ended what you allowed Lango to do in your name.",
        Lost::AnswerLost => {
            "Your account has to be connected again: the system's last answer was lost, and it gives no other."
        }
        Lost::Changed => {
            "The connection was changed since you connected your account: connect it again."
        }
        Lost::NoRefresh => "The system has allowed it for a time, and that is over.",
    }
}

fn connect(why: &str, connection: &str) -> String {
    format!(
        "{why} Sign in to Lango with a browser and connect it there: POST /auth/v1/connections/{connection}/connect."
    )
}

fn no_owner() -> CallError {
    CallError::new(
        CallErrorCode::Unreachable,
        "The owner of this connection's tokens did not answer. Nothing was called; try again.",
    )
}

fn unauthorized(message: impl Into<String>) -> CallError {
    CallError::new(CallErrorCode::Unauthorized, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_says_who_has_to_do_what() {
        let message = |answer| token(answer, "con_1").err().unwrap().message;
        assert!(message(TokenAnswer::NotConnected).contains("/auth/v1/connections/con_1/connect"));
        for why in [
            Lost::Refused,
            Lost::AnswerLost,
            Lost::Changed,
            Lost::NoRefresh,
        ] {
            assert!(message(TokenAnswer::Lost(why)).contains("connect it"));
        }
        let refused = TokenAnswer::Wait {
            until_ms: 1,
            refused: Some("refused to issue a token: invalid_client".to_owned()),
        };
        let refused = message(refused);
        assert!(refused.contains("refused to issue a token: invalid_client"));
        assert!(refused.contains("administrator"));
    }

    #[test]
    fn principals_of_two_kinds_are_two_holders() {
        let principal = |kind| Principal {
            kind,
            id: "p_1".to_owned(),
            role: None,
            customer_number: None,
            allow_tables: None,
        };
        assert_eq!(holder(&principal(CallerKind::Employee)), "employee:p_1");
        assert_eq!(holder(&principal(CallerKind::Customer)), "customer:p_1");
    }
}
