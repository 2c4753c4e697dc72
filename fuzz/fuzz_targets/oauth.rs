//! No text makes OAuth's parsers panic; what they take reads back, is matched by
//! itself, and leads nowhere private.
#![no_main]

use lango_oauth::{
    ClientCredentials, ClientIdentifier, ClientMetadata, CodeChallenge, CodeVerifier, FetchableUrl,
    Parameters, RedirectUri, Scope, Site, TokenRequest, TrustedKeys, UnverifiedAssertion,
    basic_credentials,
};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    if let Ok(form) = Parameters::parse(text.as_bytes()) {
        let _ = TokenRequest::parse(&form);
        let _ = ClientCredentials::parse(form.get("authorization"), &form);
    }
    let _ = basic_credentials(text);
    let _ = ClientMetadata::registration(text.as_bytes());
    let _ = ClientIdentifier::parse(text, None);
    let _ = CodeChallenge::parse(Some(text), Some("S256"));
    let _ = CodeVerifier::parse(Some(text));
    let _ = Site::parse(text);
    let _ = UnverifiedAssertion::parse(text);
    if let Ok(set) = serde_json::from_str(text) {
        let _ = TrustedKeys::parse(&set);
    }
    if let Ok(scope) = Scope::asked(Some(text)) {
        assert_eq!(Scope::try_from(scope.to_string()), Ok(scope));
    }
    if let Ok(redirect) = RedirectUri::parse(text) {
        assert_eq!(redirect.as_str(), text);
        assert!(redirect.matches(&redirect));
        assert!(!redirect.form_action().contains([';', ',', ' ', '\'', '"']));
    }
    if let Ok(url) = FetchableUrl::parse(text, None) {
        assert_eq!(url.as_str(), text);
        assert!(url.host().contains('.') && url.host().parse::<std::net::IpAddr>().is_err());
        let _ = ClientMetadata::document(&url, text.as_bytes());
    }
});
