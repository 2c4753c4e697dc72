//! What the name of a field says of its value.

/// What the name of a field says, as a set.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct KeyTraits(u16);

impl KeyTraits {
    /// A quantity of something, which no one can be paid or written to by.
    pub(crate) const AMOUNT: Self = Self(1);
    /// A moment.
    pub(crate) const TIME: Self = Self(2);
    /// Words that somebody wrote, wherever they are kept.
    pub(crate) const FREE_TEXT: Self = Self(4);
    /// Who sent a message.
    pub(crate) const CORRESPONDENT: Self = Self(8);
    /// The source's own name of a thing.
    pub(crate) const HANDLE: Self = Self(16);
    /// What a payment or a message is about, not where it goes.
    pub(crate) const REFERENCE: Self = Self(32);
    /// To whom a message went besides, or who else meets.
    pub(crate) const ADDRESSEE: Self = Self(128);
    /// What was asked for, said again: nobody's record.
    pub(crate) const ECHO: Self = Self(256);
    /// Somebody's name, by which they may be paid or written to.
    pub(crate) const NAME: Self = Self(64);

    pub(crate) const fn has(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    const fn with(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// What a field's name says.
    pub(crate) fn of(key: &str) -> Self {
        let words = words(key);
        let mut traits = Self::default();
        for word in &words {
            let word = word.as_str();
            if AMOUNTS.contains(&word) {
                traits = traits.with(Self::AMOUNT);
            }
            if TIMES.contains(&word) {
                traits = traits.with(Self::TIME);
            }
            if FREE_TEXTS.contains(&word) {
                traits = traits.with(Self::FREE_TEXT);
            }
            if CORRESPONDENTS.contains(&word) {
                traits = traits.with(Self::CORRESPONDENT);
            }
        }
        if words.iter().any(|word| REFERENCES.contains(&word.as_str()))
            && !words.iter().any(|word| PAID.contains(&word.as_str()))
        {
            traits = traits.with(Self::REFERENCE);
        }
        if words.iter().any(|word| NAMES.contains(&word.as_str())) {
            traits = traits.with(Self::NAME);
        }
        if words.len() == 1 && words.iter().any(|word| ECHOES.contains(&word.as_str())) {
            traits = traits.with(Self::ECHO);
        }
        if words.iter().any(|word| ADDRESSEES.contains(&word.as_str())) {
            traits = traits.with(Self::ADDRESSEE);
        }
        if is_two(&words, "reply", "to") || is_two(&words, "return", "path") {
            traits = traits.with(Self::CORRESPONDENT);
        }
        if is_two(&words, "bill", "ref") || is_two(&words, "account", "reference") {
            traits = traits.with(Self::FREE_TEXT);
        }
        if words.last().is_some_and(|word| word == "at") && words.len() > 1 {
            traits = traits.with(Self::TIME);
        }
        if is_handle(&words) {
            traits = traits.with(Self::HANDLE);
        }
        traits
    }
}

const AMOUNTS: [&str; 36] = [
    "amount",
    "amounts",
    "amt",
    "price",
    "total",
    "subtotal",
    "sum",
    "qty",
    "quantity",
    "count",
    "limit",
    "offset",
    "page",
    "size",
    "balance",
    "cost",
    "fee",
    "fees",
    "rate",
    "percent",
    "vat",
    "discount",
    "salary",
    "minutes",
    "seconds",
    "milliseconds",
    "timeout",
    "days",
    "hours",
    "year",
    "kiasi",
    "montant",
    "valor",
    "bei",
    "prix",
    "max",
];
const TIMES: [&str; 16] = [
    "date",
    "time",
    "timestamp",
    "datetime",
    "start",
    "starts",
    "end",
    "ends",
    "since",
    "until",
    "due",
    "day",
    "month",
    "tarehe",
    "deadline",
    "expires",
];
/// The last few are what a payer may type beside a payment: anybody may.
const FREE_TEXTS: [&str; 38] = [
    "text",
    "body",
    "note",
    "notes",
    "message",
    "messages",
    "subject",
    "description",
    "comment",
    "comments",
    "content",
    "contents",
    "summary",
    "reason",
    "title",
    "snippet",
    "preview",
    "signature",
    "html",
    "markdown",
    "caption",
    "bio",
    "about",
    "feedback",
    "review",
    "transcript",
    "details",
    "memo",
    "narration",
    "narrative",
    "remarks",
    "remark",
    "particulars",
    "ujumbe",
    "maelezo",
    "commentaire",
    "purpose",
    "footer",
];
const CORRESPONDENTS: [&str; 8] = [
    "from",
    "sender",
    "replyto",
    "organizer",
    "organiser",
    "requester",
    "reporter",
    "mtumaji",
];
/// The cells of a sheet are among them: what stands there goes nowhere by itself.
const REFERENCES: [&str; 12] = [
    "reference",
    "ref",
    "invoice",
    "invoices",
    "receipt",
    "label",
    "tags",
    "tag",
    "values",
    "row",
    "rows",
    "cells",
];
const ECHOES: [&str; 13] = [
    "query",
    "q",
    "search",
    "searched",
    "term",
    "keyword",
    "filter",
    "filters",
    "criteria",
    "input",
    "request",
    "arguments",
    "params",
];
const ADDRESSEES: [&str; 5] = ["to", "cc", "recipients", "attendees", "participants"];
const NAMES: [&str; 24] = [
    "name",
    "payee",
    "recipient",
    "recipients",
    "beneficiary",
    "to",
    "employee",
    "customer",
    "supplier",
    "vendor",
    "account",
    "contact",
    "person",
    "staff",
    "member",
    "patient",
    "student",
    "user",
    "owner",
    "assignee",
    "merchant",
    "payable",
    "jina",
    "nom",
];
/// An identifier of these is what money goes to, not the source's name of a thing.
const PAID: [&str; 24] = [
    "account",
    "acct",
    "till",
    "payee",
    "paybill",
    "bill",
    "recipient",
    "beneficiary",
    "merchant",
    "wallet",
    "phone",
    "mobile",
    "tax",
    "national",
    "bank",
    "card",
    "business",
    "identity",
    "passport",
    "swift",
    "branch",
    "sort",
    "pin",
    "iban",
];

fn is_two(words: &[String], first: &str, second: &str) -> bool {
    words
        .windows(2)
        .any(|pair| matches!(pair, [a, b] if a == first && b == second))
}

fn is_handle(words: &[String]) -> bool {
    const LAST: [&str; 12] = [
        "id", "ids", "uid", "uuid", "guid", "number", "numbers", "no", "key", "code", "sku", "slug",
    ];
    let is_identifier = words
        .last()
        .is_some_and(|word| LAST.contains(&word.as_str()));
    is_identifier && !words.iter().any(|word| PAID.contains(&word.as_str()))
}

/// `replyTo`, `reply_to`, `Reply-To` and `REPLY TO` are two words each.
fn words(key: &str) -> Vec<String> {
    const LONGEST: usize = 64;
    let mut words = vec![String::new()];
    let mut was_lower = false;
    for character in key.chars().take(LONGEST) {
        let starts = character.is_uppercase() && was_lower;
        if !character.is_alphanumeric() || starts {
            words.push(String::new());
        }
        if character.is_alphanumeric()
            && let Some(last) = words.last_mut()
        {
            last.extend(character.to_lowercase());
        }
        was_lower = character.is_lowercase() || character.is_ascii_digit();
    }
    words.retain(|word| !word.is_empty());
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_fields_are_read_in_every_spelling() {
        for key in ["reply_to", "replyTo", "Reply-To", "replyto", "from", "From"] {
            assert!(KeyTraits::of(key).has(KeyTraits::CORRESPONDENT), "{key}");
        }
        for key in [
            "message_id",
            "messageId",
            "ID",
            "order_id",
            "ticketIds",
            "issue_number",
            "sku",
        ] {
            assert!(KeyTraits::of(key).has(KeyTraits::HANDLE), "{key}");
        }
        for key in [
            "account_id",
            "payeeId",
            "till_number",
            "paid",
            "phoneNumber",
            "swift_code",
        ] {
            assert!(!KeyTraits::of(key).has(KeyTraits::HANDLE), "{key}");
        }
        for key in ["BillRefNumber", "account_reference", "narration", "body"] {
            assert!(KeyTraits::of(key).has(KeyTraits::FREE_TEXT), "{key}");
        }
        assert!(KeyTraits::of("amount_kes").has(KeyTraits::AMOUNT));
        assert!(KeyTraits::of("created_at").has(KeyTraits::TIME));
        assert_eq!(KeyTraits::of("till"), KeyTraits::default());
    }
}
