use lango_egress::Networks;
use lango_vault::Secret;

use super::*;

fn credentials(fields: &[(&str, &str)]) -> Credentials {
    let defaults = [
        ("acknowledgements", "no"),
        ("port", "6514"),
        ("message_bytes", "8192"),
        ("source", "lango"),
    ];
    defaults
        .iter()
        .chain(fields)
        .map(|(name, value)| ((*name).to_owned(), Secret::new((*value).to_owned())))
        .collect()
}

fn parsed(fields: &[(&str, &str)]) -> Result<Vec<String>, String> {
    let credentials = credentials(fields);
    let egress = Egress::of_operator(Networks::public());
    let settings = Settings::parse(&credentials, &egress).map_err(|error| error.field)?;
    let url = match &settings.place {
        Place::Http { endpoint, .. } => endpoint.as_str().to_owned(),
        Place::Socket(_) => String::new(),
    };
    let hosts = settings.destinations().into_iter();
    Ok([url]
        .into_iter()
        .chain(hosts.map(|it| it.host().to_string()))
        .collect())
}

#[test]
fn each_receiver_has_its_place() {
    let ok = |fields: &[(&str, &str)]| parsed(fields).unwrap();
    let splunk = ("receiver", "splunk");
    assert_eq!(
        ok(&[
            splunk,
            ("url", "https://s.example.com:8088/"),
            ("token", "t")
        ]),
        [
            "https://s.example.com:8088/services/collector/event",
            "s.example.com:8088"
        ]
    );
    assert_eq!(
        ok(&[
            ("receiver", "elastic"),
            ("url", "https://e.example.com"),
            ("token", "t"),
            ("index", "logs-lango.audit-default"),
        ])[0],
        "https://e.example.com/logs-lango.audit-default/_bulk"
    );
    assert_eq!(
        ok(&[
            ("receiver", "datadog"),
            ("url", "https://http-intake.logs.datadoghq.eu"),
            ("token", "t"),
        ])[0],
        "https://http-intake.logs.datadoghq.eu/api/v2/logs"
    );
    assert_eq!(
        ok(&[
            ("receiver", "sentinel"),
            (
                "url",
                "https://x.southafricanorth-1.ingest.monitor.azure.com"
            ),
            ("rule", "dcr-1"),
            ("stream", "Custom-Lango_CL"),
            (
                "token_url",
                "https://login.microsoftonline.com/d/oauth2/v2.0/token"
            ),
            ("client_id", "c"),
            ("client_secret", "s"),
        ]),
        [
            "https://x.southafricanorth-1.ingest.monitor.azure.com/dataCollectionRules/dcr-1/streams/Custom-Lango_CL?api-version=2023-01-01",
            "x.southafricanorth-1.ingest.monitor.azure.com:443",
            "login.microsoftonline.com:443",
        ]
    );
    assert_eq!(
        ok(&[("receiver", "syslog"), ("host", "log.example.com")])[1],
        "log.example.com:6514"
    );
    assert_eq!(
        ok(&[
            ("receiver", "https"),
            ("url", "https://a.example.com/in?x=1")
        ])[0],
        "https://a.example.com/in?x=1"
    );
}

#[test]
fn what_does_not_fit_is_named() {
    let url = ("url", "https://s.example.com");
    for (field, fields) in [
        ("receiver", &[("receiver", "other")][..]),
        ("token", &[("receiver", "splunk"), url]),
        ("url", &[("receiver", "splunk"), ("token", "t")]),
        (
            "url",
            &[("receiver", "https"), ("url", "https://127.0.0.1/")],
        ),
        (
            "url",
            &[("receiver", "https"), ("url", "http://s.example.com/")],
        ),
        (
            "url",
            &[
                ("receiver", "datadog"),
                ("token", "t"),
                ("url", "https://d.example.com/?a"),
            ],
        ),
        (
            "index",
            &[
                ("receiver", "elastic"),
                url,
                ("token", "t"),
                ("index", "a/b"),
            ],
        ),
        (
            "index",
            &[
                ("receiver", "elastic"),
                url,
                ("token", "t"),
                ("index", ".."),
            ],
        ),
        (
            "token",
            &[("receiver", "splunk"), url, ("token", "a\r\nb: c")],
        ),
        (
            "signing_key",
            &[("receiver", "https"), url, ("signing_key", "whsec_x")],
        ),
        ("host", &[("receiver", "syslog"), ("host", "10.0.0.1")]),
        (
            "port",
            &[
                ("receiver", "syslog"),
                ("host", "l.example.com"),
                ("port", "0"),
            ],
        ),
        (
            "message_bytes",
            &[("receiver", "syslog"), ("message_bytes", "9")],
        ),
    ] {
        assert_eq!(parsed(fields).unwrap_err(), field, "{fields:?}");
    }
}
