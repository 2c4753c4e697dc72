use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use lango_identity::{
    GatewayKey, LONGEST_LIFE_SECONDS, NEW_KEY_RANDOM_LENGTH, RING_SECONDS, SigningRing,
    SigningStart,
};
use zeroize::Zeroizing;

use super::*;
use crate::sqlite::{Sqlite, jwk_set, platform};

const NOW: i64 = 1_800_000_000;

fn seal() -> RingSeal {
    RingSeal::of(&GatewayKey::parse(&URL_SAFE_NO_PAD.encode([7; 32])).unwrap())
}

fn ring(sql: &Sqlite) -> SigningRing {
    let rows = pollster::block_on(load_signing_keys(sql, &seal())).unwrap();
    let secret = SigningRing::of_secret(&jwk_set([5; 32])).unwrap();
    let (ring, unreadable) = secret.with_stored(rows, &seal());
    assert!(unreadable.is_empty());
    ring
}

fn rotate(sql: &Sqlite, byte: u8, now: i64) -> String {
    let random = Zeroizing::new([byte; NEW_KEY_RANDOM_LENGTH]);
    let rotation = ring(sql)
        .rotate(SigningStart::AtOnce, &random, &seal(), now * 1_000)
        .unwrap();
    pollster::block_on(rotate_signing_keys(sql, &platform(), &rotation)).unwrap();
    rotation.kid
}

fn in_force(sql: &Sqlite, now: i64) -> Vec<String> {
    let shown = ring(sql).shown(now);
    shown.into_iter().map(|key| key.kid).collect()
}

#[test]
fn each_rotation_puts_a_key_in_front_within_one_millisecond_too() {
    let sql = Sqlite::migrated();
    assert_eq!(in_force(&sql, NOW), ["k"]);
    let made: Vec<_> = (1..=4).map(|byte| rotate(&sql, byte, NOW)).collect();
    let mut newest_first: Vec<_> = made.into_iter().rev().collect();
    newest_first.push("k".to_owned());
    assert_eq!(in_force(&sql, NOW), newest_first);
    let ends: Vec<_> = ring(&sql)
        .shown(NOW)
        .into_iter()
        .map(|key| key.verifies_until)
        .collect();
    let over = Some(NOW + RING_SECONDS + LONGEST_LIFE_SECONDS);
    assert_eq!(ends, [None, over, over, over, over]);
}

#[test]
fn a_later_rotation_takes_back_no_end() {
    let sql = Sqlite::migrated();
    let first = rotate(&sql, 1, NOW);
    rotate(&sql, 2, NOW + 100);
    rotate(&sql, 3, NOW + 900);
    let shown = ring(&sql).shown(NOW + 900);
    let end_of = |kid: &str| {
        shown
            .iter()
            .find(|key| key.kid == kid)
            .unwrap()
            .verifies_until
    };
    let lag = RING_SECONDS + LONGEST_LIFE_SECONDS;
    assert_eq!(end_of("k"), Some(NOW + lag));
    assert_eq!(end_of(&first), Some(NOW + 100 + lag));
}

#[test]
fn a_withdrawn_key_loses_its_private_half_and_stays_withdrawn() {
    let sql = Sqlite::migrated();
    let leaked = rotate(&sql, 1, NOW);
    let kept = rotate(&sql, 2, NOW);
    for kid in [leaked.as_str(), "k"] {
        let withdrawal = ring(&sql).withdraw(kid, NOW).unwrap();
        pollster::block_on(withdraw_signing_key(&sql, &platform(), &withdrawal)).unwrap();
    }
    assert_eq!(in_force(&sql, NOW), [kept.as_str()]);
    let next = rotate(&sql, 3, NOW + 1);
    assert_eq!(in_force(&sql, NOW + 1), [next.as_str(), &kept]);
    let rows = pollster::block_on(load_signing_keys(&sql, &seal())).unwrap();
    let sealed = |kid: &str| {
        let row = rows.iter().find(|row| row.kid == kid);
        row.and_then(|row| row.sealed.as_ref())
    };
    assert!(sealed(&leaked).is_none() && sealed("k").is_none());
    assert!(sealed(&kept).is_some());
}

#[test]
fn keys_of_the_past_are_forgotten_and_those_of_the_secret_are_not_revived() {
    let sql = Sqlite::migrated();
    rotate(&sql, 1, NOW);
    rotate(&sql, 2, NOW + 1);
    let over = NOW + 1 + RING_SECONDS + LONGEST_LIFE_SECONDS;
    let newest = rotate(&sql, 3, over);
    assert_eq!(in_force(&sql, over).len(), 2);
    let rows = pollster::block_on(load_signing_keys(&sql, &seal())).unwrap();
    assert_eq!(rows.len(), 3, "the secret's, and two that verify");
    assert_eq!(rows[0].kid, newest);
}
