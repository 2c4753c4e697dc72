//! Shows what is found in each line of the standard input: `cargo run -p lango-personal-data --example show < FILE`.
#![allow(clippy::print_stdout)]

use lango_personal_data::{Detector, Kind};

fn main() {
    let every = std::env::args().any(|argument| argument == "--every");
    let detector = if every {
        Detector::of(Kind::ALL.into_iter().collect())
    } else {
        *Detector::shipped()
    };
    for line in std::io::stdin().lines().map_while(Result::ok) {
        for found in detector.find(&line) {
            let value = line.get(found.start..found.end).unwrap_or_default();
            println!("{}\t{value}\t{line}", found.kind);
        }
    }
}
