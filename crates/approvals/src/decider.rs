//! Who may decide.

use lango_identity::{Permission, PermissionSet, PrincipalKind};

/// Whose call is held.
#[derive(Debug, Clone, Copy)]
pub struct Asker<'a> {
    /// Who acts; for an assistant, the user who has allowed it.
    pub principal: &'a str,
    /// The key, grant or sign-in that the call was made with.
    pub gate: &'a str,
}

/// Whoever wants to decide.
#[derive(Debug, Clone, Copy)]
pub struct Decider<'a> {
    /// Who they are.
    pub principal: &'a str,
    /// What shows it.
    pub credential: Credential<'a>,
    /// What they may do now.
    pub permissions: PermissionSet,
    /// Whether they may use the connection of the call.
    pub reaches_connection: bool,
}

/// What shows who somebody is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Credential<'a> {
    /// They have signed in.
    SignIn {
        /// The sign-in.
        session: &'a str,
        /// Which kind of principal they are.
        kind: PrincipalKind,
    },
    /// An API key: a program.
    Key,
    /// What a user has granted an assistant.
    Grant,
}

/// Why somebody may not decide.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Forbidden {
    /// It is not an employee who has signed in.
    #[error("only a person of the business who has signed in may decide")]
    NotAPerson,
    /// They lack `tool.approve`.
    #[error("the role lacks tool.approve")]
    NotPermitted,
    /// They may not use the connection themselves.
    #[error("whoever decides must be allowed to use the connection")]
    OtherConnection,
    /// The call was made with the same sign-in.
    #[error("the sign-in that asked may not decide")]
    SameCredential,
    /// They asked themselves, and the tenant wants somebody else to decide.
    #[error("somebody else than whoever asked must decide")]
    FourEyes,
}

/// Proof: this person may decide this approval.
#[derive(Debug)]
pub struct MayDecide(String);

impl MayDecide {
    /// Who decides.
    #[must_use]
    pub fn principal(&self) -> &str {
        &self.0
    }
}

/// Whether somebody may decide what an asker has asked. What shows a program or an
/// assistant never does, whatever it may otherwise: the text that made an assistant call
/// must not be able to make it approve.
///
/// # Errors
/// [`Forbidden`], the first reason against it.
pub fn may_decide(
    asker: Asker<'_>,
    decider: Decider<'_>,
    four_eyes: bool,
) -> Result<MayDecide, Forbidden> {
    let Credential::SignIn {
        session,
        kind: PrincipalKind::Employee,
    } = decider.credential
    else {
        return Err(Forbidden::NotAPerson);
    };
    if !decider.permissions.contains(Permission::ToolApprove) {
        return Err(Forbidden::NotPermitted);
    }
    if !decider.reaches_connection {
        return Err(Forbidden::OtherConnection);
    }
    if session == asker.gate {
        return Err(Forbidden::SameCredential);
    }
    if four_eyes && decider.principal == asker.principal {
        return Err(Forbidden::FourEyes);
    }
    Ok(MayDecide(decider.principal.to_owned()))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const ASKER: Asker<'_> = Asker {
        principal: "p_1",
        gate: "k_1",
    };

    fn person<'a>(principal: &'a str, session: &'a str) -> Decider<'a> {
        Decider {
            principal,
            credential: Credential::SignIn {
                session,
                kind: PrincipalKind::Employee,
            },
            permissions: PermissionSet::of(&[Permission::ToolApprove]),
            reaches_connection: true,
        }
    }

    #[test]
    fn a_person_with_the_right_decides() {
        for principal in ["p_1", "p_2"] {
            let may = may_decide(ASKER, person(principal, "k_2"), false).unwrap();
            assert_eq!(may.principal(), principal);
        }
        assert!(may_decide(ASKER, person("p_2", "k_2"), true).is_ok());
    }

    #[test]
    fn each_reason_against_it_is_said() {
        let why = |decider, four_eyes| may_decide(ASKER, decider, four_eyes).unwrap_err();
        let someone = person("p_2", "k_2");
        for credential in [Credential::Key, Credential::Grant] {
            let program = Decider {
                credential,
                permissions: PermissionSet::ALL,
                ..someone
            };
            assert_eq!(why(program, false), Forbidden::NotAPerson);
        }
        for kind in [
            PrincipalKind::Customer,
            PrincipalKind::Support,
            PrincipalKind::PlatformAdmin,
        ] {
            let session = "k_2";
            let outsider = Decider {
                credential: Credential::SignIn { session, kind },
                permissions: PermissionSet::ALL,
                ..someone
            };
            assert_eq!(why(outsider, false), Forbidden::NotAPerson);
        }
        let permissions = PermissionSet::ALL.without(PermissionSet::of(&[Permission::ToolApprove]));
        let viewer = Decider {
            permissions,
            ..someone
        };
        assert_eq!(why(viewer, false), Forbidden::NotPermitted);
        let elsewhere = Decider {
            reaches_connection: false,
            ..someone
        };
        assert_eq!(why(elsewhere, false), Forbidden::OtherConnection);
        assert_eq!(why(person("p_1", "k_1"), false), Forbidden::SameCredential);
        assert_eq!(why(person("p_1", "k_2"), true), Forbidden::FourEyes);
    }

    fn credential(number: u8) -> Credential<'static> {
        let sign_in = |kind, session| Credential::SignIn { session, kind };
        match number % 6 {
            0 => Credential::Key,
            1 => Credential::Grant,
            2 => sign_in(PrincipalKind::Customer, "k_2"),
            3 => sign_in(PrincipalKind::Support, "k_2"),
            4 => sign_in(PrincipalKind::Employee, "k_1"),
            _ => sign_in(PrincipalKind::Employee, "k_2"),
        }
    }

    proptest! {
        /// Whoever decides holds the right, is somebody's other sign-in, and is somebody
        /// else where the tenant wants that.
        #[test]
        fn nobody_else_decides(
            kind: u8, is_asker: bool, holds: bool, reaches_connection: bool, four_eyes: bool
        ) {
            let decider = Decider {
                principal: if is_asker { "p_1" } else { "p_2" },
                credential: credential(kind),
                permissions: if holds { PermissionSet::ALL } else { PermissionSet::NONE },
                reaches_connection,
            };
            let expected = kind % 6 == 5 && holds && reaches_connection
                && !(four_eyes && is_asker);
            prop_assert_eq!(may_decide(ASKER, decider, four_eyes).is_ok(), expected);
        }
    }
}
