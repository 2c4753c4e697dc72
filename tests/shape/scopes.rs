//! Where tenant scopes may come from.

#[test]
fn only_a_durable_object_reads_a_scope_from_its_own_name() {
    for folder in ["src", "connectors", "crates", "durable_objects", "scripts"] {
        for (path, text) in super::sources(folder) {
            let path = path.to_string_lossy().into_owned();
            let allowed = path.starts_with("durable_objects/src/key_gate/")
                || path == "crates/identity/src/scope.rs";
            assert!(allowed || !text.contains("of_running_object"), "{path}");
        }
    }
}

#[test]
fn only_the_platform_routes_provision() {
    for folder in ["src", "connectors", "durable_objects"] {
        for (path, text) in super::sources(folder) {
            let path = path.to_string_lossy().into_owned();
            assert!(
                path == "src/routes/platform.rs" || !text.contains(".provision("),
                "{path}"
            );
        }
    }
}

/// Every public function of the store takes a scope.
#[test]
fn every_store_function_takes_a_scope() {
    let mut functions = 0;
    for (path, text) in super::sources("crates/store/src") {
        for (start, _) in text.match_indices("pub async fn ") {
            let signature = &text[start..start + text[start..].find('{').unwrap()];
            functions += 1;
            let takes = signature.contains("&TenantScope") || signature.contains("&PlatformScope");
            assert!(takes, "{}: {signature}", path.display());
        }
    }
    assert!(functions >= 9, "only {functions} functions were seen");
}
