//! The matrices: layers, head, table and residuals, each combined once, whatever the number of rows.
//!
//! # Relation
//! A matrix has inputs $k$, groups $a$ and entries $c$; layers have one group. Its combination is
//! $[Z] = \sum_k \kappa^{K-1-k} \sum_a \beta^{A-1-a} \sum_c \rho^{E-1-c} Z_{kac}$. For layers, head and (with a Newton method) the table,
//! $$ \sum_k \Big(\sum_i \sigma^{n-1-i} x_{ik}\Big) \Big(\sum_{a,c} \beta^{A-1-a} \rho^{E-1-c} Z_{kac}\Big) = \sum_i \sigma^{n-1-i} \sum_{a,c} \beta^{A-1-a} \rho^{E-1-c} y_{iac}, $$
//! that is $X Z = Y$ for all training rows at once. The other matrices enter the identities of `total`:
//!
//! | | coefficient |
//! |---|---|
//! | table $T$ | $\lambda 2^{48 + S}$ with a Newton method, else 1 |
//! | fractions $f$ | $\lambda 2^{48}$ |
//! | $R + 2^\eta$, $2^\eta - R$, without their offset | $\tau^5 - 1$, $\tau^5$ |
//! | head | $-\tau \lambda 2^{20}$ |
//! | $R' + \epsilon$, $\epsilon - R'$, ones | $\tau^2 - \tau$, $\tau^2$, $(\tau - 2 \tau^2) \epsilon$ |
//! | excess $e$ | $-\tau^6$ |
//!
//! so that $(H_s - H_c) x_c = 2^{\sigma + S} G_c + R_c$ with $|R_c| \le 2^\eta$, and $2^{16} \sum_c G_c - \lambda 2^{20} W = R'$ with $|R'| \le \epsilon$.
//! With a Newton method the table is the rounding of what the certificate is about: $x_c = 2^S T_c + f_c$ with fractions $-2^{S-1} \le f < 2^{S-1}$,
//! $S = 32$. The product with the features goes on from the table's inputs, $2^S$ fold, to those of the fractions: $Y = h^T x$.
//!
//! `total` also gains $\tau^6 W^2$ for each weight of the head, less the public norm's square: $\sum W^2 = \mathrm{norm}^2 + e$, $e \ge 0$.
//!
//! # Layout
//! Row by row, $w$ raw values to a row, as in [`crate::linked`]. On the last row of an input `operand` is a copy of the combined input; on the two rows
//! behind a matrix, of its combined outputs and of the public value that it is multiplied with.
//!
//! # Soundness
//! The values are those of the stream, in order (fingerprints), hence bounded and, for model and table, those of the commitments.
//! All are committed before the challenges; see [`super::sums`].

use std::collections::BTreeSet;

use ff::Field;
use halo2_proofs::halo2curves::bn256::Fr;
use halo2_proofs::plonk::Expression;

use super::layout::IndexLayout;
use super::params::IndexParams;
use super::rules::{Place, Rule};
use super::sums::{BETA, FEATURE_SCALE, KAPPA, TAU};
use crate::constraint::{Constraint, ConstraintKind};
use crate::encode::power_of_two;
use crate::gadgets::gates::{Identity, Query, combine, constant, power, sum};
use crate::gadgets::stream::RowKind;
use crate::grid::{Cell, Grid, LateCell};
use crate::reference::fixed_point::{LAMBDA_SCALE, PROBABILITY_SCALE, TABLE_FRACTION_BITS};

/// What a matrix is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    /// A hidden layer with its biases.
    Layer(usize),
    /// The head.
    Head,
    /// The attribution table.
    Table,
    /// What rounding to the table left of the certified solution.
    Fraction,
    /// $R + 2^\eta$.
    CertificateAbove,
    /// $2^\eta - R$.
    CertificateBelow,
    /// $R' + \epsilon$.
    StationarityAbove,
    /// $\epsilon - R'$.
    StationarityBelow,
    /// Ones in place of values.
    Ones,
    /// What the squares of the head's weights exceed the square of the public norm by.
    Excess,
}

/// A matrix and its shape.
#[derive(Clone, Copy, Debug)]
pub(super) struct Matrix {
    pub(super) part: Part,
    pub(super) inputs: usize,
    pub(super) groups: usize,
    pub(super) entries: usize,
}

/// Public sums behind the matrices: of norms, admitted rows, right ones, and the head's norm.
const PUBLIC_SUMS: usize = 4;
/// Rows behind a matrix: for its outputs, and for its part in the identities.
const CLOSING_ROWS: usize = 2;

impl Matrix {
    fn rows(&self, columns: usize) -> usize {
        self.inputs * self.groups * self.entries.div_ceil(columns) + CLOSING_ROWS
    }

    /// Whether its product with the training rows' features is shown.
    pub(super) fn multiplies(&self, params: &IndexParams) -> bool {
        match self.part {
            Part::Layer(_) | Part::Head | Part::Fraction => true,
            Part::Table => params.newton(),
            _ => false,
        }
    }

    /// Whether its product ends with it: that of the table goes on with the fractions.
    fn ends_product(&self) -> bool {
        matches!(self.part, Part::Layer(_) | Part::Head | Part::Fraction)
    }
}

/// All matrices, in the order of the stream.
pub(super) fn all(params: &IndexParams) -> Vec<Matrix> {
    let shape = &params.shape.shape;
    let mut matrices = Vec::new();
    let mut inputs = shape.inputs;
    for (layer, &entries) in shape.hidden.iter().enumerate() {
        matrices.push(Matrix { part: Part::Layer(layer), inputs: inputs + 1, groups: 1, entries });
        inputs = entries;
    }
    let (inputs, groups) = (shape.features(), shape.classes);
    let single = |part| Matrix { part, inputs, groups, entries: 1 };
    let each = |part| Matrix { part, inputs, groups, entries: shape.contributors };
    matrices.extend([single(Part::Head), each(Part::Table)]);
    if params.newton() {
        matrices.push(each(Part::Fraction));
        matrices.extend([each(Part::CertificateAbove), each(Part::CertificateBelow)]);
    }
    matrices.extend([single(Part::StationarityAbove), single(Part::StationarityBelow)]);
    matrices.push(Matrix { part: Part::Excess, inputs: 1, groups: 1, entries: 1 });
    matrices.push(single(Part::Ones));
    matrices
}

/// Rows of all matrices and of the public sums behind them.
pub(super) fn rows(params: &IndexParams) -> usize {
    all(params).iter().map(|matrix| matrix.rows(params.weight_columns)).sum::<usize>() + PUBLIC_SUMS
}

/// The numbers of values that rows hold, for rows of `columns` values.
pub(super) fn row_counts(
    lengths: impl IntoIterator<Item = usize>,
    columns: usize,
) -> BTreeSet<usize> {
    lengths
        .into_iter()
        .flat_map(|length| [columns.min(length), length % columns])
        .filter(|count| *count > 0)
        .collect()
}

/// The kinds of rows, by their number of values; ones have none.
pub(super) fn kinds(params: &IndexParams) -> BTreeSet<usize> {
    let lengths = all(params).into_iter().map(|matrix| matrix.entries);
    let mut kinds = row_counts(lengths, params.weight_columns);
    kinds.insert(0);
    kinds
}

/// Widths and lengths of fractions, residuals and excess in the stream.
pub(super) fn residuals(params: &IndexParams) -> Vec<(u32, usize)> {
    let shape = &params.shape.shape;
    let head = shape.features() * shape.classes;
    let mut segments = Vec::new();
    if params.newton() {
        segments.push((TABLE_FRACTION_BITS, head * shape.contributors));
        segments.extend([(params.certificate_bits(), head * shape.contributors); 2]);
    }
    segments.extend([(params.stationarity_bits(), head); 2]);
    segments.push((params.excess_bits(), 1));
    segments
}

/// Residuals of this width in a row.
pub(super) fn residuals_per_row(params: &IndexParams, bits: u32) -> usize {
    let limbs = params.limbs();
    (limbs.lanes / limbs.count(bits)).max(1)
}

/// The kinds of rows that residuals take in the stream.
pub(super) fn residual_kinds(params: &IndexParams) -> Vec<RowKind> {
    let kinds = |(bits, count)| {
        row_counts([count], residuals_per_row(params, bits))
            .into_iter()
            .map(move |values| RowKind { bits, values })
    };
    residuals(params).into_iter().flat_map(kinds).collect()
}

/// Rows that residuals take in the stream.
pub(super) fn residual_rows(params: &IndexParams) -> usize {
    residuals(params)
        .into_iter()
        .map(|(bits, count)| count.div_ceil(residuals_per_row(params, bits)))
        .sum()
}

/// The rules of the matrices' columns, in an order in which they can be filled.
pub(super) fn rules(query: &mut Query<'_, '_>, layout: &IndexLayout) -> Vec<Rule> {
    let columns = &layout.matrices;
    let (rho, beta, kappa) = (query.rho(), query.challenge(BETA), query.challenge(KAPPA));
    let one = constant(Fr::ONE);
    let weights: Vec<_> = layout.weights.iter().map(|column| query.advice(*column)).collect();
    let (carry, offset) = (query.fixed(columns.carry), query.fixed(columns.offset));
    let (t, t_next) = (query.late(columns.t), query.late_next(columns.t));
    let (group, group_next) = (query.late(columns.group), query.late_next(columns.group));
    let fingerprint = query.late(layout.weights_fingerprint);
    let mut combined = constant(Fr::ZERO);
    let mut advanced = fingerprint.clone();
    for &(count, q_kind) in &columns.kinds {
        let q_kind = query.fixed(q_kind);
        if count == 0 {
            combined = combined - q_kind * offset.clone();
            continue;
        }
        let raw = combine(&rho, weights[..count].iter().cloned());
        let offsets = combine(&rho, (0..count).map(|_| offset.clone()));
        combined = combined
            + q_kind.clone()
                * (carry.clone() * power(&rho, count) * t.clone() + raw.clone() - offsets);
        advanced =
            advanced + q_kind * (fingerprint.clone() * (power(&rho, count) - one.clone()) + raw);
    }
    let grouped = group.clone()
        + query.fixed(columns.q_group)
            * ((query.fixed(columns.group_carry) * beta - one.clone()) * group + t_next);
    let matrix = query.late(columns.matrix);
    let whole = matrix.clone()
        + query.fixed(columns.q_input)
            * ((query.fixed(columns.input_carry) * kappa - one) * matrix + group_next.clone());
    let operand = query.late(columns.operand);
    let accumulated = query.late(columns.accumulator)
        + query.fixed(columns.close) * operand.clone() * group_next
        - query.fixed(columns.q_outputs) * operand;
    let next = |name, column, value| Rule { name, column, place: Place::Next, value };
    let sum = |start, name, column, value| Rule { name, column, place: Place::Sum(start), value };
    vec![
        sum(
            "fingerprint: weights start at 0",
            "fingerprint: weights advance by rho^n F + sum rho^j W_j",
            layout.weights_fingerprint,
            advanced,
        ),
        next("matrix: entries of a group combined", columns.t, combined),
        next("matrix: groups of an input combined", columns.group, grouped),
        next("matrix: inputs combined", columns.matrix, whole),
        sum(
            "matrix: products start at 0",
            "matrix: products with the combined inputs",
            columns.accumulator,
            accumulated,
        ),
    ]
}

/// Where a product must end.
pub(super) fn ends(query: &mut Query<'_, '_>, layout: &IndexLayout) -> Vec<Identity> {
    let columns = &layout.matrices;
    let product = query.fixed(columns.q_outputs) * query.late_next(columns.accumulator);
    vec![("matrix: its product gives the outputs", product)]
}

/// What a row of the matrices adds to the identities.
pub(super) fn contribution(query: &mut Query<'_, '_>, layout: &IndexLayout) -> Expression<Fr> {
    let columns = &layout.matrices;
    let tau = query.challenge(TAU);
    let [c0, c1, c2, c5, c6] = columns.coefficients.map(|column| query.fixed(column));
    let matrix = query.late(columns.matrix);
    let operand = query.late(columns.operand);
    let scalar =
        power(&tau, 3) * sum([c0.clone(), tau.clone() * c1.clone(), power(&tau, 4) * c2.clone()]);
    let square = power(&tau, 6) * c6.clone() * operand.clone();
    let terms = [(2, c2), (5, c5), (6, c6)].map(|(place, c)| power(&tau, place) * c);
    let coefficient = sum([c0, tau.clone() * c1].into_iter().chain(terms));
    let weight = query.advice(layout.weights[0]) - query.fixed(columns.offset);
    coefficient
        * (query.fixed(columns.q_matrix) * operand.clone() * matrix.clone()
            + query.fixed(columns.q_plain) * matrix)
        + query.fixed(columns.q_scalar) * operand * (scalar + square)
        + query.fixed(columns.q_square) * power(&tau, 6) * weight.clone() * weight
}

/// Cells that the matrices read.
pub(super) struct Operands<'a> {
    /// The combined value of an input of a layer (the head comes last), the constant one included.
    pub(super) input: &'a dyn Fn(Part, usize) -> LateCell,
    /// The combined outputs of a matrix.
    pub(super) outputs: &'a dyn Fn(Part) -> LateCell,
    pub(super) public: PublicCells,
}

/// Cells of the public inputs that enter identities.
#[derive(Clone, Copy, Debug)]
pub(super) struct PublicCells {
    pub(super) admitted: Cell,
    pub(super) lam: Cell,
    pub(super) epsilon: Cell,
    pub(super) norm_sum: Cell,
    pub(super) head_norm: Cell,
    pub(super) right: Cell,
}

const INPUT: Constraint = Constraint::new(ConstraintKind::CopyA, "matrix: combined input");
const OUTPUTS: Constraint = Constraint::new(ConstraintKind::CopyA, "matrix: combined outputs");

/// Writes all matrices, one below the other.
pub(super) struct Matrices<'a> {
    pub(super) grid: &'a mut Grid,
    pub(super) layout: &'a IndexLayout,
    pub(super) params: &'a IndexParams,
    pub(super) operands: Operands<'a>,
    pub(super) row: usize,
}

impl Matrices<'_> {
    /// Writes all of them. `raw` gives a stored value and its offset.
    pub(super) fn fill(&mut self, raw: &dyn Fn(Part, [usize; 3]) -> (Fr, Fr)) {
        for matrix in all(self.params) {
            for input in 0..matrix.inputs {
                for group in 0..matrix.groups {
                    self.group(&matrix, [input, group], raw);
                }
                self.input(&matrix, input);
            }
            self.outputs(&matrix);
            self.factor(matrix.part);
        }
        let public = self.operands.public;
        let sums: [_; PUBLIC_SUMS] = [
            (0, "norm sum", public.norm_sum),
            (1, "admitted", public.admitted),
            (2, "right", public.right),
            (4, "head norm", public.head_norm),
        ];
        for (place, name, source) in sums {
            self.grid.set(self.layout.matrices.q_scalar, self.row, Fr::ONE);
            self.grid.set(self.layout.matrices.coefficients[place], self.row, -Fr::ONE);
            let cell = self.operand(self.row);
            self.grid.copy_to_late(Constraint::new(ConstraintKind::CopyA, name), source, cell);
            self.row += 1;
        }
    }

    fn operand(&self, row: usize) -> LateCell {
        LateCell { column: self.layout.matrices.operand, row }
    }

    fn group(
        &mut self,
        matrix: &Matrix,
        [input, group]: [usize; 2],
        raw: &dyn Fn(Part, [usize; 3]) -> (Fr, Fr),
    ) {
        let columns = &self.layout.matrices;
        let width = self.layout.weights.len();
        for first in (0..matrix.entries).step_by(width) {
            let count = width.min(matrix.entries - first);
            let mut offset = -Fr::ONE;
            if matrix.part != Part::Ones {
                for (entry, column) in (first..first + count).zip(&self.layout.weights) {
                    let (value, removed) = raw(matrix.part, [input, group, entry]);
                    let value = self.grid.witness(WEIGHT.kind, WEIGHT.name, value);
                    self.grid.assign(*column, self.row, value);
                    offset = removed;
                }
            }
            let values = if matrix.part == Part::Ones { 0 } else { count };
            for (_, q_kind) in columns.kinds.iter().filter(|(kind, _)| *kind == values) {
                self.grid.set(*q_kind, self.row, Fr::ONE);
            }
            self.grid.set(columns.offset, self.row, offset);
            self.grid.set(columns.carry, self.row, flag(first > 0));
            self.grid.set(columns.q_square, self.row, flag(matrix.part == Part::Head));
            self.row += 1;
        }
        self.grid.set(columns.q_group, self.row - 1, Fr::ONE);
        self.grid.set(columns.group_carry, self.row - 1, flag(group > 0));
    }

    /// Puts a combined input beside the last row of its values.
    fn input(&mut self, matrix: &Matrix, input: usize) {
        let (columns, row) = (&self.layout.matrices, self.row - 1);
        self.grid.set(columns.q_input, row, Fr::ONE);
        self.grid.set(columns.input_carry, row, flag(input > 0));
        if matrix.multiplies(self.params) {
            let constant = input + 1 == matrix.inputs && !matches!(matrix.part, Part::Layer(_));
            let shift = if matrix.part == Part::Table { TABLE_FRACTION_BITS } else { 0 };
            let scale = if constant { power_of_two(FEATURE_SCALE) } else { Fr::ONE };
            let scale = scale * power_of_two(shift);
            self.grid.set(columns.close, row, scale);
            let source = (self.operands.input)(matrix.part, input);
            self.grid.copy_late(INPUT, source, self.operand(row));
        }
    }

    /// The row behind a matrix, for the outputs of its product.
    fn outputs(&mut self, matrix: &Matrix) {
        if matrix.ends_product() {
            self.grid.set(self.layout.matrices.q_outputs, self.row, Fr::ONE);
            let source = (self.operands.outputs)(matrix.part);
            self.grid.copy_late(OUTPUTS, source, self.operand(self.row));
        }
        self.row += 1;
    }

    /// The row behind that one, for the matrix' part in the identities.
    fn factor(&mut self, part: Part) {
        let (columns, newton) = (&self.layout.matrices, self.params.newton());
        let PublicCells { lam, epsilon, .. } = self.operands.public;
        let ridge = power_of_two(2 * PROBABILITY_SCALE + 2 * FEATURE_SCALE - LAMBDA_SCALE);
        let pull = power_of_two(PROBABILITY_SCALE + FEATURE_SCALE - LAMBDA_SCALE);
        let shifted = ridge * power_of_two(TABLE_FRACTION_BITS);
        let (one, none) = (Fr::ONE, Fr::ZERO);
        let (factor, coefficients) = match part {
            Part::Layer(_) => (None, [none; 5]),
            Part::Head => (Some(("head: lam", lam)), [none, -pull, none, none, none]),
            Part::Table if newton => (Some(("table: lam", lam)), [shifted, none, none, none, none]),
            Part::Table => (None, [one, none, none, none, none]),
            Part::Fraction => (Some(("fraction: lam", lam)), [ridge, none, none, none, none]),
            Part::CertificateAbove => (None, [-one, none, none, one, none]),
            Part::CertificateBelow => (None, [none, none, none, one, none]),
            Part::StationarityAbove => (None, [none, -one, one, none, none]),
            Part::StationarityBelow => (None, [none, none, one, none, none]),
            Part::Ones => {
                (Some(("stationarity: epsilon", epsilon)), [none, one, -one.double(), none, none])
            }
            Part::Excess => (None, [none, none, none, none, -one]),
        };
        for (column, coefficient) in columns.coefficients.iter().zip(coefficients) {
            self.grid.set(*column, self.row, coefficient);
        }
        match factor {
            Some((name, source)) => {
                self.grid.set(columns.q_matrix, self.row, one);
                let constraint = Constraint::new(ConstraintKind::CopyA, name);
                self.grid.copy_to_late(constraint, source, self.operand(self.row));
            }
            None => self.grid.set(columns.q_plain, self.row, one),
        }
        self.row += 1;
    }
}

/// Names the values in the weight columns, for forgeries.
pub(super) const WEIGHT: Constraint =
    Constraint::new(ConstraintKind::Gate, "fingerprint: weights = stream");

fn flag(set: bool) -> Fr {
    Fr::from(u64::from(set))
}
