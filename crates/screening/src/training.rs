//! What `scripts/guard-train` needs of this crate; nobody else does.

use crate::context::ContextClass;
use crate::model::{HEADER, MAGIC};
use crate::screener::Screener;
use crate::{features, model, network, rows, window};

pub use crate::network::{DETECTORS, GATE, HIDDEN, MOST, SHARE, TAPS, WIDTH, together};
pub use crate::pass::Segment;

/// Weights of the model.
pub const WEIGHTS: usize = features::COUNT;
/// Where each block of weights begins.
pub const BLOCKS: [usize; 4] = features::BLOCKS;
/// What carries over from one segment to the next.
pub const DECAY: f32 = model::DECAY;

/// Every segment of `text`.
#[must_use]
pub fn segments(text: &str) -> Vec<Segment> {
    Screener::shipped()
        .engine()
        .map(|engine| engine.segments(text))
        .unwrap_or_default()
}

/// Rows of the network's table.
pub const ROWS: usize = rows::COUNT;
/// Rows of the table that belong to words; the others are of classes and signs.
pub const WORD_ROWS: usize = rows::WORDS;

/// The words around the bytes from `start` to `end` as the network sees them: the rows
/// of each.
#[must_use]
pub fn window(text: &str, place: (usize, usize)) -> Vec<Vec<u16>> {
    let Some(engine) = Screener::shipped().engine() else {
        return Vec::new();
    };
    let words = window::words(text, place, &engine.lexicon);
    let rows = words.iter().map(|word| {
        let mut all = Vec::new();
        rows::of(word, |row| all.extend(u16::try_from(row)));
        all
    });
    rows.collect()
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
        file.push(step(*weight, scale));
    }
    file
}

/// The layers of the network, as they were learnt.
#[derive(Debug, Clone)]
pub struct Layers {
    /// Rows of [`WIDTH`] numbers: what a word adds to each detector at the place after
    /// it, at its own, and at the one before.
    pub table: Vec<f32>,
    /// Of each detector.
    pub bias: Vec<f32>,
    /// The weights of each hidden unit, [`DETECTORS`] apiece.
    pub hidden: Vec<f32>,
    /// Of each hidden unit.
    pub hidden_bias: Vec<f32>,
    /// The weight of each hidden unit.
    pub out: Vec<f32>,
    /// Of the logit.
    pub out_bias: f32,
}

/// The network's file: the numbers of all layers but the table, then the table, each
/// detector at its own scale.
#[must_use]
pub fn network_file(layers: &Layers) -> Vec<u8> {
    let mut scales = vec![0.0_f32; DETECTORS];
    for row in layers.table.chunks_exact(DETECTORS) {
        for (scale, weight) in scales.iter_mut().zip(row) {
            *scale = scale.max(weight.abs() / 127.0);
        }
    }
    let mut file = network::MAGIC.to_vec();
    for numbers in [
        &scales,
        &layers.bias,
        &layers.hidden,
        &layers.hidden_bias,
        &layers.out,
        &vec![layers.out_bias],
    ] {
        for number in numbers {
            file.extend_from_slice(&number.to_le_bytes());
        }
    }
    for row in layers.table.chunks_exact(DETECTORS) {
        file.extend(
            row.iter()
                .zip(&scales)
                .map(|(weight, scale)| step(*weight, *scale)),
        );
    }
    file
}

/// A weight in steps of `scale`.
fn step(weight: f32, scale: f32) -> u8 {
    let steps = if scale > 0.0 { weight / scale } else { 0.0 };
    #[allow(clippy::cast_possible_truncation)] // within ±127 by the choice of scale
    (steps.round() as i8).cast_unsigned()
}
