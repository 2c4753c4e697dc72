//! What a system says before its answer.

use std::rc::Rc;

use lango_connector_kit::{Frame, LogMessage, Progress};
use lango_guard::GuardPolicy;
use lango_redaction::{Cleaning, Policy};
use lango_screening::{Context, Screener};
use serde_json::Value;

use super::{ReleasedFrame, WITHHELD, personal};
use crate::layers::{
    admission::{Admitted, Listening},
    connection::Unreleased,
    screening::{for_each_string, injection::screening},
};

/// What holds for all that a system says before its answer. Personal data in it goes:
/// there is no later call in which it could be put back.
pub(crate) struct FrameRules {
    policy: Policy,
    sensitivity: lango_screening::Sensitivity,
}

impl FrameRules {
    /// The rules for a call of this tool.
    pub(crate) fn of(admitted: &Admitted, tool: &str) -> Self {
        let guard: &GuardPolicy = admitted.guard();
        Self {
            policy: personal::for_good(guard, tool),
            sensitivity: screening(guard.sensitivity),
        }
    }

    /// Hands what may leave on to whoever listens.
    pub(crate) fn listener(
        self,
        observer: Rc<dyn Fn(ReleasedFrame, Listening)>,
        listening: Listening,
    ) -> impl Fn(Unreleased) {
        move |said| {
            if let Some(frame) = self.release(said) {
                observer(frame, listening);
            }
        }
    }

    /// Cleans what was said. `None` for what must not leave.
    fn release(&self, unreleased: Unreleased) -> Option<ReleasedFrame> {
        match unreleased.into_frame() {
            Frame::Progress(progress) => Some(ReleasedFrame::Progress(Progress {
                message: progress.message.map(|text| self.text(&text)),
                ..progress
            })),
            Frame::Log(message) => Some(ReleasedFrame::Log(LogMessage {
                data: self.data(message.data),
                ..message
            })),
            Frame::Changed(changed) => Some(ReleasedFrame::Changed(changed)),
            Frame::Detach => Some(ReleasedFrame::Detach),
            Frame::Answer(_) => None,
        }
    }

    fn text(&self, text: &str) -> String {
        match self.data(Value::from(text)) {
            Value::String(text) => text,
            _ => WITHHELD.to_owned(),
        }
    }

    fn data(&self, data: Value) -> Value {
        let data = Cleaning::new(&self.policy).json(data);
        let mut is_hostile = false;
        for_each_string(&data, "", &mut |_, text| {
            is_hostile = is_hostile
                || Screener::shipped()
                    .screen(text, Context::ToolResult)
                    .is_suspicious_at(self.sensitivity);
        });
        if is_hostile {
            Value::from(WITHHELD)
        } else {
            data
        }
    }
}
