//! Where things are asked to run: every object near Africa, every connector in it.

use lango_residency::country_of_region;
use walkdir::WalkDir;

/// The places that make stubs of Durable Objects: the gateway's one, and the connectors',
/// which see nothing of the gateway's.
const STUBS: [&str; 2] = ["durable_objects/src/", "connectors/runtime/src/"];
const HINT: &str = "const LOCATION_HINT: &str = \"afr\";";
const HINTED: &str = "get_by_name_with_location_hint(";
/// What else would give a stub of an object.
const UNHINTED: [&str; 8] = [
    "get_by_name(",
    "id_from_name(",
    "id_from_string(",
    "unique_id(",
    "unique_id_with_jurisdiction(",
    "get_stub(",
    "get_stub_with_location_hint(",
    ".object_namespace(",
];

#[test]
fn every_stub_of_an_object_has_the_hint() {
    let mut places = Vec::new();
    for folder in ["src", "durable_objects", "connectors"] {
        for (path, text) in super::sources(folder) {
            let path = path.display().to_string();
            for way in UNHINTED {
                assert!(!text.contains(way), "{path}: {way} has no hint");
            }
            let stubs = text.matches(HINTED).count();
            if stubs > 0 {
                assert_eq!(stubs, 1, "{path}: one function makes the stubs");
                assert!(
                    text.contains(HINT),
                    "{path}: the hint stands beside the stub"
                );
                places.push(path);
            }
        }
    }
    assert!(!places.is_empty());
    for allowed in STUBS {
        let here = places
            .iter()
            .filter(|path| path.starts_with(allowed))
            .count();
        assert!(here <= 1, "{allowed} has one place for stubs: {places:?}");
    }
    let is_elsewhere = |path: &&String| !STUBS.iter().any(|allowed| path.starts_with(allowed));
    assert_eq!(places.iter().find(is_elsewhere), None);
}

/// What a folder's `wrangler.toml` says, as lines of a section.
fn section<'a>(text: &'a str, name: &str) -> impl Iterator<Item = (&'a str, &'a str)> {
    let header = format!("[{name}]");
    text.lines()
        .map(str::trim)
        .skip_while(move |line| *line != header)
        .skip(1)
        .take_while(|line| !line.starts_with('['))
        .filter_map(|line| line.split_once('='))
        .map(|(name, value)| (name.trim(), value.trim().trim_matches('"')))
}

/// A connector that is deployed is one that the gateway's `wrangler.toml` binds.
#[test]
fn every_deployed_connector_is_placed_in_africa() {
    let gateway = std::fs::read_to_string(super::root().join("wrangler.toml")).unwrap();
    let mut deployed = 0;
    for entry in WalkDir::new(super::root().join("connectors")).max_depth(2) {
        let entry = entry.unwrap();
        if entry.file_name() != "wrangler.toml" {
            continue;
        }
        let text = std::fs::read_to_string(entry.path()).unwrap();
        let name = text
            .lines()
            .find_map(|line| line.strip_prefix("name = \"")?.strip_suffix('"'))
            .unwrap();
        // The scripts say it, from the placement: what stands twice comes apart.
        assert!(!text.contains("LANGO_PLACEMENT_REGION ="), "{name}");
        assert!(!text.contains("LANGO_SITE ="), "{name}");
        if !gateway.contains(&format!("service = \"{name}\"")) {
            continue;
        }
        deployed += 1;
        let placement: Vec<_> = section(&text, "placement").collect();
        let [("region", region)] = placement.as_slice() else {
            panic!("{name}: a placement is a region and nothing else: {placement:?}");
        };
        let country = country_of_region(region);
        assert!(
            country.is_some_and(|it| it.is_african()),
            "{name}: {region}"
        );
    }
    assert!(deployed >= 2, "only {deployed} connectors are deployed");
}
