//! What the model says of sources that it has not seen, and the thresholds that
//! follow.

use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZero;
use std::sync::{Mutex, MutexGuard, PoisonError};

use lango_screening::ContextClass;
use lango_screening::training;

use super::corpus::Example;
use super::fit::{self, Sample};
use super::network;

/// A text's logit from a model that had not seen its group.
#[derive(Debug, Clone, Copy)]
pub struct Judged {
    /// The logit.
    pub logit: f32,
    /// Whether a rule decides, in arguments, documents, tool definitions.
    pub decided: [bool; 3],
}

impl Judged {
    /// The logit, beyond any threshold where a rule decides.
    fn score(&self, class: ContextClass) -> f32 {
        let place = CLASSES.iter().position(|it| *it == class);
        let decided = place.and_then(|place| self.decided.get(place));
        if decided == Some(&true) {
            f32::MAX
        } else {
            self.logit
        }
    }
}

/// The classes that thresholds are chosen for; results have that of documents.
pub const CLASSES: [ContextClass; 3] = [
    ContextClass::Argument,
    ContextClass::Document,
    ContextClass::ToolDescription,
];

/// The samples of these examples, each source counting alike.
#[must_use]
pub fn samples(examples: &[Example]) -> Vec<Sample> {
    let mut sizes: BTreeMap<(&str, bool), usize> = BTreeMap::new();
    let mut groups: BTreeMap<&str, usize> = BTreeMap::new();
    for example in examples {
        *sizes
            .entry((family(&example.source), example.attack))
            .or_default() += 1;
        let next = groups.len();
        groups.entry(&example.group).or_insert(next);
    }
    examples
        .iter()
        .map(|example| {
            let size = sizes.get(&(family(&example.source), example.attack));
            #[allow(clippy::cast_precision_loss)] // counts of texts
            let size = size.copied().unwrap_or(1) as f32;
            Sample {
                segments: training::segments(&example.text),
                window: Vec::new(),
                attack: example.attack,
                weight: importance(example) * (500.0 / size).powf(0.5).clamp(0.35, 3.0),
                group: groups.get(example.group.as_str()).copied().unwrap_or(0),
            }
        })
        .collect()
}

/// A source without its language.
#[must_use]
pub fn family(source: &str) -> &str {
    [
        "own_attacks",
        "own_direct",
        "own_natural",
        "own_indirect",
        "own_typed",
        "own_documents",
        "own_benign",
        "own_hard",
        "own_odd",
        "own_machine",
        "own_ask",
        "own_said",
        "own_placed",
        "own_tricky",
        "own_plain",
    ]
    .into_iter()
    .find(|it| source.starts_with(it))
    .unwrap_or(source)
}

/// Noisy labels count less; a false alarm counts more than a miss.
fn importance(example: &Example) -> f32 {
    match (family(&example.source), example.attack) {
        ("deepset", true) => 0.3,
        ("asb_goals", _) => 0.5,
        ("own_hard" | "own_tricky", _) => 2.0,
        (_, false) => 1.5,
        (_, true) => 1.0,
    }
}

/// Judges every example by models that were fitted without its group. The linear ones
/// say which window of each text the networks see.
#[must_use]
pub fn judge(examples: &[Example], samples: &mut [Sample]) -> Vec<Judged> {
    let models = without_each_group(samples, fit::fit);
    let mut logits = Vec::with_capacity(samples.len());
    for (example, sample) in examples.iter().zip(samples.iter_mut()) {
        let weights = models.get(&sample.group).map_or(&[][..], Vec::as_slice);
        let (logit, place) = fit::logit(&sample.segments, weights);
        sample.window = training::window(&example.text, place);
        logits.push(logit);
    }
    let networks = without_each_group(samples, network::fit);
    let samples = samples.iter().zip(logits);
    examples
        .iter()
        .zip(samples)
        .map(|(example, (sample, linear))| {
            let network = networks.get(&sample.group);
            let logit = training::together(linear, || network?.logit(&sample.window));
            Judged {
                logit,
                decided: CLASSES.map(|class| training::decided(&example.text, class)),
            }
        })
        .collect()
}

/// For each group a model that was fitted without it; as many fits at a time as there
/// are cores.
fn without_each_group<M: Send>(
    samples: &[Sample],
    fit: impl Fn(&[&Sample]) -> M + Sync,
) -> BTreeMap<usize, M> {
    let groups: BTreeSet<usize> = samples.iter().map(|it| it.group).collect();
    let waiting = Mutex::new(groups.into_iter());
    let fitted = Mutex::new(BTreeMap::new());
    let next = || lock(&waiting).next();
    std::thread::scope(|scope| {
        for _ in 0..std::thread::available_parallelism().map_or(1, NonZero::get) {
            scope.spawn(|| {
                while let Some(group) = next() {
                    let rest: Vec<&Sample> =
                        samples.iter().filter(|it| it.group != group).collect();
                    let model = fit(&rest);
                    lock(&fitted).insert(group, model);
                }
            });
        }
    });
    fitted.into_inner().unwrap_or_else(PoisonError::into_inner)
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Whether a source was made to be mistaken for attacks.
#[must_use]
pub fn is_hard(source: &str) -> bool {
    matches!(
        family(source),
        "xstest_safe"
            | "mitre_frr"
            | "spikee_fp"
            | "ifeval"
            | "own_hard"
            | "own_odd"
            | "own_tricky"
    )
}

/// The share of false alarms that is borne: hard negatives are hard.
fn borne(source: &str) -> f64 {
    match family(source) {
        _ if is_hard(source) => 0.04,
        // What machines write, secrets in it.
        "secrets" => 0.02,
        // Few texts, many of them near attacks.
        "own_benign" => 0.02,
        // Reported, but too few or made of the others: nothing hangs on them.
        "own_machine" | "long" | "long_hard" => 1.0,
        _ => 0.01,
    }
}

/// The lowest logit at which no benign source has more false alarms than is borne,
/// to the nearest text; those that a rule decides on count too.
/// Our own languages count together: a few texts make no percent. What people ask of
/// assistants does not stand in documents.
#[must_use]
pub fn threshold(examples: &[Example], judged: &[Judged], class: ContextClass) -> (f32, String) {
    let is_foreign = |source: &str| {
        class == ContextClass::Document && matches!(source, "ifeval" | "alpaca_seeds")
    };
    let mut sources: BTreeMap<&str, Vec<f32>> = BTreeMap::new();
    for (example, judged) in examples.iter().zip(judged) {
        if !example.attack && !is_foreign(&example.source) {
            sources
                .entry(family(&example.source))
                .or_default()
                .push(judged.score(class));
        }
    }
    let mut worst = (f32::MIN, String::new());
    for (source, mut logits) in sources {
        logits.sort_by(|one, other| other.total_cmp(one));
        #[allow(
            clippy::cast_precision_loss,
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss
        )]
        let allowed = (logits.len() as f64 * borne(source)).round() as usize;
        let least = logits.get(allowed).map_or(f32::MIN, |it| it + 1e-3);
        // Where rules alone find more than is borne, no threshold helps.
        if least > worst.0 && least < f32::MAX {
            worst = (least, source.to_owned());
        }
    }
    worst
}
