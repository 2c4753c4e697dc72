use super::*;

const POST: Expectation<'_> = Expectation { methods: &["POST"] };

fn rules(plaintext: Plaintext) -> TransportRules {
    TransportRules {
        plaintext,
        allowed_origins: vec!["https://app.test".into()],
    }
}

fn head() -> Head {
    Head {
        method: "POST".into(),
        scheme: "https".into(),
        host: "gateway.test".into(),
        target: "/mcp".into(),
        content_type: Some("application/json".into()),
        client: Client {
            tls_version: Some("TLSv1.3".into()),
        },
        ..Head::default()
    }
}

fn refused(change: impl FnOnce(&mut Head)) -> Option<(&'static str, u16)> {
    refused_under(Plaintext::Refuse, change)
}

fn refused_under(
    plaintext: Plaintext,
    change: impl FnOnce(&mut Head),
) -> Option<(&'static str, u16)> {
    let mut head = head();
    change(&mut head);
    accept(head, POST, &rules(plaintext))
        .err()
        .map(|denial| (denial.code, denial.status))
}

#[test]
fn a_proper_request_is_received() {
    assert_eq!(refused(|_| {}), None);
    assert_eq!(
        refused(|head| head.client.tls_version = Some("TLSv1.2".into())),
        None
    );
}

#[test]
fn plaintext_is_refused_or_redirected() {
    let plaintext = |head: &mut Head| {
        head.scheme = "http".into();
        head.client.tls_version = Some(String::new());
    };
    assert_eq!(refused(plaintext), Some(("https_required", 403)));
    // The platform's word counts, not the URL's.
    assert_eq!(
        refused(|head| head.client.tls_version = Some(String::new())),
        Some(("https_required", 403))
    );
    let mut get = head();
    plaintext(&mut get);
    get.method = "GET".into();
    get.target = "/healthz?a=1".into();
    let denial = accept(get, POST, &rules(Plaintext::Refuse)).err().unwrap();
    assert_eq!(denial.status, 308);
    assert_eq!(
        denial.headers,
        [("Location", "https://gateway.test/healthz?a=1".to_owned())]
    );
}

#[test]
fn where_the_platform_says_nothing_the_scheme_decides() {
    let unsaid = |scheme: &str| {
        refused(|head| {
            head.client.tls_version = None;
            head.scheme = scheme.into();
        })
    };
    assert_eq!(unsaid("https"), None);
    assert_eq!(unsaid("http"), Some(("https_required", 403)));
}

#[test]
fn old_tls_is_refused() {
    for version in ["TLSv1", "TLSv1.0", "TLSv1.1", "SSLv3"] {
        let refusal = refused(|head| head.client.tls_version = Some(version.into()));
        assert_eq!(refusal, Some(("tls_version", 403)), "{version}");
    }
}

#[test]
fn loopback_serves_loopback_names_alone() {
    let by_name = |host: &str| {
        refused_under(Plaintext::Loopback, |head| {
            head.scheme = "http".into();
            head.client.tls_version = None;
            head.host = host.into();
        })
    };
    for host in [
        "localhost:8787",
        "127.0.0.1:8787",
        "[::1]:8787",
        "localhost",
    ] {
        assert_eq!(by_name(host), None, "{host}");
    }
    for host in [
        "evil.test:8787",
        "localhost.evil.test",
        "127.0.0.1.evil.test",
        "",
    ] {
        assert!(by_name(host).is_some(), "{host}");
    }
    // Where the platform says plaintext, loopback is no excuse.
    let said = refused_under(Plaintext::Loopback, |head| {
        head.host = "localhost".into();
        head.client.tls_version = Some(String::new());
    });
    assert_eq!(said, Some(("https_required", 403)));
    let rebound = refused_under(Plaintext::Loopback, |head| head.host = "evil.test".into());
    assert_eq!(rebound, Some(("host", 421)));
}

#[test]
fn origins_are_listed_or_local() {
    let from = |plaintext, origin: &str, host: &str| {
        refused_under(plaintext, |head| {
            head.origin = Some(origin.into());
            head.host = host.into();
        })
    };
    assert_eq!(
        from(Plaintext::Refuse, "https://app.test", "gateway.test"),
        None
    );
    for origin in [
        "https://evil.test",
        "null",
        "https://gateway.test",
        "http://localhost",
    ] {
        assert_eq!(
            from(Plaintext::Refuse, origin, "gateway.test"),
            Some(("origin", 403)),
            "{origin}"
        );
    }
    assert_eq!(
        from(
            Plaintext::Loopback,
            "http://localhost:6274",
            "localhost:8787"
        ),
        None
    );
    assert_eq!(
        from(Plaintext::Loopback, "http://evil.test", "localhost:8787"),
        Some(("origin", 403))
    );
}

#[test]
fn method_media_type_and_size_are_checked_before_the_body() {
    assert_eq!(
        refused(|head| head.method = "DELETE".into()),
        Some(("method", 405))
    );
    for media_type in [
        None,
        Some("text/plain"),
        Some("application/jsonx"),
        Some(""),
    ] {
        let refusal = refused(|head| head.content_type = media_type.map(str::to_owned));
        assert_eq!(refusal, Some(("media_type", 415)));
    }
    assert_eq!(
        refused(|head| head.content_type = Some("Application/JSON; charset=utf-8".into())),
        None
    );
    assert_eq!(
        refused(|head| head.content_length = Some(BODY_LIMIT as u64 + 1)),
        Some(("body_size", 413))
    );
    let accepted = accept(head(), POST, &rules(Plaintext::Refuse))
        .ok()
        .unwrap();
    assert_eq!(accepted.with_body(None).err().unwrap().status, 413);
}
