//! A dishonest prover against every single constraint.
//!
//! For each constraint there is a forgery, everything downstream of it recomputed, that the circuit rejects and that it would accept
//! without the constraint. `scripts/omit-each.sh` leaves out one constraint after the other in all tests.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use ff::{Field, PrimeField};
use halo2_proofs::halo2curves::bn256::Fr;

use super::tests::{accepted, shape, witness};
use super::*;
use crate::constraint::ConstraintKind::{CopyA, CopyB, Gate, Range, Relation};
use crate::constraint::{Constraint, ConstraintKind, omission};
use crate::encode::power_of_two;
use crate::forgery::Forgery;
use crate::gadgets::{dense::OUTPUT, dense::WEIGHT, poseidon::ELEMENT};
use crate::layout::{Fixed, Late};
use crate::reference::{self, QueryTrace};
use crate::{InferenceCircuit, InferenceWitness};

type Change = Arc<dyn Fn(Fr) -> Fr + Send + Sync>;

/// A witness to start from.
pub(super) struct Base {
    pub(super) params: CircuitParams,
    pub(super) witness: InferenceWitness,
    pub(super) trace: Option<QueryTrace>,
    /// Whether forgeries of a single value are tried on it.
    simple: bool,
}

impl Base {
    fn new(params: &CircuitParams, witness: InferenceWitness) -> Self {
        let trace =
            reference::query(&witness.model, &witness.table, params.shape.residual, &witness.input)
                .ok();
        Self { params: params.clone(), witness, trace, simple: false }
    }

    pub(super) fn public_inputs(&self, forgery: &Forgery) -> Vec<FieldElement> {
        InferenceCircuit::forged(&self.params, &self.witness, forgery.clone())
            .unwrap()
            .public_inputs()
    }

    pub(super) fn accepts(&self, forgery: &Forgery) -> bool {
        let circuit =
            InferenceCircuit::forged(&self.params, &self.witness, forgery.clone()).unwrap();
        accepted(&self.params, &circuit).is_ok()
    }

    fn layout(&self) -> Layout {
        Layout::new(&self.params, &Bounds::of(&self.params.shape).unwrap())
    }
}

const POSITION_EXPONENTIAL: Constraint =
    Constraint::new(Gate, "exponential: c = the index that lane 0 looks up");

/// Honest witnesses (and some with values beyond their widths) that forgeries start from.
pub(super) fn bases(residual: ResidualKind) -> Vec<Base> {
    let params = CircuitParams::fit(shape(3, &[2], 3, 3, residual)).unwrap();
    let mut bases: Vec<Base> =
        (1..=6).map(|seed| Base::new(&params, witness(&params.shape, seed))).collect();
    let mut edit = |seed, change: &dyn Fn(&mut InferenceWitness)| {
        let mut edited = witness(&params.shape, seed);
        change(&mut edited);
        bases.push(Base::new(&params, edited));
    };
    let open = |witness: &mut InferenceWitness| {
        // Logits close to each other: no clamp, no saturation.
        witness.model.head.iter_mut().for_each(|weight| *weight /= 64);
    };
    edit(1, &open);
    edit(2, &open);
    edit(3, &open);
    // A tie.
    edit(4, &|witness| {
        open(witness);
        witness.model.head.chunks_mut(3).for_each(|row| row.fill(row[0]));
    });
    // Nobody supports the output.
    edit(5, &|witness| {
        open(witness);
        witness.table.entries.fill(0);
    });
    // Saturated, with and without a table.
    let saturated = |witness: &mut InferenceWitness| {
        witness.model.head.fill(0);
        let last = witness.model.head.len() - 3;
        witness.model.head[last..].copy_from_slice(&[(1 << 23) - 1, 0, 0]);
    };
    edit(6, &saturated);
    edit(7, &|witness| {
        saturated(witness);
        witness.table.entries.fill(0);
    });
    // Activations that exceed 16 bits, and logits that exceed 24.
    edit(8, &|witness| {
        witness.input.fill(i16::MAX);
        witness.model.hidden[0].weights.fill(4000);
        witness.model.head.fill(0);
    });
    edit(9, &|witness| {
        witness.input.fill(i16::MAX);
        witness.model.hidden[0].weights.fill(2500);
        witness.model.head.fill((1 << 23) - 1);
    });
    // The last contributor slightly negative, the others positive.
    edit(10, &|witness| {
        open(witness);
        witness
            .table
            .entries
            .iter_mut()
            .enumerate()
            .for_each(|(i, entry)| *entry = [1 << 50, 1 << 50, -(1 << 44)][i % 3]);
        // Only the residual of one class counts.
        witness
            .table
            .entries
            .iter_mut()
            .enumerate()
            .filter(|(i, _)| i / 3 % 3 != 0)
            .for_each(|(_, entry)| *entry = 0);
    });
    edit(11, &|witness| {
        open(witness);
        witness
            .table
            .entries
            .iter_mut()
            .enumerate()
            .for_each(|(i, entry)| *entry = [-(1 << 50), -(1 << 50), 1 << 44][i % 3]);
        witness
            .table
            .entries
            .iter_mut()
            .enumerate()
            .filter(|(i, _)| i / 3 % 3 != 0)
            .for_each(|(_, entry)| *entry = 0);
    });
    // A logit further than the clamp below the largest.
    edit(12, &|witness| {
        open(witness);
        let last = witness.model.head.len() - 3;
        witness.model.head[last..].copy_from_slice(&[2000, 0, -3_000_000]);
    });
    for simple in [6, 10, 12] {
        bases[simple].simple = true;
    }
    bases
}

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
fn of_itself(constraint: Constraint, forgery: &Forgery) -> Vec<Forgery> {
    let places = 0..4;
    places
        .flat_map(|place| changes().into_iter().map(move |change| (place, change)))
        .map(|(place, change)| forgery.clone().value(constraint, place, move |v| change(v)))
        .collect()
}

pub(super) fn set(
    forgery: Forgery,
    kind: ConstraintKind,
    name: &'static str,
    place: usize,
    value: Fr,
) -> Forgery {
    forgery.value(Constraint::new(kind, name), place, move |_| value)
}

pub(super) fn add(
    forgery: Forgery,
    kind: ConstraintKind,
    name: &'static str,
    place: usize,
    value: Fr,
) -> Forgery {
    forgery.value(Constraint::new(kind, name), place, move |v| v + value)
}

/// Bits of the class that aren't the honest ones.
pub(super) fn with_bits(bits: [i128; 3]) -> Forgery {
    bits.into_iter().enumerate().fold(Forgery::default(), |forgery, (place, bit)| {
        set(forgery, Range, "class: bit", place, crate::encode::encode(bit))
    })
}

/// The clamp undone: a smaller high half than the distance has.
fn shorter_distances() -> Vec<Forgery> {
    (0..3)
        .map(|class| add(Forgery::default(), Gate, POSITION_EXPONENTIAL.name, 2 * class, -Fr::ONE))
        .collect()
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
            [[2, -1, 0], [2, 0, -1], [-1, 2, 0], [0, 2, -1], [-1, 0, 2], [0, -1, 2]]
                .map(with_bits)
                .to_vec()
        }
        "class: one bit is set" => {
            [[1, 1, 0], [1, 0, 1], [0, 1, 1], [1, 1, 1]].map(with_bits).to_vec()
        }
        "exponential: e (16383 - d) = 0" => shorter_distances(),
        "residual: saturated is 0 or 1" => {
            vec![set(Forgery::default(), Range, "residual: saturated", 0, Fr::from(2))]
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
fn special(base: &Base, constraint: Constraint) -> Vec<Forgery> {
    let none = Forgery::default;
    let trace = base.trace.as_ref();
    let running = |c: usize| trace.map_or(Fr::ONE, |trace| Fr::from_u128(trace.running[c]));
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
        (CopyA, "exponential: d = 128 hi + lo") => shorter_distances()
            .into_iter()
            .flat_map(|forgery| {
                (0..3).map(move |c| {
                    add(forgery.clone(), CopyA, "exponential: d = 128 hi + lo", c, Fr::ONE)
                })
            })
            .collect(),
        (CopyA, "exponential: e = D - d") => shorter_distances()
            .into_iter()
            .flat_map(|forgery| {
                (0..3).map(move |c| {
                    add(forgery.clone(), CopyA, "exponential: e = D - d", c, -Fr::from(128))
                })
            })
            .collect(),
        (Gate, "exponential: c = the index that lane 0 looks up") => (0..3)
            .map(|c| add(none(), CopyA, "exponential: entry of the high bits", c, Fr::ONE))
            .collect(),
        (CopyA, "weights: r = P l S - F T'") => {
            contributors.map(|c| add(none(), CopyA, constraint.name, c, inverse(total))).collect()
        }
        (CopyA, "weights: l S") => contributors
            .map(|c| {
                add(none(), CopyA, constraint.name, c, inverse(running(c) * Fr::from(1_000_000)))
            })
            .collect(),
        (CopyA, "weights: t = 1 - T inv") => vec![set(
            set(none(), Range, "weights: inverse of T", 0, Fr::ONE),
            CopyA,
            constraint.name,
            0,
            -Fr::ONE,
        )],
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
                set(
                    set(none(), Gate, POSITION_EXPONENTIAL.name, 2 * c, Fr::from(127)),
                    Gate,
                    POSITION_EXPONENTIAL.name,
                    2 * c + 1,
                    Fr::from(127),
                )
            })
            .collect(),
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
                .map(|(c, score)| set(none(), Range, name, c, crate::encode::encode(-score)))
                .collect()
        }
        "clip: B = A + N" => {
            (0..3).map(|c| set(none(), Range, "clip: dropped part N", c, Fr::ZERO)).collect()
        }
        "weights: F" => {
            let total = trace.map_or(1, |trace| trace.total.max(1));
            each(name, &[Fr::from_u128(total).invert().unwrap()])
        }
        "weights: r = P l S - F T'" => each("weights: F", &[one]),
        "weights: T' - 1 - r" => each("weights: F", &[-one]),
        _ => Vec::new(),
    }
}

/// Forgeries of cells, for gates that hold for many rows.
fn of_gate(base: &Base, name: &'static str) -> Vec<Forgery> {
    let layout = Arc::new(base.layout());
    let none = Forgery::default;
    let copy_end = |forged: Constraint, to: Late, from: Late| {
        add(none(), forged.kind, forged.name, 1, Fr::ONE).late(move |grid, _, late| {
            late.columns[to.0][grid.active] = late.columns[from.0][grid.active];
        })
    };
    let shift_start = |forged: Constraint,
                       column: Late,
                       target: Late,
                       factor: fn(&Layout, &Grid, usize) -> u64| {
        let layout = Arc::clone(&layout);
        add(none(), forged.kind, forged.name, 1, Fr::ONE).late(move |grid, challenges, late| {
            let factors: Vec<Fr> = (0..grid.active)
                .map(|row| challenges.rho.pow_vartime([factor(&layout, grid, row)]))
                .collect();
            let missing = late.columns[target.0][grid.active] - late.columns[column.0][grid.active];
            let mut shift = missing * factors.iter().product::<Fr>().invert().unwrap();
            late.columns[column.0][0] += shift;
            for (row, factor) in factors.iter().enumerate() {
                shift *= factor;
                late.columns[column.0][row + 1] += shift;
            }
        })
    };
    let (weights, stream, ports, hash) = (
        layout.weights_fingerprint,
        layout.stream_fingerprint,
        layout.ports_fingerprint,
        layout.hash_fingerprint,
    );
    match name {
        "arithmetic: c = q_p c_prev + q_a a + q_b b + q_m a b + q_k" => {
            vec![add(none(), Relation, "weights: T' = T + t", 0, Fr::ONE)]
        }
        "range: c = sum of limbs" => {
            let layout = Arc::clone(&layout);
            vec![none().cells(move |grid| {
                let (_, q_range) = layout.ranges[0];
                let row = first_row(grid, q_range);
                let cell = &mut grid.advice[layout.lanes[0].0][row];
                *cell = if *cell == Fr::ZERO { Fr::ONE } else { Fr::ZERO };
            })]
        }
        "range: the top limb has the bits that are left" => {
            let layout = Arc::clone(&layout);
            let drop_scaled = move |forgery: Forgery| {
                let layout = Arc::clone(&layout);
                forgery.cells(move |grid| {
                    for lane in &layout.lanes {
                        grid.advice[lane.0]
                            .iter_mut()
                            .filter(|cell| **cell > Fr::from(255))
                            .for_each(|cell| *cell = Fr::ZERO);
                    }
                })
            };
            (0..3)
                .map(|class| drop_scaled(add(none(), Range, "logit: z + 2^23", class, -Fr::ONE)))
                .collect()
        }
        "fingerprint: stream advances by rho^m F + sum rho^j v_j" => {
            vec![copy_end(WEIGHT, stream, weights)]
        }
        "fingerprint: weights advance by rho^n F + sum rho^j W_j" => {
            vec![copy_end(WEIGHT, weights, stream)]
        }
        "fingerprint: ports advance by rho F + pack" => vec![copy_end(ELEMENT, ports, hash)],
        "fingerprint: hash advances by rho^11 F + sum rho^j e_j" => {
            vec![copy_end(ELEMENT, hash, ports)]
        }
        "fingerprint: stream starts at 0" => {
            vec![shift_start(WEIGHT, stream, weights, |layout, grid, row| {
                layout
                    .stream
                    .kinds
                    .iter()
                    .filter(|(_, q_kind)| grid.fixed(*q_kind, row) == Fr::ONE)
                    .map(|(kind, _)| kind.values as u64)
                    .sum()
            })]
        }
        "fingerprint: weights start at 0" => {
            vec![shift_start(WEIGHT, weights, stream, |layout, grid, row| {
                layout
                    .dense
                    .kinds
                    .iter()
                    .filter(|(_, q_kind)| grid.fixed(*q_kind, row) == Fr::ONE)
                    .map(|(count, _)| *count as u64)
                    .sum()
            })]
        }
        "fingerprint: ports start at 0" => {
            vec![shift_start(ELEMENT, ports, hash, |layout, grid, row| {
                u64::from(grid.fixed(layout.stream.q_port, row) == Fr::ONE)
            })]
        }
        "fingerprint: hash starts at 0" => {
            vec![shift_start(ELEMENT, hash, ports, |layout, grid, row| {
                11 * u64::from(grid.fixed(layout.poseidon.q_start, row) == Fr::ONE)
            })]
        }
        "dense: t' = rho^n t + sum rho^j (W_j - o)" => vec![wrong_output(
            &layout,
            |grid, late, layout, row| {
                let _ = grid;
                let wrong = late.columns[layout.accumulator.0][row + 1];
                late.columns[layout.combination.0][row + 1] += wrong;
            },
            1,
        )],
        "dense: accumulator' = accumulator + x t'" => {
            vec![wrong_output(&layout, |_, _, _, _| (), 1)]
        }
        "dense: accumulator starts at 0" => {
            vec![wrong_output(&layout, |_, _, _, _| (), usize::MAX)]
        }
        "lookup: h * prod f = sum of prods without one" => {
            vec![limb_beyond(&layout, |grid, layout, late, row| {
                let missing = late.columns[layout.sum.0][grid.active];
                late.columns[layout.helpers[0].0][row] -= missing;
                late.columns[layout.sum.0][row + 1..=grid.active]
                    .iter_mut()
                    .for_each(|phi| *phi -= missing);
            })]
        }
        "lookup: (phi' - phi - sum h) (alpha + t) + m = 0" => {
            vec![limb_beyond(&layout, |grid, layout, late, _| {
                late.columns[layout.sum.0][grid.active] = Fr::ZERO
            })]
        }
        "lookup: phi starts at 0" => vec![limb_beyond(&layout, |grid, layout, late, _| {
            let missing = late.columns[layout.sum.0][grid.active];
            late.columns[layout.sum.0][..=grid.active].iter_mut().for_each(|phi| *phi -= missing);
        })],
        "lookup: phi ends at 0" => vec![limb_beyond(&layout, |_, _, _, _| ())],
        _ => Vec::new(),
    }
}

fn first_row(grid: &Grid, selector: Fixed) -> usize {
    grid.fixed[selector.0].iter().position(|value| *value == Fr::ONE).unwrap()
}

/// A wrong first output; the accumulator is corrected from `rows` below the end of its job on (from everywhere for the maximum).
fn wrong_output(
    layout: &Arc<Layout>,
    correct: fn(&Grid, &mut LateGrid, &Layout, usize),
    rows: usize,
) -> Forgery {
    let layout = Arc::clone(layout);
    add(Forgery::default(), OUTPUT.kind, OUTPUT.name, 0, Fr::ONE).late(move |grid, _, late| {
        let row = first_row(grid, layout.dense.q_close_outputs);
        correct(grid, late, &layout, row);
        let wrong = late.columns[layout.accumulator.0][row + 1];
        let start = if rows == usize::MAX { 0 } else { row + rows };
        late.columns[layout.accumulator.0][start..=grid.active]
            .iter_mut()
            .for_each(|cell| *cell -= wrong);
    })
}

/// A value decomposed with a limb that isn't in the table.
fn limb_beyond(layout: &Arc<Layout>, correct: fn(&Grid, &Layout, &mut LateGrid, usize)) -> Forgery {
    let layouts = [Arc::clone(layout), Arc::clone(layout)];
    let [cells, late] = layouts;
    let row_of = |grid: &Grid, layout: &Layout| {
        let (_, q_range) = *layout.ranges.iter().find(|(width, _)| *width == 24).unwrap();
        (0..grid.active)
            .find(|row| {
                grid.fixed(q_range, *row) == Fr::ONE
                    && grid.advice(layout.lanes[1], *row) != Fr::ZERO
            })
            .unwrap()
    };
    Forgery::default()
        .cells(move |grid| {
            let row = row_of(grid, &cells);
            grid.advice[cells.lanes[0].0][row] += Fr::from(256);
            grid.advice[cells.lanes[1].0][row] -= Fr::ONE;
        })
        .late(move |grid, _, columns| {
            let (_, q_range) = *late.ranges.iter().find(|(width, _)| *width == 24).unwrap();
            let row = (0..grid.active)
                .find(|row| {
                    grid.fixed(q_range, *row) == Fr::ONE
                        && grid.advice(late.lanes[0], *row) > Fr::from(255)
                })
                .unwrap();
            correct(grid, &late, columns, row);
        })
}

/// Whether some forgery is accepted without the constraint; all that are must be rejected with it.
fn necessary(bases: &[Base], constraint: Constraint) -> Result<(), String> {
    let simple = of_itself(constraint, &Forgery::default());
    let special = bases
        .iter()
        .flat_map(|base| special(base, constraint).into_iter().map(move |forgery| (base, forgery)));
    let simple = bases
        .iter()
        .filter(|base| base.simple)
        .flat_map(|base| simple.iter().cloned().map(move |forgery| (base, forgery)));
    for (base, forgery) in special.chain(simple) {
        if omission::without(constraint, || base.accepts(&forgery)) && !base.accepts(&forgery) {
            return Ok(());
        }
    }
    Err(format!("no forgery shows that it is needed: {constraint}"))
}

/// The constraints of both residuals, each with the residual of a circuit that has it.
fn constraints() -> Vec<(Constraint, ResidualKind)> {
    let mut all: Vec<(Constraint, ResidualKind)> = Vec::new();
    for residual in [ResidualKind::Query, ResidualKind::OneHot] {
        let params = CircuitParams::fit(shape(3, &[2], 3, 3, residual)).unwrap();
        for constraint in InferenceCircuit::for_keys(&params).unwrap().constraints() {
            if !all.iter().any(|(known, _)| *known == constraint) {
                all.push((constraint, residual));
            }
        }
    }
    all
}

#[test]
fn lists_every_constraint() {
    let all = constraints();
    all.iter().for_each(|(constraint, _)| println!("{constraint}"));
    assert!(all.len() > 100);
}

#[test]
fn every_constraint_is_necessary() {
    let all =
        [ResidualKind::Query, ResidualKind::OneHot].map(|residual| (residual, bases(residual)));
    let mut work = constraints();
    let only = std::env::var("TRIBUTE_ONLY").ok();
    work.retain(|(constraint, _)| {
        only.as_ref().is_none_or(|only| constraint.to_string().contains(only.as_str()))
    });
    let next = AtomicUsize::new(0);
    let failures = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..std::thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(|| {
                while let Some((constraint, residual)) =
                    work.get(next.fetch_add(1, Ordering::Relaxed))
                {
                    let bases =
                        all.iter().find(|(kind, _)| kind == residual).map(|(_, bases)| bases);
                    if let Err(failure) = necessary(bases.unwrap(), *constraint) {
                        eprintln!("{failure}");
                        failures.lock().unwrap().push(failure);
                    }
                }
            });
        }
    });
    let failures = failures.into_inner().unwrap();
    println!("{} constraints, {} without a forgery", work.len(), failures.len());
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}
