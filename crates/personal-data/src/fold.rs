//! How words are folded and hashed; the build script does it with this same code.

/// The base letters of U+00C0 to U+024F; `_` is left as it is.
const LATIN: &[u8; 400] = b"\
    aaaaaaaceeeeiiiidnooooo_ouuuuytsaaaaaaaceeeeiiiidnooooo_ouuuuytyaaaaaaccccccccddddeeeeeeeeeegggg\
    gggghhhhiiiiiiiiii__jjkk_llllll__llnnnnnnnnnoooooooorrrrrrssssssssttttttuuuuuuuuuuuuwwyyyzzzzzzs\
    _b____o__dd___eeeffgg__ikk___n__oo__________tt_uu_vyy__z_____________________aaiioouuuuuuuuuueaa\
    aaaa__ggkkoooozzj___gg__nnaaaaooaaaaeeeeiiiioooorrrruuuusstt__hh______aaeeooooooooyy____________\
    ________________";
/// The base letters of U+1E00 to U+1EFF.
const LATIN_ADDITIONAL: &[u8; 256] = b"\
    aabbbbbbccddddddddddeeeeeeeeeeffgghhhhhhhhhhiiiikkkkkkllllllllmmmmmmnnnnnnnnoooooooopppprrrrrrrr\
    ssssssssssttttttttuuuuuuuuuuvvvvwwwwwwwwwwxxxxyyzzzzzzhtwy_s__s_aaaaaaaaaaaaaaaaaaaaaaaaeeeeeeee\
    eeeeeeeeiiiioooooooooooooooooooooooouuuuuuuuuuuuuuyyyyyyyy______";

/// How many buckets the lexicon has, as a power of two.
pub(crate) const BUCKET_BITS: u32 = 15;
/// How many bits of an entry say the word's class.
pub(crate) const CLASS_BITS: u32 = 10;

/// The letter without its case and marks; `None` is a mark by itself.
pub(crate) fn folded(letter: char) -> Option<char> {
    let code = letter as usize;
    let of = |table: &[u8], first: usize| match table.get(code - first) {
        Some(b'_') | None => letter.to_lowercase().next(),
        Some(base) => Some(*base as char),
    };
    match code {
        0..0x80 => Some(letter.to_ascii_lowercase()),
        0xc0..0x250 => of(LATIN, 0xc0),
        0x253 => Some('b'),
        0x254 => Some('o'),
        0x256 | 0x257 => Some('d'),
        0x259 | 0x25b => Some('e'),
        0x260 | 0x263 => Some('g'),
        0x268 => Some('i'),
        0x272 => Some('n'),
        0x28b => Some('v'),
        0x300..0x370 | 0x64b..0x653 | 0x200b..0x200e => None,
        0x386 | 0x3ac => Some('α'),
        0x388 | 0x3ad => Some('ε'),
        0x389 | 0x3ae => Some('η'),
        0x38a | 0x3af => Some('ι'),
        0x38c | 0x3cc => Some('ο'),
        0x38e | 0x3cd => Some('υ'),
        0x38f | 0x3ce => Some('ω'),
        0x3c2 => Some('σ'),
        0x1e00..0x1f00 => of(LATIN_ADDITIONAL, 0x1e00),
        _ => letter.to_lowercase().next(),
    }
}

/// Whether it belongs to the letter before it.
pub(crate) fn is_mark(letter: char) -> bool {
    matches!(letter as u32,
        0x300..0x370 | 0x64b..0x653 | 0x93c | 0x94d | 0x9bc | 0x9cd | 0xa4d | 0xacd | 0xb4d | 0xbcd
        | 0xc4d | 0xccd | 0xd4d | 0xdca | 0x200c | 0x200d)
}

/// The hash of nothing.
pub(crate) const fn begin() -> u64 {
    0
}

/// The hash of what was hashed and one folded letter more.
pub(crate) const fn mix(hash: u64, letter: u32) -> u64 {
    if letter < 0x80 {
        mix_plain(hash, letter as u8)
    } else {
        (hash.rotate_left(LETTER_BITS) ^ letter as u64).wrapping_mul(0x0100_0000_01b3)
    }
}

/// The same for a letter of ASCII. Letters have five bits, so up to twelve of them no
/// two words have the same hash.
pub(crate) const fn mix_plain(hash: u64, letter: u8) -> u64 {
    hash.rotate_left(LETTER_BITS) ^ (letter ^ 0x60) as u64
}

const LETTER_BITS: u32 = 5;

/// The finished hash: every bit depends on all letters.
pub(crate) const fn finish(hash: u64) -> u64 {
    let hash = (hash ^ (hash >> 32)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    hash ^ (hash >> 29)
}

/// The hash of a word.
pub(crate) fn hash(word: &str) -> u64 {
    if word.is_ascii() {
        let letters = word.bytes().map(|letter| letter.to_ascii_lowercase());
        return finish(letters.fold(begin(), mix_plain));
    }
    finish(
        word.chars()
            .filter_map(folded)
            .fold(begin(), |hash, letter| mix(hash, letter as u32)),
    )
}

/// The word's bucket: the top of its hash.
pub(crate) const fn bucket(hash: u64) -> usize {
    (hash >> (64 - BUCKET_BITS)) as usize
}

/// Where the bucket would begin if all of them had as many of the entries.
pub(crate) const fn even_start(bucket: usize, entries: usize) -> usize {
    ((bucket as u64 * entries as u64) >> BUCKET_BITS) as usize
}

/// What an entry keeps of the hash besides.
pub(crate) const fn rest(hash: u64) -> u32 {
    hash as u32 & ((1 << (32 - CLASS_BITS)) - 1)
}
