//! The verifier in Rust and the one in Python, which was written from `docs/AUDIT.md`,
//! say the same of the same exports: that they fit, or which entry does not.
#![allow(clippy::unwrap_used)]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use base64::{Engine as _, prelude::BASE64_STANDARD};
use ed25519_dalek::{Signer as _, SigningKey};
use signed_note::{Signature, key_id};

fn lango_audit(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_lango-audit"))
        .args(arguments)
        .output()
        .unwrap()
}

fn sample(arguments: &str) -> String {
    let arguments: Vec<_> = ["sample"].into_iter().chain(arguments.split(' ')).collect();
    let output = lango_audit(&arguments);
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).unwrap()
}

struct Files(PathBuf);

impl Files {
    fn new(name: &str) -> Self {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        fs::create_dir_all(&folder).unwrap();
        Self(folder)
    }

    fn write(&self, name: &str, text: &str) -> String {
        let path = self.0.join(name);
        fs::write(&path, text).unwrap();
        path.display().to_string()
    }

    /// What both say: the exit code, and the place that does not fit.
    fn both(&self, export: &str, key: &str, older: &[String]) -> (i32, String) {
        self.both_with(export, key, older, None)
    }

    /// The same with a witness that must have signed.
    fn both_with(
        &self,
        export: &str,
        key: &str,
        older: &[String],
        witness: Option<&str>,
    ) -> (i32, String) {
        let export = self.write("export.ndjson", export);
        let mut arguments = vec!["verify", &export, "--key", key];
        if !older.is_empty() {
            arguments.push("--checkpoint");
            arguments.extend(older.iter().map(String::as_str));
        }
        let mut options = Vec::new();
        if let Some(witness) = witness {
            arguments.extend(["--witness-key", witness]);
            options.extend(["--witness", witness]);
        }
        let rust = said(&lango_audit(&arguments));
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/audit/verify.py");
        let python = Command::new("python3")
            .args(["-B", script])
            .args(options)
            .args([&export, key])
            .args(older)
            .output()
            .unwrap();
        let python = said(&python);
        assert_eq!(rust.1, python.1);
        assert_eq!(rust.0 == 0, python.0 == 0);
        rust
    }
}

fn said(output: &Output) -> (i32, String) {
    let text = String::from_utf8(output.stderr.clone()).unwrap();
    assert!(!text.contains("Traceback"), "{text}");
    let place = text
        .split_once("does NOT fit: ")
        .map(|(_, rest)| rest.split(": ").next().unwrap_or_default().to_owned());
    (output.status.code().unwrap(), place.unwrap_or_default())
}

fn lines(export: &str) -> Vec<String> {
    export.lines().map(str::to_owned).collect()
}

#[test]
fn both_find_what_was_changed() {
    let files = Files::new("changed");
    let key = sample("--key --entries 1").trim().to_owned();
    let whole = sample("--entries 700 --first 100 --end 650");
    let older = |size: u64| {
        let note = sample(&format!("--entries 700 --checkpoint {size}"));
        files.write(&format!("checkpoint-{size}"), &note)
    };
    let kept = [older(0), older(100), older(333), older(650), older(700)];
    assert_eq!(files.both(&whole, &key, &kept), (0, String::new()));
    assert_eq!(files.both(&whole, &key, &[older(99)]), (3, String::new()));

    let changed = |change: &dyn Fn(&mut Vec<String>)| {
        let mut lines = lines(&whole);
        change(&mut lines);
        files.both(&(lines.join("\n") + "\n"), &key, &kept)
    };
    let found = |line: u64, place: &str| (1, format!("line {line}, {place}"));
    let text = |line: &mut String, from: &str, to: &str| {
        assert!(line.contains(from), "{line}");
        *line = line.replacen(from, to, 1);
    };
    assert_eq!(
        changed(&|it| text(&mut it[8], "call_107", "call_108")),
        found(9, "entry 107")
    );
    assert_eq!(
        changed(&|it| text(&mut it[2], "Karibu", "Karibuu")),
        found(3, "entry 101")
    );
    assert_eq!(changed(&|it| drop(it.remove(8))), found(9, "entry 107"));
    assert_eq!(changed(&|it| it.swap(8, 9)), found(9, "entry 107"));
    assert_eq!(
        changed(&|it| it.insert(8, it[7].clone())),
        found(9, "entry 107")
    );
    assert_eq!(changed(&|it| it[8].truncate(30)), found(9, "entry 107"));
    assert_eq!(changed(&|it| it.truncate(8)), found(9, "entry 107"));
    assert_eq!(changed(&|it| drop(it.pop())), found(552, "after entry 649"));
    assert_eq!(
        changed(&|it| text(&mut it[551], "550", "551")),
        found(552, "after entry 649")
    );
    assert_eq!(
        changed(&|it| text(
            &mut it[0],
            r#""left":["#,
            r#""left":["RBNvo1WzZ4oRRq0W9+hknpT7T8If536DEMBg9hyq/4o=","#
        )),
        found(1, "header")
    );
    assert_eq!(
        changed(&|it| text(&mut it[0], "\\n700\\n", "\\n701\\n")),
        found(1, "header")
    );
    // Another entry with a hash that fits it: found with its run.
    let other = lines(&sample("--entries 400"));
    let other = other[1 + 300].replace("\"index\":300", "\"index\":301");
    assert_eq!(
        changed(&|it| it[202].clone_from(&other)),
        found(413, "one of the entries 256 to 511")
    );
}

#[test]
fn both_follow_the_proofs_of_a_selection() {
    let files = Files::new("selection");
    let key = sample("--key --entries 1").trim().to_owned();
    let whole = sample("--entries 777 --every 10");
    assert_eq!(files.both(&whole, &key, &[]), (0, String::new()));
    let forged = whole.replacen("\"index\":40,", "\"index\":41,", 1);
    assert_eq!(
        files.both(&forged, &key, &[]),
        (1, "line 6, entry 41".into())
    );
    let forged = whole.replacen("\"proof\":[\"", "\"proof\":[\"A", 1);
    assert_eq!(files.both(&forged, &key, &[]).0, 1);
}

#[test]
fn a_checkpoint_that_no_export_covers_is_held_by_a_proof() {
    let files = Files::new("consistency");
    let key = sample("--key --entries 1").trim().to_owned();
    let note = |size| sample(&format!("--entries 8 --checkpoint {size}"));
    // A tree of two begins with the tree of one: the proof is the second leaf.
    let hash = lines(&sample("--entries 2"))[2].clone();
    let (_, hash) = hash.split_once("\"hash\":\"").unwrap();
    let (hash, _) = hash.split_once('"').unwrap();
    let proof = |note: String, hash: &str| {
        let note = note.replace('\n', "\\n");
        files.write(
            "proof.json",
            &format!(r#"{{"checkpoint":{{"note":"{note}"}},"proof":["{hash}"]}}"#),
        )
    };
    let one = files.write("one", &note(1));
    let run = |proof: &str| {
        let output = lango_audit(&["consistency", &one, proof, "--key", &key]);
        output.status.code().unwrap()
    };
    assert_eq!(run(&proof(note(2), hash)), 0);
    assert_eq!(run(&proof(note(3), hash)), 1);
    assert_eq!(run(&proof(note(2), &hash.replacen(&hash[..1], "/", 1))), 1);
    assert_eq!(run(&files.write("none", "{}")), 2);
}

#[test]
fn both_refuse_a_foreign_key() {
    let files = Files::new("foreign");
    let whole = sample("--entries 3");
    let key = "lango.dev/audit/t_1+b61c721a+AQOhB7/zzhC+HXDdGOdLwJln5NYwm6UNXx3chmQSVTG4";
    assert_eq!(files.both(&whole, key, &[]), (1, "line 1, header".into()));
}

/// A witness of the tests': its verifier key, and its signature line on a note.
fn witness(name: &str, note: &str) -> (String, String) {
    let key = SigningKey::from_bytes(&[7; 32]);
    let public = [&[4], key.verifying_key().as_bytes().as_slice()].concat();
    let id = key_id(name, &public);
    let (text, _) = note.rsplit_once("\n\n").unwrap();
    let at_s = 1_800_000_000_u64;
    let message = format!("cosignature/v1\ntime {at_s}\n{text}\n");
    let signed = key.sign(message.as_bytes()).to_bytes();
    let bytes = [at_s.to_be_bytes().as_slice(), &signed].concat();
    let line = Signature::new(name.to_owned(), id, bytes).unwrap();
    let encoded = BASE64_STANDARD.encode(public);
    (
        format!("{name}+{id:08x}+{encoded}"),
        String::from_utf8(line.to_bytes()).unwrap(),
    )
}

#[test]
fn both_want_the_signature_of_the_witness() {
    let files = Files::new("witness");
    let key = sample("--key --entries 1").trim().to_owned();
    let export = sample("--entries 7");
    let (note, older) = (
        sample("--entries 7 --checkpoint 7"),
        sample("--entries 7 --checkpoint 6"),
    );
    let in_json = |text: &str| text.replace('\n', "\\n");
    let with = |line: &str| {
        let cosigned = export.replacen(&in_json(&note), &in_json(&(note.clone() + line)), 1);
        assert_ne!(cosigned, export);
        cosigned
    };
    let (vkey, line) = witness("witness.example", &note);
    let (other, of_other) = witness("other.example", &note);
    let (_, of_older) = witness("witness.example", &older);
    let both = |export: &str| files.both_with(export, &key, &[], Some(&vkey));
    let header = (1, "line 1, header".to_owned());
    assert_eq!(both(&with(&line)), (0, String::new()));
    assert_eq!(both(&with(&(of_other.clone() + &line))), (0, String::new()));
    assert_eq!(both(&export), header);
    assert_eq!(both(&with(&of_other)), header);
    assert_eq!(both(&with(&of_older)), header);
    assert_eq!(
        files.both_with(&with(&line), &key, &[], Some(&other)),
        header
    );
    // Without a witness's key its line says nothing.
    assert_eq!(files.both(&with(&of_older), &key, &[]), (0, String::new()));
}
