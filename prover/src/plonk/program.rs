//! Expressions over columns, evaluated over blocks of rows.
//!
//! # Method
//! A [`Graph`] keeps every subexpression once and folds whatever doesn't read a cell: challenges are known when it is built, so their powers are constants. A [`Program`]
//! is what one node depends on, in an order in which values are read soon, with buffers for intermediate values handed out again when they were read for the last time. Each step goes over a block of rows, and reads
//! columns where they stand.

use std::collections::{BTreeMap, BTreeSet};

use ff::Field as _;
use halo2_proofs::halo2curves::bn256::Fr;

/// Rows of a block: buffers of a few dozen intermediate values stay in the cache.
pub(super) const BLOCK: usize = 128;

/// A subexpression, by its number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Node(usize);

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Term {
    Constant(Fr),
    /// A column and a rotation.
    Cell(usize, i32),
    Add(Node, Node),
    Subtract(Node, Node),
    Multiply(Node, Node),
    /// The first times the constant.
    Scale(Node, Fr),
    /// The first plus the constant.
    Shift(Node, Fr),
    /// The first times the constant plus the second.
    Step(Node, Fr, Node),
}

impl Term {
    /// What it reads, in the order in which that is best computed: what a sum has so far comes before what is added to it.
    fn operands(self) -> impl DoubleEndedIterator<Item = Node> {
        let (first, second) = match self {
            Self::Constant(_) | Self::Cell(..) => (None, None),
            Self::Scale(node, _) | Self::Shift(node, _) => (Some(node), None),
            Self::Step(right, _, left)
            | Self::Add(left, right)
            | Self::Subtract(left, right)
            | Self::Multiply(left, right) => (Some(left), Some(right)),
        };
        first.into_iter().chain(second)
    }
}

/// Subexpressions, each once.
#[derive(Default)]
pub(super) struct Graph {
    terms: Vec<Term>,
    known: BTreeMap<Term, Node>,
}

impl Graph {
    fn node(&mut self, term: Term) -> Node {
        let next = Node(self.terms.len());
        let node = *self.known.entry(term).or_insert(next);
        if node == next {
            self.terms.push(term);
        }
        node
    }

    /// The constant that a node is, if it is one.
    pub(super) fn value(&self, node: Node) -> Option<Fr> {
        match self.terms[node.0] {
            Term::Constant(value) => Some(value),
            _ => None,
        }
    }

    pub(super) fn constant(&mut self, value: Fr) -> Node {
        self.node(Term::Constant(value))
    }

    pub(super) fn cell(&mut self, column: usize, rotation: i32) -> Node {
        self.node(Term::Cell(column, rotation))
    }

    pub(super) fn add(&mut self, left: Node, right: Node) -> Node {
        match (self.value(left), self.value(right)) {
            (Some(a), Some(b)) => self.constant(a + b),
            (Some(a), None) => self.shift(right, a),
            (None, Some(b)) => self.shift(left, b),
            (None, None) => self.node(Term::Add(left.min(right), left.max(right))),
        }
    }

    pub(super) fn subtract(&mut self, left: Node, right: Node) -> Node {
        match (self.value(left), self.value(right)) {
            (Some(a), Some(b)) => self.constant(a - b),
            (None, Some(b)) => self.shift(left, -b),
            (Some(a), None) => {
                let negative = self.scale(right, -Fr::ONE);
                self.shift(negative, a)
            }
            (None, None) => self.node(Term::Subtract(left, right)),
        }
    }

    pub(super) fn multiply(&mut self, left: Node, right: Node) -> Node {
        match (self.value(left), self.value(right)) {
            (Some(a), Some(b)) => self.constant(a * b),
            (Some(a), None) => self.scale(right, a),
            (None, Some(b)) => self.scale(left, b),
            (None, None) => self.node(Term::Multiply(left.min(right), left.max(right))),
        }
    }

    pub(super) fn scale(&mut self, node: Node, by: Fr) -> Node {
        match self.terms[node.0] {
            Term::Constant(value) => self.constant(value * by),
            _ if by == Fr::ZERO => self.constant(Fr::ZERO),
            _ if by == Fr::ONE => node,
            Term::Scale(inner, other) => self.scale(inner, other * by),
            _ => self.node(Term::Scale(node, by)),
        }
    }

    fn shift(&mut self, node: Node, by: Fr) -> Node {
        match self.terms[node.0] {
            Term::Constant(value) => self.constant(value + by),
            _ if by == Fr::ZERO => node,
            _ => self.node(Term::Shift(node, by)),
        }
    }

    /// $s n + m$.
    pub(super) fn step(&mut self, node: Node, by: Fr, more: Node) -> Node {
        if self.value(node).is_some() || self.value(more).is_some() {
            let scaled = self.scale(node, by);
            return self.add(scaled, more);
        }
        self.node(Term::Step(node, by, more))
    }
}

/// What a node depends on and the node itself, each behind its operands.
fn order(graph: &Graph, result: Node) -> Vec<Node> {
    let mut order = Vec::new();
    let mut placed = vec![false; graph.terms.len()];
    // A sum of thousands of terms is as many levels deep.
    let mut open = vec![(result, false)];
    while let Some((node, complete)) = open.pop() {
        if placed[node.0] {
            continue;
        }
        if complete {
            placed[node.0] = true;
            order.push(node);
        } else {
            open.push((node, true));
            open.extend(graph.terms[node.0].operands().rev().map(|operand| (operand, false)));
        }
    }
    order
}

/// Where an operand stands.
#[derive(Clone, Copy, Debug)]
enum Place {
    Cell(usize, i32),
    Buffer(usize),
}

#[derive(Clone, Copy, Debug)]
enum Operation {
    Add(Place, Place),
    Subtract(Place, Place),
    Multiply(Place, Place),
    Scale(Place, Fr),
    Shift(Place, Fr),
    Step(Place, Fr, Place),
}

/// What gives one node, block by block.
#[derive(Debug)]
pub(super) struct Program {
    operations: Vec<(Operation, usize)>,
    buffers: usize,
    result: Result<Place, Fr>,
}

/// Columns with as many rows repeated at both ends as rotations reach.
pub(super) struct Repeated<'a> {
    pub(super) columns: &'a [Vec<Fr>],
    /// Rows repeated above.
    pub(super) above: usize,
}

impl Repeated<'_> {
    fn block(&self, column: usize, rotation: i32, start: usize, length: usize) -> &[Fr] {
        let shift = usize::try_from(rotation.unsigned_abs()).unwrap_or_default();
        let from = start + self.above;
        let from = if rotation < 0 { from - shift } else { from + shift };
        &self.columns[column][from..from + length]
    }
}

impl Program {
    /// The part of the graph that this node depends on.
    pub(super) fn new(graph: &Graph, result: Node) -> Self {
        let order = order(graph, result);
        let mut last_read = vec![0; graph.terms.len()];
        for (step, node) in order.iter().enumerate() {
            for operand in graph.terms[node.0].operands() {
                last_read[operand.0] = step;
            }
        }
        last_read[result.0] = usize::MAX;
        let mut places: Vec<Option<Place>> = vec![None; graph.terms.len()];
        let (mut free, mut buffers, mut operations) = (Vec::new(), 0, Vec::new());
        for (step, Node(number)) in order.into_iter().enumerate() {
            // Constants are operands of nothing but operations that hold them.
            let at = |node: Node| places[node.0].unwrap_or(Place::Buffer(usize::MAX));
            let term = graph.terms[number];
            let operation = match term {
                Term::Constant(_) => continue,
                Term::Cell(column, rotation) => {
                    places[number] = Some(Place::Cell(column, rotation));
                    continue;
                }
                Term::Add(left, right) => Operation::Add(at(left), at(right)),
                Term::Subtract(left, right) => Operation::Subtract(at(left), at(right)),
                Term::Multiply(left, right) => Operation::Multiply(at(left), at(right)),
                Term::Scale(node, by) => Operation::Scale(at(node), by),
                Term::Shift(node, by) => Operation::Shift(at(node), by),
                Term::Step(node, by, more) => Operation::Step(at(node), by, at(more)),
            };
            let buffer = free.pop().unwrap_or_else(|| {
                buffers += 1;
                buffers - 1
            });
            places[number] = Some(Place::Buffer(buffer));
            operations.push((operation, buffer));
            let mut operands: Vec<Node> = term.operands().collect();
            operands.dedup();
            for operand in operands.into_iter().filter(|node| last_read[node.0] == step) {
                if let Some(Place::Buffer(buffer)) = places[operand.0] {
                    free.push(buffer);
                }
            }
        }
        let result = match graph.terms[result.0] {
            Term::Constant(value) => Err(value),
            _ => Ok(places[result.0].unwrap_or(Place::Buffer(usize::MAX))),
        };
        Self { operations, buffers, result }
    }

    /// The columns that are read.
    pub(super) fn columns(&self) -> BTreeSet<usize> {
        let operations = self.operations.iter().flat_map(|(operation, _)| match *operation {
            Operation::Add(left, right)
            | Operation::Subtract(left, right)
            | Operation::Multiply(left, right)
            | Operation::Step(left, _, right) => [Some(left), Some(right)],
            Operation::Scale(place, _) | Operation::Shift(place, _) => [Some(place), None],
        });
        let places = operations.flatten().chain(self.result.ok());
        let column = |place| match place {
            Place::Cell(column, _) => Some(column),
            Place::Buffer(_) => None,
        };
        places.filter_map(column).collect()
    }

    /// Buffers for one thread.
    pub(super) fn buffers(&self) -> Vec<Vec<Fr>> {
        vec![vec![Fr::ZERO; BLOCK]; self.buffers]
    }

    /// Evaluates the rows from `start` on.
    pub(super) fn evaluate(
        &self,
        columns: &Repeated<'_>,
        start: usize,
        buffers: &mut [Vec<Fr>],
        values: &mut [Fr],
    ) {
        let length = values.len();
        for (operation, to) in &self.operations {
            let mut out = std::mem::take(&mut buffers[*to]);
            let at = |place: Place| match place {
                Place::Cell(column, rotation) => columns.block(column, rotation, start, length),
                Place::Buffer(buffer) => &buffers[buffer][..length],
            };
            let out_rows = out.iter_mut();
            match *operation {
                Operation::Add(left, right) => each(out_rows, at(left), at(right), |a, b| a + b),
                Operation::Subtract(left, right) => {
                    each(out_rows, at(left), at(right), |a, b| a - b);
                }
                Operation::Multiply(left, right) => {
                    each(out_rows, at(left), at(right), |a, b| a * b);
                }
                Operation::Scale(node, by) => {
                    out_rows.zip(at(node)).for_each(|(out, value)| *out = value * by);
                }
                Operation::Shift(node, by) => {
                    out_rows.zip(at(node)).for_each(|(out, value)| *out = value + by);
                }
                Operation::Step(node, by, more) => {
                    each(out_rows, at(node), at(more), |a, b| a * by + b);
                }
            }
            buffers[*to] = out;
        }
        match self.result {
            Err(value) => values.fill(value),
            Ok(Place::Cell(column, rotation)) => {
                values.copy_from_slice(columns.block(column, rotation, start, length));
            }
            Ok(Place::Buffer(buffer)) => values.copy_from_slice(&buffers[buffer][..length]),
        }
    }
}

fn each<'a>(
    out: impl Iterator<Item = &'a mut Fr>,
    left: &[Fr],
    right: &[Fr],
    f: impl Fn(&Fr, &Fr) -> Fr,
) {
    out.zip(left).zip(right).for_each(|((out, left), right)| *out = f(left, right));
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Columns $i + 1$ and $i^2 + 2$ over eight rows, a row repeated above and two below.
    fn columns() -> [Vec<Fr>; 2] {
        let rows = (-1..10i64).map(|row| u64::try_from(row.rem_euclid(8)).unwrap());
        let rows: Vec<u64> = rows.collect();
        [
            rows.iter().map(|i| Fr::from(i + 1)).collect(),
            rows.iter().map(|i| Fr::from(i * i + 2)).collect(),
        ]
    }

    fn evaluated(make: impl FnOnce(&mut Graph) -> Node) -> Vec<Fr> {
        let mut graph = Graph::default();
        let node = make(&mut graph);
        let program = Program::new(&graph, node);
        let mut values = vec![Fr::ZERO; 8];
        let columns = columns();
        let repeated = Repeated { columns: &columns, above: 1 };
        let mut buffers = program.buffers();
        for (number, part) in values.chunks_mut(3).enumerate() {
            program.evaluate(&repeated, 3 * number, &mut buffers, part);
        }
        values
    }

    fn cells(row: i64) -> [Fr; 2] {
        let i = u64::try_from(row.rem_euclid(8)).unwrap();
        [Fr::from(i + 1), Fr::from(i * i + 2)]
    }

    #[test]
    fn every_operation_is_what_it_says() {
        let five = Fr::from(5);
        let values = evaluated(|graph| {
            let (a, b) = (graph.cell(0, -1), graph.cell(1, 2));
            let five = graph.constant(five);
            let product = graph.multiply(a, b);
            let difference = graph.subtract(five, product);
            let shifted = graph.add(five, difference);
            let scaled = graph.multiply(shifted, five);
            let sum = graph.add(scaled, a);
            let less = graph.subtract(sum, b);
            graph.step(less, Fr::from(3), product)
        });
        for (row, value) in (0..).zip(values) {
            let (a, b) = (cells(row - 1)[0], cells(row + 2)[1]);
            let less = (five + (five - a * b)) * five + a - b;
            assert_eq!(value, less * Fr::from(3) + a * b, "row {row}");
        }
    }

    #[test]
    fn cells_and_constants_are_results_as_well() {
        let values = evaluated(|graph| graph.cell(1, 1));
        assert!((0..).zip(values).all(|(row, value)| value == cells(row + 1)[1]));
        let values = evaluated(|graph| {
            let (two, cell) = (graph.constant(Fr::from(2)), graph.cell(0, 0));
            let none = graph.scale(cell, Fr::ZERO);
            graph.step(none, Fr::from(9), two)
        });
        assert_eq!(values, [Fr::from(2); 8]);
    }

    #[test]
    fn what_depends_on_constants_alone_is_folded_and_nothing_is_kept_twice() {
        let mut graph = Graph::default();
        let (two, three) = (graph.constant(Fr::from(2)), graph.constant(Fr::from(3)));
        let six = graph.multiply(two, three);
        assert_eq!(graph.value(six), Some(Fr::from(6)));
        let (a, b) = (graph.cell(0, 0), graph.cell(1, 0));
        assert_eq!(graph.multiply(a, b), graph.multiply(b, a));
        let one = graph.constant(Fr::ONE);
        assert_eq!(graph.multiply(a, one), a);
        let twice = graph.scale(a, Fr::from(2));
        assert_eq!(graph.scale(twice, Fr::from(3)), graph.scale(a, Fr::from(6)));
    }

    #[test]
    fn a_square_frees_its_buffer_once() {
        let values = evaluated(|graph| {
            let (a, b) = (graph.cell(0, 0), graph.cell(1, 0));
            let sum = graph.add(a, b);
            let square = graph.multiply(sum, sum);
            let other = graph.subtract(a, b);
            let third = graph.multiply(square, other);
            graph.add(third, square)
        });
        for (row, value) in (0..).zip(values) {
            let [a, b] = cells(row);
            let square = (a + b) * (a + b);
            assert_eq!(value, square * (a - b) + square);
        }
    }
}
