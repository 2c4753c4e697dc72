//! What a detector does with a text, for `benches/`: native and as Wasm under V8.
//! Beside it stands a detector of regular expressions alone, the usual way.
#![allow(unsafe_code)]

use std::fmt::Write as _;
use std::sync::OnceLock;

use lango_personal_data::Detector;

/// Mail of a business, with now and then a person in it.
const MAIL: &str = "Dear Wanjiku,\n\nThank you for your order of 12 March. We have sent the goods by courier to P.O. Box 12345-00100 \
Nairobi and the rider will call you on 0722 123 456 before he arrives. The invoice (INV-2024-00182) for KES 14,350.00 is attached; \
please pay to till 522533 within seven days. Should anything be missing, write to accounts@example.co.ke or answer this message.\n\n\
Bei mpya zitaanza kutumika mwezi ujao, na wateja wote watajulishwa kwa barua pepe. Tunashukuru kwa kuendelea kufanya kazi nasi; \
timu yetu iko tayari kukusaidia kila siku ya juma, saa mbili asubuhi hadi saa kumi na moja jioni.\n\nKind regards,\nOtieno Odhiambo\n\
Customer care\n\n";

/// Rows of a table as tools answer them.
const JSON: &str = "{\"id\":\"550e8400-e29b-41d4-a716-446655440000\",\"created_at\":\"2024-03-12T09:15:27Z\",\"status\":\"delivered\",\
\"customer\":{\"name\":\"Achieng Otieno\",\"phone\":\"+254722123456\",\"email\":\"achieng@example.org\",\"national_id\":\"12345678\"},\
\"items\":[{\"sku\":\"TEA-500-G\",\"quantity\":12,\"unit_price\":450.00},{\"sku\":\"SUG-2-KG\",\"quantity\":4,\"unit_price\":380.50}],\
\"total\":6922.00,\"currency\":\"KES\",\"notes\":\"leave at the gate, call on arrival\",\"warehouse\":\"Industrial Area\"},\n";

/// Texts that ask for the most work a byte.
const HOSTILE: [&str; 10] = [
    "1 ",
    "0722 ",
    "12-",
    "@",
    "a@",
    "+",
    "Aa ",
    "Wanjiku ",
    "1.",
    "id id id 1234567 ",
];

/// The texts by number: mail, JSON, then the hostile ones.
#[must_use]
pub fn text(number: usize, bytes: usize) -> String {
    let unit = match number {
        0 => MAIL,
        1 => JSON,
        _ => HOSTILE.get(number - 2).copied().unwrap_or("x"),
    };
    let mut text = String::with_capacity(bytes + unit.len());
    while text.len() < bytes {
        let _ = text.write_str(unit);
    }
    text
}

/// How many hostile texts there are.
pub const HOSTILES: usize = HOSTILE.len();

/// How many things are found.
#[must_use]
pub fn found(text: &str) -> usize {
    Detector::shipped().find(text).len()
}

const EXPRESSIONS: [&str; 9] = [
    r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+",
    r"\+?\d[\d ()-]{6,}\d",
    r"\b[AP]\d{9}[A-Z]\b",
    r"\b(?:\d[ -]?){13,19}\b",
    r"\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){3,7}\b",
    r"\b\d{1,3}(?:\.\d{1,3}){3}\b",
    r"(?i)\b(?:national id|id no|kitambulisho|passport|till|paybill|bvn|nin)\b\W{0,12}[A-Z0-9]{5,}",
    r"(?i)\bP\.?O\.? ?Box \d+(?:-\d{5})?",
    r"\b(?:Mr|Mrs|Ms|Dr|Dear|Bwana|Regards,\s)\.? ?[A-Z]\w+(?: [A-Z]\w+){0,3}",
];

/// The same by regular expressions; fewer kinds, and no names but beside a title.
#[must_use]
pub fn found_by_expressions(text: &str) -> usize {
    static SET: OnceLock<Vec<regex::Regex>> = OnceLock::new();
    SET.get_or_init(|| {
        EXPRESSIONS
            .iter()
            .filter_map(|expression| regex::Regex::new(expression).ok())
            .collect()
    })
    .iter()
    .map(|expression| expression.find_iter(text).count())
    .sum()
}

/// For JavaScript: makes a text and reads it so often; how much was found.
#[unsafe(no_mangle)]
pub extern "C" fn run(number: u32, bytes: u32, rounds: u32, expressions: u32) -> u32 {
    static TEXT: OnceLock<std::sync::Mutex<(u32, u32, String)>> = OnceLock::new();
    let held = TEXT.get_or_init(|| std::sync::Mutex::new((u32::MAX, 0, String::new())));
    let Ok(mut held) = held.lock() else { return 0 };
    if (held.0, held.1) != (number, bytes) {
        *held = (number, bytes, text(number as usize, bytes as usize));
    }
    (0..rounds).fold(0, |sum, _| {
        let count = if expressions == 0 {
            found(&held.2)
        } else {
            found_by_expressions(&held.2)
        };
        sum + count as u32
    })
}
