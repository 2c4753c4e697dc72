//! What must stay.

use super::redact;

#[test]
fn business_text_stays() {
    for text in [
        "M-Pesa receipt QGH7X2P9LM confirmed. Ksh1,200.00 sent to JANE WANJIRU 0722000000 on 5/3/25 at 4:01 PM",
        "RKL5A1B2C3 Confirmed",
        "order 550e8400-e29b-41d4-a716-446655440000 shipped",
        "sha256 e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        "md5 d41d8cd98f00b204e9800998ecf8427e, commit 9c1185a5c5e9fc54612808977ee8f548b2258d31",
        "Order ORD-2025-0001234, invoice INV/2025/00042, LPO 4500012345",
        "+254 722 000 000, 0722-000-000, +27 11 123 4567, 254722000000",
        "till 522533, paybill 247247, account 0123456789012",
        "2025-03-05T16:01:22.123456Z 1741190482123456789",
        "SELECT password FROM users WHERE token IS NOT NULL",
        "SELECT * FROM tokens WHERE token = t.token",
        "The password was changed yesterday; a reset is required.",
        "password: required, password: null, token: expired",
        "Forgot your password? Use the reset link.",
        "tokens: 1200, max_tokens=4096, token_count: 17",
        "secretary: Jane Mwangi; the secret of good chai is ginger",
        "bearer of this letter; bearer instruments are rare",
        "Basic salary 45000, basic understanding",
        "PWD=/home/alice/projects",
        "password = getpass(), api_key=os.environ['KEY'], password=$DB_PASSWORD, token=${TOKEN}",
        "A12345678Z and P0123456789 and B012345678Z and a012345678z",
        "4111 1111 1111 1112",
        "1111111111111111, 0000 0000 0000 0000",
        "GB82 WEST 1234 5698 7654 33",
        "version 4.111111111111111, 0.4111111111111111",
        "sk-learn, SKU SK123456, AKIA, npm_config_registry, eyJ, SG.1",
        "http://example.com://x, a://b:c",
        // "AKIAIOSFODNN7EXAMPLE" and "wrapped-placeholder-value", in base64.
        "AWS_ACCESS_KEY_ID: QUtJQUlPU0ZPRE5ON0VYQU1QTEU=",
        "api_secret: d3JhcHBlZC1wbGFjZWhvbGRlci12YWx1ZQ==",
        "neno la siri ni muhimu sana",
        "",
        "[redacted:password]",
        "password: [redacted:password]",
        "postgres://a:[redacted:password]@h/x",
    ] {
        assert_eq!(redact(text), text);
    }
}

#[test]
fn nothing_found_borrows() {
    let redacted = crate::Redactor::shipped().redact("habari ya leo");
    assert!(matches!(redacted.text, std::borrow::Cow::Borrowed(_)));
    assert!(redacted.findings.is_empty());
}

/// A generator of fixed numbers (xorshift64), so that the test is the same each time.
struct Numbers(u64);

impl Numbers {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn of(&mut self, alphabet: &str, length: usize) -> String {
        let letters: Vec<char> = alphabet.chars().collect();
        (0..length)
            .map(|_| letters[self.next() as usize % letters.len()])
            .collect()
    }

    fn uuid(&mut self) -> String {
        let (a, b, c, d) = (self.next(), self.next(), self.next(), self.next());
        let (b, c, d, e) = (b as u16, c & 0xfff, d & 0xfff, d >> 16);
        format!("{:08x}-{b:04x}-4{c:03x}-a{d:03x}-{e:012x}", a as u32)
    }
}

const BASE64: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const BASE36: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
const HEX: &str = "0123456789abcdef";

/// Machine text that looks random: at most one in a thousand may be altered.
#[test]
fn random_identifiers_stay() {
    let mut numbers = Numbers(0x1234_5678_9abc_def0);
    let mut altered = std::collections::BTreeMap::new();
    let mut total = 0_usize;
    for _ in 0..1_000 {
        let (a, b, c) = (numbers.next(), numbers.next(), numbers.next());
        let uuid = numbers.uuid();
        let (md5, sha1, sha256) = (
            numbers.of(HEX, 32),
            numbers.of(HEX, 40),
            numbers.of(HEX, 64),
        );
        let receipt = format!("T{}", numbers.of(BASE36, 9));
        let picture = numbers.of(BASE64, 400);
        let short = numbers.of(BASE64, 44);
        for (name, text) in [
            ("uuid", uuid.clone()),
            (
                "request id",
                format!("{{\"request_id\":\"{uuid}\",\"trace_id\":\"{md5}\"}}"),
            ),
            (
                "idempotency",
                format!("Idempotency-Key: {uuid}\nETag: \"{md5}\""),
            ),
            ("sha256", format!("sha256:{sha256}")),
            (
                "commit",
                format!("commit {sha1}\nMerge: {} {}", &md5[..7], &sha1[..7]),
            ),
            ("md5", format!("MD5 ({}.zip) = {md5}", a % 1000)),
            ("order", format!("ORD-{}", a % 10_000_000_000)),
            ("phone", format!("+2547{:08}", b % 100_000_000)),
            (
                "time",
                format!("{}", 1_700_000_000_000 + c % 100_000_000_000),
            ),
            ("invoice", format!("INV{:09}", a % 1_000_000_000)),
            (
                "receipt",
                format!("{receipt} Confirmed. Ksh{}.00 sent to SHOP", b % 100_000),
            ),
            (
                "picture",
                format!("<img src=\"data:image/png;base64,iVBORw0KGgo{picture}\">"),
            ),
            (
                "integrity",
                format!("\"integrity\": \"sha512-{picture}==\""),
            ),
            (
                "cursor",
                format!("\"next_cursor\": \"{short}\", \"next_page_token\": \"{short}\""),
            ),
            (
                "usage",
                format!("\"total_tokens\": {}, \"max_tokens\": 4096", a % 100_000),
            ),
            (
                "cache key",
                format!(
                    "cache_key={sha1} primary_key={} partition_key={uuid}",
                    b % 100_000
                ),
            ),
            (
                "account",
                format!(
                    "account {} till {} paybill {}",
                    a % 100_000_000_000,
                    b % 1_000_000,
                    c % 1_000_000
                ),
            ),
        ] {
            total += 1;
            if redact(&text) != text {
                *altered.entry(name).or_insert(0_usize) += 1;
            }
        }
    }
    println!("{altered:?} of {total}");
    assert!(
        altered.values().sum::<usize>() * 1_000 <= total,
        "{altered:?} of {total}"
    );
}
