//! What the log says of a defect: where it is, and nothing that was at hand there.

use std::{panic::set_hook, sync::Once};

use worker::console_error;

/// Has panics reported by their place alone. Their words are made where credentials are
/// in the clear.
pub(crate) fn report_places_alone() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        set_hook(Box::new(|panic| {
            let place = panic
                .location()
                .map_or_else(|| "somewhere".to_owned(), ToString::to_string);
            console_error!("the connector panicked at {place}");
        }));
    });
}
