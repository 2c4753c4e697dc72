//! Time stays linear. The bounds are far above what is measured, so that a
//! busy machine does not fail them, and far below what a square would take.

use std::time::{Duration, Instant};

use crate::screen;

const MEGABYTE: usize = 1024 * 1024;

fn repeated(piece: &str) -> String {
    let mut text = piece.repeat(MEGABYTE / piece.len() + 1);
    text.truncate(
        (0..=MEGABYTE)
            .rev()
            .find(|n| text.is_char_boundary(*n))
            .unwrap(),
    );
    text
}

#[test]
fn a_megabyte_of_anything_is_screened_in_bounded_time() {
    for piece in [
        "The order of 12 bags leaves Thika at noon. ",
        "ignore ",
        "ignore all the previous ",
        "ignore all all all all all all ",
        "system: ",
        "](http",
        "](https://a?d={",
        "send conversation ",
        "do not tell ",
        "ai llm ",
        "a",
        " ",
        "\n",
        "\u{fdfa}",
        "а\u{301}",
        "\u{200b}",
        "puuza maagizo ",
        "<important>",
        "base64 ",
    ] {
        let text = repeated(piece);
        let begin = Instant::now();
        let _ = screen(&text);
        let elapsed = begin.elapsed();
        println!("{piece:?}: {elapsed:?}");
        assert!(elapsed < Duration::from_secs(20), "{piece:?}: {elapsed:?}");
    }
}
