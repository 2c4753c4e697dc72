//! A small convolutional network: detectors that each look at three words in a row,
//! the strongest response of each anywhere in the window, one hidden layer.
//!
//! Classes and pairs say what a sentence has; detectors say what stands next to what.
//! The first layer needs no multiplication: what a word adds to a detector is a row of
//! a table.

use crate::rows;
use crate::token::Token;

/// The shipped weights; `MODEL.md` says how they came about.
const SHIPPED: &[u8] = include_bytes!("../network.bin");

/// What the file begins with.
pub(crate) const MAGIC: &[u8; 8] = b"LangoCn1";
/// Words that a detector looks at: the one before, the word itself, the one after.
pub const TAPS: usize = 3;
/// Detectors.
pub const DETECTORS: usize = 64;
/// Units of the hidden layer.
pub const HIDDEN: usize = 16;
/// Numbers of a row.
pub const WIDTH: usize = TAPS * DETECTORS;
/// How much of the network's logit counts beside the linear model's.
pub const SHARE: f32 = 0.8;
/// The network's logit counts up to here and no further, either way.
pub const MOST: f32 = 4.0;

/// Below this logit of the linear model the network is not asked: whatever it said, the
/// text would not become suspicious, not even to a strict policy. A test holds that.
pub const GATE: f32 = -2.0;

/// What the linear model and the network make of a text together. `network` is asked only
/// where it matters; it says nothing of a text without words.
pub fn together(linear: f32, network: impl FnOnce() -> Option<f32>) -> f32 {
    let network = if linear < GATE { None } else { network() };
    linear + SHARE * network.map_or(-MOST, |it| it.clamp(-MOST, MOST))
}

/// The weights of all layers.
#[derive(Debug)]
pub(crate) struct Network {
    table: &'static [[u8; WIDTH]],
    scale: [f32; DETECTORS],
    bias: [f32; DETECTORS],
    hidden: Box<[[f32; DETECTORS]; HIDDEN]>,
    hidden_bias: [f32; HIDDEN],
    out: [f32; HIDDEN],
    out_bias: f32,
}

impl Network {
    /// The shipped network, if the file is whole; a test holds that it is.
    pub(crate) fn shipped() -> Option<Self> {
        Self::parse(SHIPPED)
    }

    pub(crate) fn parse(file: &'static [u8]) -> Option<Self> {
        const NUMBERS: usize = DETECTORS * 2 + HIDDEN * DETECTORS + HIDDEN * 2 + 1;
        let rest = file.strip_prefix(MAGIC)?;
        let (numbers, table) = rest.split_at_checked(NUMBERS * 4)?;
        let (table, []) = table.as_chunks::<WIDTH>() else {
            return None;
        };
        if table.len() != rows::COUNT {
            return None;
        }
        let mut numbers = numbers
            .chunks_exact(4)
            .filter_map(|it| Some(f32::from_le_bytes(it.try_into().ok()?)));
        let scale = take(&mut numbers)?;
        let bias = take(&mut numbers)?;
        let mut hidden = Box::new([[0.0; DETECTORS]; HIDDEN]);
        for unit in hidden.iter_mut() {
            *unit = take(&mut numbers)?;
        }
        Some(Self {
            table,
            scale,
            bias,
            hidden,
            hidden_bias: take(&mut numbers)?,
            out: take(&mut numbers)?,
            out_bias: numbers.next()?,
        })
    }

    /// The logit of these words; nothing where there are none.
    pub(crate) fn logit(&self, words: &[Token]) -> Option<f32> {
        let strongest = self.strongest(words)?;
        let mut responses = [0.0_f32; DETECTORS];
        let scales = strongest.iter().zip(self.scale).zip(self.bias);
        for (response, ((sum, scale), bias)) in responses.iter_mut().zip(scales) {
            *response = (f32::from(*sum) * scale + bias).max(0.0);
        }
        let units = self.hidden.iter().zip(self.hidden_bias).zip(self.out);
        let logit: f32 = units
            .map(|((weights, bias), out)| (dot(weights, &responses) + bias).max(0.0) * out)
            .sum();
        Some(logit + self.out_bias)
    }

    /// The highest sum of each detector over all places; nothing without a word.
    fn strongest(&self, words: &[Token]) -> Option<[i16; DETECTORS]> {
        let mut strongest = [0_u16; DETECTORS];
        // The sums of the last place, which the word after it completes.
        let mut waiting: Option<Place> = None;
        let mut from_left = Place::default();
        for word in words {
            let ([to_next, own, to_last], rows) = self.sums(word);
            if let Some(place) = waiting {
                place.plus(&to_last, rows).raise(&mut strongest);
            }
            waiting = Some(from_left.plus(&own, rows));
            from_left = Place::default().plus(&to_next, rows);
        }
        waiting?.raise(&mut strongest);
        Some(std::array::from_fn(|detector| {
            let sum = strongest.get(lane_of(detector)).copied().unwrap_or(0);
            (sum ^ 0x8000).cast_signed()
        }))
    }

    /// What a word adds to the place after it, to its own, and to the one before; and how
    /// many rows that were.
    #[inline]
    fn sums(&self, word: &Token) -> ([Lanes; TAPS], u64) {
        let mut sums = [Lanes::default(); TAPS];
        let mut rows = 0;
        rows::of(word, |row| {
            let (taps, _) = self.table.get(row).map_or(&[][..], |it| it).as_chunks();
            for (lanes, weights) in sums.iter_mut().zip(taps) {
                add(lanes, weights);
            }
            rows += 1;
        });
        (sums, rows)
    }
}

/// Sums of all detectors, four of sixteen bits in a word: first those of even, then those of
/// odd ones. Each row counts 128 too much, so that no weight is below zero.
type Lanes = [u64; DETECTORS / 4];

/// One in every lane.
const ONES: u64 = 0x0001_0001_0001_0001;

/// Where a detector's sum stands among the lanes.
const fn lane_of(detector: usize) -> usize {
    (detector % 2) * (DETECTORS / 2) + detector / 2
}

/// Adds a row's weights, eight at a time.
#[inline]
fn add(lanes: &mut Lanes, weights: &[u8; DETECTORS]) {
    const SIGNS: u64 = ONES * 0x8080;
    const EVEN: u64 = ONES * 0x00ff;
    let (even, odd) = lanes.split_at_mut(DETECTORS / 8);
    let (weights, _) = weights.as_chunks::<8>();
    for ((even, odd), weights) in even.iter_mut().zip(odd).zip(weights) {
        let eight = u64::from_le_bytes(*weights) ^ SIGNS;
        *even += eight & EVEN;
        *odd += (eight >> 8) & EVEN;
    }
}

/// The sums at one place, and of how many rows they are.
#[derive(Clone, Copy, Default)]
struct Place {
    lanes: Lanes,
    rows: u64,
}

impl Place {
    #[inline]
    fn plus(mut self, lanes: &Lanes, rows: u64) -> Self {
        for (sum, more) in self.lanes.iter_mut().zip(lanes) {
            *sum += more;
        }
        self.rows += rows;
        self
    }

    /// Raises each to its sum here, where that is more. A sum has 2^15 added: three words
    /// have at most 249 rows of -128 to 127, so that no lane reaches into the next.
    #[inline]
    fn raise(&self, strongest: &mut [u16; DETECTORS]) {
        let lift = (0x8000 - 128 * self.rows) * ONES;
        let (strongest, _) = strongest.as_chunks_mut::<4>();
        for (strongest, sums) in strongest.iter_mut().zip(&self.lanes) {
            let sums = (sums + lift).to_le_bytes();
            let (sums, _) = sums.as_chunks::<2>();
            for (strongest, sum) in strongest.iter_mut().zip(sums) {
                *strongest = (*strongest).max(u16::from_le_bytes(*sum));
            }
        }
    }
}

fn dot(one: &[f32; DETECTORS], other: &[f32; DETECTORS]) -> f32 {
    one.iter().zip(other).map(|(one, other)| one * other).sum()
}

/// As many numbers as an array holds.
fn take<const N: usize>(numbers: &mut impl Iterator<Item = f32>) -> Option<[f32; N]> {
    let mut array = [0.0; N];
    for number in &mut array {
        *number = numbers.next()?;
    }
    Some(array)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::context::ContextClass;
    use crate::model::Model;
    use crate::screening::Sensitivity;

    /// The same by definition: every place by itself, in floating point.
    fn plainly(network: &Network, words: &[Token]) -> f32 {
        let row_of = |word: &Token, tap: usize, detector: usize| {
            let mut sum = 0.0;
            rows::of(word, |row| {
                sum += f32::from(network.table[row][tap * DETECTORS + detector].cast_signed());
            });
            sum
        };
        let responses: Vec<f32> = (0..DETECTORS)
            .map(|detector| {
                let at = |place: usize| {
                    let before = place
                        .checked_sub(1)
                        .map(|it| row_of(&words[it], 0, detector));
                    let after = words.get(place + 1).map(|it| row_of(it, 2, detector));
                    row_of(&words[place], 1, detector)
                        + before.unwrap_or(0.0)
                        + after.unwrap_or(0.0)
                };
                let strongest = (0..words.len()).map(at).fold(f32::MIN, f32::max);
                (strongest * network.scale[detector] + network.bias[detector]).max(0.0)
            })
            .collect();
        let unit = |unit: usize| {
            let weighed = network.hidden[unit].iter().zip(&responses);
            let sum: f32 = weighed.map(|(weight, it)| weight * it).sum();
            (sum + network.hidden_bias[unit]).max(0.0) * network.out[unit]
        };
        (0..HIDDEN).map(unit).sum::<f32>() + network.out_bias
    }

    fn word() -> impl Strategy<Value = Token> {
        (
            any::<u32>(),
            any::<u64>(),
            any::<u64>(),
            any::<u16>(),
            0_u8..32,
        )
            .prop_map(|(hash, one, other, gap, spelt)| Token {
                hash,
                mask: one & other,
                gap,
                spelt,
                ..Token::default()
            })
    }

    proptest! {
        #[test]
        fn it_responds_as_its_definition_says(words in prop::collection::vec(word(), 1..20)) {
            let network = Network::shipped().unwrap();
            let logit = network.logit(&words).unwrap();
            prop_assert!((logit - plainly(&network, &words)).abs() < 1e-2 * (1.0 + logit.abs()));
        }
    }

    #[test]
    fn without_a_word_it_says_nothing() {
        assert_eq!(Network::shipped().unwrap().logit(&[]), None);
    }

    #[test]
    fn a_file_that_is_cut_is_none() {
        for length in [0, 8, 100, SHIPPED.len() - WIDTH, SHIPPED.len() - 1] {
            assert!(Network::parse(&SHIPPED[..length]).is_none());
        }
    }

    #[test]
    fn whoever_is_not_asked_about_could_not_have_become_suspicious() {
        let model = Model::shipped().unwrap();
        for class in [
            ContextClass::Argument,
            ContextClass::Document,
            ContextClass::ToolDescription,
            ContextClass::Result,
        ] {
            assert!(GATE + SHARE * MOST <= model.threshold(class) + Sensitivity::Strict.margin());
        }
    }
}
