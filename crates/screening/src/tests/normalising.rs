use proptest::prelude::{any, proptest};

use crate::normalise;

#[test]
fn what_reads_the_same_is_spelled_the_same() {
    for (written, normalised) in [
        ("Ignore  ALL\t previous", "ignore all previous"),
        ("a \n\n b\r\nc", "a\nb\nc"),
        ("  edges  ", "edges"),
        ("ｉｇｎｏｒｅ", "ignore"),
        ("𝐢𝐠𝐧𝐨𝐫𝐞", "ignore"),
        ("i\u{200b}g\u{200d}n\u{feff}o\u{ad}re", "ignore"),
        ("ig\u{202e}nore\u{e0041}\u{fe0f}", "ignore"),
        ("іgnоrе", "ignore"),
        ("ιgnοre", "ignore"),
        ("précédentes", "precedentes"),
        ("pre\u{301}ce\u{200b}\u{301}dentes", "precedentes"),
        ("“don’t”", "\"don't\""),
        ("ﬁle", "file"),
        ("İgnore", "ignore"),
        ("a\u{a0}b\u{3000}c", "a b c"),
        ("\u{0}a\u{7}b", "ab"),
        ("", ""),
    ] {
        assert_eq!(normalise(written).as_str(), normalised, "{written:?}");
    }
}

proptest! {
    #[test]
    fn normalising_twice_is_normalising_once(text in any::<String>()) {
        let once = normalise(&text);
        assert_eq!(normalise(once.as_str()), once);
    }

    #[test]
    fn ascii_goes_the_same_way_with_and_without_other_text(text in "[ -~\n\t]{0,60}") {
        let alone = normalise(&text);
        let with_other = normalise(&format!("{text}é"));
        assert_eq!(format!("{text}e").to_lowercase().split_whitespace().collect::<Vec<_>>(),
            with_other.as_str().split_whitespace().collect::<Vec<_>>());
        assert!(with_other.as_str().starts_with(alone.as_str()));
    }
}
