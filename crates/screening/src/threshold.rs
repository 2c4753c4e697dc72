//! The thresholds, frozen on sources that the model had not seen.

use crate::context::ContextClass;
use crate::screening::Sensitivity;

/// From which score on a text is suspicious.
pub(crate) const fn of(class: ContextClass, sensitivity: Sensitivity) -> f32 {
    let _ = class;
    match sensitivity {
        Sensitivity::Lenient => 0.9,
        Sensitivity::Standard => 0.5,
        Sensitivity::Strict => 0.3,
    }
}
