//! What `scripts/guard-train` needs of this crate; nobody else does.

use crate::context::ContextClass;
use crate::model::{HEADER, MAGIC};
use crate::screener::Screener;
use crate::{features, model};

/// Weights of the model.
pub const WEIGHTS: usize = features::COUNT;
/// Where each block of weights begins.
pub const BLOCKS: [usize; 4] = features::BLOCKS;
/// What carries over from one segment to the next.
pub const DECAY: f32 = model::DECAY;

/// The features of every segment of `text`.
#[must_use]
pub fn segments(text: &str) -> Vec<Vec<u32>> {
    Screener::shipped()
        .engine()
        .map(|engine| engine.segments(text))
        .unwrap_or_default()
}

/// How much each block's features count in this segment.
#[must_use]
pub fn shares(segment: &[u32]) -> [f32; BLOCKS.len()] {
    let mut counts = [0_u32; BLOCKS.len()];
    for feature in segment {
        if let Some(count) = counts.get_mut(block(*feature)) {
            *count += 1;
        }
    }
    features::shares(counts)
}

/// The block that a feature is in.
#[must_use]
pub fn block(feature: u32) -> usize {
    features::block(feature as usize)
}

/// The texts that `text` hides, and whether a rule decides on it in `class`.
#[must_use]
pub fn decided(text: &str, class: ContextClass) -> bool {
    Screener::shipped()
        .engine()
        .is_some_and(|engine| engine.decides(text, class))
}

/// The weights file: thresholds in logits of argument, document, tool description
/// and result, then the weights, each block at its own scale.
#[must_use]
pub fn file(weights: &[f32], thresholds: [f32; 4]) -> Vec<u8> {
    let mut scales = [0.0_f32; BLOCKS.len()];
    for (feature, weight) in weights.iter().enumerate() {
        if let Some(scale) = scales.get_mut(features::block(feature)) {
            *scale = scale.max(weight.abs() / 127.0);
        }
    }
    let mut file = Vec::with_capacity(MAGIC.len() + HEADER * 4 + weights.len());
    file.extend_from_slice(MAGIC);
    for number in thresholds.iter().chain(&scales) {
        file.extend_from_slice(&number.to_le_bytes());
    }
    for (feature, weight) in weights.iter().enumerate() {
        let scale = scales.get(features::block(feature)).copied().unwrap_or(0.0);
        let step = if scale > 0.0 { weight / scale } else { 0.0 };
        #[allow(clippy::cast_possible_truncation)] // within ±127 by the choice of scale
        file.push((step.round() as i8).cast_unsigned());
    }
    file
}
