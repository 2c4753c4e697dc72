//! The names of fields say what their values are.

use crate::{Detector, Kind};

fn kind(field: &str, value: &str) -> Option<Kind> {
    match Detector::shipped().find_in_field(field, value).as_slice() {
        [found] if found.start == 0 && found.end == value.len() => Some(found.kind),
        _ => None,
    }
}

#[test]
fn fields_that_hold_personal_data() {
    for (field, value, expected) in [
        ("phone", "722 123 456", Kind::Phone),
        ("customerPhoneNumber", "9747 6578", Kind::Phone),
        ("nambari_ya_simu", "722123456", Kind::Phone),
        ("telephone", "22 498317", Kind::Phone),
        ("national_id", "12345678", Kind::NationalId),
        ("idNumber", "12345678", Kind::NationalId),
        ("kitambulisho", "23456789", Kind::NationalId),
        ("bvn", "22212345678", Kind::NationalId),
        ("passport_no", "AK0123456", Kind::Passport),
        ("kra_pin", "A123456789B", Kind::TaxNumber),
        ("date_of_birth", "1990-01-15", Kind::DateOfBirth),
        ("dob", "15/01/1990", Kind::DateOfBirth),
        ("account_number", "0123456789", Kind::Account),
        ("till_number", "522533", Kind::Account),
        ("first_name", "Wanjiku", Kind::Name),
        ("last_name", "Xyzumbe", Kind::Name),
        ("full_name", "wanjiru kamau", Kind::Name),
        ("address", "Mvuli Close, Kileleshwa", Kind::Address),
        ("lat", "-1.29210", Kind::GeoPosition),
        ("email", "a.b@example.com", Kind::Email),
    ] {
        assert_eq!(kind(field, value), Some(expected), "{field}: {value}");
    }
}

#[test]
fn fields_of_business_are_left() {
    for (field, value) in [
        ("id", "12345678"),
        ("order_id", "12345678"),
        ("user_id", "12345678"),
        ("created_at", "2024-01-15T10:30:00Z"),
        ("amount", "12345678"),
        ("sku", "TEA-500"),
        ("name", "Premium plan"),
        ("status", "Delivered"),
        ("product_name", "Rose Water"),
    ] {
        assert_eq!(
            Detector::shipped().find_in_field(field, value),
            [],
            "{field}: {value}"
        );
    }
}
