//! Which country a data centre or a cloud region is in. Only African ones are here:
//! any other is in none that Lango knows, and so outside of every promise.

use crate::{country::Country, evidence::Colo};

/// Cloudflare's data centres in and around Africa, by the code of the nearest airport,
/// as of November 2026.
pub const AFRICAN_COLOS: &[(&str, &str)] = &[
    ("AAE", "DZ"),
    ("ABJ", "CI"),
    ("ACC", "GH"),
    ("ADD", "ET"),
    ("ALG", "DZ"),
    ("ASK", "CI"),
    ("CAI", "EG"),
    ("CPT", "ZA"),
    ("CZL", "DZ"),
    ("DAR", "TZ"),
    ("DKR", "SN"),
    ("DLA", "CM"),
    ("DUR", "ZA"),
    ("EBB", "UG"),
    ("GBE", "BW"),
    ("HRE", "ZW"),
    ("JIB", "DJ"),
    ("JNB", "ZA"),
    ("KGL", "RW"),
    ("LAD", "AO"),
    ("LLW", "MW"),
    ("LOS", "NG"),
    ("LUN", "ZM"),
    ("MBA", "KE"),
    ("MPM", "MZ"),
    ("MRU", "MU"),
    ("NBO", "KE"),
    ("ORN", "DZ"),
    ("OUA", "BF"),
    // Réunion is France: not Africa, as a promise means it.
    ("RUN", "RE"),
    ("TNR", "MG"),
    ("TUN", "TN"),
    ("WDH", "NA"),
];

/// The African regions of the clouds that a Worker can be placed near.
pub const AFRICAN_REGIONS: &[(&str, &str)] = &[
    ("aws:af-south-1", "ZA"),
    ("azure:southafricanorth", "ZA"),
    ("azure:southafricawest", "ZA"),
    ("gcp:africa-south1", "ZA"),
];

/// Where a data centre is; `None` when Lango does not know it.
#[must_use]
pub fn country_of_colo(colo: Colo) -> Option<Country> {
    look_up(AFRICAN_COLOS, &colo.to_string())
}

/// Where a cloud region is; `None` when Lango does not know it.
#[must_use]
pub fn country_of_region(region: &str) -> Option<Country> {
    look_up(AFRICAN_REGIONS, region)
}

fn look_up(table: &[(&str, &str)], name: &str) -> Option<Country> {
    let (_, country) = table.iter().find(|(known, _)| *known == name)?;
    Country::parse(country).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_entry_can_be_looked_up() {
        for (code, country) in AFRICAN_COLOS {
            let found = country_of_colo(Colo::parse(code).unwrap()).unwrap();
            assert_eq!(found.to_string(), *country);
            assert_eq!(found.is_african(), *code != "RUN", "{code}");
        }
        for (region, country) in AFRICAN_REGIONS {
            let found = country_of_region(region).unwrap();
            assert_eq!(found.to_string(), *country);
            assert!(found.is_african());
        }
    }

    #[test]
    fn entries_stand_once_and_in_order() {
        for table in [AFRICAN_COLOS, AFRICAN_REGIONS] {
            assert!(table.is_sorted_by(|(one, _), (other, _)| one < other));
        }
        assert_eq!(AFRICAN_COLOS.len(), 33);
    }

    #[test]
    fn what_is_not_known_is_in_no_country() {
        assert_eq!(country_of_colo(Colo::parse("LHR").unwrap()), None);
        for region in ["aws:eu-west-1", "", "aws:af-south-1 ", "AWS:AF-SOUTH-1"] {
            assert_eq!(country_of_region(region), None);
        }
    }
}
