//! No layer imports a later one, and their proofs cannot be made elsewhere.

const LAYERS: [&str; 7] = [
    "transport",
    "identity",
    "admission",
    "access",
    "screening",
    "connection",
    "release",
];

fn source(layer: &str) -> String {
    let path = super::root().join(format!("src/layers/{layer}.rs"));
    std::fs::read_to_string(path).unwrap()
}

/// Whether a source names another layer's module.
fn imports(text: &str, layer: &str) -> bool {
    [
        format!("super::{layer}"),
        format!("layers::{layer}"),
        format!("    {layer}::"),
        format!("{{{layer}::"),
    ]
    .iter()
    .any(|path| text.contains(path))
}

#[test]
fn no_layer_imports_a_later_one() {
    for (index, layer) in LAYERS.iter().enumerate() {
        let text = source(layer);
        for later in &LAYERS[index + 1..] {
            assert!(!imports(&text, later), "{layer} imports {later}");
        }
        if index > 0 {
            let earlier = LAYERS[..index]
                .iter()
                .any(|earlier| imports(&text, earlier));
            assert!(earlier, "{layer} must take the proof of an earlier layer");
        }
    }
}

#[test]
fn every_layer_has_a_file_and_the_folder_has_no_other() {
    let text = std::fs::read_to_string(super::root().join("src/layers/mod.rs")).unwrap();
    let declared: Vec<_> = text
        .lines()
        .filter_map(|line| line.strip_prefix("pub(crate) mod ")?.strip_suffix(';'))
        .collect();
    assert_eq!(declared, LAYERS, "in the order of a call");
}

#[test]
fn proofs_have_private_fields() {
    let proofs = [
        ("transport", "Received"),
        ("identity", "Identified"),
        ("admission", "Admitted"),
        ("access", "Permitted"),
        ("screening", "Screened"),
        ("connection", "Answered"),
        ("release", "Released"),
    ];
    for (layer, proof) in proofs {
        let text = source(layer);
        let start = text
            .find(&format!("pub(crate) struct {proof} {{"))
            .unwrap_or_else(|| panic!("{layer} has no {proof}"));
        let fields = &text[start..start + text[start..].find("\n}").unwrap()];
        let public = fields
            .lines()
            .skip(1)
            .find(|line| line.trim_start().starts_with("pub"));
        assert_eq!(public, None, "{proof} has a field that others can write");
        assert!(
            !text.contains(&format!("Clone)]\npub(crate) struct {proof} ")),
            "{proof} can be copied"
        );
    }
}

/// The gateway has the five that follow admission in order, on one screen.
#[test]
fn the_gateway_calls_the_layers_in_order() {
    let text = std::fs::read_to_string(super::root().join("src/gateway.rs")).unwrap();
    let call = &text[text.find("pub(crate) async fn call(").unwrap()..];
    let call = &call[..call.find("\n    }\n").unwrap()];
    let steps = [
        "self.admit(",
        "access::permit(",
        "screening::screen(",
        "connection::call(",
        "release::clean(",
    ];
    let places: Vec<_> = steps
        .iter()
        .map(|step| call.find(step).unwrap_or_else(|| panic!("{step}")))
        .collect();
    assert!(
        places.windows(2).all(|pair| pair[0] < pair[1]),
        "{places:?}"
    );
    assert!(call.lines().count() <= 40, "one screen");
}
