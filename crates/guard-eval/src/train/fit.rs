//! Logistic regression over segments, where a text is as suspicious as its most
//! suspicious stretch.

use lango_screening::training::{self, BLOCKS, DECAY, Segment, WEIGHTS};

use super::chance::Chance;

/// A text as the model sees it.
#[derive(Debug, Clone)]
pub struct Sample {
    /// Its segments.
    pub segments: Vec<Segment>,
    /// The words around its most suspicious stretch; a model that had not seen it says
    /// which that is.
    pub window: Vec<Vec<u16>>,
    /// Whether it is an attack.
    pub attack: bool,
    /// How much it counts.
    pub weight: f32,
    /// The number of what is held out together with it.
    pub group: usize,
}

const EPOCHS: usize = 12;
/// Fits that the mean is taken of.
const FITS: u64 = 4;
/// Every other time a text is learnt without its words, so that classes and structure
/// carry what they can.
const WORDLESS: usize = 2;
const RATE: f32 = 0.12;
/// How strongly the weights of each block are drawn to zero: words more than
/// classes, pairs of words most.
const SHRINK: [f32; BLOCKS.len()] = [1e-4, 8e-4, 2e-3, 4e-3];
/// A word counts only where it stands in this many groups of texts: what is
/// peculiar to one source says nothing about the next.
const GROUPS: u32 = 3;
/// The feature that every segment has. Its weight is given: a segment of which
/// nothing is known is no attack.
const BIAS: usize = 280;
const PRIOR: f32 = -2.0;

/// The weights for these samples: the mean of several fits, each of which takes the
/// texts in another order and counts from half-way on, since one alone leans on what
/// it saw last.
#[must_use]
pub fn fit(samples: &[&Sample]) -> Vec<f32> {
    let active = active(samples);
    let mut sum = vec![0.0_f32; WEIGHTS];
    for seed in 0..FITS {
        fit_once(samples, &active, 3 + seed, &mut sum);
    }
    #[allow(clippy::cast_precision_loss)] // a few dozen
    let share = 1.0 / (FITS as f32 * (EPOCHS - EPOCHS / 2) as f32);
    for weight in &mut sum {
        *weight *= share;
    }
    sum
}

/// Adds the weights after each epoch of the second half to `sum`.
fn fit_once(samples: &[&Sample], active: &[bool], seed: u64, sum: &mut [f32]) {
    let mut weights = vec![0.0_f32; WEIGHTS];
    let mut squares = vec![0.5_f32; WEIGHTS];
    if let Some(bias) = weights.get_mut(BIAS) {
        *bias = PRIOR;
    }
    let mut order: Vec<usize> = (0..samples.len()).collect();
    let mut chance = Chance::new(seed);
    for epoch in 0..EPOCHS {
        chance.shuffle(&mut order);
        for sample in order.iter().filter_map(|index| samples.get(*index)) {
            let top = if chance.below(WORDLESS) == 0 {
                words()
            } else {
                WEIGHTS
            };
            learn(sample, active, &mut weights, &mut squares, top);
        }
        if epoch >= EPOCHS / 2 {
            for (sum, weight) in sum.iter_mut().zip(&weights) {
                *sum += weight;
            }
        }
    }
}

/// The first feature that is a word's.
fn words() -> usize {
    BLOCKS.get(2).copied().unwrap_or(0)
}

/// The logit of a text, and from which byte to which its most suspicious stretch goes.
#[must_use]
pub fn logit(segments: &[Segment], weights: &[f32]) -> (f32, (usize, usize)) {
    let (logit, first, last) = best(segments, weights, weights.len());
    let start = segments.get(first).map_or(0, |it| it.start);
    (logit, (start, segments.get(last).map_or(0, |it| it.end)))
}

/// The most suspicious stretch: its logit, first and last segment.
fn best(segments: &[Segment], weights: &[f32], top: usize) -> (f32, usize, usize) {
    let (mut run, mut start) = (0.0_f32, 0);
    let mut best = (-8.0_f32, 0, 0);
    for (index, segment) in segments.iter().enumerate() {
        let logit = segment_logit(&segment.features, weights, top);
        if run <= 0.0 {
            (run, start) = (0.0, index);
        }
        run = run * DECAY + logit;
        if run > best.0 {
            best = (run, start, index);
        }
    }
    best
}

fn segment_logit(segment: &[u32], weights: &[f32], top: usize) -> f32 {
    let weights = weights.get(..top).unwrap_or(weights);
    let mut sums = [0.0_f32; BLOCKS.len()];
    for feature in segment {
        if let (Some(weight), Some(sum)) = (
            weights.get(*feature as usize),
            sums.get_mut(training::block(*feature)),
        ) {
            *sum += weight;
        }
    }
    let shares = training::shares(segment);
    sums.iter()
        .zip(shares)
        .map(|(sum, share)| sum * share)
        .sum()
}

/// One step on one text, as if there were no features from `top` on.
fn learn(sample: &Sample, active: &[bool], weights: &mut [f32], squares: &mut [f32], top: usize) {
    let (logit, start, end) = best(&sample.segments, weights, top);
    let probability = 1.0 / (1.0 + (-logit).exp());
    let error = (probability - if sample.attack { 1.0 } else { 0.0 }) * sample.weight;
    if error.abs() < 1e-4 {
        return;
    }
    let mut carried = error;
    for index in (start..=end).rev() {
        let Some(segment) = sample.segments.get(index) else {
            break;
        };
        let shares = training::shares(&segment.features);
        for feature in &segment.features {
            let share = shares.get(training::block(*feature)).copied();
            let feature = *feature as usize;
            if feature < top && active.get(feature).is_some_and(|it| *it) {
                step(feature, carried * share.unwrap_or(1.0), weights, squares);
            }
        }
        carried *= DECAY;
        if carried.abs() < 0.05 * error.abs() {
            break;
        }
    }
}

fn step(feature: usize, slope: f32, weights: &mut [f32], squares: &mut [f32]) {
    if let (Some(weight), Some(square)) = (weights.get_mut(feature), squares.get_mut(feature)) {
        let shrink = SHRINK.get(block(feature)).copied().unwrap_or(0.0);
        let slope = slope + shrink * *weight;
        *square += slope * slope;
        *weight -= RATE * slope / square.sqrt();
    }
}

fn block(feature: usize) -> usize {
    BLOCKS
        .iter()
        .rposition(|start| feature >= *start)
        .unwrap_or(0)
}

/// Which features may have a weight: all of classes, and words of several groups.
fn active(samples: &[&Sample]) -> Vec<bool> {
    let words = words();
    let mut seen = vec![0_u64; WEIGHTS];
    for sample in samples {
        for feature in sample.segments.iter().flat_map(|it| &it.features) {
            if let Some(groups) = seen.get_mut(*feature as usize) {
                *groups |= 1 << (sample.group % 64);
            }
        }
    }
    seen.iter()
        .enumerate()
        .map(|(feature, groups)| {
            feature != BIAS && (feature < words || groups.count_ones() >= GROUPS)
        })
        .collect()
}
