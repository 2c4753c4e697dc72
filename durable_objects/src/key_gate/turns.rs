//! Turns: what arrives while a commit is being made durable is decided together, and
//! written as one row.
//!
//! A lone message is served at once. Who shares which turn is decided by
//! [`lango_admission::Group`].

use std::{rc::Rc, time::Duration};

use lango_admission::{
    Answer, Arrival, Ask, Facts, Gate, GuardState, Lead, Open, SETTLE_AFTER_MS, Settled,
    Settlement, Share, ShareAsk, Turn,
};
use lango_provenance::Row;
use tokio::sync::oneshot;
use worker::{Delay, console_error};

use super::{
    object::{HAND_OVER_AFTER_MS, now_ms},
    opened::Opened,
};
use crate::tenant_life::TenantLifeClient;

/// In it, those who were just answered come back: only where there is company.
const GATHER_FOR: Duration = Duration::from_millis(1);

/// Who waits for their turn, and how they are answered.
pub(super) enum Waiting {
    Admit(Box<Ask>, oneshot::Sender<Answer>),
    Settle(Box<Settlement>, oneshot::Sender<Settled>),
}

enum Reply {
    Answer(Answer, oneshot::Sender<Answer>),
    Settled(Settled, oneshot::Sender<Settled>),
}

/// What a turn has decided, before it is written.
#[derive(Default)]
struct Decided {
    turn: Turn,
    seen: Vec<Row>,
    replies: Vec<Reply>,
    was_used: bool,
}

impl Opened {
    /// Decides when it is its turn.
    pub(super) async fn admit(self: &Rc<Self>, ask: Ask) -> worker::Result<Answer> {
        let (sender, answer) = oneshot::channel();
        self.arrive(Waiting::Admit(Box::new(ask), sender));
        answer.await.map_err(failed)
    }

    /// Settles when it is its turn.
    pub(super) async fn settle(self: &Rc<Self>, settlement: Settlement) -> worker::Result<Settled> {
        let (sender, settled) = oneshot::channel();
        self.arrive(Waiting::Settle(Box::new(settlement), sender));
        settled.await.map_err(failed)
    }

    fn arrive(self: &Rc<Self>, waiting: Waiting) {
        let arrival = self.group.borrow_mut().arrive(waiting, now_ms());
        if let Arrival::Leads(lead) = arrival {
            worker::wasm_bindgen_futures::spawn_local(Rc::clone(self).lead(lead));
        }
    }

    /// Serves turns until nobody waits.
    async fn lead(self: Rc<Self>, lead: Lead) {
        let mut next = Some(lead);
        while let Some(lead) = next {
            if lead == Lead::Gather {
                Delay::from(GATHER_FOR).await;
            }
            let waiting = self.group.borrow_mut().turn();
            if let Err(error) = self.serve(waiting).await {
                console_error!("a turn was not written: {error}");
            }
            // A failed commit ends the object, and everybody who waits with it.
            let _ = self.storage.sync().await;
            next = self.group.borrow_mut().ended(now_ms());
        }
    }

    /// One turn. Its replies are held until its rows are durable (output gate).
    async fn serve(&self, waiting: Vec<Waiting>) -> worker::Result<()> {
        let shares = self.shares(&waiting, now_ms()).await;
        // What was loaded for a call may have been forgotten while it waited.
        if waiting.iter().any(Waiting::asks) {
            self.refresh().await;
        }
        let decided = self.decide_and_write(waiting, &shares, now_ms())?;
        if decided.was_used {
            self.used_ms.set(now_ms());
        }
        let (has_begun, has_ended) = (
            !decided.turn.begun.is_empty(),
            !decided.turn.ended.is_empty(),
        );
        for reply in decided.replies {
            reply.send();
        }
        if has_ended {
            self.wake_within(HAND_OVER_AFTER_MS).await?;
        } else if has_begun {
            self.wake_within(SETTLE_AFTER_MS).await?;
        }
        Ok(())
    }

    /// Between two `await`s. When it cannot be written, nothing was taken of any limit.
    fn decide_and_write(
        &self,
        waiting: Vec<Waiting>,
        shares: &[Option<Share>],
        now_ms: u64,
    ) -> worker::Result<Decided> {
        let before = self.gate.borrow().clone();
        let written = self
            .decide_all(waiting, shares, now_ms)
            .and_then(|decided| {
                self.ledger.write(&decided.turn)?;
                self.guards.write(&decided.seen)?;
                Ok(decided)
            });
        if written.is_err() {
            *self.gate.borrow_mut() = before;
        }
        written
    }

    fn decide_all(
        &self,
        waiting: Vec<Waiting>,
        shares: &[Option<Share>],
        now_ms: u64,
    ) -> worker::Result<Decided> {
        let mut decided = Decided::default();
        for (place, one) in waiting.into_iter().enumerate() {
            match one {
                Waiting::Admit(ask, sender) => {
                    let share = shares.get(place).copied().flatten();
                    let answer = self.decide(*ask, share, &mut decided, now_ms)?;
                    decided.replies.push(Reply::Answer(answer, sender));
                }
                Waiting::Settle(settlement, sender) => {
                    let settled = self.end(*settlement, &mut decided, now_ms)?;
                    decided.replies.push(Reply::Settled(settled, sender));
                }
            }
        }
        decided.turn.taken = self.gate.borrow().taken.clone();
        Ok(decided)
    }

    fn decide(
        &self,
        ask: Ask,
        share: Option<Share>,
        decided: &mut Decided,
        now_ms: u64,
    ) -> worker::Result<Answer> {
        let snapshot = self.snapshot.borrow();
        let fresh = snapshot
            .as_ref()
            .filter(|loaded| loaded.is_fresh(now_ms, self.maximum_age_ms));
        let once = ask.once.clone();
        let earlier = match &once {
            Some(once) => self.repeats.earlier(&once.key_sha256, now_ms)?,
            None => None,
        };
        let approved = self.guards.approvals.calls();
        let facts = Facts {
            snapshot: fresh.map(|loaded| &loaded.snapshot),
            session: self.sessions.of(ask.session.as_deref()),
            earlier: earlier.as_ref(),
            approved: Some(&approved),
            share,
        };
        let arguments = ask.arguments.clone();
        let mut decision = Gate::decide(&mut self.gate.borrow_mut(), facts, ask, now_ms);
        drop(approved);
        let counts = decision.counts();
        decided.turn.counts = decided.turn.counts.and(counts);
        if let (Some(arguments), Answer::Admitted(admission), Some((intent, _)), Some(loaded)) =
            (&arguments, &mut decision.answer, &decision.record, fresh)
        {
            let state = &loaded.snapshot.guard;
            let call_id = &intent.call_id;
            admission.arguments = self
                .guards
                .recall(arguments, admission, state, call_id, now_ms)?;
        }
        if let Answer::Admitted(_) = &decision.answer {
            decided.was_used = true;
            if let Some(once) = &once {
                self.repeats.begun(once, now_ms)?;
            }
        }
        if let Some((intent, outcome)) = decision.record {
            let at_ms = now_ms;
            let open = Open { at_ms, intent };
            match outcome {
                Some(outcome) => decided.turn.ended.push(open.settle(self.key_id(), outcome)),
                None => decided.turn.begun.push(open),
            }
        }
        Ok(decision.answer)
    }

    /// The first outcome of a call stays. Remembers what it brought, by the policy as it
    /// was loaded last.
    fn end(
        &self,
        settlement: Settlement,
        decided: &mut Decided,
        now_ms: u64,
    ) -> worker::Result<Settled> {
        let call_id = &settlement.call_id;
        let has_ended = |record: &lango_audit_log::Record| record.intent.call_id == *call_id;
        let is_first = !decided.turn.ended.iter().any(has_ended);
        if let Some(open) = self.ledger.open_call(call_id).filter(|_| is_first) {
            let record = open.settle(self.key_id(), settlement.outcome.clone());
            decided.turn.ended.push(record);
            let approvals = &self.guards.approvals;
            approvals.ended(call_id, &settlement.outcome)?;
        }
        let snapshot = self.snapshot.borrow();
        let by_default = GuardState::default();
        let state = snapshot
            .as_ref()
            .map_or(&by_default, |loaded| &loaded.snapshot.guard);
        self.guards
            .remember(settlement, state, &mut decided.seen, now_ms)
    }

    /// Settles as unknown what nobody has settled in time: one row.
    pub(super) fn settle_overdue(&self, now_ms: u64) -> worker::Result<()> {
        let overdue = self.ledger.overdue(now_ms);
        for (open, outcome) in &overdue {
            self.guards.approvals.ended(&open.intent.call_id, outcome)?;
        }
        let turn = Turn {
            ended: overdue
                .into_iter()
                .map(|(open, outcome)| open.settle(self.key_id(), outcome))
                .collect(),
            taken: self.gate.borrow().taken.clone(),
            ..Turn::default()
        };
        self.ledger.write(&turn)
    }

    /// What the tenant's limit says of those that wait: one message for all of them, and
    /// none where there is no such limit.
    async fn shares(&self, waiting: &[Waiting], now_ms: u64) -> Vec<Option<Share>> {
        let mut shares = vec![None; waiting.len()];
        let (places, ask) = match self.share_ask(waiting, now_ms) {
            Ok(Some(asked)) => asked,
            Ok(None) => return shares,
            Err(error) => {
                console_error!("the tenant's limit cannot be asked: {error}");
                return shares;
            }
        };
        let answered = match TenantLifeClient::of(&self.env, self.name.scope()) {
            Ok(life) => life.share(&ask).await,
            Err(unreachable) => Err(unreachable),
        };
        // Without an answer the calls are refused: the limit may be used up.
        match answered {
            Ok(answered) => {
                for (place, paced) in places.into_iter().zip(answered.paced) {
                    let at_ms = answered.at_ms;
                    shares[place] = Some(Share { at_ms, paced });
                }
            }
            Err(unreachable) => console_error!("no share of the tenant's limit: {unreachable}"),
        }
        shares
    }

    fn share_ask(
        &self,
        waiting: &[Waiting],
        now_ms: u64,
    ) -> worker::Result<Option<(Vec<usize>, ShareAsk)>> {
        let snapshot = self.snapshot.borrow();
        let fresh = snapshot
            .as_ref()
            .filter(|loaded| loaded.is_fresh(now_ms, self.maximum_age_ms))
            .filter(|loaded| loaded.snapshot.limits.tenant.is_some());
        let Some(loaded) = fresh else {
            return Ok(None);
        };
        let gate = self.gate.borrow();
        let (mut places, mut asked) = (Vec::new(), None::<ShareAsk>);
        for (place, one) in waiting.iter().enumerate() {
            let Waiting::Admit(ask, _) = one else {
                continue;
            };
            let earlier = match &ask.once {
                Some(once) => self.repeats.earlier(&once.key_sha256, now_ms)?,
                None => None,
            };
            let approved = self.guards.approvals.calls();
            let facts = Facts {
                snapshot: Some(&loaded.snapshot),
                session: self.sessions.of(ask.session.as_deref()),
                earlier: earlier.as_ref(),
                approved: Some(&approved),
                share: None,
            };
            let Some((quota, limits)) = Gate::shared(&gate, facts, ask, now_ms) else {
                continue;
            };
            places.push(place);
            let calls = Vec::new();
            let asked = asked.get_or_insert(ShareAsk {
                quota,
                limits,
                calls,
            });
            asked.calls.push(ask.tool().map(str::to_owned));
        }
        Ok(asked.map(|asked| (places, asked)))
    }
}

impl Waiting {
    fn asks(&self) -> bool {
        matches!(self, Self::Admit(..))
    }
}

impl Reply {
    /// Whoever has gone hears nothing.
    fn send(self) {
        match self {
            Self::Answer(answer, sender) => drop(sender.send(answer)),
            Self::Settled(settled, sender) => drop(sender.send(settled)),
        }
    }
}

fn failed(_: oneshot::error::RecvError) -> worker::Error {
    worker::Error::RustError("the turn was not written".to_owned())
}
