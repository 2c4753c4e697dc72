//! Identifiers: each with its form, its check and its words.

use super::{all, found};

#[track_caller]
fn is(text: &str, kind: &str, value: &str) {
    let found = all(text);
    assert!(found.contains(&(kind, value)), "{text}: {found:?}");
}

#[track_caller]
fn is_nothing(text: &str) {
    assert_eq!(found(text), [], "{text}");
}

#[test]
fn identifiers_that_say_themselves_what_they_are() {
    is("KRA PIN A123456789B was filed", "tax_number", "A123456789B");
    is("pin yangu ni P051234567X.", "tax_number", "P051234567X");
    is("PIN: A 123456789 B", "tax_number", "A 123456789 B");
    is(
        "Ghana Card GHA-123456789-0",
        "national_id",
        "GHA-123456789-0",
    );
    is("gha 123456789 0 please", "national_id", "gha 123456789 0");
    is("9001015009086 is hers", "national_id", "9001015009086");
    is("ID 900101 5009 08 6", "national_id", "900101 5009 08 6");
    is("2341 2341 2346", "national_id", "2341 2341 2346");
    is(
        "NIDA 19900115-12345-00001-22",
        "national_id",
        "19900115-12345-00001-22",
    );
    is(
        "1 1990 8 0012345 0 12",
        "national_id",
        "1 1990 8 0012345 0 12",
    );
    is("NIN CM90012345ABCD", "national_id", "CM90012345ABCD");
    is("PAN ABCPE1234F", "tax_number", "ABCPE1234F");
    is("SSN 455-99-6622", "national_id", "455-99-6622");
    is(
        "card 4111 1111 1111 1111 exp",
        "payment_card",
        "4111 1111 1111 1111",
    );
    is(
        "to GB82 WEST 1234 5698 7654 32 today",
        "iban",
        "GB82 WEST 1234 5698 7654 32",
    );
}

#[test]
fn identifiers_that_the_words_name() {
    is("My ID number is 12345678", "national_id", "12345678");
    is(
        "nambari ya kitambulisho: 23456789",
        "national_id",
        "23456789",
    );
    is("kitambulisho changu ni 23456789", "national_id", "23456789");
    is(
        "numéro de la carte d'identité 123456789",
        "national_id",
        "123456789",
    );
    is("{\"national_id\": \"12345678\"}", "national_id", "12345678");
    is("BVN 22212345678", "national_id", "22212345678");
    is("alien card no. 123456", "national_id", "123456");
    is("passport AK0123456", "passport", "AK0123456");
    is("Pasipoti yangu namba A1234567", "passport", "A1234567");
    is("Fayda FIN 1234 5678 9012", "national_id", "1234 5678 9012");
    is("lipa till 522533", "account", "522533");
    is("Paybill 247247", "account", "247247");
    is("driving licence DL-123456", "driver_licence", "DL-123456");
    is("12345678 (ID)", "national_id", "12345678");
    is("order ORD-2024-0012 is late", "order_id", "ORD-2024-0012");
    is("SG722NMVXQ Confirmed.", "payment_receipt", "SG722NMVXQ");
}

#[test]
fn phones() {
    for (text, value) in [
        ("call +254 722 000 000 now", "+254 722 000 000"),
        ("0722123456", "0722123456"),
        ("Simu: 0110 123 456", "0110 123 456"),
        ("254722123456", "254722123456"),
        ("(415) 555-2671 ext. 12", "(415) 555-2671 ext. 12"),
        ("+1-054-353-1726x16954", "+1-054-353-1726x16954"),
        ("+44 (0)20 7946 0958", "+44 (0)20 7946 0958"),
        ("tel 9747 6578", "9747 6578"),
        ("06 12 34 56 78", "06 12 34 56 78"),
        ("0803 123 4567", "0803 123 4567"),
        ("phone=722123456", "722123456"),
    ] {
        is(text, "phone", value);
    }
}

#[test]
fn a_number_in_a_link_is_a_phone_where_links_are_left() {
    let text = "write to https://wa.me/254722123456";
    assert_eq!(found(text), [("phone", "254722123456")]);
}

#[test]
fn numbers_of_business_are_left() {
    for text in [
        "Order 12345678 was shipped",
        "invoice INV-2024-00123 for KES 12,345,678.00",
        "{\"id\": 12345678, \"amount\": 1500000}",
        "timestamp 1769040000 and 1769040000123",
        "550e8400-e29b-41d4-a716-446655440000",
        "on 2024-01-15 at 10:30:00",
        "version 1.2.3.4 of the build 20240115",
        "customer id: 12345678",
        "tracking 234123412346",
        "sha256 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0bf43a1a5f4d7c2f3b1a0c",
        "Ksh 0722123456",
        "serial number 0722123456",
        "10.0.0.1 and 192.168.1.10",
    ] {
        is_nothing(text);
    }
}
