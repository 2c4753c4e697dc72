//! Durable Object classes: what is configured is what the built Wasm exports.
//! (A class that the cdylib does not name is silently absent.)

use std::collections::BTreeSet;

use walkdir::WalkDir;

/// Only the self-hosted bundle binds it, in place of D1.
const SELF_HOSTED_ONLY: &str = "ConfigStore";
/// Types that the `worker` crate exports from every shim; no objects of ours.
const OF_THE_WORKER_CRATE: [&str; 3] = ["ContainerStartupOptions", "MinifyConfig", "R2Range"];

fn quoted_after(text: &str, key: &str) -> BTreeSet<String> {
    text.lines()
        .filter_map(|line| line.trim().strip_prefix(key)?.split('"').nth(1))
        .map(str::to_owned)
        .collect()
}

/// The classes that the shim of `scripts/build` exports, in a Worker's folder.
fn exported(folder: &str) -> BTreeSet<String> {
    let shim = super::root().join(folder).join("build/index.js");
    let text =
        std::fs::read_to_string(&shim).expect("scripts/build must have run: scripts/test does so");
    let list = text.rsplit_once("export").unwrap().1;
    let list = &list[list.find('{').unwrap() + 1..list.find('}').unwrap()];
    let names = list
        .split(',')
        .map(|item| item.split(" as ").last().unwrap().trim().to_owned());
    let mut exported: BTreeSet<_> = names.filter(|name| name != "default").collect();
    exported.retain(|name| !OF_THE_WORKER_CRATE.contains(&name.as_str()));
    exported
}

#[test]
fn wrangler_binds_exactly_the_exported_classes() {
    let text = std::fs::read_to_string(super::root().join("wrangler.toml")).unwrap();
    let mut configured = quoted_after(&text, "class_name");
    assert!(
        configured.insert(SELF_HOSTED_ONLY.to_owned()),
        "D1 takes its place on Cloudflare"
    );
    assert_eq!(configured, exported(""));
}

/// The runtime's class is in every connector's Wasm; those that keep tokens bind it.
#[test]
fn connectors_bind_classes_that_they_export() {
    let mut seen = 0;
    for kind in ["postgres", "mysql", "mcp", "siem", "fixtures"] {
        let folder = format!("connectors/{kind}");
        let file = super::root().join(&folder).join("wrangler.toml");
        let text = std::fs::read_to_string(file).unwrap();
        let bound = quoted_after(&text, "class_name");
        seen += bound.len();
        assert!(bound.is_subset(&exported(&folder)), "{kind}: {bound:?}");
    }
    assert!(seen > 0, "one of them keeps tokens");
}

#[test]
fn every_class_of_the_tree_is_exported() {
    let mut declared = BTreeSet::new();
    for entry in WalkDir::new(super::root().join("durable_objects/src"))
        .into_iter()
        .filter_map(Result::ok)
    {
        if entry.path().extension().is_some_and(|it| it == "rs") {
            let text = std::fs::read_to_string(entry.path()).unwrap();
            for (start, _) in text.match_indices("\n#[durable_object") {
                let after = &text[start..];
                let name = after.split("pub struct ").nth(1).unwrap();
                declared.insert(name.split([' ', '{']).next().unwrap().to_owned());
            }
        }
    }
    assert_eq!(declared, exported(""));
}

#[test]
fn no_connector_has_a_public_route() {
    for entry in std::fs::read_dir(super::root().join("connectors")).unwrap() {
        let path = entry.unwrap().path().join("wrangler.toml");
        let Ok(text) = std::fs::read_to_string(&path) else {
            continue;
        };
        assert!(text.contains("workers_dev = false"), "{}", path.display());
        assert!(
            !text.contains("\nroutes") && !text.contains("[[routes]]"),
            "{}",
            path.display()
        );
    }
}
