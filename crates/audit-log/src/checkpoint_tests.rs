use super::*;

const SEEDS: [&str; 3] = [
    "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8",
    "AgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgI",
    "BAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQ",
];

fn keys(seeds: &[&str]) -> CheckpointKeys {
    CheckpointKeys::parse(&serde_json::to_string(seeds).unwrap()).unwrap()
}

fn checkpoint() -> Checkpoint {
    Checkpoint {
        origin: origin("t_1"),
        size: 7,
        root: TreeHash::of_leaf("x"),
    }
}

fn verifier(seeds: &[&str], origin: &str) -> CheckpointVerifier {
    let keys = keys(seeds).verifier_keys(origin);
    CheckpointVerifier::parse(keys.iter().map(String::as_str)).unwrap()
}

#[test]
fn the_note_is_pinned() {
    let keys = keys(&SEEDS[..1]);
    assert_eq!(
        keys.verifier_keys("lango.dev/audit/t_1"),
        ["lango.dev/audit/t_1+b61c721a+AQOhB7/zzhC+HXDdGOdLwJln5NYwm6UNXx3chmQSVTG4"]
    );
    assert_eq!(
        keys.sign(&checkpoint()).unwrap(),
        concat!(
            "lango.dev/audit/t_1\n",
            "7\n",
            "PH6byTDck/AfppmF7yQtn56GHzxTVaokzl70tLinDMs=\n",
            "\n",
            "— lango.dev/audit/t_1 thxyGsiTuZqCb8hHg/1c9QLoQkS+uL708wQ+JTI8+JmK9V7a227/JOrxbVe1N7GRC4hWwk7a+qNTzQqALKcv8f2CuA4=\n"
        )
    );
}

#[test]
fn keys_change_while_old_verifiers_go_on() {
    let note = keys(&SEEDS).sign(&checkpoint()).unwrap();
    for seed in SEEDS {
        let verifier = verifier(&[seed], "lango.dev/audit/t_1");
        assert_eq!(verifier.verify(&note), Ok(checkpoint()));
    }
    let both = verifier(&SEEDS[..2], "lango.dev/audit/t_1");
    let older = keys(&SEEDS[1..]).sign(&checkpoint()).unwrap();
    assert_eq!(both.verify(&older), Ok(checkpoint()));
    assert_eq!(Checkpoint::unverified(&note), Ok(checkpoint()));
}

#[test]
fn forged_notes_are_refused() {
    let note = keys(&SEEDS[..1]).sign(&checkpoint()).unwrap();
    let verifier_here = verifier(&SEEDS[..1], "lango.dev/audit/t_1");
    let refused = |note: &str| verifier_here.verify(note).unwrap_err();
    assert_eq!(
        refused(&note.replacen("\n7\n", "\n8\n", 1)),
        CheckpointError::Forged
    );
    let other = keys(&SEEDS[1..2]).sign(&checkpoint()).unwrap();
    assert_eq!(refused(&other), CheckpointError::Unsigned);
    let foreign = Checkpoint {
        origin: origin("t_2"),
        ..checkpoint()
    };
    let foreign = keys(&SEEDS[..1]).sign(&foreign).unwrap();
    assert_eq!(refused(&foreign), CheckpointError::Unsigned);
    // The right key under another log's name: its signature is of another key.
    let renamed = note.replacen("/t_1\n7", "/t_2\n7", 1);
    assert_eq!(refused(&renamed), CheckpointError::Unsigned);
    for text in [
        "",
        "x",
        "x\n\n",
        &note[..note.len() - 1],
        &note.replacen("\n7\n", "\n07\n", 1),
    ] {
        assert_eq!(refused(text), CheckpointError::Malformed, "{text}");
    }
}

#[test]
fn strange_keys_are_refused() {
    let long = serde_json::to_string(&[SEEDS[0]; 4]).unwrap();
    for secret in ["", "[]", "[1]", r#"["AA"]"#, "\"x\"", &long] {
        assert!(CheckpointKeys::parse(secret).is_err(), "{secret}");
    }
    for key in ["", "x", "a+00000000+AAAA"] {
        assert!(CheckpointVerifier::parse([key]).is_err(), "{key}");
    }
    assert!(CheckpointVerifier::parse([]).is_err());
    let odd = Checkpoint {
        origin: "a b".into(),
        ..checkpoint()
    };
    assert_eq!(keys(&SEEDS).sign(&odd), Err(CheckpointError::Origin));
}
