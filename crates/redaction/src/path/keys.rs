//! The keys of a call: what is known of each is looked for once.

use super::Key;

/// How many places there are for keys, and how many of them each key may stand at: tables
/// and lists have the same keys row by row.
const PLACES: usize = 512;
const MOST: usize = 4;

/// Longer ones are rather data.
const LONGEST: usize = 64;

/// Up to here its ends are all of a name.
const BOTH_ENDS: usize = 16;

/// The keys that were seen. Whoever chooses names that share a place only makes us look
/// at them again, so that a hash does that costs little.
#[derive(Debug, Default)]
pub(crate) struct Keys {
    known: Vec<Known>,
    /// At its place or one of those behind it, one more than where the key stands in
    /// `known`.
    places: Vec<u16>,
}

#[derive(Debug)]
struct Known {
    ends: Ends,
    /// Empty where the ends are all of it.
    name: String,
    key: Key,
}

impl Keys {
    /// What is known of the key.
    pub(crate) fn get(&self, name: &str) -> Option<Key> {
        let ends = Ends::of(name);
        for place in ends.places() {
            let known = usize::from(*self.places.get(place)?).checked_sub(1)?;
            let known = self.known.get(known)?;
            if known.ends == ends && (ends.length <= BOTH_ENDS || known.name == name) {
                return Some(known.key);
            }
        }
        None
    }

    /// Remembers it, while there is room.
    pub(crate) fn keep(&mut self, name: &str, key: Key) {
        if name.len() > LONGEST {
            return;
        }
        self.places.resize(PLACES, 0);
        let ends = Ends::of(name);
        let free = |place: &usize| self.places.get(*place) == Some(&0);
        let Some(free) = ends.places().find(free) else {
            return;
        };
        let name = if name.len() > BOTH_ENDS { name } else { "" };
        let name = name.to_owned();
        self.known.push(Known { ends, name, key });
        if let (Some(place), Ok(known)) =
            (self.places.get_mut(free), u16::try_from(self.known.len()))
        {
            *place = known;
        }
    }
}

/// How a name begins and ends, which a few instructions tell whatever its length.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Ends {
    head: u64,
    tail: u64,
    length: usize,
}

impl Ends {
    fn of(name: &str) -> Self {
        let bytes = name.as_bytes();
        let (head, tail) = if let (Some(head), Some(tail)) =
            (bytes.first_chunk::<8>(), bytes.last_chunk::<8>())
        {
            (u64::from_le_bytes(*head), u64::from_le_bytes(*tail))
        } else if let (Some(head), Some(tail)) = (bytes.first_chunk::<4>(), bytes.last_chunk::<4>())
        {
            let half = |four: &[u8; 4]| u64::from(u32::from_le_bytes(*four));
            (half(head), half(tail))
        } else {
            let all = bytes
                .iter()
                .fold(0, |all, byte| all << 8 | u64::from(*byte));
            (all, 0)
        };
        let length = bytes.len();
        Self { head, tail, length }
    }

    /// Where such a name may stand.
    fn places(self) -> impl Iterator<Item = usize> {
        let mixed = (self.head ^ self.tail.rotate_left(23) ^ self.length as u64)
            .wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let first = (mixed >> 32) as usize;
        (first..first + MOST).map(|place| place % PLACES)
    }
}

#[cfg(test)]
mod tests {
    use lango_personal_data::Field;

    use super::*;
    use crate::path::Role;

    fn key(name: &str, is_plain: bool) -> Key {
        Key {
            said: None,
            field: Field::of(name),
            role: Role::of(name),
            is_plain,
        }
    }

    #[test]
    fn names_that_begin_and_end_alike_are_told_apart() {
        let names = [
            "",
            "a",
            "aa",
            "aaa",
            "aaaa",
            "aaaaa",
            "aaaaaaa",
            "aaaaaaaa",
            "aaaaaaaaa",
            "aaaabaaaa",
            "aaaaaaaaaaaaaaaa",
            "aaaaaaaabaaaaaaaa",
            "aaaaaaaacaaaaaaaa",
        ];
        let mut keys = Keys::default();
        for (index, name) in names.iter().enumerate() {
            assert_eq!(keys.get(name), None, "{name}");
            keys.keep(name, key(name, index % 2 == 0));
        }
        for (index, name) in names.iter().enumerate() {
            assert_eq!(keys.get(name), Some(key(name, index % 2 == 0)), "{name}");
        }
    }

    #[test]
    fn memory_is_bounded() {
        let mut keys = Keys::default();
        for number in 0..10_000 {
            let name = format!("field_{number}");
            keys.keep(&name, key(&name, true));
        }
        assert!(keys.known.len() <= PLACES);
        let long = "a".repeat(LONGEST + 1);
        keys.keep(&long, key(&long, true));
        assert_eq!(keys.get(&long), None);
    }
}
