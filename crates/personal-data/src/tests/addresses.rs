//! Addresses as they are written in many places, found whole.

use crate::{Detector, Kind};

fn is_covered(text: &str, address: &str) -> bool {
    let from = text.find(address).unwrap();
    let to = from + address.len();
    Detector::shipped()
        .find(text)
        .iter()
        .any(|found| found.kind == Kind::Address && found.start <= from && to <= found.end)
}

#[test]
fn addresses_of_many_countries_are_found_whole() {
    for address in [
        "P.O. Box 30028-00100, Nairobi",
        "Plot No. 1456, Block 3, Ntinda, Kampala",
        "House No. 14, Kebele 05, Woreda 3, Bole, Addis Ababa",
        "GA-183-8164, Ring Road Central, Accra",
        "Stand 4521, Soweto, Johannesburg",
        "Flat 302, Sai Apartments, MG Road, Pune 411001",
        "PSC 1234, Box 5678, APO AE 09204",
        "Kiwanja Na. 45, Kitalu B, Mikocheni, Dar es Salaam",
        "KN 4 Ave 12, Kigali",
        "Apartment 5C, Kileleshwa Heights, Othaya Road",
        "Unit 5, Industrial Park, Enterprise Road, Nairobi",
        "Plot 2345, Cadastral Zone A6, Maitama, Abuja",
        "23 Herbert Macaulay Way, Yaba, Lagos State 101212",
        "Shop 14, Makola Market, Accra",
        "22 Castelao 71\n Apt. 862\n Zalesie\n, SO\n Ecuador 09102",
        "34 12 Moi Avenue, Nairobi",
    ] {
        let text = format!("Please deliver it to {address}.");
        assert!(is_covered(&text, address), "{text}");
    }
}

#[test]
fn numbers_beside_capitals_are_no_addresses() {
    for text in [
        "Order AB-123-4567, Nairobi branch, was packed.",
        "In 2024 Unit 5 was repaired, and Phase 3 begins in May.",
        "KG 7 Average is what the scale shows.",
        "Room 12, Monday 9:00, Team Meeting",
        "Version 3, Block 2, line 15 of the table",
    ] {
        let found = Detector::shipped().find(text);
        assert!(
            found.iter().all(|found| found.kind != Kind::Address),
            "{text}: {found:?}"
        );
    }
}
