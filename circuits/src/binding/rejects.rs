//! A dishonest prover against every single constraint of the binding circuit, and against each way to put something else into the linked columns.
//!
//! For each constraint there is a forgery, everything downstream of it recomputed, that the circuit rejects and that it would accept without the constraint.
//! `scripts/omit-each.sh` leaves out one constraint after the other in all tests.

use std::collections::BTreeSet;
use std::sync::Arc;

use ff::Field;
use halo2_proofs::dev::{MockProver, VerifyFailure};
use halo2_proofs::halo2curves::bn256::Fr;

use super::cells::{CONSTANT, PUBLIC, VALUE};
use super::layout::BindingLayout;
use super::tests::{shape, witness};
use super::{BindingCircuit, BindingParams, BindingWitness, GO_ON};
use crate::constraint::Constraint;
use crate::encode::power_of_two;
use crate::forgery::{Absorption, Forgery, Target};
use crate::gadgets::poseidon::{self, ELEMENT};
use crate::gadgets::stream;
use crate::grid::{Grid, LateCell};
use crate::layout::Late;
use crate::linked::Block;
use crate::linked::tests::single;
use crate::necessity::{assert_each_necessary, necessary, print};

/// An honest witness to start from: two parts of the stream, four chips, two of them idle in the end.
struct Base {
    params: BindingParams,
    witness: BindingWitness,
    layout: Arc<BindingLayout>,
    active: usize,
}

impl Base {
    fn new() -> Self {
        let shape = shape(16, &[13], 3, 3);
        let params = BindingParams {
            linked: single(&shape, 5),
            shape,
            k: 10,
            hash_chips: 4,
            limb_lanes: 10,
            streams: 2,
        };
        let witness = witness(&params.shape, 7);
        let layout = Arc::new(BindingLayout::new(&params));
        let active = params.active_rows();
        Self { params, witness, layout, active }
    }

    fn prover(&self, forgery: &Forgery) -> MockProver<Fr> {
        let circuit = BindingCircuit::forged(&self.params, &self.witness, forgery.clone()).unwrap();
        let instance = vec![circuit.instance().to_vec()];
        MockProver::run(self.params.k, &circuit, instance).unwrap()
    }

    fn accepts(&self, forgery: &Forgery) -> bool {
        self.prover(forgery).verify().is_ok()
    }

    /// Names of the identities that don't hold; "copy" stands for any copy.
    fn broken(&self, forgery: &Forgery) -> BTreeSet<&'static str> {
        let names = BindingCircuit::for_keys(&self.params).unwrap().constraints();
        let name = |failure: &VerifyFailure| {
            let text = failure.to_string();
            let name = names.iter().find(|name| text.contains(&format!("('{}')", name.name)));
            name.map_or("copy", |name| name.name)
        };
        let failures = self.prover(forgery).verify().err().unwrap_or_default();
        failures.iter().map(name).collect()
    }

    /// The forgery must break these identities and no other: all that follows from it is in order.
    fn assert_stopped_by(&self, forgery: &Forgery, identities: &[&'static str]) {
        assert!(self.accepts(&Forgery::default()));
        assert_eq!(self.broken(forgery), identities.iter().copied().collect());
    }

    /// Something in a linked column at a row, without a constraint on it but the one on its content.
    fn content(&self, cell: usize, row: usize) -> Forgery {
        let column = self.layout.cells[cell];
        Forgery::default().cells(move |grid| grid.advice[column.0][row] += Fr::ONE)
    }

    /// The first block of the job's first input.
    fn block(&self, job: usize) -> Block {
        self.layout.linked.input_blocks(job, 0).next().unwrap()
    }

    /// A second-phase cell that takes what makes `sink` hold the target.
    fn absorbed(
        &self,
        forgery: Forgery,
        cell: (Late, usize),
        sink: Late,
        target: Target,
    ) -> Forgery {
        let sink = LateCell { column: sink, row: self.active };
        let cell = LateCell { column: cell.0, row: cell.1 };
        forgery.absorption(Absorption { cell, sink, target })
    }

    fn end(&self, column: Late) -> Target {
        Target::Cell(LateCell { column, row: self.active })
    }
}

fn plus_one(constraint: Constraint, occurrence: usize) -> Forgery {
    Forgery::default().value(constraint, occurrence, |value| value + Fr::ONE)
}

/// A value in the linked columns that isn't the hashed one.
fn other_value() -> Forgery {
    plus_one(VALUE, 1)
}

/// A hashed element that isn't the one of the stream.
fn other_element() -> Forgery {
    plus_one(ELEMENT, 1)
}

/// The forgeries of a constraint.
fn forgeries(base: &Base, constraint: Constraint) -> Vec<Forgery> {
    let sums = of_sums(base, constraint.name);
    if sums.is_empty() {
        (0..4).map(|occurrence| plus_one(constraint, occurrence)).collect()
    } else {
        sums
    }
}

/// Those of second-phase columns: a lie that shows at the end, and a cell further up that hides it.
fn of_sums(base: &Base, name: &'static str) -> Vec<Forgery> {
    let [stream, ports, hash] = base.layout.chains();
    let weights = base.layout.fingerprint;
    let last = |chain: &[Late]| chain.last().copied().unwrap();
    let (start, end) = (0, base.active);
    let in_weights =
        |row| base.absorbed(other_value(), (weights, row), weights, base.end(last(&stream)));
    let in_stream = |chip: Late, row| {
        base.absorbed(other_value(), (chip, row), last(&stream), base.end(weights))
    };
    let in_ports = |chip: Late, row| {
        base.absorbed(other_element(), (chip, row), last(&ports), base.end(last(&hash)))
    };
    let in_hash = |chip: Late, row| {
        base.absorbed(other_element(), (chip, row), last(&hash), base.end(last(&ports)))
    };
    let in_lookup = |cell: (Late, usize)| {
        base.absorbed(limb_beyond(base), cell, base.layout.lookup.sum, Target::Value(Fr::ZERO))
    };
    let forgery = match name {
        "fingerprint: ports = hash" => other_element(),
        "fingerprint: weights advance by rho^n F + sum rho^j W_j" => in_weights(end),
        "fingerprint: weights start at 0" => in_weights(start),
        "fingerprint: stream advances by rho^m F + sum rho^j v_j" => in_stream(last(&stream), end),
        "fingerprint: stream starts at 0" => in_stream(stream[0], start),
        "fingerprint: ports advance by rho F + pack" => in_ports(last(&ports), end),
        "fingerprint: ports start at 0" => in_ports(ports[0], start),
        "fingerprint: hash advances by rho^11 F + sum rho^j e_j" => in_hash(last(&hash), end),
        "fingerprint: hash starts at 0" => in_hash(hash[0], start),
        name if name == GO_ON[0].name => in_stream(stream[1], start),
        name if name == GO_ON[1].name => in_ports(ports[1], start),
        name if name == GO_ON[2].name => in_hash(hash[1], start),
        "lookup: h * prod f = sum of prods without one" => {
            in_lookup((base.layout.lookup.helpers[0], value_row(base)))
        }
        "lookup: (phi' - phi - sum h) (alpha + t) + m = 0" => {
            in_lookup((base.layout.lookup.sum, end))
        }
        "lookup: phi starts at 0" => in_lookup((base.layout.lookup.sum, start)),
        "lookup: phi ends at 0" => limb_beyond(base),
        _ => return Vec::new(),
    };
    vec![forgery]
}

/// The first row of the stream with values.
fn value_row(base: &Base) -> usize {
    let circuit = BindingCircuit::for_keys(&base.params).unwrap();
    let kinds = &base.layout.streams[0].columns.kinds;
    let has_value = |row: &usize| {
        kinds.iter().any(|(_, q_kind)| circuit.grid().fixed(*q_kind, *row) == Fr::ONE)
    };
    (0..base.active).find(has_value).unwrap()
}

/// A value decomposed with a limb that isn't in the table.
fn limb_beyond(base: &Base) -> Forgery {
    let (row, layout) = (value_row(base), Arc::clone(&base.layout));
    Forgery::default().cells(move |grid| {
        let lanes = &layout.streams[0].lanes;
        grid.advice[lanes[0].0][row] += Fr::from(256);
        grid.advice[lanes[1].0][row] -= Fr::ONE;
    })
}

#[test]
fn lists_every_constraint() {
    let all = BindingCircuit::for_keys(&Base::new().params).unwrap().constraints();
    let names: BTreeSet<String> = all.iter().map(ToString::to_string).collect();
    print(&names.into_iter().collect::<Vec<_>>().join("\n"));
    assert_eq!(all.len(), 32);
}

#[test]
fn every_constraint_is_necessary() {
    let base = Base::new();
    assert!(base.accepts(&Forgery::default()));
    let all = BindingCircuit::for_keys(&base.params).unwrap().constraints();
    let work = all.into_iter().map(|constraint| (constraint, ())).collect();
    assert_each_necessary(work, |constraint, ()| {
        necessary(constraint, forgeries(&base, constraint), |forgery| base.accepts(forgery))
    });
}

#[test]
fn rejects_content_in_a_padding_cell() {
    let base = Base::new();
    for job in 0..3 {
        let block = base.block(job);
        assert_eq!(block.padding, 2, "{block:?}");
        for cell in 0..block.padding {
            base.assert_stopped_by(&base.content(cell, block.row), &[CONSTANT.name]);
        }
    }
    // Zero in place of the offset would be a value of -2^15.
    let (block, column) = (base.block(0), base.layout.cells[0]);
    let zero = Forgery::default().cells(move |grid| grid.advice[column.0][block.row] = Fr::ZERO);
    base.assert_stopped_by(&zero, &[CONSTANT.name]);
}

#[test]
fn rejects_content_on_rows_without_values() {
    let base = Base::new();
    let linked = &base.layout.linked;
    let mut rows = vec![0, linked.start() - 1];
    for job in linked.jobs() {
        rows.extend([job.output_row, job.value_row - 1, job.free_row]);
    }
    // Below the last job, where this circuit's sums end, where the inference circuit's rows end, up to the last row that halo2 lets anybody constrain.
    let reserved = crate::params::active_rows(base.params.k);
    rows.extend([linked.end(), reserved - 1, reserved, base.active - 1, base.active]);
    assert_eq!(base.active + 1, (1 << base.params.k) - crate::linked::TAIL_ROWS);
    rows.extend(reserved + 1..base.active - 1);
    for row in rows {
        for cell in [0, 4] {
            base.assert_stopped_by(&base.content(cell, row), &[CONSTANT.name]);
        }
    }
}

#[test]
fn rejects_a_value_that_is_not_the_hashed_one() {
    let base = Base::new();
    let values = crate::linked::values(&base.witness.model, &base.witness.table).count();
    // Weights, biases, head, table, the very first and the very last.
    for value in [0, 100, 16 * 13, 17 * 13, 17 * 13 + 42, values - 1] {
        base.assert_stopped_by(&plus_one(VALUE, value), &["fingerprint: weights = stream"]);
        let hashed = plus_one(stream::VALUE, value);
        base.assert_stopped_by(&hashed, &["fingerprint: weights = stream"]);
    }
}

#[test]
fn rejects_an_honest_looking_value_beyond_its_width() {
    let base = Base::new();
    let (row, layout) = (value_row(&base), Arc::clone(&base.layout));
    // 2^16 in the linked columns, in the stream, its packed element and the hash: no limb says so.
    let beyond = Forgery::default()
        .value(VALUE, 0, |_| power_of_two(16))
        .value(stream::VALUE, 0, |_| power_of_two(16))
        .cells(move |grid| {
            grid.advice[layout.streams[0].lanes[1].0][row] = Fr::from(256);
        });
    base.assert_stopped_by(&beyond, &["lookup: phi ends at 0"]);
    // The same below zero.
    let (row, layout) = (value_row(&base), Arc::clone(&base.layout));
    let below = Forgery::default()
        .value(VALUE, 0, |_| -Fr::ONE)
        .value(stream::VALUE, 0, |_| -Fr::ONE)
        .cells(move |grid| {
            let lanes = &layout.streams[0].lanes;
            grid.advice[lanes[0].0][row] = -Fr::ONE;
            grid.advice[lanes[1].0][row] = Fr::ZERO;
        });
    base.assert_stopped_by(&below, &["lookup: phi ends at 0"]);
}

#[test]
fn rejects_values_in_another_order() {
    let base = Base::new();
    let block = base.block(0);
    let swap = |left: (usize, usize), right: (usize, usize)| {
        let [left_column, right_column] = [left.0, right.0].map(|cell| base.layout.cells[cell]);
        Forgery::default()
            .cells(move |grid| swapped(grid, (left_column.0, left.1), (right_column.0, right.1)))
    };
    let fingerprint = "fingerprint: weights = stream";
    // In a row, in a column, across rows.
    base.assert_stopped_by(&swap((2, block.row), (3, block.row)), &[fingerprint]);
    base.assert_stopped_by(&swap((3, block.row), (3, block.row + 1)), &[fingerprint]);
    base.assert_stopped_by(&swap((4, block.row), (0, block.row + 1)), &[fingerprint]);
    // With padding: the values of a row shifted to the left.
    let both = [fingerprint, CONSTANT.name];
    base.assert_stopped_by(&swap((1, block.row), (2, block.row)), &both);
    // To rows without values.
    let job = &base.layout.linked.jobs()[0];
    base.assert_stopped_by(&swap((2, block.row), (2, job.output_row)), &both);
    base.assert_stopped_by(&swap((2, block.row), (2, job.free_row)), &both);
    base.assert_stopped_by(&swap((2, block.row), (2, base.active)), &both);
}

fn swapped(grid: &mut Grid, left: (usize, usize), right: (usize, usize)) {
    let held = grid.advice[left.0][left.1];
    grid.advice[left.0][left.1] = grid.advice[right.0][right.1];
    grid.advice[right.0][right.1] = held;
}

#[test]
fn rejects_rows_of_two_inputs_exchanged() {
    let base = Base::new();
    let layout = Arc::clone(&base.layout);
    let exchanged = Forgery::default().cells(move |grid| {
        let [first, second] =
            [0, 1].map(|input| layout.linked.input_blocks(0, input).collect::<Vec<_>>());
        for (left, right) in first.iter().zip(&second) {
            for column in &layout.cells {
                swapped(grid, (column.0, left.row), (column.0, right.row));
            }
        }
    });
    base.assert_stopped_by(&exchanged, &["fingerprint: weights = stream"]);
}

#[test]
fn rejects_commitments_to_another_model_or_index() {
    let base = Base::new();
    for occurrence in 0..2 {
        base.assert_stopped_by(&plus_one(PUBLIC, occurrence), &[PUBLIC.name]);
    }
    // Another table commitment inside the index commitment.
    base.assert_stopped_by(&plus_one(poseidon::LINK, 0), &[poseidon::LINK.name]);
    // A chip that goes on from another chaining value.
    for chip in 0..3 {
        base.assert_stopped_by(&plus_one(poseidon::GO_ON, chip), &["copy"]);
    }
}
