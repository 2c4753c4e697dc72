//! The weights that are shipped are those that `MODEL.md` speaks of.

use std::fmt::Write;

use sha2::{Digest, Sha256};

use crate::model::Model;

const WEIGHTS: &[u8] = include_bytes!("../../weights.bin");
const CARD: &str = include_str!("../../MODEL.md");

#[test]
fn the_file_is_whole_and_the_one_of_the_card() {
    assert!(Model::shipped().is_some());
    assert!(WEIGHTS.len() <= 300 * 1024);
    let mut digest = String::new();
    for byte in Sha256::digest(WEIGHTS) {
        write!(digest, "{byte:02x}").unwrap();
    }
    assert!(CARD.contains(&digest), "MODEL.md does not name {digest}");
}
