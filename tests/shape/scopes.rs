//! Where tenant scopes may come from.

#[test]
fn only_a_durable_object_reads_a_scope_from_its_own_name() {
    for folder in ["src", "connectors", "crates", "durable_objects", "scripts"] {
        for (path, text) in super::sources(folder) {
            let path = path.to_string_lossy().into_owned();
            let allowed = path.starts_with("durable_objects/src/key_gate/")
                || path.starts_with("durable_objects/src/key_rotation/")
                || path.starts_with("durable_objects/src/oauth_grant/")
                || path.starts_with("durable_objects/src/tenant_life/")
                || path.starts_with("durable_objects/src/sign_in_guard/")
                || path.starts_with("durable_objects/src/alerts/")
                || path.starts_with("durable_objects/src/audit_log/")
                || path.starts_with("durable_objects/src/audit_stream/")
                || path == "crates/identity/src/guard_name.rs"
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
                path == "src/routes/platform/tenants.rs" || !text.contains(".provision("),
                "{path}"
            );
        }
    }
}

/// Whom support is asked for becomes a scope only where a grant in force was found.
#[test]
fn only_the_support_route_confirms_a_tenant_by_its_grant() {
    for folder in ["src", "connectors", "durable_objects", "scripts"] {
        for (path, text) in super::sources(folder) {
            let path = path.to_string_lossy().into_owned();
            assert!(
                path == "src/routes/platform/support.rs"
                    || !text.contains("confirmed_by_its_support_grant"),
                "{path}"
            );
        }
    }
}

/// A made-up sign-in is a developer's own, and only the settings say where that is.
#[test]
fn only_the_settings_allow_the_development_sign_in() {
    for folder in ["src", "connectors", "durable_objects", "scripts"] {
        for (path, text) in super::sources(folder) {
            let path = path.to_string_lossy().into_owned();
            assert!(
                path == "src/settings.rs" || !text.contains("DevelopmentSignIn::on_loopback"),
                "{path}"
            );
        }
    }
    for file in [
        "wrangler.toml",
        "scripts/deploy",
        "scripts/lango/src/deployment.rs",
    ] {
        let text = std::fs::read_to_string(super::root().join(file)).unwrap();
        assert!(!text.contains("LANGO_DEVELOPMENT_"), "{file}");
    }
}

/// What an assertion names becomes a scope only where its signature was verified.
#[test]
fn only_the_assertion_route_confirms_a_claimed_tenant() {
    for folder in ["src", "connectors", "durable_objects", "scripts"] {
        for (path, text) in super::sources(folder) {
            let path = path.to_string_lossy().into_owned();
            assert!(
                path == "src/routes/oauth/assertion.rs" || !text.contains("confirmed_by_its_keys"),
                "{path}"
            );
        }
    }
}

/// Whom somebody names when they sign in becomes a scope only where their password or
/// their code was found right.
#[test]
fn only_a_proven_sign_in_confirms_a_claimed_tenant() {
    for folder in ["src", "connectors", "durable_objects", "scripts"] {
        for (path, text) in super::sources(folder) {
            let path = path.to_string_lossy().into_owned();
            assert!(
                path == "src/sign_in/proof.rs" || !text.contains("confirmed_by_sign_in"),
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
            let takes = signature.contains("&TenantScope")
                || signature.contains("&PlatformScope")
                // Whoever signs in to the platform: what is needed to find out who they are.
                || (signature.contains("ClaimedAdmin") && path.ends_with("platform_admins.rs"))
                // Whose signature or password is being verified: what verifies it, and no
                // more.
                || (signature.contains("&ClaimedTenant") && signature.contains("fn claimed_"))
                // Which tenant is meant: whether there is one, and no more.
                || signature.contains("fn claim_tenant")
                // The keys that verify come before anybody is identified.
                || (signature.contains("&RingSeal") && signature.contains("fn load_signing_keys"));
            assert!(takes, "{}: {signature}", path.display());
        }
    }
    assert!(functions >= 9, "only {functions} functions were seen");
}
