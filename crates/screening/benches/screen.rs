//! `cargo bench -p lango-screening`: megabytes a second, beside a screener that is
//! thirty regular expressions of the `regex` crate and nothing else.
#![allow(missing_docs, clippy::print_stdout, clippy::unwrap_used)]

use std::time::Instant;

use regex::RegexSet;

#[path = "../examples/screen.rs"]
#[allow(dead_code, unreachable_pub)]
mod example;

/// What a plain screener is made of: as many expressions, of the usual kind.
fn plain() -> RegexSet {
    let verbs = [
        "ignore",
        "disregard",
        "forget",
        "override",
        "bypass",
        "neglect",
    ];
    let objects = [
        r"(all\s+|the\s+|any\s+|your\s+)*(previous|prior|above|earlier)\s+(instructions|prompts|rules|messages)",
        r"(everything|what)\s+(you\s+were\s+told|was\s+said)",
        r"your\s+(guidelines|programming|training|restrictions)",
        r"(the\s+)?(system|developer)\s+(prompt|message)",
        r"(safety|content)\s+(filters?|polic(y|ies))",
    ];
    let patterns = verbs.iter().flat_map(|verb| {
        objects
            .iter()
            .map(move |object| format!(r"(?i)\b{verb}\s+{object}\b"))
    });
    RegexSet::new(patterns).unwrap()
}

fn time(name: &str, bytes: usize, mut run: impl FnMut()) {
    let mut best = f64::MAX;
    for _ in 0..5 {
        let begun = Instant::now();
        run();
        best = best.min(begun.elapsed().as_secs_f64());
    }
    #[allow(clippy::cast_precision_loss)]
    let speed = bytes as f64 / best / 1e6;
    println!("{name:45} {:8.2} ms {speed:8.1} MB/s", best * 1e3);
}

fn main() {
    const MIB: usize = 1 << 20;
    time("start-up", 0, || {
        example::start();
    });
    let begun = Instant::now();
    let plain = plain();
    println!("regex only: compiled in {:?}", begun.elapsed());
    for (kind, name) in [
        "mail",
        "JSON",
        "hostile: anchors",
        "hostile: <",
        "hostile: stops",
        "hostile: comments",
        "hostile: base64",
        "hostile: unseen",
        "hostile: letters apart",
        "hostile: links",
        "hostile: words",
    ]
    .iter()
    .enumerate()
    {
        let text = example::text(kind, MIB);
        time(&format!("{name}, 1 MiB"), text.len(), || {
            example::screen(kind, MIB, 1);
        });
        time(&format!("{name}, 1 MiB, neutralised"), text.len(), || {
            example::neutralised(kind, MIB, 1);
        });
        time(&format!("{name}, 1 MiB, regex only"), text.len(), || {
            std::hint::black_box(plain.is_match(&text));
        });
    }
}
