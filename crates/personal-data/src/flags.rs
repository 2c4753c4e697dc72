//! What the lexicon knows of a word.

/// A set of facts, and at most one topic.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Flags(u32);

const TOPIC_SHIFT: u32 = 20;

impl Flags {
    pub(crate) const NONE: Self = Self(0);
    /// A given name.
    pub(crate) const GIVEN: Self = Self(1);
    /// A family name.
    pub(crate) const FAMILY: Self = Self(1 << 1);
    /// A frequent word, which a name needs good reasons to be.
    pub(crate) const FREQUENT: Self = Self(1 << 2);
    /// A word of the language.
    pub(crate) const KNOWN: Self = Self(1 << 3);
    /// A country, a region, a town.
    pub(crate) const PLACE: Self = Self(1 << 4);
    /// Mr, Bi, Dkt, Mme.
    pub(crate) const TITLE: Self = Self(1 << 5);
    /// After it comes a name.
    pub(crate) const CUE: Self = Self(1 << 6);
    /// Names of organisations and places of note end with it.
    pub(crate) const ORG: Self = Self(1 << 7);
    /// A month.
    pub(crate) const MONTH: Self = Self(1 << 8);
    /// Streets end with it.
    pub(crate) const STREET_AFTER: Self = Self(1 << 9);
    /// Streets begin with it.
    pub(crate) const STREET_BEFORE: Self = Self(1 << 10);
    /// A flat, a floor, a house.
    pub(crate) const UNIT: Self = Self(1 << 11);
    /// Between the parts of a name.
    pub(crate) const PARTICLE: Self = Self(1 << 12);
    /// Never a name by itself.
    pub(crate) const NEVER: Self = Self(1 << 13);

    /// A verb of people: said, told, anasema.
    pub(crate) const SPEAKS: Self = Self(1 << 14);
    /// After a name: Jr, PhD.
    pub(crate) const SUFFIX: Self = Self(1 << 15);

    /// Either kind of name.
    pub(crate) const PERSON: Self = Self(0b11);

    /// For the build script: the flag or topic that `words_context.txt` calls so.
    #[allow(dead_code)]
    pub(crate) fn named(name: &str) -> Option<Self> {
        Some(match name {
            "title" => Self::TITLE,
            "cue" => Self::CUE,
            "org" => Self::ORG,
            "month" => Self::MONTH,
            "street_after" => Self::STREET_AFTER,
            "street_before" => Self::STREET_BEFORE,
            "unit" => Self::UNIT,
            "speaks" => Self::SPEAKS,
            "suffix" => Self::SUFFIX,
            "particle" => Self::PARTICLE,
            _ => {
                let place = TOPICS.iter().position(|(known, _)| *known == name)?;
                Self((place as u32 + 1) << TOPIC_SHIFT)
            }
        })
    }

    /// Both; of two topics, the one that comes first in the list of topics.
    pub(crate) const fn and(self, other: Self) -> Self {
        let facts = (1 << TOPIC_SHIFT) - 1;
        let (one, two) = (self.0 >> TOPIC_SHIFT, other.0 >> TOPIC_SHIFT);
        let topic = if one == 0 || (two != 0 && two < one) {
            two
        } else {
            one
        };
        Self((self.0 | other.0) & facts | topic << TOPIC_SHIFT)
    }

    /// Whether any fact of `other` is among these.
    pub(crate) const fn has(self, other: Self) -> bool {
        self.0 & other.0 & ((1 << TOPIC_SHIFT) - 1) != 0
    }

    pub(crate) fn topic(self) -> Option<Topic> {
        let place = (self.0 >> TOPIC_SHIFT).checked_sub(1)?;
        TOPICS.get(place as usize).map(|(_, topic)| *topic)
    }

    /// Whether addresses begin with such a word, or are spoken of by it.
    pub(crate) const fn is_of_addresses(self) -> bool {
        self.has(Self::STREET_BEFORE.and(Self::STREET_AFTER).and(Self::UNIT))
            || self.0 >> TOPIC_SHIFT == ADDRESS
    }

    /// For the build script: what goes into the table.
    #[allow(dead_code)]
    pub(crate) const fn bits(self) -> u32 {
        self.0
    }

    pub(crate) const fn of_bits(bits: u32) -> Self {
        Self(bits)
    }
}

/// What a word says of a number near it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Topic {
    Phone,
    Id,
    Passport,
    Tax,
    Licence,
    Birth,
    Till,
    Account,
    Card,
    Position,
    /// Something else with a number: an invoice, a version, a row.
    Other,
    Order,
    Receipt,
    Amount,
    Address,
    /// "Number", "is", "my": says nothing, and the word before it counts.
    Neutral,
}

/// The number of [`Topic::Address`] in a word's flags: one more than its place below.
const ADDRESS: u32 = 15;

/// By their names in `words_context.txt`; an earlier one wins for a word of two.
const TOPICS: [(&str, Topic); 16] = [
    ("phone", Topic::Phone),
    ("id", Topic::Id),
    ("passport", Topic::Passport),
    ("tax", Topic::Tax),
    ("licence", Topic::Licence),
    ("birth", Topic::Birth),
    ("till", Topic::Till),
    ("account", Topic::Account),
    ("card", Topic::Card),
    ("position", Topic::Position),
    ("other", Topic::Other),
    ("order", Topic::Order),
    ("receipt", Topic::Receipt),
    ("amount", Topic::Amount),
    ("address", Topic::Address),
    ("number", Topic::Neutral),
];
