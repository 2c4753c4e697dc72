//! What redaction is timed on: ordinary mail, JSON and logs, and texts made to be
//! slow; each through this crate, through this crate with personal data, and
//! through a list of regular expressions as such tools are commonly built.
//!
//! `benches/` times it, natively and as Wasm under V8.

use std::cell::RefCell;
use std::sync::OnceLock;

use lango_redaction::{Cleaning, Policy, Redactor, Treatment};
use regex::Regex;

const MAIL: &str = "From: Wanjiku <wanjiku@shop.example>\nTo: orders@wholesale.example\nSubject: Order for Thika\nDate: Tue, 3 Jun 2025 10:14:05 +0300\n\nHello team,\n\nWe would like 12 bags of maize flour, 40 litres of cooking oil and the usual tea for the branch in Thika. Please deliver before noon on Thursday; the gate is opposite the market. The invoice INV-2025-00412 came to KES 48,250.00 and was paid through M-Pesa, receipt TF37XK9Q2L. Call me if the lorry is late.\n\nAsante sana, na karibu tena dukani kwetu. Habari za familia?\n\nKind regards,\nWanjiku\n\n> On Monday you wrote that the price of sugar went up again, which our customers do not like at all. Is there another supplier?\n";

const JSON: &str = r#"{"id":"cus_8841","created_at":"2025-06-03T10:14:05Z","status":"active","name":"Mama Njeri Stores","orders":[{"order_id":"ORD-000184421","total":48250.0,"currency":"KES","items":[{"sku":"MF-12KG","quantity":12,"unit_price":1450},{"sku":"OIL-20L","quantity":2,"unit_price":4200}],"delivered":true,"trace":"9f86d081884c7d659a2feaa0c55ad015"},{"order_id":"ORD-000184437","total":1200.5,"currency":"KES","items":[],"delivered":false,"trace":"3a7bd3e2360a3d29eea436fcfb7e44c7"}],"address":{"street":"Kenyatta Highway","town":"Thika","country":"KE"},"notes":"Prefers delivery in the morning; pays by till.","request_id":"1b4e28ba-2fa1-11d2-883f-0016d3cca427"},
"#;

const LOG: &str = "2025-06-03T10:14:05.123Z INFO  [http-nio-8080-exec-7] c.e.orders.OrderService - request 1b4e28ba-2fa1-11d2-883f-0016d3cca427 GET /api/v1/orders?page=2&size=50 200 34ms user=4411 bytes=18231 sha256=9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08\n";

/// The texts by number: three ordinary ones, then those made to be slow.
pub const TEXTS: &[(&str, &str)] = &[
    ("mail", MAIL),
    ("JSON", JSON),
    ("log", LOG),
    ("token=x ", "token=x "),
    ("password for a is ", "password for a is "),
    ("api_key", "api_key"),
    ("://a:b@", "://a:b@"),
    ("eyJaaaaaaaaaaaa.", "eyJaaaaaaaaaaaa."),
    ("-----BEGIN PRIVATE KEY-----", "-----BEGIN PRIVATE KEY-----"),
    ("4111 1111 ", "4111 1111 "),
    ("QUtJQQ==", "QUtJQQ=="),
    ("a", "a"),
];

/// The ways through, by number.
pub const WAYS: &[&str] = &["secrets", "secrets and personal data", "regex only"];

/// Expressions as lists of secrets have them.
const EXPRESSIONS: &[&str] = &[
    r"\b((?:A3T[A-Z0-9]|AKIA|ASIA|ABIA|ACCA)[A-Z2-7]{16})\b",
    r"gh[pousr]_[0-9a-zA-Z]{36}",
    r"github_pat_\w{82}",
    r"glpat-[\w-]{20}",
    r"xox[baprs]-[0-9a-zA-Z-]{10,}",
    r"\b(?:sk|rk)_(?:test|live|prod)_[a-zA-Z0-9]{10,99}\b",
    r"\bAIza[\w-]{35}\b",
    r"\bSG\.[\w.=-]{66}\b",
    r"\bSK[0-9a-fA-F]{32}\b",
    r"\bey[a-zA-Z0-9]{17,}\.ey[a-zA-Z0-9/_-]{17,}\.[a-zA-Z0-9/_-]{10,}={0,2}",
    r"-----BEGIN[ A-Z0-9_-]{0,100}PRIVATE KEY(?: BLOCK)?-----",
    r"[a-zA-Z][a-zA-Z0-9+.-]*://[^/\s:@]{1,100}:[^/\s:@]{1,100}@\S+",
    r#"(?i)[\w.-]{0,50}?(?:access|auth|api|credential|creds|key|passw(?:or)?d|secret|token)(?:[ \t\w.-]{0,20})[\s'"]{0,3}(?:=|>|:{1,3}=|\|\||:|=>|\?=|,)[\x60'"\s=]{0,5}([\w.=-]{10,150}|[a-z0-9][a-z0-9+/]{11,}={0,3})"#,
    r"\b(?:\d[ -]?){13,19}\b",
    r"\b[AP]\d{9}[A-Z]\b",
    r"\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){3,7}\b",
];

/// Text number `text`, repeated to `length` bytes at least.
#[must_use]
pub fn sample(text: usize, length: usize) -> String {
    let piece = TEXTS.get(text).map_or("", |(_, piece)| piece);
    piece.repeat(length.div_ceil(piece.len().max(1)))
}

/// Sends `text` through way number `way`; how many bytes came out.
#[must_use]
pub fn through(way: usize, text: &str) -> usize {
    static EVERYTHING: Policy = Policy::new(Treatment::Redact);
    static REGEXES: OnceLock<Vec<Regex>> = OnceLock::new();
    match way {
        0 => Redactor::shipped().redact(text).text.len(),
        1 => Cleaning::new(&EVERYTHING).text(text).len(),
        _ => {
            let regexes = REGEXES.get_or_init(|| {
                let compiled = EXPRESSIONS.iter().map(|e| Regex::new(e).ok());
                compiled.flatten().collect()
            });
            let found = regexes.iter().map(|regex| regex.find_iter(text).count());
            text.len() + found.sum::<usize>()
        }
    }
}

thread_local! {
    static TEXT: RefCell<String> = const { RefCell::new(String::new()) };
}

/// Makes a text ready; its length.
#[unsafe(no_mangle)]
pub extern "C" fn prepare(text: usize, length: usize) -> usize {
    TEXT.with_borrow_mut(|held| {
        *held = sample(text, length);
        held.len()
    })
}

/// Sends the text that is ready through `way`, `times` times.
#[unsafe(no_mangle)]
pub extern "C" fn run(way: usize, times: usize) -> usize {
    TEXT.with_borrow(|text| (0..times).map(|_| through(way, text)).sum())
}
