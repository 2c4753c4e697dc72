use proptest::prelude::*;

use super::*;
use crate::{
    country::Country,
    evidence::{Colo, Placement},
    places::{AFRICAN_COLOS, country_of_colo},
    promise::Residency,
    site::{Site, SiteName},
};

fn promise(residency: &str, enforcement: Enforcement) -> Promise {
    Promise {
        residency: Residency::parse(residency).unwrap(),
        enforcement,
    }
}

fn required(residency: &str) -> Promise {
    promise(residency, Enforcement::Require)
}

fn site(country: &str) -> Option<Site> {
    Some(Site {
        name: SiteName::parse("site-1").unwrap(),
        country: Country::parse(country).unwrap(),
    })
}

fn seen(region: &str, placement: &str, colo: &str, site: Option<Site>) -> Evidence {
    Evidence {
        configured_region: (!region.is_empty()).then(|| region.to_owned()),
        placement: Placement::parse(placement).ok(),
        colo: Colo::parse(colo).ok(),
        site,
    }
}

fn verdict_of(residency: &str, evidence: &Evidence) -> Verdict {
    Finding::of(&required(residency), evidence.clone()).verdict
}

#[test]
fn what_shows_the_place_decides() {
    use Verdict::{Inside, Outside, Unknown};
    for (residency, evidence, expected) in [
        ("country:KE", seen("", "", "", None), Unknown),
        ("country:KE", seen("", "", "", site("KE")), Inside),
        ("country:KE", seen("", "", "", site("TZ")), Outside),
        (
            "country:KE country:TZ",
            seen("", "", "", site("TZ")),
            Inside,
        ),
        ("africa", seen("", "", "", site("TZ")), Inside),
        ("africa", seen("", "remote-JNB", "", None), Inside),
        (
            "country:ZA",
            seen("aws:af-south-1", "remote-CPT", "JNB", None),
            Inside,
        ),
        // A wish, and a data centre on the way, show nothing of where it ran.
        ("africa", seen("aws:af-south-1", "", "", None), Unknown),
        ("africa", seen("aws:af-south-1", "", "NBO", None), Unknown),
        // But they may speak against it.
        ("africa", seen("", "remote-JNB", "LHR", None), Outside),
        (
            "africa",
            seen("aws:eu-west-1", "remote-JNB", "NBO", None),
            Outside,
        ),
        ("country:KE", seen("", "remote-JNB", "NBO", None), Outside),
        (
            "africa",
            seen("aws:af-south-1", "local-LHR", "LHR", None),
            Outside,
        ),
        // No statement outweighs what the platform says.
        (
            "country:KE",
            seen("", "remote-LHR", "", site("KE")),
            Outside,
        ),
        ("country:KE", seen("", "", "DFW", site("KE")), Outside),
        // Réunion is France.
        ("africa", seen("", "local-RUN", "RUN", None), Outside),
        ("any", seen("", "", "", None), Inside),
        (
            "any",
            seen("aws:eu-west-1", "remote-LHR", "LHR", site("GB")),
            Inside,
        ),
    ] {
        assert_eq!(
            verdict_of(residency, &evidence),
            expected,
            "{residency} {evidence:?}"
        );
    }
}

#[test]
fn require_refuses_and_prefer_shows() {
    let evidence = seen("", "remote-LHR", "", None);
    let refusal = decide(&required("country:KE"), evidence.clone()).unwrap_err();
    assert!(refusal.finding().is_refused());
    assert_eq!(
        refusal.to_string(),
        "The tenant's promise is that calls run in country:KE, and this one is shown not to; \
         seen: placement remote-LHR (country not known)."
    );
    let preferred = promise("country:KE", Enforcement::Prefer);
    let resident = decide(&preferred, evidence).unwrap();
    assert_eq!(resident.finding().verdict, Verdict::Outside);
    assert!(!resident.finding().is_refused());

    let refusal = decide(&required("africa"), Evidence::default()).unwrap_err();
    assert_eq!(
        refusal.to_string(),
        "The tenant's promise is that calls run in africa, and this one is not shown to; \
         seen: nothing."
    );
}

#[test]
fn a_finding_has_this_form() {
    let finding = Finding::of(&required("country:KE"), seen("", "", "", site("KE")));
    let json = serde_json::json!({
        "residency": "country:KE", "enforcement": "require", "verdict": "inside",
        "evidence": {"site": {"name": "site-1", "country": "KE"}},
    });
    assert_eq!(serde_json::to_value(&finding).unwrap(), json);
    assert_eq!(serde_json::from_value::<Finding>(json).unwrap(), finding);
}

fn colos() -> impl Strategy<Value = Colo> {
    let known: Vec<_> = AFRICAN_COLOS
        .iter()
        .map(|(code, _)| (*code).to_owned())
        .collect();
    prop_oneof![prop::sample::select(known), "[A-Z]{3}"]
        .prop_map(|code| Colo::parse(&code).unwrap())
}

fn evidence() -> impl Strategy<Value = Evidence> {
    let region = prop::option::of(prop_oneof![
        Just("aws:af-south-1".to_owned()),
        "[a-z]{3}:[a-z]{4}",
    ]);
    let placement = prop::option::of((prop::bool::ANY, colos()).prop_map(|(is_local, colo)| {
        let word = if is_local { "local" } else { "remote" };
        Placement::parse(&format!("{word}-{colo}")).unwrap()
    }));
    let sites = prop::option::of(prop::sample::select(vec!["KE", "TZ", "ZA", "GB", "RE"]));
    (region, placement, prop::option::of(colos()), sites).prop_map(
        |(configured_region, placement, colo, country)| Evidence {
            configured_region,
            placement,
            colo,
            site: country.and_then(site),
        },
    )
}

fn promises() -> impl Strategy<Value = Promise> {
    let residency = prop::sample::select(vec![
        "any",
        "africa",
        "country:KE",
        "country:ZA",
        "country:KE country:TZ",
        "country:GB",
    ]);
    let enforcement = prop::sample::select(vec![Enforcement::Prefer, Enforcement::Require]);
    (residency, enforcement).prop_map(|(residency, enforcement)| promise(residency, enforcement))
}

proptest! {
    #[test]
    fn what_goes_on_under_require_is_shown_to_be_inside(promise in promises(), evidence in evidence()) {
        let decided = decide(&promise, evidence.clone());
        if promise.enforcement == Enforcement::Prefer {
            prop_assert!(decided.is_ok());
            return Ok(());
        }
        if promise.is_any() {
            prop_assert!(decided.is_ok());
            return Ok(());
        }
        if decided.is_ok() {
            let placed = evidence.placement.and_then(|it| country_of_colo(it.colo));
            let stated = evidence.site.as_ref().map(|site| site.country);
            let shown = placed.or(stated);
            prop_assert!(shown.is_some_and(|country| promise.residency.allows(country)));
            prop_assert!(evidence.pieces().all(|piece| piece
                .country
                .is_some_and(|country| promise.residency.allows(country))));
        }
    }

    #[test]
    fn less_evidence_never_turns_unknown_or_outside_into_inside_by_a_wish(
        promise in promises(), evidence in evidence()
    ) {
        // A configured region and a colo alone never suffice.
        let without = Evidence { placement: None, site: None, ..evidence };
        prop_assert!(promise.is_any() || Finding::of(&promise, without).verdict != Verdict::Inside);
    }

    #[test]
    fn a_wider_promise_never_refuses_more(evidence in evidence()) {
        let order = ["country:KE", "country:KE country:TZ", "africa", "any"];
        let refused: Vec<_> = order
            .iter()
            .map(|residency| decide(&required(residency), evidence.clone()).is_err())
            .collect();
        prop_assert!(refused.is_sorted_by(|narrow, wide| narrow >= wide), "{refused:?}");
    }
}
