//! Fits the network over the words around the most suspicious stretch.

use lango_screening::training::{DETECTORS, HIDDEN, Layers, ROWS, TAPS, WORD_ROWS};

use super::chance::Chance;
use super::fit::Sample;

const EPOCHS: usize = 8;
/// Of the first step; it falls evenly to nothing at the last one.
const RATE: f32 = 0.05;
/// Squares that every weight begins with.
const SQUARES: f32 = 0.1;
/// Percent of words that are forgotten each time, so that only their classes are left.
const FORGOTTEN: usize = 15;
/// Percent of detectors that are left out each time.
const LEFT_OUT: usize = 30;
/// A word counts only where it stands in this many groups of texts, as in the linear
/// model.
const GROUPS: u32 = 3;

/// What a word adds to each detector at the place after it, at its own, and at the one
/// before.
type Row = [[f32; DETECTORS]; TAPS];

/// A network that can be asked.
#[derive(Debug)]
pub struct Network {
    table: Vec<Row>,
    bias: [Weight; DETECTORS],
    units: Vec<Unit>,
    bias_out: Weight,
}

/// A unit of the hidden layer.
#[derive(Debug)]
struct Unit {
    weights: [Weight; DETECTORS],
    bias: Weight,
    out: Weight,
}

/// A weight, and the squares of its slopes, which slow its steps.
#[derive(Debug, Clone, Copy)]
struct Weight {
    value: f32,
    squares: f32,
}

impl Weight {
    const fn new(value: f32) -> Self {
        Self {
            value,
            squares: SQUARES,
        }
    }

    #[inline]
    fn step(&mut self, slope: f32, rate: f32) {
        step(&mut self.value, &mut self.squares, slope, rate);
    }
}

#[inline]
fn step(value: &mut f32, squares: &mut f32, slope: f32, rate: f32) {
    *squares += slope * slope;
    *value -= rate * slope / squares.sqrt();
}

/// The network for these samples.
#[must_use]
pub fn fit(samples: &[&Sample]) -> Network {
    let mut learner = Learner::new(samples);
    let mut order: Vec<usize> = (0..samples.len()).collect();
    let (mut done, all) = (0_usize, EPOCHS * samples.len());
    for _ in 0..EPOCHS {
        learner.chance.shuffle(&mut order);
        for sample in order.iter().filter_map(|index| samples.get(*index)) {
            #[allow(clippy::cast_precision_loss)] // a share
            let left = 1.0 - done as f32 / all as f32;
            learner.learn(sample, RATE * left);
            done += 1;
        }
    }
    learner.network
}

impl Network {
    fn new(chance: &mut Chance) -> Self {
        let mut table = vec![[[0.0; DETECTORS]; TAPS]; ROWS];
        // Words begin at nothing, so that one never learnt stays there.
        for weight in table.iter_mut().skip(WORD_ROWS).flatten().flatten() {
            *weight = even(chance, 0.05);
        }
        let mut unit = || Unit {
            weights: std::array::from_fn(|_| Weight::new(even(chance, 0.2))),
            bias: Weight::new(0.1),
            out: Weight::new(even(chance, 0.4)),
        };
        Self {
            table,
            units: (0..HIDDEN).map(|_| unit()).collect(),
            bias: [Weight::new(0.0); DETECTORS],
            bias_out: Weight::new(0.0),
        }
    }

    /// The logit of a window; nothing without a word.
    #[must_use]
    pub fn logit(&self, window: &[Vec<u16>]) -> Option<f32> {
        Some(self.respond(window, &[1.0; DETECTORS])?.logit)
    }

    /// Its numbers.
    #[must_use]
    pub fn layers(&self) -> Layers {
        let units = || self.units.iter();
        Layers {
            table: self.table.as_flattened().as_flattened().to_vec(),
            bias: self.bias.iter().map(|it| it.value).collect(),
            hidden: units()
                .flat_map(|unit| unit.weights.iter().map(|it| it.value))
                .collect(),
            hidden_bias: units().map(|unit| unit.bias.value).collect(),
            out: units().map(|unit| unit.out.value).collect(),
            out_bias: self.bias_out.value,
        }
    }

    fn respond(&self, window: &[Vec<u16>], keep: &[f32; DETECTORS]) -> Option<Response> {
        let (mut detectors, places) = self.strongest(window)?;
        for ((response, bias), keep) in detectors.iter_mut().zip(&self.bias).zip(keep) {
            *response = (*response + bias.value).max(0.0) * keep;
        }
        let mut logit = self.bias_out.value;
        let units = self.units.iter().map(|unit| {
            let weighed = unit.weights.iter().zip(&detectors);
            let sum: f32 = weighed.map(|(weight, it)| weight.value * it).sum();
            let response = (sum + unit.bias.value).max(0.0);
            logit += response * unit.out.value;
            response
        });
        let units = units.collect();
        Some(Response {
            places,
            detectors,
            units,
            logit,
        })
    }

    /// The highest sum of each detector, and at which word it stands.
    fn strongest(&self, window: &[Vec<u16>]) -> Option<([f32; DETECTORS], [usize; DETECTORS])> {
        let sums: Vec<Row> = window.iter().map(|word| self.sums(word)).collect();
        let mut strongest = [f32::MIN; DETECTORS];
        let mut places = [0; DETECTORS];
        sums.first()?;
        for (index, [_, own, _]) in sums.iter().enumerate() {
            let mut place = *own;
            if let Some([to_next, _, _]) = index.checked_sub(1).and_then(|it| sums.get(it)) {
                add(&mut place, to_next);
            }
            if let Some([_, _, to_last]) = sums.get(index + 1) {
                add(&mut place, to_last);
            }
            let best = strongest.iter_mut().zip(&mut places);
            for ((strongest, at), sum) in best.zip(place) {
                if sum > *strongest {
                    (*strongest, *at) = (sum, index);
                }
            }
        }
        Some((strongest, places))
    }

    fn sums(&self, word: &[u16]) -> Row {
        let mut sums = [[0.0; DETECTORS]; TAPS];
        for row in word
            .iter()
            .filter_map(|it| self.table.get(usize::from(*it)))
        {
            for (sums, weights) in sums.iter_mut().zip(row) {
                add(sums, weights);
            }
        }
        sums
    }
}

#[inline]
fn add(sums: &mut [f32; DETECTORS], others: &[f32; DETECTORS]) {
    for (sum, other) in sums.iter_mut().zip(others) {
        *sum += other;
    }
}

/// A number from `-width` to `width`.
fn even(chance: &mut Chance, width: f32) -> f32 {
    #[allow(clippy::cast_precision_loss)] // five digits
    let share = chance.below(20_001) as f32 / 10_000.0 - 1.0;
    share * width
}

/// What a window does to the network.
struct Response {
    /// The word at which each detector responds most.
    places: [usize; DETECTORS],
    /// How much, where that is above zero and the detector was not left out.
    detectors: [f32; DETECTORS],
    units: Vec<f32>,
    logit: f32,
}

/// A network while it learns.
struct Learner {
    network: Network,
    squares: Vec<Row>,
    /// Which rows may have weights.
    active: Vec<bool>,
    chance: Chance,
}

impl Learner {
    fn new(samples: &[&Sample]) -> Self {
        let mut chance = Chance::new(5);
        Self {
            network: Network::new(&mut chance),
            squares: vec![[[SQUARES; DETECTORS]; TAPS]; ROWS],
            active: active(samples),
            chance,
        }
    }

    fn learn(&mut self, sample: &Sample, rate: f32) {
        let window = self.seen(&sample.window);
        let keep = self.keep();
        let Some(response) = self.network.respond(&window, &keep) else {
            return;
        };
        let probability = 1.0 / (1.0 + (-response.logit).exp());
        let error = (probability - if sample.attack { 1.0 } else { 0.0 }) * sample.weight;
        if error.abs() < 1e-4 {
            return;
        }
        let slopes = self.learn_units(&response, error, rate);
        for (detector, (slope, keep)) in slopes.into_iter().zip(keep).enumerate() {
            self.learn_detector(detector, &window, &response, slope * keep, rate);
        }
    }

    /// A window with some words forgotten, and all that are not active.
    fn seen(&mut self, window: &[Vec<u16>]) -> Vec<Vec<u16>> {
        let (active, chance) = (&self.active, &mut self.chance);
        let words = window.iter().map(|word| {
            let forgotten = chance.below(100) < FORGOTTEN;
            let counts = |row: usize| {
                active.get(row).is_some_and(|it| *it) && !(forgotten && row < WORD_ROWS)
            };
            let rows = word.iter().copied();
            rows.filter(|row| counts(usize::from(*row))).collect()
        });
        words.collect()
    }

    /// By how much each detector counts: some are left out, and the others make up.
    fn keep(&mut self) -> [f32; DETECTORS] {
        #[allow(clippy::cast_precision_loss)] // a percentage
        let kept = 100.0 / (100 - LEFT_OUT) as f32;
        std::array::from_fn(|_| {
            if self.chance.below(100) < LEFT_OUT {
                0.0
            } else {
                kept
            }
        })
    }

    /// Steps of the layers behind the detectors. Gives the slope at each detector.
    fn learn_units(&mut self, response: &Response, error: f32, rate: f32) -> [f32; DETECTORS] {
        let mut slopes = [0.0; DETECTORS];
        for (unit, value) in self.network.units.iter_mut().zip(&response.units) {
            if *value <= 0.0 {
                continue;
            }
            let slope = error * unit.out.value;
            unit.out.step(error * value, rate);
            let detectors = slopes.iter_mut().zip(&response.detectors);
            for (weight, (below, detector)) in unit.weights.iter_mut().zip(detectors) {
                *below += slope * weight.value;
                if *detector > 0.0 {
                    weight.step(slope * detector, rate);
                }
            }
            unit.bias.step(slope, rate);
        }
        self.network.bias_out.step(error, rate);
        slopes
    }

    /// Steps of a detector where it responded most.
    fn learn_detector(
        &mut self,
        detector: usize,
        window: &[Vec<u16>],
        response: &Response,
        slope: f32,
        rate: f32,
    ) {
        let (Some(value), Some(place), Some(bias)) = (
            response.detectors.get(detector),
            response.places.get(detector),
            self.network.bias.get_mut(detector),
        ) else {
            return;
        };
        if *value <= 0.0 {
            return;
        }
        bias.step(slope, rate);
        let words = [place.checked_sub(1), Some(*place), place.checked_add(1)];
        for (tap, word) in words.into_iter().enumerate() {
            for row in word.and_then(|it| window.get(it)).into_iter().flatten() {
                let row = usize::from(*row);
                let weight = self.network.table.get_mut(row);
                let squares = self.squares.get_mut(row);
                if let (Some(weight), Some(squares)) = (
                    weight.and_then(|it| it.get_mut(tap)?.get_mut(detector)),
                    squares.and_then(|it| it.get_mut(tap)?.get_mut(detector)),
                ) {
                    step(weight, squares, slope, rate);
                }
            }
        }
    }
}

/// Which rows may have weights: all but those of words that stand in few groups.
fn active(samples: &[&Sample]) -> Vec<bool> {
    let mut seen = vec![0_u64; ROWS];
    for sample in samples {
        for row in sample.window.iter().flatten() {
            if let Some(groups) = seen.get_mut(usize::from(*row)) {
                *groups |= 1 << (sample.group % 64);
            }
        }
    }
    let counts = |(row, groups): (usize, &u64)| row >= WORD_ROWS || groups.count_ones() >= GROUPS;
    seen.iter().enumerate().map(counts).collect()
}
