//! No text is a token that passes, makes verification panic, or reads as an
//! object's name that does not read back.
#![no_main]

use lango_identity::{Audience, KeyGateName, SigningKeys};
use libfuzzer_sys::fuzz_target;

/// The public example key of RFC 8037, appendix A.
const KEYS: &str = r#"{"keys":[{"kty":"OKP","crv":"Ed25519","kid":"k",
"d":"nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A",
"x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]}"#;

fuzz_target!(|text: &str| {
    let keys = SigningKeys::parse(KEYS).expect("the example key is a key");
    let audience = Audience {
        issuer: "i".into(),
        audience: "a".into(),
    };
    assert!(keys.verify(&audience, text, 1_800_000_000).is_err());
    let _ = SigningKeys::parse(text);
    if let Ok(name) = KeyGateName::of_running_object(text) {
        assert_eq!(name.to_string(), text);
    }
});
