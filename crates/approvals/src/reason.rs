//! Why a call is held, as far as it is kept.

use lango_guard::Reason;

/// The most reasons that are kept: more tell nobody more.
pub const MAXIMUM_REASONS: usize = 32;
/// The most characters of a text in a reason.
pub const MAXIMUM_TEXT: usize = 200;

/// The same reasons within bounds.
#[must_use]
pub fn bounded(mut reasons: Vec<Reason>) -> Vec<Reason> {
    reasons.truncate(MAXIMUM_REASONS);
    for reason in &mut reasons {
        let origin = reason.origin.as_mut();
        let label = origin.and_then(|origin| origin.label.as_mut());
        let texts = [reason.place.as_mut(), reason.rule.as_mut(), label];
        for text in texts.into_iter().flatten() {
            cut(text);
        }
    }
    reasons
}

/// What may be kept in the clear: places name members of the arguments, which whoever
/// called has made up, and labels are somebody's data.
#[must_use]
pub fn without_texts(reasons: &[Reason]) -> Vec<Reason> {
    let mut reasons = reasons.to_vec();
    for reason in &mut reasons {
        reason.place = None;
        if let Some(origin) = &mut reason.origin {
            origin.label = None;
        }
    }
    reasons
}

fn cut(text: &mut String) {
    if let Some((end, _)) = text.char_indices().nth(MAXIMUM_TEXT) {
        text.truncate(end);
    }
}

#[cfg(test)]
mod tests {
    use lango_guard::ReasonKind;
    use lango_provenance::Origin;
    use proptest::prelude::*;

    use super::*;

    fn reason(text: &str) -> Reason {
        Reason {
            place: Some(text.to_owned()),
            origin: Some(Origin {
                call_id: "call_1".to_owned(),
                tool: "mail_search".to_owned(),
                connection: Some("c_1".to_owned()),
                at_ms: 5,
                suspicious: true,
                label: Some(text.to_owned()),
            }),
            ..Reason::of(ReasonKind::Origin)
        }
    }

    proptest! {
        #[test]
        fn bounds_hold_and_what_is_kept_in_the_clear_has_no_text(
            text in "[a-z\u{e9}\u{1f992}]{3,400}", count in 0_usize..50
        ) {
            let kept = bounded(vec![reason(&text); count]);
            prop_assert!(kept.len() <= MAXIMUM_REASONS);
            for reason in &kept {
                let length = reason.place.as_ref().map_or(0, |place| place.chars().count());
                prop_assert!(length <= MAXIMUM_TEXT);
            }
            prop_assert_eq!(bounded(kept.clone()), kept.clone());
            for reason in without_texts(&kept) {
                prop_assert!(reason.place.is_none());
                prop_assert!(reason.origin.is_some_and(|origin| origin.label.is_none()));
            }
        }
    }
}
