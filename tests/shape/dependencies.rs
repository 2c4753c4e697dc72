//! Who may depend on whom.

use std::collections::{BTreeMap, BTreeSet};

use cargo_metadata::{DependencyKind, MetadataCommand};

/// What only code that runs on the platform may depend on.
const PLATFORM: [&str; 4] = ["worker", "wasm-bindgen", "wasm-bindgen-futures", "js-sys"];
/// What would bring a clock, randomness or a network into a pure crate.
const IMPURE: [&str; 6] = ["getrandom", "rand", "tokio", "reqwest", "uuid", "web-time"];

/// Each package of the workspace: its folder and its ordinary dependencies.
fn workspace() -> BTreeMap<String, (String, BTreeSet<String>)> {
    let metadata = MetadataCommand::new()
        .manifest_path(super::root().join("Cargo.toml"))
        .no_deps()
        .other_options(["--offline".to_owned()])
        .exec()
        .unwrap();
    metadata
        .workspace_packages()
        .into_iter()
        .map(|package| {
            let folder = package.manifest_path.parent().unwrap();
            let folder = folder
                .strip_prefix(&metadata.workspace_root)
                .unwrap()
                .to_string();
            let dependencies = package
                .dependencies
                .iter()
                .filter(|dependency| dependency.kind == DependencyKind::Normal)
                .map(|dependency| dependency.name.clone())
                .collect();
            (package.name.to_string(), (folder, dependencies))
        })
        .collect()
}

#[test]
fn pure_crates_have_no_platform_clock_randomness_or_network() {
    let mut checked = 0;
    for (name, (folder, dependencies)) in workspace() {
        if !folder.starts_with("crates/") {
            continue;
        }
        checked += 1;
        for forbidden in PLATFORM.iter().chain(&IMPURE) {
            assert!(
                !dependencies.contains(*forbidden),
                "{name} depends on {forbidden}"
            );
        }
    }
    assert!(checked >= 9, "only {checked} pure crates were seen");
}

#[test]
fn pure_crates_forbid_unsafe_code() {
    for (name, (folder, _)) in workspace() {
        if folder.starts_with("crates/") {
            let source = super::root().join(&folder).join("src");
            let library = std::fs::read_to_string(source.join("lib.rs"));
            // One that is a program alone.
            let text = library.or_else(|_| std::fs::read_to_string(source.join("main.rs")));
            let text = text.unwrap();
            assert!(text.contains("#![forbid(unsafe_code)]"), "{name}");
        }
    }
}

#[test]
fn worker_is_a_dependency_of_root_objects_and_connectors_alone() {
    for (name, (folder, dependencies)) in workspace() {
        if dependencies.contains("worker") {
            let allowed = folder.is_empty()
                || folder == "durable_objects"
                // Workers too, but of scripts/bench: never deployed.
                || folder == "tests/bare_worker"
                || folder == "tests/gate_bench"
                || folder.starts_with("connectors/");
            assert!(allowed, "{name} depends on worker");
        }
    }
}

#[test]
fn connectors_see_the_kit_the_vault_and_their_own() {
    let allowed = [
        "lango-connector-kit",
        "lango-delegation",
        "lango-egress",
        "lango-residency",
        "lango-vault",
        "lango-connector-runtime",
        // What the connectors of databases have in common.
        "lango-connector-database",
        "lango-talk",
    ];
    for (name, (folder, dependencies)) in workspace() {
        if folder.starts_with("connectors/") {
            for dependency in dependencies.iter().filter(|it| it.starts_with("lango-")) {
                // A connector's own protocol may be a crate of its own.
                let is_its_own = [
                    ("connectors/mcp", "lango-mcp-upstream"),
                    ("connectors/mysql", "lango-mysql-protocol"),
                    ("connectors/siem", "lango-siem"),
                    // Which URLs may be asked.
                    ("connectors/siem", "lango-mcp-upstream"),
                ]
                .contains(&(folder.as_str(), dependency.as_str()));
                assert!(
                    is_its_own || allowed.contains(&dependency.as_str()),
                    "{name} depends on {dependency}"
                );
            }
        }
    }
}

#[test]
fn dependencies_point_one_way() {
    for (name, (folder, dependencies)) in workspace() {
        let depends_on = |other: &str| dependencies.contains(other);
        if folder.starts_with("crates/") {
            assert!(
                !depends_on("lango-durable-objects") && !depends_on("lango-gateway"),
                "{name}"
            );
        }
        assert!(
            !depends_on("lango-gateway"),
            "{name} depends on the gateway"
        );
        if name == "lango-connector-kit" {
            let own: Vec<_> = dependencies
                .iter()
                .filter(|it| it.starts_with("lango-"))
                .collect();
            assert_eq!(
                own,
                ["lango-residency", "lango-vault"],
                "the kit stays at the bottom"
            );
        }
    }
}
