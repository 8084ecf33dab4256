//! Forgeries of values, by the constraint that they break.

#![allow(clippy::too_many_lines, reason = "a list, one entry for each case")]

use std::sync::Arc;

use ff::{Field, PrimeField};
use halo2_proofs::halo2curves::bn256::Fr;

use super::bases::Base;
use super::cells::of_gate;
use crate::constraint::ConstraintKind::{CopyA, CopyB, Gate, Range, Relation};
use crate::constraint::{Constraint, ConstraintKind};
use crate::encode::{encode, power_of_two};
use crate::forgery::Forgery;
use crate::machine::lookup::entry_bits;
use crate::machine::write::{RESET, VANISH};
use crate::reference::exp_tables::{EXP_HIGH, EXP_LOW};

type Change = Arc<dyn Fn(Fr) -> Fr + Send + Sync>;

const HIGH_BITS: &str = "exponential: high bits";
const LOW_BITS: &str = "exponential: low bits";
const HIGH_ENTRY: &str = "exponential: entry of the high bits";
const LOW_ENTRY: &str = "exponential: entry of the low bits";

/// Small changes to a value, over the integers and at the scales of the rescalings.
fn changes() -> Vec<Change> {
    let mut changes: Vec<Change> = vec![
        Arc::new(|v| v + Fr::ONE),
        Arc::new(|v| v - Fr::ONE),
        Arc::new(|_| Fr::ZERO),
        Arc::new(|_| Fr::ONE),
    ];
    for bits in [12, 14, 24] {
        let step = power_of_two(bits).invert().unwrap();
        changes.push(Arc::new(move |v| v + step));
        changes.push(Arc::new(move |v| v - step));
    }
    changes
}

/// Forgeries of the value that the constraint itself names, in every place.
pub(in crate::inference) fn of_itself(constraint: Constraint, forgery: &Forgery) -> Vec<Forgery> {
    let places = 0..4;
    places
        .flat_map(|place| changes().into_iter().map(move |change| (place, change)))
        .map(|(place, change)| forgery.clone().value(constraint, place, move |v| change(v)))
        .collect()
}

pub(in crate::inference) fn set(
    forgery: Forgery,
    kind: ConstraintKind,
    name: &'static str,
    place: usize,
    value: Fr,
) -> Forgery {
    forgery.value(Constraint::new(kind, name), place, move |_| value)
}

pub(in crate::inference) fn add(
    forgery: Forgery,
    kind: ConstraintKind,
    name: &'static str,
    place: usize,
    value: Fr,
) -> Forgery {
    forgery.value(Constraint::new(kind, name), place, move |v| v + value)
}

/// Bits of the class that aren't the honest ones.
pub(in crate::inference) fn with_bits(bits: [i128; 3]) -> Forgery {
    bits.into_iter().enumerate().fold(Forgery::default(), |forgery, (place, bit)| {
        set(forgery, Range, "class: bit", place, encode(bit))
    })
}

fn each_class(forgery: &dyn Fn(usize) -> Forgery) -> Vec<Forgery> {
    (0..3).map(forgery).collect()
}

/// The clamp undone: a smaller high half than the distance has.
fn shorter_distances() -> Vec<Forgery> {
    (0..3).map(|class| add(Forgery::default(), Range, HIGH_BITS, class, -Fr::ONE)).collect()
}

/// The largest logit, as cells hold it.
fn largest(base: &Base) -> Fr {
    let logits = base.trace.as_ref().and_then(|trace| trace.forward.logits.iter().max().copied());
    encode(i128::from(logits.unwrap_or(0))) + power_of_two(23)
}

/// Forgeries that break one relation that demands zero, for [`special`] and for its copies.
fn of_zero(base: &Base, name: &'static str) -> Vec<Forgery> {
    let one = Fr::ONE;
    match name {
        "relu: h g = 0" => (0..2)
            .map(|unit| {
                add(
                    add(Forgery::default(), Range, "relu: dropped part g", unit, one),
                    Range,
                    "relu: activation h",
                    unit,
                    one,
                )
            })
            .collect(),
        "class: a bit is 0 or 1" => {
            // The first and the last logit are the largest, the one between them one less.
            vec![set(with_bits([1, -1, 1]), Range, "class: largest logit", 0, largest(base))]
        }
        "class: b D = 0" => vec![add(Forgery::default(), Range, "class: largest logit", 0, one)],
        "class: one bit is set" => {
            let above = largest(base) + one;
            vec![set(with_bits([0, 0, 0]), Range, "class: largest logit", 0, above)]
        }
        "exponential: e (16383 - d) = 0" => shorter_distances(),
        "residual: saturated is 0 or 1" => {
            vec![set(Forgery::default(), Range, "residual: saturated", 0, Fr::from(2))]
        }
        "slot: counted is 0 or 1" => {
            vec![set(Forgery::default(), Range, "slot: counted", 0, Fr::from(2))]
        }
        "weights: T t = 0" => {
            vec![set(Forgery::default(), Range, "weights: inverse of T", 0, Fr::ZERO)]
        }
        "clip: B N = 0" => (0..base.params.shape.contributors)
            .map(|c| add(Forgery::default(), Range, "clip: dropped part N", c, one))
            .collect(),
        _ => Vec::new(),
    }
}

/// Forgeries that need more than one value, by the constraint they are meant for.
pub(in crate::inference) fn special(base: &Base, constraint: Constraint) -> Vec<Forgery> {
    let none = Forgery::default;
    let trace = base.trace.as_ref();
    let total = trace.map_or(Fr::ONE, |trace| Fr::from_u128(trace.total.max(1)));
    let contributors = 0..base.params.shape.contributors;
    let inverse = |value: Fr| value.invert().unwrap_or(Fr::ZERO);
    match (constraint.kind, constraint.name) {
        (Relation | CopyA | CopyB, name) if !of_zero(base, name).is_empty() => {
            let forgeries = of_zero(base, name);
            let copies = [CopyA, CopyB].into_iter().filter(|kind| *kind == constraint.kind);
            let copies: Vec<ConstraintKind> = copies.collect();
            if copies.is_empty() {
                return forgeries;
            }
            let values = [Fr::ZERO, Fr::ONE, Fr::from(16383)];
            forgeries
                .iter()
                .flat_map(|forgery| {
                    values.map(|value| {
                        (0..4).fold(forgery.clone(), |forgery, place| {
                            set(forgery, constraint.kind, name, place, value)
                        })
                    })
                })
                .chain(forgeries.iter().flat_map(|forgery| {
                    (0..4).flat_map(move |place| {
                        values
                            .map(|value| set(forgery.clone(), constraint.kind, name, place, value))
                    })
                }))
                .collect()
        }
        (kind, "class: bits up to c") => (0..2)
            .map(|c| {
                add(
                    add(none(), kind, constraint.name, c, Fr::ONE),
                    kind,
                    constraint.name,
                    c + 1,
                    -Fr::ONE,
                )
            })
            .collect(),
        (Relation, "exponential: d = 128 hi + lo") => {
            let gaps = trace.map(|trace| trace.gaps.clone()).unwrap_or_default();
            gaps.iter()
                .enumerate()
                .map(|(c, gap)| {
                    set(none(), Relation, constraint.name, c, Fr::from(u64::from(*gap)))
                })
                .collect()
        }
        (CopyA, "exponential: d = 128 hi + lo") => each_class(&|c| {
            let shorter = add(none(), Range, HIGH_BITS, c, -Fr::ONE);
            add(shorter, CopyA, constraint.name, c, Fr::from(128))
        }),
        (CopyA, "exponential: e = D - d") => shorter_distances()
            .into_iter()
            .flat_map(|forgery| {
                (0..3).map(move |c| {
                    add(forgery.clone(), CopyA, "exponential: e = D - d", c, -Fr::from(128))
                })
            })
            .collect(),
        (Relation | CopyA, "exponential: high bits beside their entry") => each_class(&|c| {
            let other = add(none(), Range, HIGH_ENTRY, c, Fr::ONE);
            let scale = power_of_two(entry_bits(base.params.limbs()));
            let missing = if constraint.kind == CopyA { inverse(scale) } else { Fr::ONE };
            add(other, constraint.kind, constraint.name, c, -missing)
        }),
        (CopyB, "exponential: high bits beside their entry") => each_class(&|c| {
            add(add(none(), Range, HIGH_ENTRY, c, Fr::ONE), CopyB, constraint.name, c, -Fr::ONE)
        }),
        (CopyB, "exponential: low bits beside their entry") => each_class(&|c| {
            add(add(none(), Range, LOW_ENTRY, c, Fr::ONE), CopyB, constraint.name, c, -Fr::ONE)
        }),
        (CopyB, "weights: F T'") => contributors
            .map(|c| {
                let more = add(none(), Range, "weights: F", c, Fr::ONE);
                add(more, CopyB, constraint.name, c, -Fr::ONE)
            })
            .collect(),
        (Relation, "exponential: low bits beside their entry") => each_class(&|c| {
            let other = add(none(), Range, LOW_ENTRY, c, Fr::ONE);
            add(other, Relation, constraint.name, c, -Fr::ONE)
        }),
        (CopyA, "exponential: low bits beside their entry") => {
            let gaps = trace.map(|trace| trace.gaps.clone()).unwrap_or_default();
            let place = |c: usize, gap: u32| {
                // A step more of low bits than the table has, looked up as if it had.
                let entry = Fr::from(u64::from(EXP_LOW[(gap % 128) as usize]));
                let high = add(none(), Range, HIGH_BITS, c, -Fr::ONE);
                let low = add(high, Range, LOW_BITS, c, Fr::from(128));
                let low = set(low, Range, LOW_ENTRY, c, entry);
                add(low, CopyA, constraint.name, c, -Fr::from(128))
            };
            let far = gaps.iter().enumerate().filter(|(_, gap)| (128..=16_383).contains(*gap));
            far.map(|(c, gap)| place(c, *gap)).collect()
        }
        (Relation, "public input: c = instance") => {
            let all = 0..base.params.public_inputs();
            vec![all.fold(none(), |forgery, place| {
                set(forgery, Relation, constraint.name, place, Fr::ZERO)
            })]
        }
        (CopyA, "weights: r = P S - F T'") => contributors
            .map(|c| {
                let more = add(none(), Range, "weights: F", c, Fr::ONE);
                add(more, CopyA, constraint.name, c, total * inverse(Fr::from(1_000_000)))
            })
            .collect(),
        (CopyA, "slot: counted is 0 or 1") => {
            vec![set(
                set(none(), Range, "slot: counted", 0, Fr::from(2)),
                CopyA,
                constraint.name,
                0,
                Fr::ONE,
            )]
        }
        (CopyA, "weights: t = 1 - T inv") => vec![set(
            set(none(), Range, "weights: inverse of T", 0, Fr::ONE),
            CopyA,
            constraint.name,
            0,
            -Fr::ONE,
        )],
        (CopyA | Relation, _) if constraint == VANISH || constraint == RESET => {
            // `c` of all rows of constants of the first word, and of its reset: one copy or relation alone says that it is 0.
            let (columns, frame) = (base.columns(), base.frame());
            vec![none().cells(move |grid| {
                let rows = frame.linear.words[0][0];
                let column = columns.threads[0].c;
                for row in rows.entries..rows.run {
                    grid.assign(column, row, Fr::ONE);
                }
                if constraint == RESET {
                    grid.assign(column, rows.run + frame.linear.stride, Fr::ONE);
                }
            })]
        }
        (Range, name) => of_range(base, name),
        (Gate, name) => of_gate(base, name),
        _ => Vec::new(),
    }
}

/// Forgeries with one value out of its range.
fn of_range(base: &Base, name: &'static str) -> Vec<Forgery> {
    let none = Forgery::default;
    let one = Fr::ONE;
    let trace = base.trace.as_ref();
    let each = |name: &'static str, values: &[Fr]| -> Vec<Forgery> {
        (0..4)
            .flat_map(|place| {
                values
                    .iter()
                    .map(move |value| add(none(), Range, name, place, *value))
                    .collect::<Vec<_>>()
            })
            .collect()
    };
    match name {
        // The witness itself exceeds its width.
        "relu: activation h" | "logit: z + 2^23" => vec![none()],
        "relu: r = y + 2^(s-1) - 2^s (h - g)" => each("relu: activation h", &[one, -one]),
        "logit: r = y + 2^(s-1) - 2^s z" => each("logit: z + 2^23", &[one, -one]),
        "class: D - [c < class]" => [[1, 0, 0], [0, 1, 0], [0, 0, 1]].map(with_bits).to_vec(),
        "exponential: e = D - d" => (0..3)
            .map(|c| {
                let high = set(none(), Range, HIGH_BITS, c, Fr::from(127));
                set(high, Range, LOW_BITS, c, Fr::from(127))
            })
            .collect(),
        "input: raw value" => {
            let first = add(none(), Range, name, 0, power_of_two(16));
            vec![add(first, Range, name, 1, -one)]
        }
        HIGH_BITS => {
            // A part of a step of high bits, made up by low bits; the entry takes what the number beside it lacks.
            let gaps = trace.map(|trace| trace.gaps.clone()).unwrap_or_default();
            let part = Fr::from(128).invert().unwrap();
            let scale = power_of_two(entry_bits(base.params.limbs()));
            let place = |c: usize, gap: u32| {
                let entry = Fr::from(u64::from(EXP_HIGH[(gap / 128) as usize]));
                let high = add(none(), Range, HIGH_BITS, c, -part);
                let high = set(high, Range, HIGH_ENTRY, c, entry + scale * part);
                add(high, Range, LOW_BITS, c, one)
            };
            let inside =
                gaps.iter().enumerate().filter(|(_, gap)| **gap < 16_383 && **gap % 128 < 127);
            inside.map(|(c, gap)| place(c, *gap)).collect()
        }
        HIGH_ENTRY | LOW_ENTRY => {
            let (table, shift): (&[u32], u32) =
                if name == HIGH_ENTRY { (&EXP_HIGH, 7) } else { (&EXP_LOW, 0) };
            let scale = power_of_two(entry_bits(base.params.limbs()));
            let gaps = trace.map(|trace| trace.gaps.clone()).unwrap_or_default();
            let next = gaps.iter().enumerate().filter_map(|(c, gap)| {
                let next = (gap.min(&16_383) >> shift) as usize % 128 + 1;
                let entry = Fr::from(u64::from(*table.get(next)?));
                Some(set(none(), Range, name, c, entry + scale))
            });
            next.collect()
        }
        "exponential: high bits beside their entry" => {
            each_class(&|c| add(none(), Range, HIGH_ENTRY, c, one))
        }
        "exponential: low bits beside their entry" => {
            each_class(&|c| add(none(), Range, LOW_ENTRY, c, one))
        }
        "exponential: E" => {
            let step = power_of_two(24).invert().unwrap();
            let pairs = [(0, 1), (1, 0), (0, 2), (2, 0), (1, 2), (2, 1)];
            pairs
                .map(|(up, down)| add(add(none(), Range, name, up, step), Range, name, down, -step))
                .to_vec()
        }
        "exponential: r = HIGH LOW + 2^23 - 2^24 E" => each("exponential: E", &[one, -one]),
        "residual: margin of saturation" => {
            [Fr::ZERO, one].map(|bit| set(none(), Range, "residual: saturated", 0, bit)).to_vec()
        }
        "clip: dropped part N" => {
            let scores = trace.map(|trace| trace.scores.clone()).unwrap_or_default();
            scores
                .iter()
                .enumerate()
                .map(|(c, score)| set(none(), Range, name, c, encode(-score)))
                .collect()
        }
        "clip: B = A + N" => {
            (0..3).map(|c| set(none(), Range, "clip: dropped part N", c, Fr::ZERO)).collect()
        }
        "weights: F" => {
            let total = trace.map_or(1, |trace| trace.total.max(1));
            each(name, &[Fr::from_u128(total).invert().unwrap()])
        }
        "weights: r = P S - F T'" => each("weights: F", &[one]),
        "weights: T' - 1 - r" => each("weights: F", &[-one]),
        _ => Vec::new(),
    }
}
