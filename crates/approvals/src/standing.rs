//! How an approval changes.

use crate::{decider::MayDecide, status::Status};

/// Where an approval stands, with its times in milliseconds since 1970.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing {
    /// The state, as of the last change or look.
    pub status: Status,
    /// When it was asked for.
    pub created_at: i64,
    /// When it ends, where time can end it; for a refused one, until when the same call
    /// is not asked about again.
    pub expires_at: i64,
    /// When it was decided.
    pub decided_at: Option<i64>,
}

/// What is decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    /// The call may be made once.
    Approve,
    /// It may not be made.
    Refuse,
}

/// A decision as it was taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decided {
    /// Where the approval stands now.
    pub standing: Standing,
    /// Who has decided.
    pub by: String,
}

/// The approval does not stand where it would have to: it stands here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the approval is {0}")]
pub struct NotOpen(pub Status);

impl Standing {
    /// An approval that is asked for now.
    #[must_use]
    pub fn asked(now: i64, lifetime_ms: i64) -> Self {
        Self {
            status: Status::Pending,
            created_at: now,
            expires_at: now.saturating_add(lifetime_ms.max(1)),
            decided_at: None,
        }
    }

    /// The same as of this moment: what is over by now has expired.
    #[must_use]
    pub fn at(self, now: i64) -> Self {
        let is_over = self.status.can_expire() && now >= self.expires_at;
        Self {
            status: if is_over {
                Status::Expired
            } else {
                self.status
            },
            ..self
        }
    }

    /// Decides a pending one. An approved call has as long to be made as there was to
    /// decide.
    ///
    /// # Errors
    /// [`NotOpen`] when it was decided before, or its time is over.
    pub fn decide(self, decision: Decision, by: &MayDecide, now: i64) -> Result<Decided, NotOpen> {
        let before = self.at(now);
        if before.status != Status::Pending {
            return Err(NotOpen(before.status));
        }
        let lifetime_ms = before.expires_at.saturating_sub(before.created_at);
        let standing = match decision {
            Decision::Approve => Self {
                status: Status::Approved,
                expires_at: now.saturating_add(lifetime_ms),
                ..before
            },
            Decision::Refuse => Self {
                status: Status::Refused,
                ..before
            },
        };
        Ok(Decided {
            standing: Self {
                decided_at: Some(now),
                ..standing
            },
            by: by.principal().to_owned(),
        })
    }

    /// The call was made. The gate that let it through looked at the time then, so that
    /// one that has expired since was used nevertheless.
    ///
    /// # Errors
    /// [`NotOpen`] when it was never approved, or used before.
    pub fn used(self) -> Result<Self, NotOpen> {
        let was_approved = self.decided_at.is_some();
        match self.status {
            Status::Approved => {}
            Status::Expired if was_approved => {}
            other => return Err(NotOpen(other)),
        }
        Ok(Self {
            status: Status::Used,
            ..self
        })
    }
}

#[cfg(test)]
mod tests {
    use lango_identity::{Permission, PermissionSet, PrincipalKind};
    use proptest::prelude::*;

    use super::*;
    use crate::decider::{Asker, Credential, Decider, may_decide};

    fn somebody() -> MayDecide {
        let asker = Asker {
            principal: "p_1",
            gate: "k_1",
        };
        let decider = Decider {
            principal: "p_2",
            credential: Credential::SignIn {
                session: "k_2",
                kind: PrincipalKind::Employee,
            },
            permissions: PermissionSet::of(&[Permission::ToolApprove]),
            reaches_connection: true,
        };
        may_decide(asker, decider, true).unwrap()
    }

    #[test]
    fn a_decision_is_taken_in_time_and_once() {
        let asked = Standing::asked(1_000, 100);
        assert_eq!(asked.at(1_099).status, Status::Pending);
        assert_eq!(asked.at(1_100).status, Status::Expired);
        let approve =
            |standing: Standing, now| standing.decide(Decision::Approve, &somebody(), now);
        assert_eq!(approve(asked, 1_100), Err(NotOpen(Status::Expired)));
        let approved = approve(asked, 1_090).unwrap();
        assert_eq!(
            (approved.by.as_str(), approved.standing.expires_at),
            ("p_2", 1_190)
        );
        assert_eq!(
            approve(approved.standing, 1_091),
            Err(NotOpen(Status::Approved))
        );
        let refused = asked.decide(Decision::Refuse, &somebody(), 1_001).unwrap();
        assert_eq!(refused.standing.expires_at, 1_100);
        assert_eq!(
            approve(refused.standing, 9_999),
            Err(NotOpen(Status::Refused))
        );
    }

    #[test]
    fn what_was_let_through_in_time_was_used() {
        let asked = Standing::asked(0, 10);
        assert_eq!(asked.used(), Err(NotOpen(Status::Pending)));
        assert_eq!(asked.at(11).used(), Err(NotOpen(Status::Expired)));
        let approved = asked.decide(Decision::Approve, &somebody(), 5).unwrap();
        let late = approved.standing.at(1_000);
        assert_eq!(late.status, Status::Expired);
        let used = late.used().unwrap();
        assert_eq!(used.status, Status::Used);
        assert_eq!(used.used(), Err(NotOpen(Status::Used)));
    }

    #[derive(Debug, Clone, Copy)]
    enum Event {
        Look(i64),
        Approve(i64),
        Refuse(i64),
        Use,
    }

    fn event() -> impl Strategy<Value = Event> {
        prop_oneof![
            (0_i64..400).prop_map(Event::Look),
            (0_i64..400).prop_map(Event::Approve),
            (0_i64..400).prop_map(Event::Refuse),
            Just(Event::Use),
        ]
    }

    fn may_follow(before: Status, after: Status, was_approved: bool) -> bool {
        use Status::{Approved, Expired, Pending, Refused, Used};
        before == after
            || matches!(
                (before, after),
                (Pending, Approved | Refused | Expired) | (Approved, Used | Expired)
            )
            || (before, after, was_approved) == (Expired, Used, true)
    }

    proptest! {
        /// Whatever happens in whatever order: only the arrows of the state machine are
        /// taken, and a call is made once at most, never unless it was approved.
        #[test]
        fn only_the_arrows_are_taken(lifetime in 0_i64..200, events in proptest::collection::vec(event(), 0..12)) {
            let mut standing = Standing::asked(0, lifetime);
            let (mut uses, mut was_approved) = (0, false);
            for event in events {
                let after = match event {
                    Event::Look(now) => Ok(standing.at(now)),
                    Event::Approve(now) => standing.decide(Decision::Approve, &somebody(), now).map(|it| it.standing),
                    Event::Refuse(now) => standing.decide(Decision::Refuse, &somebody(), now).map(|it| it.standing),
                    Event::Use => standing.used(),
                };
                let Ok(after) = after else { continue };
                prop_assert!(may_follow(standing.status, after.status, was_approved));
                prop_assert_eq!(after.created_at, 0);
                uses += i32::from(matches!(event, Event::Use));
                was_approved |= after.status == Status::Approved;
                standing = after;
            }
            prop_assert!(uses <= 1);
            prop_assert!(uses == 0 || was_approved);
        }

        #[test]
        fn no_moment_makes_it_panic(now: i64, lifetime: i64, later: i64) {
            let asked = Standing::asked(now, lifetime);
            let _ = asked.at(later).decide(Decision::Approve, &somebody(), later);
        }
    }
}
