use std::collections::BTreeSet;

use super::*;
use crate::{
    route::{Found, Identifier, Kind, Method, find},
    table::ROUTES,
};

#[test]
fn no_two_routes_have_a_name_or_a_place_in_common() {
    let names: BTreeSet<_> = ROUTES.iter().map(|route| route.operation.name()).collect();
    let places: BTreeSet<_> = ROUTES
        .iter()
        .map(|route| (route.path, route.method))
        .collect();
    assert_eq!(names.len(), ROUTES.len());
    assert_eq!(places.len(), ROUTES.len());
}

#[test]
fn every_route_is_found_at_its_own_path() {
    for route in ROUTES {
        let path: Vec<_> = route
            .path
            .split('/')
            .skip(1)
            .map(|segment| {
                if segment.starts_with('{') {
                    "x_1"
                } else {
                    segment
                }
            })
            .collect();
        match find(route.method.name(), &path) {
            Found::Route(found, captured) => {
                assert_eq!(found.operation, route.operation);
                let names: Vec<_> = captured.iter().map(|(name, _)| *name).collect();
                assert_eq!(names, route.parameters().collect::<Vec<_>>());
            }
            other => panic!("{}: {other:?}", route.path),
        }
        assert!(matches!(find("TRACE", &path), Found::Methods(_)));
    }
    for nothing in [
        &["admin"][..],
        &["admin", "v1", "keys", ""],
        &["admin", "v1", "keys", "k_1", "x"],
    ] {
        assert!(matches!(find("GET", nothing), Found::Nothing));
    }
}

/// The two worlds: a tenant's routes and the platform's share no path and no holder.
#[test]
fn whoever_may_use_a_route_is_said_by_its_path() {
    for route in ROUTES {
        let fits = match route.who {
            Who::Tenant(permissions) => {
                route.path.starts_with("/admin/v1/") && !permissions.is_empty()
            }
            Who::Platform | Who::Bootstrap => route.path.starts_with("/platform/v1/"),
            Who::SignedIn => route.path.starts_with("/auth/v1/"),
            Who::Public => {
                route.path.starts_with("/auth/v1/") || route.path.starts_with("/platform/v1/")
            }
        };
        assert!(fits, "{} {:?}", route.path, route.who);
    }
}

#[test]
fn every_name_in_a_path_is_of_a_known_kind() {
    for route in ROUTES {
        for name in route.parameters() {
            assert!(Identifier::named(name).is_some(), "{}: {name}", route.path);
        }
    }
}

#[test]
fn kinds_have_their_methods() {
    for route in ROUTES {
        let fits = match route.kind {
            Kind::List | Kind::Read | Kind::Export => route.method == Method::Get,
            Kind::Create | Kind::Action | Kind::Accept => route.method == Method::Post,
            Kind::Update => matches!(route.method, Method::Patch | Method::Put),
            Kind::Delete => route.method == Method::Delete,
        };
        assert!(fits, "{} {:?}", route.path, route.kind);
        assert!(route.summary.ends_with('.'), "{}", route.path);
    }
}
