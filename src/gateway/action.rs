//! Layers 3 and 4 around what is no call: administration, and what a key does for itself.

use lango_admission::{Ask, Once, Purpose, Settlement};
use lango_audit_log::{Change, Outcome, Subject};
use lango_identity::Permission;
use worker::console_error;

use super::{Gateway, Run, refused};
use crate::{
    denial::Denial,
    layers::{
        access::{self, PermittedAction},
        admission,
        identity::Identified,
    },
};

/// What the log calls it when somebody was not permitted to see something.
const VIEW: &str = "administration.view";

/// An action of administration.
pub(crate) struct Action<'a> {
    /// What the audit log calls it, such as `key.create`.
    pub(crate) name: &'a str,
    /// What it is done to.
    pub(crate) target: Option<String>,
    /// One of these is needed.
    pub(crate) any_of: &'a [Permission],
    /// For a creation that is to happen once.
    pub(crate) once: Option<Once>,
    /// Whether a closed tenant may do it.
    pub(crate) while_closed: bool,
}

/// An action that is done, and what it has changed.
pub(crate) struct Done<T> {
    /// For whoever asked.
    pub(crate) answer: T,
    /// For the log.
    pub(crate) change: Change,
}

impl<T> Done<T> {
    /// Something stands now that did not.
    pub(crate) fn created(answer: T, after: &impl serde::Serialize) -> Self {
        Self::changed(answer, None::<&()>, Some(after))
    }

    /// Something is another than it was.
    pub(crate) fn updated<S: serde::Serialize>(answer: T, before: &S, after: &S) -> Self {
        Self::changed(answer, Some(before), Some(after))
    }

    /// Something is gone.
    pub(crate) fn removed(answer: T, before: &impl serde::Serialize) -> Self {
        Self::changed(answer, Some(before), None::<&()>)
    }

    /// Nothing that a view shows.
    pub(crate) fn without_change(answer: T) -> Self {
        Self {
            answer,
            change: Change::default(),
        }
    }

    fn changed<B: serde::Serialize, A: serde::Serialize>(
        answer: T,
        before: Option<&B>,
        after: Option<&A>,
    ) -> Self {
        // Views are plain data: they serialise.
        let before = before.and_then(|view| serde_json::to_value(view).ok());
        let after = after.and_then(|view| serde_json::to_value(view).ok());
        Self {
            answer,
            change: Change { before, after },
        }
    }
}

impl Gateway {
    /// Layers 3 and 4 around an action of administration, which is recorded
    /// whatever becomes of it. Its outcome is durable before it is answered.
    pub(crate) async fn act<T>(
        &self,
        identified: Identified,
        action: Action<'_>,
        work: impl AsyncFnOnce(&PermittedAction) -> Result<Done<T>, Denial>,
    ) -> Result<T, Denial> {
        let subject = Subject::Action {
            action: action.name.to_owned(),
            target: action.target,
        };
        let intent = self.intent(&identified, subject)?;
        let run = Run::begin(&identified, &intent);
        let purpose = Purpose::Recorded(intent);
        let mut ask = admission::question(&identified, purpose, None, action.once);
        ask.while_closed = action.while_closed;
        let admitted = self.admit(identified, ask).await?;
        let result = match access::permit_action(admitted, action.any_of) {
            Ok(permitted) => work(&permitted).await,
            Err(denial) => Err(denial),
        };
        let outcome = match &result {
            Ok(done) => Outcome {
                change: Some(done.change.clone()),
                ..Outcome::succeeded(run.elapsed_ms())
            },
            Err(denial) => refused(denial, run.elapsed_ms()),
        };
        let settlement = Settlement::of(run.call_id.clone(), outcome);
        self.settle(run, settlement, true).await;
        result.map(|done| done.answer)
    }

    /// Layers 3 and 4 around a route that only shows something: recorded where it was
    /// not permitted.
    pub(crate) async fn look(
        &self,
        identified: Identified,
        path: &str,
        any_of: &[Permission],
    ) -> Result<PermittedAction, Denial> {
        let subject = Subject::Action {
            action: VIEW.to_owned(),
            target: Some(path.to_owned()),
        };
        let intent = self.intent(&identified, subject)?;
        let run = Run::begin(&identified, &intent);
        let of_refusal = admission::question(&identified, Purpose::Recorded(intent), None, None);
        let admitted = self.count(identified, Purpose::Request).await?;
        let permitted = access::permit_action(admitted, any_of);
        if let Err(denial) = &permitted {
            self.record_refusal(run, &of_refusal, denial).await;
        }
        permitted
    }

    /// Layers 3 and 4 around what concerns nobody but whoever asks.
    pub(crate) async fn own(&self, identified: Identified) -> Result<PermittedAction, Denial> {
        let admitted = self.count(identified, Purpose::Request).await?;
        Ok(access::permit_own(admitted))
    }

    /// Whatever the gate says to it, it writes it down.
    async fn record_refusal(&self, run: Run, ask: &Ask, denial: &Denial) {
        if let Err(unreachable) = self.ask_gate(&run.gate, ask).await {
            console_error!("a refusal was not recorded: {unreachable}");
            return;
        }
        let outcome = refused(denial, run.elapsed_ms());
        let settlement = Settlement::of(run.call_id.clone(), outcome);
        self.settle(run, settlement, true).await;
    }
}
