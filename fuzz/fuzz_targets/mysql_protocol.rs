//! A server's bytes: what they are cut into, what packets mean, and rows.
#![no_main]

use lango_mysql_protocol::{
    Column, Framer, Greeting, PublicKey, Row, RowStep, answer, auth_step, framed, prepared,
};
use libfuzzer_sys::fuzz_target;

const LIMIT: usize = 4096;

fuzz_target!(|bytes: &[u8]| {
    // Whatever comes, no more than the limit is kept of a packet, and how the bytes are
    // cut does not matter.
    let whole = packets(bytes, bytes.len().max(1));
    assert_eq!(whole, packets(bytes, 3));
    assert!(whole.iter().all(|packet| packet.len() <= LIMIT));

    for packet in &whole {
        let _ = (auth_step(packet), answer(packet), prepared(packet));
        let _ = (RowStep::of(packet, true), RowStep::of(packet, false));
        let _ = PublicKey::parse(packet);
    }
    // A greeting, then columns, then rows of them.
    let Some(Ok(Ok(greeting))) = whole.first().map(|it| Greeting::parse(it)) else {
        return;
    };
    let columns: Vec<_> = whole
        .iter()
        .skip(1)
        .filter_map(|packet| Column::parse(packet, &greeting).ok())
        .collect();
    for packet in &whole {
        if let Ok(row) = Row::parse(packet, &columns) {
            let _ = row.collect::<Result<Vec<_>, _>>();
        }
    }
    // What is framed is read again.
    let (again, _) = framed(bytes, 0);
    let mut framer = Framer::default();
    framer.feed(&again);
    assert_eq!(framer.next(bytes.len()), Ok(Some(bytes.to_vec())));
});

fn packets(bytes: &[u8], chunk: usize) -> Vec<Vec<u8>> {
    let mut framer = Framer::default();
    let mut packets = Vec::new();
    for part in bytes.chunks(chunk) {
        framer.feed(part);
        while let Ok(Some(packet)) = framer.next(LIMIT) {
            packets.push(packet);
        }
    }
    packets
}
