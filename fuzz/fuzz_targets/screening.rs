//! No text makes normalising or screening panic; normalising twice is
//! normalising once and does not change what is found.
#![no_main]

use lango_screening::{Screener, normalise};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let once = normalise(text);
    let twice = normalise(once.as_str());
    assert_eq!(twice, once);
    let screener = Screener::shipped();
    assert_eq!(screener.screen(text), screener.screen_normalised(&once));
});
