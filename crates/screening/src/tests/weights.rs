//! The weights that are shipped are those that `MODEL.md` speaks of.

use std::fmt::Write;

use sha2::{Digest, Sha256};

use crate::model::Model;
use crate::network::Network;

const WEIGHTS: &[u8] = include_bytes!("../../weights.bin");
const NETWORK: &[u8] = include_bytes!("../../network.bin");
const CARD: &str = include_str!("../../MODEL.md");

#[test]
fn the_files_are_whole_and_those_of_the_card() {
    assert!(Model::shipped().is_some());
    assert!(Network::shipped().is_some());
    assert!(WEIGHTS.len() <= 300 * 1024);
    assert!(NETWORK.len() <= 2 * 1024 * 1024);
    for file in [WEIGHTS, NETWORK] {
        let mut digest = String::new();
        for byte in Sha256::digest(file) {
            write!(digest, "{byte:02x}").unwrap();
        }
        assert!(CARD.contains(&digest), "MODEL.md does not name {digest}");
    }
}
