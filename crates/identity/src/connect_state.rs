//! The `state` of a consent elsewhere: what a browser brings back from a business's
//! system, so that only the browser and the person who were sent there are taken.

use serde::{Deserialize, Serialize};

use crate::{
    id::{ConnectionId, KeyId, PrincipalId, TenantId},
    issued::Statement,
    scope::TenantScope,
    signing_keys::SigningKeys,
    statement::Purpose,
    token::{IssuedToken, PrincipalKind, TokenError},
};

/// Who was sent where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConnectState {
    /// The right to the rows of their tenant.
    pub scope: TenantScope,
    /// Which kind of principal.
    pub kind: PrincipalKind,
    /// Who.
    pub principal: PrincipalId,
    /// In which of their sign-ins.
    pub session: KeyId,
    /// Which system they connect.
    pub connection: ConnectionId,
}

#[derive(Serialize, Deserialize)]
struct Wire {
    t: TenantId,
    k: PrincipalKind,
    p: PrincipalId,
    s: KeyId,
    c: ConnectionId,
    /// Random, so that nobody can say it before it is said.
    r: String,
}

impl Statement for Wire {
    const PURPOSE: Purpose = Purpose::new("lango-connect");
}

impl SigningKeys {
    /// Signs a state. `random` is 128 bits or more; `expires_at` is in seconds since
    /// 1970.
    ///
    /// # Errors
    /// [`TokenError::Claims`] when the times are outside what a date can say.
    pub fn issue_connect_state(
        &self,
        issuer: &str,
        state: &ConnectState,
        random: &str,
        expires_at: i64,
    ) -> Result<IssuedToken, TokenError> {
        let wire = Wire {
            t: state.scope.tenant().clone(),
            k: state.kind,
            p: state.principal.clone(),
            s: state.session.clone(),
            c: state.connection.clone(),
            r: random.to_owned(),
        };
        self.sign_statement(issuer, &wire, expires_at)
    }

    /// Checks a state. `now` is seconds since 1970. Whether it was used is for the
    /// connection's owner of tokens to say.
    ///
    /// # Errors
    /// [`TokenError`], which is for the log alone.
    pub fn verify_connect_state(
        &self,
        issuer: &str,
        text: &str,
        now: i64,
    ) -> Result<ConnectState, TokenError> {
        let wire: Wire = self.verify_statement(issuer, text, now)?;
        Ok(ConnectState {
            scope: TenantScope::verified(wire.t),
            kind: wire.k,
            principal: wire.p,
            session: wire.s,
            connection: wire.c,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        RANDOM_LENGTH,
        signing_keys::tests::{jwk, key_set},
    };

    #[test]
    fn a_state_says_who_was_sent_and_is_nothing_else() {
        let keys = SigningKeys::parse(&key_set(&[jwk("k", 1, true)])).unwrap();
        let state = ConnectState {
            scope: TenantScope::verified(TenantId::from_random([1; RANDOM_LENGTH])),
            kind: PrincipalKind::Employee,
            principal: PrincipalId::from_random([2; RANDOM_LENGTH]),
            session: KeyId::from_random([3; RANDOM_LENGTH]),
            connection: ConnectionId::from_random([4; RANDOM_LENGTH]),
        };
        let issue = |random| {
            let issued = keys.issue_connect_state("i", &state, random, 160).unwrap();
            issued.expose().to_owned()
        };
        let text = issue("a");
        assert_ne!(text, issue("b"));
        assert_eq!(keys.verify_connect_state("i", &text, 101).unwrap(), state);
        assert!(keys.verify_connect_state("other", &text, 101).is_err());
        assert!(keys.verify_connect_state("i", &text, 161).is_err());
        assert!(keys.verify_session("i", &text, 101).is_err());
        let others = SigningKeys::parse(&key_set(&[jwk("k", 2, true)])).unwrap();
        assert!(others.verify_connect_state("i", &text, 101).is_err());
        // Links that lead through browsers are not to be long.
        assert!(text.len() < 600, "{}", text.len());
    }
}
