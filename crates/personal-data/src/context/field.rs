//! What a field's name says of its value.

use super::PERSONAL;
use crate::flags::Topic;
use crate::lexicon;

/// What a field's name says of its value: worth keeping where a name comes again and
/// again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Field {
    pub(crate) topic: Option<Topic>,
    /// It holds a name.
    pub(crate) name: bool,
    /// It holds an address or a part of one.
    pub(crate) address: bool,
}

/// Field names that hold a person's name.
pub(super) const NAMES: [&str; 36] = [
    "firstname",
    "lastname",
    "middlename",
    "surname",
    "givenname",
    "familyname",
    "fullname",
    "forename",
    "othernames",
    "jina",
    "jinakamili",
    "jinalamteja",
    "nom",
    "prenom",
    "nomcomplet",
    "nome",
    "nombre",
    "apellido",
    "customername",
    "clientname",
    "contactname",
    "accountname",
    "accountholder",
    "holder",
    "beneficiary",
    "beneficiaryname",
    "payeename",
    "sendername",
    "recipientname",
    "name",
    "displayname",
    "ownername",
    "billtoname",
    "shiptoname",
    "patientname",
    "employeename",
];

/// Field names that hold an address or a part of one.
pub(super) const ADDRESSES: [&str; 22] = [
    "address",
    "address1",
    "address2",
    "addressline1",
    "addressline2",
    "street",
    "streetaddress",
    "postaladdress",
    "physicaladdress",
    "homeaddress",
    "billingaddress",
    "shippingaddress",
    "deliveryaddress",
    "mailingaddress",
    "anwani",
    "adresse",
    "endereco",
    "direccion",
    "pobox",
    "postcode",
    "zipcode",
    "zip",
];

impl Field {
    /// What the name of a field says.
    #[must_use]
    pub fn of(name: &str) -> Self {
        let run = run(name);
        Self {
            topic: topic(name)
                .or_else(|| lexicon::word(&run).topic())
                .filter(|topic| *topic != Topic::Neutral),
            name: NAMES.contains(&run.as_str()),
            address: ADDRESSES.contains(&run.as_str()),
        }
    }
}

/// How many letters of a name are read.
const MOST_LETTERS: usize = 40;

/// The letters and digits of a name, folded.
fn run(name: &str) -> String {
    let mut run = String::with_capacity(MOST_LETTERS);
    if name.is_ascii() {
        let letters = name.bytes().filter(u8::is_ascii_alphanumeric);
        let folded = letters.map(|letter| char::from(letter.to_ascii_lowercase()));
        run.extend(folded.take(MOST_LETTERS));
    } else {
        let letters = name.chars().filter(|letter| letter.is_alphanumeric());
        let folded = letters.filter_map(crate::fold::folded);
        run.extend(folded.take(MOST_LETTERS));
    }
    run
}

/// The last part of the name that says something: `customer_phone_no`, `phoneNumber`.
pub(super) fn topic(name: &str) -> Option<Topic> {
    let parts = parts(name);
    let mut found = None;
    for (index, part) in parts.iter().enumerate() {
        match lexicon::word(part).topic() {
            None | Some(Topic::Neutral) => {}
            Some(Topic::Id) if part.eq_ignore_ascii_case("id") => {
                let earlier = index.checked_sub(1).and_then(|earlier| parts.get(earlier));
                let personal = earlier.is_some_and(|word| {
                    PERSONAL
                        .iter()
                        .any(|known| word.eq_ignore_ascii_case(known))
                });
                let numbered = index == 0 && parts.len() > 1;
                found = found.or(Some(if personal || numbered {
                    Topic::Id
                } else {
                    Topic::Other
                }));
            }
            Some(topic) => found = Some(topic),
        }
    }
    found
}

/// The words of a name in snake case, kebab case or camel case.
pub(super) fn parts(name: &str) -> Vec<&str> {
    let mut parts = Vec::new();
    let mut start = 0;
    let mut small = false;
    for (at, letter) in name.char_indices().take(80) {
        let cut = !letter.is_alphanumeric();
        if cut || (letter.is_uppercase() && small) {
            parts.push(name.get(start..at).unwrap_or_default());
            start = if cut { at + letter.len_utf8() } else { at };
        }
        small = letter.is_lowercase();
    }
    parts.push(name.get(start..).unwrap_or_default());
    parts.retain(|part| !part.is_empty());
    parts
}
