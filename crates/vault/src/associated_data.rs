//! The bytes that bind a ciphertext to its place.

/// Says that the associated data is that of a wrapped data key.
pub(crate) const WRAPPED_DATA_KEY: &str = "lango.vault.wrapped-data-key.v1";
/// The same, wrapped under a key that an erasure key has a part in.
pub(crate) const WRAPPED_FOR_ERASURE: &str = "lango.vault.wrapped-data-key.v2";
/// Says that the bytes are those which a wrapping key is derived for.
pub(crate) const WRAPPING_KEY: &str = "lango.vault.wrapping-key.v1";
/// Says that the associated data is that of a sealed field.
pub(crate) const SEALED_FIELD: &str = "lango.vault.sealed-field.v1";
/// Says that the associated data is that of a text of the gateway's own.
pub(crate) const SEALED_TEXT: &str = "lango.vault.sealed-text.v1";

/// Encodes a label, texts and versions so that no two inputs give the same bytes.
///
/// Each text is preceded by its length as eight bytes, the count of texts comes
/// first, and versions have a fixed width: ("ab", "c") and ("a", "bc") differ.
/// The label keeps the kinds of ciphertext apart. It ends up in stored
/// ciphertexts: changing anything here needs a new label.
pub(crate) fn encode(label: &str, texts: &[&str], versions: &[u32]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(256);
    append_text(&mut bytes, label);
    append_length(&mut bytes, texts.len());
    for text in texts {
        append_text(&mut bytes, text);
    }
    append_length(&mut bytes, versions.len());
    for version in versions {
        bytes.extend_from_slice(&version.to_be_bytes());
    }
    bytes
}

fn append_text(bytes: &mut Vec<u8>, text: &str) {
    append_length(bytes, text.len());
    bytes.extend_from_slice(text.as_bytes());
}

fn append_length(bytes: &mut Vec<u8>, length: usize) {
    // `usize` has at most 64 bits on every target of Rust.
    bytes.extend_from_slice(&(length as u64).to_be_bytes());
}

#[cfg(test)]
mod tests {
    use super::encode;
    use proptest::prelude::{any, proptest};

    #[test]
    fn the_encoding_is_pinned() {
        assert_eq!(
            encode("L", &["ab", ""], &[7]),
            [
                [0, 0, 0, 0, 0, 0, 0, 1].as_slice(),
                b"L",
                &[0, 0, 0, 0, 0, 0, 0, 2],
                &[0, 0, 0, 0, 0, 0, 0, 2],
                b"ab",
                &[0, 0, 0, 0, 0, 0, 0, 0],
                &[0, 0, 0, 0, 0, 0, 0, 1],
                &[0, 0, 0, 7],
            ]
            .concat()
        );
    }

    proptest! {
        #[test]
        fn different_inputs_give_different_bytes(
            left: (Vec<String>, Vec<u32>),
            right: (Vec<String>, Vec<u32>),
            split in any::<proptest::sample::Index>(),
        ) {
            let bytes = |(texts, versions): &(Vec<String>, Vec<u32>)| {
                encode("L", &texts.iter().map(String::as_str).collect::<Vec<_>>(), versions)
            };
            assert_eq!(left == right, bytes(&left) == bytes(&right));

            // The classic mistake: moving characters from one text to the next.
            let joined: String = left.0.concat();
            if !joined.is_empty() {
                let mut at = split.index(joined.len());
                while !joined.is_char_boundary(at) {
                    at -= 1;
                }
                let (first, second) = joined.split_at(at);
                let moved = (vec![first.to_owned(), second.to_owned()], left.1.clone());
                assert_eq!(left == moved, bytes(&left) == bytes(&moved));
            }
        }
    }
}
