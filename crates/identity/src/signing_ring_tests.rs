use proptest::prelude::*;

use super::*;
use crate::{
    Audience, Claims, KeyId, PrincipalId, RANDOM_LENGTH, Role, TenantId, TokenError,
    signing_keys::tests::{jwk, key_set},
};

const START: i64 = 1_800_000_000;

fn seal(byte: u8) -> RingSeal {
    let secret = URL_SAFE_NO_PAD.encode([byte; 32]);
    RingSeal::of(&GatewayKey::parse(&secret).unwrap())
}

fn random(byte: u8) -> Zeroizing<[u8; NEW_KEY_RANDOM_LENGTH]> {
    Zeroizing::new([byte; NEW_KEY_RANDOM_LENGTH])
}

fn secret() -> SigningRing {
    SigningRing::of_secret(&key_set(&[
        jwk("first", 201, true),
        jwk("before", 202, false),
    ]))
    .unwrap()
}

/// The table as it was at each of its changes, which do what the statements of
/// `lango-store` do.
#[derive(Clone)]
struct Table(Vec<(i64, Vec<StoredSigningKey>)>);

impl Table {
    fn new() -> Self {
        Self(vec![(i64::MIN, Vec::new())])
    }

    fn rows(&self, read_at: i64) -> &[StoredSigningKey] {
        let read = self.0.iter().rev().find(|(changed, _)| *changed <= read_at);
        &read.unwrap().1
    }

    fn ring(&self, read_at: i64) -> SigningRing {
        secret()
            .with_stored(self.rows(read_at).to_vec(), &seal(1))
            .0
    }

    fn rotate(&mut self, start: Start, byte: u8, now: i64) -> String {
        let rotation = self
            .ring(now)
            .rotate(start, &random(byte), &seal(1), now * 1_000)
            .unwrap();
        let mut rows = self.rows(now).to_vec();
        let last = rows.iter().map(|row| row.created_at).max().unwrap_or(0);
        for (kid, _) in rotation.of_secret {
            if rows.iter().all(|row| row.kid != kid) {
                rows.push(StoredSigningKey {
                    kid,
                    sealed: None,
                    created_at: 0,
                    signs_from: 0,
                    verifies_until: None,
                });
            }
        }
        for row in &mut rows {
            row.verifies_until
                .get_or_insert(rotation.others_verify_until);
        }
        rows.retain(|row| row.sealed.is_none() || row.verifies_until > Some(rotation.now));
        rows.push(StoredSigningKey {
            kid: rotation.kid.clone(),
            sealed: Some(rotation.sealed),
            created_at: rotation.created_at.max(last + 1),
            signs_from: rotation.signs_from,
            verifies_until: None,
        });
        self.0.push((now, rows));
        rotation.kid
    }

    fn withdraw(&mut self, kid: &str, now: i64) -> Result<(), RingError> {
        let withdrawal = self.ring(now).withdraw(kid, now)?;
        let mut rows = self.rows(now).to_vec();
        rows.retain(|row| row.kid != kid);
        rows.push(StoredSigningKey {
            kid: withdrawal.kid,
            sealed: None,
            created_at: 0,
            signs_from: 0,
            verifies_until: Some(withdrawal.at),
        });
        self.0.push((now, rows));
        Ok(())
    }
}

fn audience() -> Audience {
    Audience {
        issuer: "i".into(),
        audience: "a".into(),
    }
}

fn sign(keys: &SigningKeys, now: i64, seconds: i64) -> String {
    let claims = Claims {
        tenant: TenantId::from_random([1; RANDOM_LENGTH]),
        principal: PrincipalId::from_random([2; RANDOM_LENGTH]),
        role: Some(Role::Viewer.into()),
        key: KeyId::from_random([3; RANDOM_LENGTH]),
    };
    let token = keys.issue_key(&audience(), &claims, now, now + seconds);
    token.unwrap().expose().to_owned()
}

fn refusal(keys: &SigningKeys, token: &str, now: i64) -> Option<TokenError> {
    keys.verify(&audience(), token, now).err()
}

fn states(ring: &SigningRing, now: i64) -> Vec<(String, SigningKeyState)> {
    let shown = ring.shown(now).into_iter();
    shown.map(|key| (key.kid, key.state)).collect()
}

#[test]
fn the_secrets_first_key_signs_until_another_is_made() {
    let ring = secret();
    let keys = ring.at(START).unwrap();
    assert_eq!(keys.signer().0, "first");
    assert_eq!(ring.changes_after(START), None);
    assert!(keys.verifier("before").is_some());
}

#[test]
fn a_new_key_is_shown_first_and_signs_later() {
    let mut table = Table::new();
    let new = table.rotate(Start::Published, 1, START);
    let ring = table.ring(START);
    let signs_from = START + PUBLISHED_AHEAD_SECONDS;
    assert_eq!(ring.at(START).unwrap().signer().0, "first");
    assert_eq!(ring.changes_after(START), Some(signs_from));
    assert_eq!(ring.at(signs_from - 1).unwrap().signer().0, "first");
    assert_eq!(ring.at(signs_from).unwrap().signer().0, new);
    use SigningKeyState::{Signing, Verifying, Waiting};
    let state = |one: &str, state| (one.to_owned(), state);
    assert_eq!(
        states(&ring, START),
        [
            state(&new, Waiting),
            state("first", Signing),
            state("before", Verifying)
        ]
    );
    assert_eq!(
        states(&ring, signs_from),
        [
            state(&new, Signing),
            state("first", Verifying),
            state("before", Verifying)
        ]
    );
    let over = signs_from + RING_SECONDS + LONGEST_LIFE_SECONDS;
    assert_eq!(ring.changes_after(signs_from), Some(over));
    assert_eq!(states(&ring, over), [state(&new, Signing)]);
}

#[test]
fn a_key_made_at_once_passes_one_that_waits() {
    let mut table = Table::new();
    let waiting = table.rotate(Start::Published, 1, START);
    let at_once = table.rotate(Start::AtOnce, 2, START);
    for now in [
        START,
        START + PUBLISHED_AHEAD_SECONDS,
        START + LONGEST_LIFE_SECONDS,
    ] {
        assert_eq!(table.ring(START).at(now).unwrap().signer().0, at_once);
    }
    assert_eq!(table.withdraw(&waiting, START), Ok(()));
    assert_eq!(table.withdraw(&at_once, START), Err(RingError::Newest));
}

#[test]
fn a_withdrawn_key_verifies_nothing_and_does_not_come_back() {
    let mut table = Table::new();
    let token = sign(&table.ring(START).at(START).unwrap(), START, 600);
    assert_eq!(table.withdraw("first", START), Err(RingError::Newest));
    assert_eq!(table.withdraw("never", START), Err(RingError::Unknown));
    let new = table.rotate(Start::AtOnce, 1, START);
    table.withdraw("first", START).unwrap();
    let keys = table.ring(START).at(START).unwrap();
    assert_eq!(
        refusal(&keys, &token, START),
        Some(TokenError::UnknownKeyId)
    );
    assert_eq!(table.withdraw("first", START), Err(RingError::Unknown));

    let of_new = sign(&keys, START, 600);
    table.rotate(Start::AtOnce, 2, START + 1);
    table.withdraw(&new, START + 1).unwrap();
    for byte in 3..6 {
        table.rotate(Start::AtOnce, byte, START + i64::from(byte));
    }
    let keys = table.ring(START + 9).at(START + 9).unwrap();
    for token in [&token, &of_new] {
        let refused = refusal(&keys, token, START + 9);
        assert_eq!(refused, Some(TokenError::UnknownKeyId));
    }
}

#[test]
fn a_row_is_of_use_only_with_the_gateways_secret_and_under_its_name() {
    let mut table = Table::new();
    let kid = table.rotate(Start::AtOnce, 1, START);
    let rows = table.rows(START).to_vec();
    let (ring, unreadable) = secret().with_stored(rows.clone(), &seal(2));
    assert_eq!(unreadable, [kid.as_str()]);
    assert_eq!(ring.at(START).unwrap().signer().0, "first");

    let mut renamed = rows;
    for row in renamed.iter_mut().filter(|row| row.kid == kid) {
        row.kid = "other".into();
    }
    let (ring, unreadable) = secret().with_stored(renamed, &seal(1));
    assert_eq!(unreadable, ["other"]);
    assert!(ring.at(START).unwrap().verifier("other").is_none());
}

/// Somebody who can write to the table brings in no key of their own, be it as a
/// row without a private half or in the place of a key of the secret.
#[test]
fn a_foreign_row_makes_no_key() {
    let row = |kid: &str, sealed: Option<String>| StoredSigningKey {
        kid: kid.into(),
        sealed,
        created_at: START * 1_000,
        signs_from: START,
        verifies_until: None,
    };
    let seed = URL_SAFE_NO_PAD.encode([9; SEED_LENGTH]);
    let own = seal(9).0.seal("own", &[9; NONCE_LENGTH], &[9; SEED_LENGTH]);
    let first = seal(1)
        .0
        .seal("first", &[9; NONCE_LENGTH], &[9; SEED_LENGTH]);
    let rows = vec![
        row("bare", None),
        row("plain", Some(seed)),
        row("own", Some(own.unwrap())),
        row("first", Some(first.unwrap())),
    ];
    let (ring, unreadable) = secret().with_stored(rows, &seal(1));
    assert_eq!(unreadable, ["plain", "own"]);
    let keys = ring.at(START).unwrap();
    assert_eq!(
        keys.public_json(),
        secret().at(START).unwrap().public_json()
    );
    assert_eq!(keys.signer().0, "first");
}

#[test]
fn nobody_can_fill_the_ring() {
    let mut table = Table::new();
    for byte in 2..u8::try_from(MAXIMUM_KEYS).unwrap() {
        table.rotate(Start::AtOnce, byte, START);
    }
    let refused = table
        .ring(START)
        .rotate(Start::AtOnce, &random(99), &seal(1), START * 1_000);
    assert_eq!(refused, Err(RingError::TooMany));
    let over = START + LONGEST_LIFE_SECONDS + RING_SECONDS;
    table.rotate(Start::AtOnce, 99, over);
    assert_eq!(table.rows(over).len(), 4, "two of the secret, two stored");
}

#[test]
fn a_text_names_a_key_of_the_ring_or_not() {
    let keys = secret().at(START).unwrap();
    let known = sign(&keys, START, 60);
    assert!(!keys.is_unknown_key_of(&known));
    let mut table = Table::new();
    table.rotate(Start::AtOnce, 1, START);
    let new = sign(&table.ring(START).at(START).unwrap(), START, 60);
    assert!(keys.is_unknown_key_of(&new));
    for text in ["", ".", "a.b.c", "e30.e30.", "no"] {
        assert!(!keys.is_unknown_key_of(text), "{text}");
    }
}

/// A rotation after some seconds, and the life of a token that is signed then.
fn steps(start: impl Strategy<Value = Start> + Clone) -> impl Strategy<Value = Vec<(i64, Start)>> {
    let pause = prop_oneof![0..200i64, 0..LONGEST_LIFE_SECONDS];
    proptest::collection::vec((pause, start), 0..8)
}

fn history(steps: &[(i64, Start)]) -> (Table, i64) {
    let (mut table, mut now) = (Table::new(), START);
    for (number, (pause, start)) in steps.iter().enumerate() {
        now += pause;
        table.rotate(*start, u8::try_from(number + 1).unwrap(), now);
    }
    (table, now)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    /// Whatever rotations lie between, before and after: whoever signs goes by keys
    /// that they read up to a minute ago, and so does whoever verifies.
    #[test]
    fn a_rotation_ends_no_token(
        steps in steps(Just(Start::Published)),
        signed_at in 0..LONGEST_LIFE_SECONDS * 2,
        life in prop_oneof![1..400i64, 1..=LONGEST_LIFE_SECONDS],
        part in 0.0..1.0f64,
        ages in (0..RING_SECONDS, 0..RING_SECONDS),
    ) {
        let (table, end) = history(&steps);
        let signed_at = START + signed_at % (end - START + 200);
        let used_at = signed_at + (life as f64 * part) as i64;
        let signer = table.ring(signed_at - ages.0).at(signed_at).unwrap();
        let token = sign(&signer, signed_at, life);
        let verifier = table.ring(used_at - ages.1).at(used_at).unwrap();
        prop_assert_eq!(refusal(&verifier, &token, used_at), None);
    }

    /// Where keys sign at once, the same holds for whoever reads again when they
    /// see a key that they do not know.
    #[test]
    fn a_rotation_at_once_ends_no_token_either(
        steps in steps(prop_oneof![Just(Start::Published), Just(Start::AtOnce)]),
        signed_at in 0..LONGEST_LIFE_SECONDS * 2,
        life in prop_oneof![1..400i64, 1..=LONGEST_LIFE_SECONDS],
        part in 0.0..1.0f64,
        ages in (0..RING_SECONDS, 0..RING_SECONDS),
    ) {
        let (table, end) = history(&steps);
        let signed_at = START + signed_at % (end - START + 200);
        let used_at = signed_at + (life as f64 * part) as i64;
        let signer = table.ring(signed_at - ages.0).at(signed_at).unwrap();
        let token = sign(&signer, signed_at, life);
        let mut verifier = table.ring(used_at - ages.1).at(used_at).unwrap();
        if verifier.is_unknown_key_of(&token) {
            verifier = table.ring(used_at).at(used_at).unwrap();
        }
        prop_assert_eq!(refusal(&verifier, &token, used_at), None);
    }

    /// `changes_after` names every moment at which the keys are others.
    #[test]
    fn between_changes_the_keys_stay_the_same(
        steps in steps(prop_oneof![Just(Start::Published), Just(Start::AtOnce)]),
        from in 0..LONGEST_LIFE_SECONDS * 3,
        part in 0.0..1.0f64,
    ) {
        let (table, end) = history(&steps);
        let (ring, from) = (table.ring(end), end + from);
        let until = ring.changes_after(from).unwrap_or(from + LONGEST_LIFE_SECONDS);
        let then = from + ((until - 1 - from) as f64 * part) as i64;
        prop_assert_eq!(states(&ring, from), states(&ring, then));
        if ring.changes_after(from).is_some() {
            prop_assert_ne!(states(&ring, from), states(&ring, until));
        }
    }

    /// Exactly one key signs, and one that nothing follows is never lost.
    #[test]
    fn somebody_can_always_sign(
        steps in steps(prop_oneof![Just(Start::Published), Just(Start::AtOnce)]),
        after in 0..LONGEST_LIFE_SECONDS * 3,
    ) {
        let (table, end) = history(&steps);
        let shown = states(&table.ring(end), end + after);
        let signing = shown.iter().filter(|(_, state)| *state == SigningKeyState::Signing);
        prop_assert_eq!(signing.count(), 1);
    }
}
