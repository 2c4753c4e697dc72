//! Authorization codes, refresh tokens and invitations: signed, so that only genuine
//! ones reach an object or a row, and named after what knows whether they still hold.

use serde::{Deserialize, Serialize};

use crate::{
    id::{KeyId, TenantId},
    issued::Statement,
    scope::{KeyGateName, TenantScope},
    signing_keys::SigningKeys,
    statement::Purpose,
    token::{IssuedToken, TokenDigest, TokenError},
};

/// Which of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TicketKind {
    /// An authorization code.
    Code,
    /// A refresh token of a grant.
    Refresh,
    /// A refresh token of a sign-in.
    Session,
    /// An invitation to set a password.
    Invitation,
}

#[derive(Serialize, Deserialize)]
struct Names {
    t: TenantId,
    g: KeyId,
    /// Random, so that two of a grant differ; what is kept of it is a digest.
    r: String,
}

#[derive(Serialize, Deserialize)]
#[serde(transparent)]
struct Code(Names);

#[derive(Serialize, Deserialize)]
#[serde(transparent)]
struct Refresh(Names);

#[derive(Serialize, Deserialize)]
#[serde(transparent)]
struct Session(Names);

#[derive(Serialize, Deserialize)]
#[serde(transparent)]
struct Invitation(Names);

impl Statement for Session {
    const PURPOSE: Purpose = Purpose::new("lango-session-refresh");
}

impl Statement for Invitation {
    const PURPOSE: Purpose = Purpose::new("lango-invitation");
}

impl Statement for Code {
    const PURPOSE: Purpose = Purpose::new("lango-code");
}

impl Statement for Refresh {
    const PURPOSE: Purpose = Purpose::new("lango-refresh");
}

/// A genuine one; whether it still holds is for the grant's object, the session or the
/// invitation to say.
#[derive(Debug, Clone)]
pub struct VerifiedTicket {
    name: KeyGateName,
    digest: TokenDigest,
}

impl SigningKeys {
    /// Signs a code or token of a grant, a session or an invitation. `random` is 128 bits or more.
    /// `expires_at` is in seconds since 1970.
    ///
    /// # Errors
    /// [`TokenError::Claims`] when the times are outside what a date can say.
    pub fn issue_ticket(
        &self,
        issuer: &str,
        kind: TicketKind,
        grant: &KeyGateName,
        random: &str,
        expires_at: i64,
    ) -> Result<IssuedToken, TokenError> {
        let names = Names {
            t: grant.scope().tenant().clone(),
            g: grant.key().clone(),
            r: random.to_owned(),
        };
        match kind {
            TicketKind::Code => self.sign_statement(issuer, &Code(names), expires_at),
            TicketKind::Refresh => self.sign_statement(issuer, &Refresh(names), expires_at),
            TicketKind::Session => self.sign_statement(issuer, &Session(names), expires_at),
            TicketKind::Invitation => self.sign_statement(issuer, &Invitation(names), expires_at),
        }
    }

    /// Checks a code or refresh token. `now` is seconds since 1970.
    ///
    /// # Errors
    /// [`TokenError`], which is for the log alone.
    pub fn verify_ticket(
        &self,
        issuer: &str,
        kind: TicketKind,
        text: &str,
        now: i64,
    ) -> Result<VerifiedTicket, TokenError> {
        let names = match kind {
            TicketKind::Code => self.verify_statement::<Code>(issuer, text, now)?.0,
            TicketKind::Refresh => self.verify_statement::<Refresh>(issuer, text, now)?.0,
            TicketKind::Session => self.verify_statement::<Session>(issuer, text, now)?.0,
            TicketKind::Invitation => self.verify_statement::<Invitation>(issuer, text, now)?.0,
        };
        Ok(VerifiedTicket {
            name: KeyGateName::new(TenantScope::verified(names.t), names.g),
            digest: TokenDigest::of(text),
        })
    }
}

impl VerifiedTicket {
    /// The object that knows the grant.
    #[must_use]
    pub fn name(&self) -> &KeyGateName {
        &self.name
    }

    /// What the object compares.
    #[must_use]
    pub fn digest(&self) -> TokenDigest {
        self.digest
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
    fn a_code_is_no_refresh_token_and_both_are_one_grants() {
        let keys = SigningKeys::parse(&key_set(&[jwk("k", 1, true)])).unwrap();
        let scope = TenantScope::verified(TenantId::from_random([1; RANDOM_LENGTH]));
        let name = KeyGateName::new(scope, KeyId::from_random([2; RANDOM_LENGTH]));
        let issue = |kind, random| {
            let ticket = keys.issue_ticket("i", kind, &name, random, 160).unwrap();
            ticket.expose().to_owned()
        };
        let code = issue(TicketKind::Code, "a");
        let verified = keys
            .verify_ticket("i", TicketKind::Code, &code, 159)
            .unwrap();
        assert_eq!(verified.name(), &name);
        assert!(verified.digest() == TokenDigest::of(&code));
        assert_ne!(code, issue(TicketKind::Code, "b"));
        let refused = |kind, text: &str, now| keys.verify_ticket("i", kind, text, now).err();
        assert_eq!(
            refused(TicketKind::Refresh, &code, 120),
            Some(TokenError::WrongAudience)
        );
        assert_eq!(
            refused(TicketKind::Code, &code, 161),
            Some(TokenError::Expired)
        );
        let refresh = issue(TicketKind::Refresh, "a");
        assert_eq!(
            refused(TicketKind::Code, &refresh, 120),
            Some(TokenError::WrongAudience)
        );
    }

    #[test]
    fn a_session_is_no_ticket() {
        let keys = SigningKeys::parse(&key_set(&[jwk("k", 1, true)])).unwrap();
        let scope = TenantScope::verified(TenantId::from_random([1; RANDOM_LENGTH]));
        let user = crate::PrincipalId::from_random([2; RANDOM_LENGTH]);
        let id = KeyId::from_random([3; RANDOM_LENGTH]);
        let session = keys
            .issue_session("i", &scope, crate::PrincipalKind::Employee, &user, &id, 160)
            .unwrap();
        let verified = keys.verify_session("i", session.expose(), 101).unwrap();
        assert_eq!((verified.id(), verified.principal()), (&id, &user));
        assert_eq!(verified.scope(), scope);
        for kind in [TicketKind::Code, TicketKind::Refresh] {
            assert!(
                keys.verify_ticket("i", kind, session.expose(), 101)
                    .is_err()
            );
        }
        assert!(keys.verify_session("other", session.expose(), 101).is_err());
    }

    #[test]
    fn each_kind_is_taken_as_itself_alone() {
        let keys = SigningKeys::parse(&key_set(&[jwk("k", 1, true)])).unwrap();
        let scope = TenantScope::verified(TenantId::from_random([1; RANDOM_LENGTH]));
        let name = KeyGateName::new(scope, KeyId::from_random([2; RANDOM_LENGTH]));
        let kinds = [
            TicketKind::Code,
            TicketKind::Refresh,
            TicketKind::Session,
            TicketKind::Invitation,
        ];
        for issued in kinds {
            let ticket = keys.issue_ticket("i", issued, &name, "a", 160).unwrap();
            for taken in kinds {
                let verified = keys.verify_ticket("i", taken, ticket.expose(), 120);
                assert_eq!(verified.is_ok(), taken == issued, "{issued:?} as {taken:?}");
            }
        }
    }
}
