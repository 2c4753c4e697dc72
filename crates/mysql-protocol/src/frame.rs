//! Packets out of the stream of bytes, and into it.
//!
//! The server announces the length of each packet, and what it says is not spent
//! before it has come: the framer stops at the header of one that is too large.

use crate::Violation;

/// Length (three bytes) and number of a packet.
const HEADER: usize = 4;
/// A payload of this length goes on in the next packet.
const FULL: usize = 0xff_ffff;

/// Gathers packets from bytes as they come.
#[derive(Debug, Default)]
pub struct Framer {
    /// What has come and is not taken yet.
    bytes: Vec<u8>,
    /// How much of it is taken.
    taken: usize,
    /// What a packet that goes on has had so far.
    begun: Vec<u8>,
    /// The number that the next packet must have.
    sequence: u8,
}

impl Framer {
    /// Takes what has come. Whoever feeds it bounds what is fed between two calls
    /// of [`Framer::next`].
    pub fn feed(&mut self, bytes: &[u8]) {
        self.bytes.drain(..self.taken);
        self.taken = 0;
        self.bytes.extend_from_slice(bytes);
    }

    /// The next payload, if it is there whole.
    ///
    /// # Errors
    /// [`Violation::TooLarge`] as soon as a header says that the payload is longer than
    /// `limit`; [`Violation::Malformed`] if a packet is out of turn.
    pub fn next(&mut self, limit: usize) -> Result<Option<Vec<u8>>, Violation> {
        loop {
            let bytes = self.bytes.get(self.taken..).unwrap_or_default();
            let Some((&[low, middle, high, sequence], rest)) = bytes.split_first_chunk::<HEADER>()
            else {
                return Ok(None);
            };
            if sequence != self.sequence {
                return Err(Violation::Malformed);
            }
            let length = usize::from(low) | usize::from(middle) << 8 | usize::from(high) << 16;
            if self.begun.len() + length > limit {
                return Err(Violation::TooLarge);
            }
            let Some(payload) = rest.get(..length) else {
                return Ok(None);
            };
            self.begun.extend_from_slice(payload);
            self.taken += HEADER + length;
            self.sequence = self.sequence.wrapping_add(1);
            if length < FULL {
                return Ok(Some(std::mem::take(&mut self.begun)));
            }
        }
    }

    /// The next packet starts a new exchange: numbers begin again, and the server has
    /// nothing more to say about the last one.
    ///
    /// # Errors
    /// [`Violation::Malformed`] if it has said more all the same.
    pub fn new_exchange(&mut self) -> Result<(), Violation> {
        if self.taken < self.bytes.len() || !self.begun.is_empty() {
            return Err(Violation::Malformed);
        }
        self.sequence = 0;
        Ok(())
    }

    /// Frames what the client says next in this exchange.
    pub fn frame(&mut self, payload: &[u8]) -> Vec<u8> {
        let (bytes, sequence) = framed(payload, self.sequence);
        self.sequence = sequence;
        bytes
    }
}

/// A payload as packets, and the number of the packet after them.
#[must_use]
pub fn framed(payload: &[u8], first: u8) -> (Vec<u8>, u8) {
    let mut sequence = first;
    let mut bytes = Vec::with_capacity(payload.len() + HEADER);
    let mut rest = payload;
    loop {
        let (part, after) = rest.split_at(rest.len().min(FULL));
        let [low, middle, high, ..] = (part.len() as u32).to_le_bytes();
        bytes.extend_from_slice(&[low, middle, high, sequence]);
        bytes.extend_from_slice(part);
        sequence = sequence.wrapping_add(1);
        rest = after;
        // One that is full is followed by another, though it be empty.
        if part.len() < FULL {
            return (bytes, sequence);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::{any, prop, prop_assert_eq, proptest};

    #[test]
    fn a_large_packet_stops_at_its_header() {
        let mut framer = Framer::default();
        framer.feed(&[0xff, 0xff, 0xff]);
        assert_eq!(framer.next(1000), Ok(None));
        framer.feed(&[0]);
        assert_eq!(framer.next(1000), Err(Violation::TooLarge));
    }

    #[test]
    fn the_limit_itself_passes_and_holds_over_packets_that_go_on() {
        let payload = vec![7; FULL + 10];
        let (bytes, next) = framed(&payload, 0);
        assert_eq!((bytes.len(), next), (payload.len() + 2 * HEADER, 2));
        let mut framer = Framer::default();
        framer.feed(&bytes);
        assert_eq!(framer.next(payload.len()), Ok(Some(payload.clone())));
        let mut framer = Framer::default();
        framer.feed(&bytes);
        let seen = framer.next(payload.len() - 1);
        assert_eq!(seen, Err(Violation::TooLarge));
    }

    #[test]
    fn a_packet_out_of_turn_is_malformed() {
        let mut framer = Framer::default();
        framer.feed(&framed(b"x", 1).0);
        assert_eq!(framer.next(10), Err(Violation::Malformed));
    }

    #[test]
    fn nothing_may_be_left_of_the_last_exchange() {
        let mut framer = Framer::default();
        framer.feed(&[framed(b"x", 0).0, framed(b"y", 1).0].concat());
        assert_eq!(framer.next(10), Ok(Some(b"x".to_vec())));
        assert_eq!(framer.new_exchange(), Err(Violation::Malformed));
        assert_eq!(framer.next(10), Ok(Some(b"y".to_vec())));
        assert_eq!(framer.new_exchange(), Ok(()));
    }

    proptest! {
        #[test]
        fn how_the_bytes_are_cut_does_not_matter(
            payloads in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..50), 0..10),
            cuts: Vec<prop::sample::Index>,
        ) {
            let mut stream = Vec::new();
            let mut sequence = 0;
            for payload in &payloads {
                let (bytes, next) = framed(payload, sequence);
                stream.extend(bytes);
                sequence = next;
            }
            let mut at: Vec<usize> = cuts.iter().map(|cut| cut.index(stream.len() + 1)).collect();
            at.extend([0, stream.len()]);
            at.sort_unstable();
            let mut framer = Framer::default();
            let mut seen = Vec::new();
            for pair in at.windows(2) {
                framer.feed(&stream[pair[0]..pair[1]]);
                while let Some(payload) = framer.next(50).unwrap() {
                    seen.push(payload);
                }
            }
            prop_assert_eq!(seen, payloads);
        }
    }
}
