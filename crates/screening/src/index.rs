//! Which patterns a segment may match, told by the classes of its words: most segments
//! have words for none.

use crate::pattern::NEEDS;
use crate::rule::Rule;

/// Words of 64 bits in a set of patterns, of which there may be as many as bits.
const WORDS: usize = 4;

/// A set of patterns.
type Set = [u64; WORDS];

/// Where the patterns are, by the classes that each of them asks for.
#[derive(Debug)]
pub(crate) struct Index {
    /// Of each class, the patterns whose first, second and third need it fulfils.
    of_class: [[Set; NEEDS]; 64],
    /// Of each pattern, its rule and its place in that.
    places: Vec<(usize, usize)>,
}

impl Index {
    /// The index of the patterns of `rules`, in their order; `None` if they are too many.
    pub(crate) fn of(rules: &[Rule]) -> Option<Self> {
        let mut index = Self {
            of_class: [[[0; WORDS]; NEEDS]; 64],
            places: Vec::new(),
        };
        for (rule, of_rule) in rules.iter().enumerate() {
            for (place, pattern) in of_rule.patterns.iter().enumerate() {
                let number = index.places.len();
                index.places.push((rule, place));
                for (class, sets) in index.of_class.iter_mut().enumerate() {
                    for (set, need) in sets.iter_mut().zip(pattern.needs()) {
                        *set.get_mut(number / 64)? |= (need >> class & 1) << (number % 64);
                    }
                }
            }
        }
        Some(index)
    }

    /// The patterns, as rule and place in it, whose needs words of these classes fulfil.
    #[inline]
    pub(crate) fn fulfilled_by(&self, classes: u64) -> impl Iterator<Item = (usize, usize)> {
        let mut fulfilled = [[0; WORDS]; NEEDS];
        let mut rest = classes;
        while rest != 0 {
            let of_class = self.of_class.get(rest.trailing_zeros() as usize);
            for (set, more) in fulfilled.iter_mut().zip(of_class.into_iter().flatten()) {
                for (word, more) in set.iter_mut().zip(more) {
                    *word |= more;
                }
            }
            rest &= rest - 1;
        }
        let [mut all, others @ ..] = fulfilled;
        for set in others {
            for (word, other) in all.iter_mut().zip(set) {
                *word &= other;
            }
        }
        numbers(all).filter_map(|number| self.places.get(number).copied())
    }
}

/// The numbers in a set, in rising order.
fn numbers(set: Set) -> impl Iterator<Item = usize> {
    set.into_iter().enumerate().flat_map(|(word, mut rest)| {
        core::iter::from_fn(move || {
            let bit = (rest != 0).then(|| rest.trailing_zeros() as usize)?;
            rest &= rest - 1;
            Some(word * 64 + bit)
        })
    })
}
