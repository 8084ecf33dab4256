//! The committed stream: everything that is hashed, limb by limb, and its ties to the hash and to the weight columns.
//!
//! # Relation
//! A preimage is a list of items: private elements (salts), constants (descriptors, padding), and segments of packed values.
//! Each packed element is $e = \sum_m \mathrm{raw}_m 2^{Bm}$ with every raw value made of limbs, so that an element has one decomposition into values.
//!
//! # Layout
//! A row holds $m$ values of $B$ bits in its lanes, $m$ a divisor of the values in an element; what is left at the end of a segment takes rows of one value.
//! `pack` collects the element: `pack = carry * pack_prev + shift * sum 2^(bj) L_j`. The last row of an element is a *port*; so are rows that hold a constant or a salt.
//!
//! # Soundness
//! * All lanes are looked up, so values lie below $2^B$; two different lists of values never pack to one element, as $2^{252} < p$.
//! * Ports, in order, are the words that enter the hash, in order: with $\rho$ drawn after both are committed, the two polynomials
//!   $\sum \rho^{n-1-i} e_i$ agree. $n$ is fixed by the shape on both sides.
//! * Values of the model and the table, in order, are those in the weight columns ([`super::dense`]): the same argument over raw values.
//! * Lanes beyond a row's values belong to no sum: they're looked up and otherwise free.
//!
//! * Where several chips hold one stream, element after element, the fingerprints of each start from where those of the one before it end.
//!
//! # Cost
//! One first-phase column, two second-phase columns, degree 3.

use std::collections::BTreeSet;

use ff::Field;
use halo2_proofs::halo2curves::bn256::Fr;
use halo2_proofs::plonk::Expression;

use super::gates::{Gates, Identity, combine, constant, power, sum};
use super::limbs::{LimbFormat, weighted};
use super::poseidon::BLOCK;
use crate::constraint::{Constraint, ConstraintKind};
use crate::encode::{encode, power_of_two};
use crate::grid::{Challenges, Grid, LateGrid};
use crate::layout::{Advice, Late, StreamChip};
use crate::params::Shape;

/// Bits of an element that packing uses.
const ELEMENT_BITS: u32 = 252;
/// Width of an input.
const INPUT_BITS: u32 = 16;

/// What a row of packed values holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct RowKind {
    /// Width of a value.
    pub(crate) bits: u32,
    /// Number of values.
    pub(crate) values: usize,
}

/// One item of a preimage.
pub(crate) enum Item<'a> {
    /// An element that only the prover knows.
    Private(Fr),
    /// An element that the shape fixes.
    Constant(Fr),
    /// The digest of the preimage before, which the hash ties.
    Digest(Fr),
    /// Signed values of one width.
    Values(Segment<'a>),
}

/// Signed values of one width.
pub(crate) struct Segment<'a> {
    /// Their width.
    pub(crate) bits: u32,
    /// The values.
    pub(crate) values: Box<dyn Iterator<Item = i64> + 'a>,
}

/// A preimage as written.
pub(crate) struct Preimage {
    /// Its elements, padded to whole blocks.
    pub(crate) elements: Vec<Fr>,
    /// Their number without padding.
    pub(crate) length: usize,
}

/// Widths and lengths of the segments that are tied to weight columns, in order.
fn weight_segments(shape: &Shape) -> Vec<(u32, usize)> {
    let mut segments = Vec::new();
    let mut inputs = shape.inputs;
    for &outputs in &shape.hidden {
        segments.extend([(16, inputs * outputs), (32, outputs)]);
        inputs = outputs;
    }
    segments.push((24, shape.features() * shape.classes));
    segments.push((56, shape.features() * shape.classes * shape.contributors));
    segments
}

/// Values of this width in an element.
fn per_element(bits: u32) -> usize {
    (ELEMENT_BITS / bits) as usize
}

/// Values of this width in a row: the largest divisor of an element's that fits the lanes.
fn per_row(bits: u32, limbs: LimbFormat) -> usize {
    let per_element = per_element(bits);
    let room = limbs.lanes / limbs.count(bits);
    (1..=room.min(per_element))
        .rev()
        .find(|values| per_element.is_multiple_of(*values))
        .unwrap_or(1)
}

/// Number of values in each row of a segment, and whether the row starts and ends an element.
fn segment_rows(
    bits: u32,
    count: usize,
    values_per_row: usize,
) -> impl Iterator<Item = (usize, usize, bool)> {
    let per_element = per_element(bits);
    (0..count).step_by(per_element).flat_map(move |start| {
        let in_element = per_element.min(count - start);
        let whole = in_element / values_per_row * values_per_row;
        let rows = (0..whole)
            .step_by(values_per_row)
            .map(move |at| (at, values_per_row))
            .chain((whole..in_element).map(|at| (at, 1)));
        rows.map(move |(at, values)| (at, values, at + values == in_element))
    })
}

/// Number of the rows of a segment, without going through them: a shape may have any number of values.
fn segment_row_count(bits: u32, count: usize, values_per_row: usize) -> usize {
    let element = |values| values / values_per_row + values % values_per_row;
    let per_element = per_element(bits);
    count / per_element * element(per_element) + element(count % per_element)
}

/// The kinds of rows that weights and tables of this shape take.
pub(crate) fn row_kinds(shape: &Shape, limbs: LimbFormat) -> BTreeSet<RowKind> {
    let mut kinds = BTreeSet::new();
    for (bits, count) in weight_segments(shape) {
        let values_per_row = per_row(bits, limbs);
        kinds.extend(
            segment_rows(bits, count, values_per_row)
                .map(|(_, values, _)| RowKind { bits, values }),
        );
    }
    kinds
}

/// Elements of the four preimages (input, model, table, index), before padding.
pub(crate) fn preimage_lengths(shape: &Shape) -> [usize; 4] {
    let elements = |bits, count: usize| count.div_ceil(per_element(bits));
    let mut model = 1 + elements(16, shape.hidden.len() + 4);
    let segments = weight_segments(shape);
    let (table, weights) = (segments[segments.len() - 1], &segments[..segments.len() - 1]);
    model += weights.iter().map(|(bits, count)| elements(*bits, *count)).sum::<usize>();
    [2 + elements(INPUT_BITS, shape.inputs), model, 2 + elements(table.0, table.1), 2]
}

/// Elements of a leaf of the dataset tree, before padding.
pub(crate) fn leaf_length(inputs: usize) -> usize {
    2 + inputs.div_ceil(per_element(INPUT_BITS))
}

/// Rows that a segment takes besides the port of each element.
fn rows_before_ports(bits: u32, count: usize, values_per_row: usize) -> usize {
    segment_row_count(bits, count, values_per_row) - count.div_ceil(per_element(bits))
}

/// Rows of the preimages of model, table and index.
pub(crate) fn committed_rows(shape: &Shape, limbs: LimbFormat) -> usize {
    let [_, committed @ ..] = preimage_lengths(shape);
    let ports = committed.map(|length| length.next_multiple_of(BLOCK)).iter().sum::<usize>();
    let weights = weight_segments(shape)
        .into_iter()
        .map(|(bits, count)| rows_before_ports(bits, count, per_row(bits, limbs)));
    ports + weights.sum::<usize>()
}

/// Where the fingerprints of a chip start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Start {
    /// At 0.
    Zero,
    /// Where those of another chip end: a copy says so.
    Continued,
}

/// What the fingerprints at the end of a stream are equal to.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Counterparts {
    /// The fingerprint of the weight columns.
    pub(crate) weights: Late,
    /// The fingerprint of what is hashed.
    pub(crate) hash: Late,
}

/// Creates the gates of a chip; `end` is for the one that ends the stream.
pub(crate) fn configure(
    gates: &mut Gates<'_>,
    layout: &StreamChip,
    start: Start,
    end: Option<Counterparts>,
) {
    let (columns, limbs) = (&layout.columns, layout.limbs);
    gates.create(|query| {
        let rho = query.rho();
        let lanes: Vec<_> = layout.lanes.iter().map(|lane| query.advice(*lane)).collect();
        let (pack, previous) = (query.advice(layout.pack), query.advice_at(layout.pack, -1));
        let (carry, shift) = (query.fixed(columns.carry), query.fixed(columns.shift));
        let [q_port, q_active, q_first, q_last] =
            [columns.q_port, layout.rows.q_active, layout.rows.q_first, layout.rows.q_last]
                .map(|q| query.fixed(q));
        let (mut packed, mut content) = (Vec::new(), Vec::new());
        let fingerprint = query.late(layout.fingerprint);
        let mut advanced =
            q_active.clone() * (query.late_next(layout.fingerprint) - fingerprint.clone());
        for &(RowKind { bits, values }, q_kind) in &columns.kinds {
            let q_kind = query.fixed(q_kind);
            let width = limbs.count(bits);
            let cells = &lanes[..values * width];
            let raw = combine(&rho, cells.chunks(width).map(|value| weighted(limbs, value)));
            content.push(q_kind.clone() * weighted(limbs, cells));
            advanced = advanced
                - q_kind.clone()
                    * (fingerprint.clone() * (power(&rho, values) - constant(Fr::ONE)) + raw);
            packed.push(q_kind);
        }
        for &(kind, q_kind) in &columns.untied {
            let cells = &lanes[..kind.values * limbs.count(kind.bits)];
            packed.push(query.fixed(q_kind));
            content.push(query.fixed(q_kind) * weighted(limbs, cells));
        }
        let ports = query.late(layout.ports);
        let ports_step = q_active * (query.late_next(layout.ports) - ports.clone())
            - q_port * (ports.clone() * (rho - constant(Fr::ONE)) + pack.clone());
        let end = end.map(|end| [query.late(end.weights), query.late(end.hash)]);
        let q_first = (start == Start::Zero).then_some(q_first);
        let [stream_ends, ports_ends] = ends(q_first.as_ref(), &q_last, [fingerprint, ports], end);
        let mut identities = vec![
            (
                "stream: pack = carry pack_prev + shift sum of limbs",
                sum(packed) * (pack.clone() - carry * previous) - shift.clone() * sum(content),
            ),
            (
                "stream: a constant port holds its constant",
                query.fixed(columns.q_constant) * (pack - shift),
            ),
        ];
        identities.push((VALUE.name, advanced));
        identities.extend(stream_ends);
        identities.push(("fingerprint: ports advance by rho F + pack", ports_step));
        identities.extend(ports_ends);
        identities
    });
}

/// Where the fingerprints of stream and ports start, and what they end at.
fn ends(
    q_first: Option<&Expression<Fr>>,
    q_last: &Expression<Fr>,
    fingerprints: [Expression<Fr>; 2],
    counterparts: Option<[Expression<Fr>; 2]>,
) -> [Vec<Identity>; 2] {
    const NAMES: [[&str; 2]; 2] = [
        ["fingerprint: stream starts at 0", "fingerprint: weights = stream"],
        ["fingerprint: ports start at 0", "fingerprint: ports = hash"],
    ];
    let [weights, hash] = counterparts.map_or([None, None], |both| both.map(Some));
    let [stream, ports] = fingerprints;
    let of = |[start, end]: [&'static str; 2], fingerprint: &Expression<Fr>, difference| {
        let zero = q_first.map(|q_first| (start, q_first.clone() * fingerprint.clone()));
        let same = Option::map(difference, |difference| (end, q_last.clone() * difference));
        zero.into_iter().chain(same).collect()
    };
    [
        of(NAMES[0], &stream, weights.map(|weights| weights - stream.clone())),
        of(NAMES[1], &ports, hash.map(|hash| ports.clone() - hash)),
    ]
}

/// Names the raw values of the stream, for forgeries.
pub(crate) const VALUE: Constraint = Constraint::new(
    ConstraintKind::Gate,
    "fingerprint: stream advances by rho^m F + sum rho^j v_j",
);
/// Names the packed elements, for forgeries.
pub(crate) const PACK: Constraint =
    Constraint::new(ConstraintKind::Gate, "stream: pack = carry pack_prev + shift sum of limbs");
/// Names the constants, for forgeries.
pub(crate) const CONSTANT: Constraint =
    Constraint::new(ConstraintKind::Gate, "stream: a constant port holds its constant");
/// Writes preimages, one below the other.
pub(crate) struct Stream<'a> {
    chips: &'a [StreamChip],
    /// The row from which on the next chip takes over, and the row at which it begins.
    turn: Option<(usize, usize)>,
    /// The next row of the first chip left.
    pub(crate) row: usize,
}

impl<'a> Stream<'a> {
    /// Writes into one chip, from this row on.
    pub(crate) fn new(chip: &'a StreamChip, row: usize) -> Self {
        Self { chips: std::slice::from_ref(chip), turn: None, row }
    }

    /// Writes into several chips, each from row 0, about this many rows into each.
    pub(crate) fn split(chips: &'a [StreamChip], rows: usize) -> Self {
        Self { chips, turn: Some((rows, 0)), row: 0 }
    }

    /// The column of packed elements.
    pub(crate) fn pack_column(&self) -> Advice {
        self.chip().pack
    }

    fn chip(&self) -> &'a StreamChip {
        &self.chips[0]
    }

    /// An element starts here, or in the next chip.
    fn start_element(&mut self) {
        if let Some((end, first)) = self.turn
            && self.row >= end
            && self.chips.len() > 1
        {
            (self.chips, self.row) = (&self.chips[1..], first);
        }
    }
    /// Writes a preimage, padded to whole blocks.
    pub(crate) fn preimage(&mut self, grid: &mut Grid, items: Vec<Item<'_>>) -> Preimage {
        let mut preimage = Preimage { elements: Vec::new(), length: 0 };
        for item in items {
            match item {
                Item::Private(value) | Item::Digest(value) => {
                    self.start_element();
                    preimage.elements.push(self.port(grid, value));
                }
                Item::Constant(value) => preimage.elements.push(self.constant(grid, value)),
                Item::Values(segment) => self.segment(grid, segment, &mut preimage),
            }
        }
        preimage.length = preimage.elements.len();
        while !preimage.elements.len().is_multiple_of(BLOCK) {
            preimage.elements.push(self.constant(grid, Fr::ZERO));
        }
        preimage
    }

    fn constant(&mut self, grid: &mut Grid, value: Fr) -> Fr {
        self.start_element();
        grid.set(self.chip().columns.q_constant, self.row, Fr::ONE);
        grid.set(self.chip().columns.shift, self.row, value);
        let value = grid.witness(CONSTANT.kind, CONSTANT.name, value);
        self.port(grid, value)
    }

    fn port(&mut self, grid: &mut Grid, value: Fr) -> Fr {
        grid.assign(self.chip().pack, self.row, value);
        grid.set(self.chip().columns.q_port, self.row, Fr::ONE);
        self.row += 1;
        value
    }

    fn segment(&mut self, grid: &mut Grid, segment: Segment<'_>, preimage: &mut Preimage) {
        let Segment { bits, values } = segment;
        let limbs = self.chip().limbs;
        let width = limbs.count(bits);
        let offset = power_of_two(bits - 1);
        let raw: Vec<Fr> = values
            .map(|value| encode(i128::from(value)) + offset)
            .map(|raw| grid.witness(VALUE.kind, VALUE.name, raw))
            .collect();
        let values_per_row = per_row(bits, limbs);
        let (mut pack, mut next) = (Fr::ZERO, 0);
        for (at, count, last) in segment_rows(bits, raw.len(), values_per_row) {
            if at == 0 {
                self.start_element();
            }
            let row_values = &raw[next..next + count];
            next += count;
            for (value, lanes) in row_values.iter().zip(self.chip().lanes.chunks(width)) {
                for (lane, limb) in lanes.iter().zip(limbs.decompose(*value, width)) {
                    grid.assign(*lane, self.row, Fr::from(limb));
                }
            }
            self.select(grid, bits, count);
            let shift = power_of_two(bits * u32::try_from(at).unwrap_or(u32::MAX));
            let content = row_values
                .iter()
                .rev()
                .fold(Fr::ZERO, |sum, value| sum * power_of_two(bits) + value);
            pack = if at == 0 { content } else { pack + shift * content };
            pack = grid.witness(PACK.kind, PACK.name, pack);
            let columns = &self.chip().columns;
            grid.set(columns.shift, self.row, shift);
            grid.set(columns.carry, self.row, if at == 0 { Fr::ZERO } else { Fr::ONE });
            if last {
                preimage.elements.push(self.port(grid, pack));
            } else {
                grid.assign(self.chip().pack, self.row, pack);
                self.row += 1;
            }
        }
    }

    fn select(&self, grid: &mut Grid, bits: u32, values: usize) {
        let columns = &self.chip().columns;
        let kind = columns.kinds.iter().find(|(kind, _)| *kind == RowKind { bits, values });
        let Some((_, selector)) = kind else { unreachable!("the layout lists every kind of row") };
        grid.set(*selector, self.row, Fr::ONE);
    }
}

/// Fills the fingerprints of stream and ports, chip by chip.
pub(crate) fn fill_late(
    grid: &Grid,
    chips: &[StreamChip],
    challenges: Challenges,
    late: &mut LateGrid,
) {
    chips
        .iter()
        .fold((Fr::ZERO, Fr::ZERO), |start, chip| fill_chip(grid, chip, challenges, late, start));
}

/// Fills the fingerprints of one chip from these values on, and returns the last ones.
fn fill_chip(
    grid: &Grid,
    layout: &StreamChip,
    challenges: Challenges,
    late: &mut LateGrid,
    (mut stream, mut ports): (Fr, Fr),
) -> (Fr, Fr) {
    let (columns, limbs, rho) = (&layout.columns, layout.limbs, challenges.rho);
    let radix = power_of_two(limbs.bits);
    for row in 0..grid.active {
        stream = late.assign(layout.fingerprint, row, stream);
        ports = late.assign(layout.ports, row, ports);
        if let Some((kind, _)) =
            columns.kinds.iter().find(|(_, q_kind)| grid.fixed(*q_kind, row) == Fr::ONE)
        {
            for value in layout.lanes.chunks(limbs.count(kind.bits)).take(kind.values) {
                let raw = value
                    .iter()
                    .rev()
                    .fold(Fr::ZERO, |sum, lane| sum * radix + grid.advice(*lane, row));
                stream = stream * rho + raw;
            }
        }
        if grid.fixed(columns.q_port, row) == Fr::ONE {
            ports = ports * rho + grid.advice(layout.pack, row);
        }
    }
    (
        late.assign(layout.fingerprint, grid.active, stream),
        late.assign(layout.ports, grid.active, ports),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_the_rows_of_segments() {
        for bits in [16, 24, 32, 56] {
            let divisors = (1..=per_element(bits)).filter(|n| per_element(bits).is_multiple_of(*n));
            for values_per_row in divisors {
                for count in 0..50 {
                    assert_eq!(
                        segment_row_count(bits, count, values_per_row),
                        segment_rows(bits, count, values_per_row).count()
                    );
                }
            }
        }
    }
}
