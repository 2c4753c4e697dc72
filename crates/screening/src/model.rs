//! The learned weights.

use crate::context::ContextClass;
use crate::features::{self, BLOCKS};

/// The shipped weights; `MODEL.md` says how they came about.
const SHIPPED: &[u8] = include_bytes!("../weights.bin");

/// What a weights file begins with: a change of the features makes another format.
pub(crate) const MAGIC: &[u8; 8] = b"LangoSc2";
/// Numbers after it: thresholds of the four classes, then the blocks' scales.
pub(crate) const HEADER: usize = 4 + BLOCKS.len();
/// What carries over from one segment to the next.
pub(crate) const DECAY: f32 = 0.7;

/// Weights and thresholds.
#[derive(Debug)]
pub(crate) struct Model {
    weights: &'static [u8],
    scales: [f32; BLOCKS.len()],
    thresholds: [f32; 4],
}

impl Model {
    /// The shipped model, if the file is whole; a test holds that it is.
    pub(crate) fn shipped() -> Option<Self> {
        Self::parse(SHIPPED)
    }

    pub(crate) fn parse(file: &'static [u8]) -> Option<Self> {
        let rest = file.strip_prefix(MAGIC)?;
        let (header, weights) = rest.split_at_checked(HEADER * 4)?;
        if weights.len() != features::COUNT {
            return None;
        }
        let mut numbers = header
            .chunks_exact(4)
            .filter_map(|it| Some(f32::from_le_bytes(it.try_into().ok()?)));
        let mut thresholds = [0.0; 4];
        for threshold in &mut thresholds {
            *threshold = numbers.next()?;
        }
        let mut scales = [0.0; BLOCKS.len()];
        for scale in &mut scales {
            *scale = numbers.next()?;
        }
        Some(Self {
            weights,
            scales,
            thresholds,
        })
    }

    /// The weight of a feature, in steps of its block's scale.
    #[inline]
    pub(crate) fn weight(&self, feature: usize) -> i8 {
        let weight = self.weights.get(feature).copied().unwrap_or(0);
        weight.cast_signed()
    }

    /// What a step of each block's weights is worth.
    pub(crate) fn scales(&self) -> &[f32; BLOCKS.len()] {
        &self.scales
    }

    /// From which logit on a text of `class` is suspicious.
    pub(crate) fn threshold(&self, class: ContextClass) -> f32 {
        let [argument, document, tool, result] = self.thresholds;
        match class {
            ContextClass::Argument => argument,
            ContextClass::Document => document,
            ContextClass::ToolDescription => tool,
            ContextClass::Result => result,
        }
    }
}

/// A logit as a probability.
pub(crate) fn probability(logit: f32) -> f32 {
    1.0 / (1.0 + (-logit).exp())
}
