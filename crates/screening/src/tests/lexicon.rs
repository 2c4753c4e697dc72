//! The lexicon's file.

use crate::lexicon::Lexicon;
use crate::screener::lexicon;

const FILE: &str = include_str!("../../lexicon.conf");

#[test]
fn every_line_follows_the_form() {
    let mut classes = 0;
    for line in FILE.lines().map(str::trim) {
        if line.starts_with('[') {
            assert!(line.ends_with(']'), "{line}");
            classes += 1;
        } else if !line.is_empty() && !line.starts_with('#') {
            let (language, words) = line.split_once('=').expect(line);
            assert!((2..=5).contains(&language.trim().len()), "{line}");
            assert!(!words.trim().is_empty(), "{line}");
        }
    }
    assert!(
        classes <= 61,
        "{classes} classes are more than there are bits"
    );
}

#[test]
fn the_table_that_is_shipped_is_the_files() {
    assert_eq!(
        lexicon().unwrap().to_bytes(),
        Lexicon::parse(FILE).to_bytes()
    );
}
