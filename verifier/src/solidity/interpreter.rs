//! A verifier whose code does not grow with the circuit: equations and openings are data, which it walks through.
//!
//! # Layout
//! The proof is copied into memory, so that all that is computed with stands there, a word or two at a place that
//! two bytes name (its number of words from the start). Behind the words of the computation lies the *data*,
//! read from pinned contracts: points of the key, constants, powers of $\omega$, then four streams.
//!
//! | stream | for each | holds |
//! |---|---|---|
//! | steps | step | 4 bytes: operation (2 bits), two words (15 bits each) |
//! | outside | set | number of points outside of it, their distances |
//! | sets | set | number of points, number of commitments; distance and constant of each point; each commitment, last first, with its values |
//! | columns | permuted column | its value |
//!
//! # Steps
//! A sum, product or difference goes to the next word of the results; nothing is overwritten. A constraint adds the
//! product of its words to the combination. Negation has no step: signs move outwards until a difference takes them.

use ark_bn254::Fr;
use ark_ff::{One as _, Zero as _};

use super::SolidityError;
use super::expression::uses;
use super::layout::{Calldata, KeyData, Memory};
use super::opening::{Openings, Point, PointSet, power};
use super::terms::{KeyPoint, Value};
use crate::plan::{G1, Node, Plan, index, to_word};

/// Words that 15 bits name.
const MAX_WORDS: usize = 1 << 15;

/// Where a step reads.
#[derive(Clone, Copy, Debug)]
enum Operand {
    Constant(Fr),
    Challenge(usize),
    Value(Value),
    /// What an earlier step left.
    Result(usize),
}

/// One step. The numbers of the operations are the discriminants.
#[derive(Clone, Copy, Debug)]
enum Operation {
    Sum = 0,
    Product = 1,
    Difference = 2,
    Constraint = 3,
}

/// A node while it is lowered.
#[derive(Clone, Copy, Debug)]
enum Lowered {
    Plain(Operand),
    Negative(Operand),
}

/// All steps, in order.
#[derive(Debug, Default)]
struct Steps {
    steps: Vec<(Operation, Operand, Operand)>,
    results: usize,
}

impl Steps {
    fn of(plan: &Plan) -> Self {
        let uses = uses(plan);
        let mut steps = Self::default();
        let mut lowered: Vec<Lowered> = Vec::with_capacity(plan.nodes.len());
        for root in plan.gates.iter().flat_map(|gate| &gate.constraints).map(|root| index(*root)) {
            while lowered.len() < root {
                let place = lowered.len();
                let node = match uses[place] {
                    // Never read; a place is taken so that the numbers of nodes stay.
                    0 => Lowered::Plain(Operand::Constant(Fr::zero())),
                    _ => steps.lower(&plan.nodes[place], &lowered),
                };
                lowered.push(node);
            }
            // A product that only the constraint reads is taken by it.
            if lowered.len() == root {
                if let (Node::Product(a, b), 1) = (&plan.nodes[root], uses[root]) {
                    let (a, b) = (steps.plain(lowered[index(*a)]), steps.plain(lowered[index(*b)]));
                    steps.steps.push((Operation::Constraint, a, b));
                    lowered.push(Lowered::Plain(Operand::Constant(Fr::zero())));
                    continue;
                }
                let node = steps.lower(&plan.nodes[root], &lowered);
                lowered.push(node);
            }
            let value = steps.plain(lowered[root]);
            steps.steps.push((Operation::Constraint, value, Operand::Constant(Fr::one())));
        }
        steps
    }

    fn push(&mut self, operation: Operation, a: Operand, b: Operand) -> Operand {
        self.steps.push((operation, a, b));
        self.results += 1;
        Operand::Result(self.results - 1)
    }

    /// Takes the sign off a node.
    fn plain(&mut self, node: Lowered) -> Operand {
        match node {
            Lowered::Plain(operand) => operand,
            Lowered::Negative(operand) => {
                self.push(Operation::Difference, Operand::Constant(Fr::zero()), operand)
            }
        }
    }

    fn lower(&mut self, node: &Node, lowered: &[Lowered]) -> Lowered {
        use Lowered::{Negative, Plain};
        let of = |node: &u32| lowered[index(*node)];
        match node {
            Node::Constant(value) => Plain(Operand::Constant(value.0)),
            Node::Challenge(challenge) => Plain(Operand::Challenge(index(*challenge))),
            Node::Fixed(query) => Plain(Operand::Value(Value::Fixed(index(*query)))),
            Node::Advice(query) => Plain(Operand::Value(Value::Advice(index(*query)))),
            Node::Instance(query) => Plain(Operand::Value(Value::Instance(index(*query)))),
            Node::Negated(a) => match of(a) {
                Plain(a) => Negative(a),
                Negative(a) => Plain(a),
            },
            Node::Sum(a, b) => match (of(a), of(b)) {
                (Plain(a), Plain(b)) => Plain(self.push(Operation::Sum, a, b)),
                (Plain(a), Negative(b)) | (Negative(b), Plain(a)) => {
                    Plain(self.push(Operation::Difference, a, b))
                }
                (Negative(a), Negative(b)) => Negative(self.push(Operation::Sum, a, b)),
            },
            Node::Product(a, b) => match (of(a), of(b)) {
                (Plain(a), Plain(b)) | (Negative(a), Negative(b)) => {
                    Plain(self.push(Operation::Product, a, b))
                }
                (Plain(a), Negative(b)) | (Negative(a), Plain(b)) => {
                    Negative(self.push(Operation::Product, a, b))
                }
            },
        }
    }
}

/// Places of the words that the unrolled contract has as well.
#[derive(Debug)]
pub(super) struct SharedWords {
    pub(super) challenges: Vec<usize>,
    pub(super) instances: Vec<usize>,
    pub(super) quotient_eval: usize,
    pub(super) distances: usize,
    pub(super) factors: usize,
    pub(super) limbs: usize,
}

/// The data, and the places that the code names.
#[derive(Debug)]
pub(super) struct Interpreted {
    pub(super) key: KeyData,
    pub(super) places: Vec<(&'static str, usize)>,
}

/// Lays out a program.
struct Builder<'a> {
    plan: &'a Plan,
    calldata: &'a Calldata,
    shared: &'a SharedWords,
    copy: usize,
    results: usize,
    fixed_points: usize,
    sigma_points: usize,
    key: KeyData,
}

impl Interpreted {
    pub(super) fn new(
        plan: &Plan,
        calldata: &Calldata,
        openings: &Openings,
        shared: &SharedWords,
        memory: &mut Memory,
    ) -> Result<Self, SolidityError> {
        let steps = Steps::of(plan);
        let copy = memory.take(plan.proof_bytes() / 32);
        let widest = openings.sets.iter().map(|set| set.points.len()).max().unwrap_or_default();
        let sums = memory.take(widest);
        let results = memory.take(steps.results);
        let mut key = KeyData::new(memory.end());
        let words =
            |points: &[G1]| -> Vec<[u8; 32]> { points.iter().flat_map(G1::words).collect() };
        let fixed_points = key.push_words(words(&plan.fixed_commitments));
        let sigma_points = key.push_words(words(&plan.permutation_commitments));
        let powers = openings.rotations.iter().map(|rotation| to_word(&power(plan, *rotation)));
        let powers = key.push_words(powers);
        let mut builder =
            Builder { plan, calldata, shared, copy, results, fixed_points, sigma_points, key };

        let program = builder.steps(&steps);
        let program_bytes = program.len();
        let outside: Vec<u8> = openings.sets.iter().flat_map(|set| builder.outside(set)).collect();
        let sets: Vec<u8> = openings.sets.iter().flat_map(|set| builder.set(set)).collect();
        let columns = builder.columns();
        let mut key = builder.key;
        let program = key.push_bytes(&program);
        let copied = |place: usize| copy + place - calldata.proof;
        let limbs = plan.quotient_limbs();
        let first_limb = calldata.limbs.first().map_or(copy, |limb| copied(*limb));
        let products = calldata.product_evals.first().map_or(copy, |evals| copied(evals.current));
        let products_end = calldata.product_evals.last().map_or(copy, |evals| copied(evals.next));
        let sigmas = calldata.sigmas.first().map_or(copy, |sigma| copied(*sigma));
        let distances = shared.distances;
        let places = vec![
            ("PROOF_COPY", copy),
            ("FIRST_LIMB", first_limb),
            ("LAST_LIMB", first_limb + 64 * (limbs - 1)),
            ("PRODUCTS", products),
            ("PRODUCTS_END", products_end + 32),
            ("SIGMAS", sigmas),
            ("SIGMAS_END", sigmas + 32 * calldata.sigmas.len()),
            ("DISTANCES", distances),
            ("DISTANCES_END", distances + 32 * openings.rotations.len()),
            ("FACTORS", shared.factors),
            ("FACTORS_END", shared.factors + 32 * openings.sets.len()),
            ("SUMS", sums),
            ("RESULTS", results),
            ("POWERS", powers),
            ("PROGRAM", program),
            ("PROGRAM_END", program + program_bytes),
            ("OUTSIDE", key.push_bytes(&outside)),
            ("SETS", key.push_bytes(&sets)),
            ("COLUMNS", key.push_bytes(&columns)),
        ];
        memory.take(key.words().len());
        let words = memory.end() / 32;
        if words > MAX_WORDS {
            return Err(SolidityError::Memory { words, max: MAX_WORDS });
        }
        Ok(Self { key, places })
    }
}

impl Builder<'_> {
    fn copied(&self, place: usize) -> usize {
        self.copy + place - self.calldata.proof
    }

    /// Returns the place of a value: copied, or computed by the contract.
    fn value(&self, value: Value) -> usize {
        match value {
            Value::Instance(query) => self.shared.instances[query],
            Value::Quotient => self.shared.quotient_eval,
            other => self.calldata.value(other).map_or(self.copy, |place| self.copied(place)),
        }
    }

    fn point(&self, point: Point) -> usize {
        match point {
            Point::Proof(point) => self.copied(self.calldata.point(point)),
            Point::Key(KeyPoint::Fixed(column)) => self.fixed_points + 64 * column,
            Point::Key(KeyPoint::Sigma(place)) => self.sigma_points + 64 * place,
            Point::Quotient => self.shared.limbs,
        }
    }

    fn operand(&mut self, operand: Operand) -> usize {
        match operand {
            Operand::Constant(value) => self.key.place(to_word(&value)),
            Operand::Challenge(challenge) => self.shared.challenges[challenge],
            Operand::Value(value) => self.value(value),
            Operand::Result(result) => self.results + 32 * result,
        }
    }

    fn steps(&mut self, steps: &Steps) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(4 * steps.steps.len());
        for (operation, a, b) in &steps.steps {
            let (a, b) = (self.operand(*a) / 32, self.operand(*b) / 32);
            let step = (*operation as u64) << 30 | (a as u64) << 15 | b as u64;
            bytes.extend(u32::try_from(step).unwrap_or_default().to_be_bytes());
        }
        bytes
    }

    fn outside(&self, set: &PointSet) -> Vec<u8> {
        let mut bytes = short(set.outside.len()).to_vec();
        bytes.extend(set.outside.iter().flat_map(|number| self.distance(*number)));
        bytes
    }

    fn set(&mut self, set: &PointSet) -> Vec<u8> {
        let mut bytes = [short(set.points.len()), short(set.commitments.len())].concat();
        for point in &set.points {
            let constant = self.key.place(to_word(&point.constant));
            bytes.extend([self.distance(point.number), short(constant / 32)].concat());
        }
        for (place, commitment) in set.commitments.iter().enumerate() {
            bytes.extend(short(self.point(*commitment) / 32));
            let values = set.points.iter().map(|point| self.value(point.values[place]));
            bytes.extend(values.flat_map(|value| short(value / 32)));
        }
        bytes
    }

    fn columns(&self) -> Vec<u8> {
        let columns = self.plan.permutation.iter();
        columns
            .flat_map(|column| short(self.value(Value::of_column(self.plan, *column)) / 32))
            .collect()
    }

    fn distance(&self, number: usize) -> [u8; 2] {
        short((self.shared.distances + 32 * number) / 32)
    }
}

/// Writes a number of words. One that does not fit lies beyond the memory that is refused.
fn short(words: usize) -> [u8; 2] {
    u16::try_from(words).unwrap_or_default().to_be_bytes()
}
