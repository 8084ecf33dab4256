//! Second-phase columns over the training rows.
//!
//! # Relation
//! Challenges: $\rho$ combines contributors, outputs of hidden layers and words; $\beta$ classes; $\kappa$ features; $\sigma$ training rows; $\tau$ identities.
//! For row $i$ with features $h$, probabilities $p$, label $y$, owner $o$, admission bit $w$ and responses $Y$ (with a Newton method):
//!
//! | column | at the end of the block |
//! |---|---|
//! | features $H$ | $\sum_k \kappa^{K-1-k} h_k$ (without the constant one) |
//! | responses, others (Newton) | $\sum_c \rho^{M-1-c} Y_{ac}$ for each class; the same over $c \ne o$ |
//! | moments $T$, $V$ (Newton) | $\sum_a p_a X_a$, $\sum_a \beta^{C-1-a} p_a X_a$ with $X$ the others |
//! | probabilities $P$, label $L$ | $\sum_a \beta^{C-1-a} p_a$, $\beta^{C-1-y}$ |
//! | residual $D$ | $L \sum p - P = \sum_a \beta^{C-1-a} \delta_a$ |
//! | total | gains $w H (V \sum p - P T) - 2^{\sigma + S} \rho^{M-1-o} w H D + \tau 2^{16} w H D + \tau^3 w |h| + \tau^4 w$, and $\tau^7$ if the label's class is the marked maximum ($2^{32} \tau^7$ for a validation row) |
//!
//! and `inputs`, `outputs` hold $\sum_i \sigma^{n-1-i} x_i$ for every input and unit, and for the combined outputs of every layer, in the last block.
//! With [`super::matrices`], `total` ends at zero; that is the table's certificate, the head's stationarity and norm, the norms' sum, the number of admitted rows and those of right ones.
//! Validation rows stand behind the training rows; $w$ is 0 for them, by a constant.
//! `check` ends at zero in every block: one maximum, one label, one owner, and the sums of exponentials and probabilities.
//!
//! # Soundness
//! All values that a challenge meets are committed in the first phase. Each identity is a polynomial in the challenges, of degree below $n (K + C M)$ in each,
//! that isn't zero if one of the integers it compares differs. Bounds keep those below $p / 2$ ([`super::IndexParams`]).

use ff::Field;
use halo2_proofs::halo2curves::bn256::Fr;
use halo2_proofs::plonk::Expression;

use super::block::Block;
use super::layout::{IndexLayout, ResponseColumns};
use super::matrices;
use super::params::IndexParams;
use super::rows::{Cells, DIFFERENCE_LANES, logit_lanes, norm_lanes, probability_lanes, rotation};
use super::rules::{Place, Rule};
use crate::encode::power_of_two;
use crate::gadgets::gates::{Identity, Query, combine, constant, power, sum};
use crate::grid::{Challenges, Grid, LateCell, LateGrid};
use crate::reference::fixed_point::{HEAD_SCALE, INPUT_SCALE, TABLE_FRACTION_BITS};
use tribute_verifier::method::HessianRows;

/// Numbers of the challenges.
pub(super) const BETA: usize = 2;
pub(super) const KAPPA: usize = 3;
pub(super) const SIGMA: usize = 4;
pub(super) const TAU: usize = 5;
/// How many challenges there are.
pub(super) const CHALLENGES: usize = 6;

/// Scale bits of the features, whether units or inputs.
pub(super) const FEATURE_SCALE: u32 = INPUT_SCALE;

/// Scale of the certified solution with a Newton method: sigma and the bits of the fractions; the others' tables aren't scaled.
pub(super) const fn sigma(params: &IndexParams) -> u32 {
    if params.shape.method.is_newton() {
        tribute_verifier::header::NEWTON_SIGMA + TABLE_FRACTION_BITS
    } else {
        0
    }
}

/// The rules of the columns over the blocks, in an order in which they can be filled.
pub(super) fn rules(
    query: &mut Query<'_, '_>,
    layout: &IndexLayout,
    params: &IndexParams,
) -> Vec<Rule> {
    let block = Block::new(params);
    let mut rules =
        Rules { cells: Cells { query, layout }, params, block: &block, rules: Vec::new() };
    rules.outputs();
    rules.features();
    rules.contributors();
    rules.classes();
    rules.check();
    rules.order();
    rules.rules
}

struct Rules<'a, 'b, 'c> {
    cells: Cells<'a, 'b, 'c>,
    params: &'a IndexParams,
    block: &'a Block,
    rules: Vec<Rule>,
}

impl Rules<'_, '_, '_> {
    fn push(
        &mut self,
        name: &'static str,
        column: crate::layout::Late,
        place: Place,
        value: Expression<Fr>,
    ) {
        self.rules.push(Rule { name, column, place, value });
    }

    /// $q_{keep} L + q\,((x - 1) L + v)$: on rows of the selector one step of a Horner sum, elsewhere the same value, in the next block zero.
    fn horner(
        &mut self,
        column: crate::layout::Late,
        q: Expression<Fr>,
        x: &Expression<Fr>,
        value: Expression<Fr>,
    ) -> Expression<Fr> {
        let sum = self.cells.query.late(column);
        let q_keep = self.cells.query.fixed(self.cells.layout.block.q_keep);
        q_keep * sum.clone() + q * (sum * (x.clone() - constant(Fr::ONE)) + value)
    }

    fn outputs(&mut self) {
        let layout = self.cells.layout;
        let query = &mut *self.cells.query;
        let (rho, beta, sigma) = (query.rho(), query.challenge(BETA), query.challenge(SIGMA));
        let carry = query.fixed(layout.block.t_carry);
        let t = query.late(layout.sums.t);
        let q_logit = query.fixed(layout.block.q_logit);
        let step = |power: Expression<Fr>| carry.clone() * t.clone() * (power - constant(Fr::ONE));
        let mut value =
            carry.clone() * t.clone() + q_logit.clone() * (step(beta) + self.cells.logit_sum());
        for (kind, q_kind) in &layout.units {
            let q_kind = self.cells.query.fixed(*q_kind);
            let sums: Vec<_> =
                (0..kind.units).map(|slot| self.cells.unit(*kind, slot)[2].clone()).collect();
            value = value + q_kind * (step(power(&rho, kind.units)) + combine(&rho, sums));
        }
        self.push("layers: outputs are combined", layout.sums.t, Place::Next, value);

        let rows = rotation(self.block.rows);
        let query = &mut *self.cells.query;
        let q_later = query.fixed(layout.block.q_later) * sigma.clone();
        let value = q_later.clone() * query.late_at(layout.sums.outputs, -rows)
            + query.fixed(layout.block.q_outer_units) * t;
        let responses = layout.sums.newton.map(|columns| {
            query.fixed(layout.block.q_outer_responses) * query.late(columns.all_responses)
        });
        let value = responses.into_iter().fold(value, |value, responses| value + responses);
        self.rules.push(Rule {
            name: "layers: outputs are combined over all rows",
            column: layout.sums.outputs,
            place: Place::Here,
            value,
        });
        for (slot, column) in layout.sums.inputs.iter().enumerate() {
            let mut value = q_later.clone() * self.cells.query.late_at(*column, -rows);
            for (kind, q_kind) in layout.stream.untied.iter().filter(|(kind, _)| kind.values > slot)
            {
                debug_assert_eq!(kind.bits, 16, "features are the only values that are untied");
                value = value + self.cells.query.fixed(*q_kind) * self.cells.feature(slot);
            }
            for (kind, q_kind) in layout.units.iter().filter(|(kind, _)| kind.units > slot) {
                let [h, ..] = self.cells.unit(*kind, slot);
                value = value + self.cells.query.fixed(*q_kind) * h;
            }
            if slot == 0 {
                value = value + self.cells.query.fixed(layout.block.q_close[2]);
            }
            self.push("layers: inputs are combined over all rows", *column, Place::Here, value);
        }
    }

    fn features(&mut self) {
        let layout = self.cells.layout;
        let kappa = self.cells.query.challenge(KAPPA);
        let mut rows = Vec::new();
        if layout.units.is_empty() {
            for (kind, q_kind) in &layout.stream.untied {
                let values = (0..kind.values).map(|slot| self.cells.feature(slot));
                rows.push((*q_kind, values.collect::<Vec<_>>()));
            }
        }
        for (kind, q_kind) in layout.units.iter().filter(|(kind, _)| kind.features) {
            let values = (0..kind.units).map(|slot| self.cells.unit(*kind, slot)[0].clone());
            rows.push((*q_kind, values.collect::<Vec<_>>()));
        }
        let query = &mut *self.cells.query;
        let q_keep = query.fixed(layout.block.q_keep);
        let (features, squares) =
            (query.late(layout.sums.features), query.late(layout.sums.squares));
        let mut combined = q_keep.clone() * features.clone();
        let mut squared = q_keep * squares;
        let constant_feature = constant(power_of_two(FEATURE_SCALE));
        for (q_kind, values) in rows {
            let q_kind = query.fixed(q_kind);
            let step = power(&kappa, values.len()) - constant(Fr::ONE);
            combined = combined
                + q_kind.clone() * (features.clone() * step + combine(&kappa, values.clone()));
            squared = squared + q_kind * sum(values.into_iter().map(|h| h.clone() * h));
        }
        // The constant feature belongs to the norm as well.
        squared = squared
            + query.fixed(layout.block.q_meta)
                * constant_feature.clone()
                * constant_feature.clone();
        let admitted = query.fixed(layout.block.q_weight)
            * query.advice(layout.b)
            * (features * kappa + constant_feature);
        let (start, name) = ("features: start at 0", "features: combined");
        self.push(name, layout.sums.features, Place::Sum(start), combined);
        let (start, name) = ("features: squares start at 0", "features: sum of squares");
        self.push(name, layout.sums.squares, Place::Sum(start), squared);
        self.push("features: of an admitted row", layout.sums.admitted, Place::Here, admitted);
    }

    fn contributors(&mut self) {
        let layout = self.cells.layout;
        let query = &mut *self.cells.query;
        let rho = query.rho();
        let carry = query.fixed(layout.block.contributor_carry);
        let owners: Vec<_> = layout.class.owner.iter().map(|o| query.advice(*o)).collect();
        let responses: Vec<_> = layout.class.response.iter().map(|y| query.advice(*y)).collect();
        let others: Vec<_> = match self.params.shape.method.hessian() {
            Some(HessianRows::Others) => owners
                .iter()
                .zip(&responses)
                .map(|(o, y)| (constant(Fr::ONE) - o.clone()) * y.clone())
                .collect(),
            Some(HessianRows::All) | None => responses.clone(),
        };
        let mut columns = vec![("contributors: the owner's power", layout.sums.owner, owners)];
        columns.extend(
            layout
                .sums
                .newton
                .map(|columns| ("contributors: responses combined", columns.responses, responses)),
        );
        columns.extend(layout.sums.newton.map(|columns| {
            ("contributors: responses of the others combined", columns.others, others)
        }));
        for (name, column, values) in columns {
            let query = &mut *self.cells.query;
            let current = carry.clone() * query.late(column);
            let mut value = current.clone();
            for (count, q_kind) in &layout.contributors {
                let step = current.clone() * (power(&rho, *count) - constant(Fr::ONE));
                value = value
                    + query.fixed(*q_kind)
                        * (step + combine(&rho, values[..*count].iter().cloned()));
            }
            self.push(name, column, Place::Next, value);
        }
    }

    fn classes(&mut self) {
        let layout = self.cells.layout;
        let beta = self.cells.query.challenge(BETA);
        let probability = self.cells.limbs(probability_lanes::PROBABILITY, 0);
        let query = &mut *self.cells.query;
        let q_probability = query.fixed(layout.block.q_probability);
        let bit = query.advice(layout.class.bit);
        let value =
            self.horner(layout.sums.probabilities, q_probability.clone(), &beta, probability);
        let start = Place::Sum("classes: probabilities start at 0");
        let name = "classes: probabilities combined";
        self.push(name, layout.sums.probabilities, start, value);
        let value = self.horner(layout.sums.label, q_probability, &beta, bit);
        let start = Place::Sum("classes: the label starts at 0");
        self.push("classes: the label's power", layout.sums.label, start, value);
        if let Some(columns) = layout.sums.newton {
            self.responses(columns);
        }
        let query = &mut *self.cells.query;
        let total = query.advice(layout.class.probabilities);
        let residual = query.fixed(layout.block.q_close[0])
            * (total * query.late(layout.sums.label) - query.late(layout.sums.probabilities));
        self.push("classes: residual combined", layout.sums.residual, Place::Here, residual);
    }

    fn responses(&mut self, columns: ResponseColumns) {
        let (beta, one) = (self.cells.query.challenge(BETA), constant(Fr::ONE));
        // The probability stands on the second row of a class.
        let back = -rotation(self.block.class_rows - 2);
        let probability = self.cells.limbs(probability_lanes::PROBABILITY, back);
        let query = &mut *self.cells.query;
        let q_end = query.fixed(self.cells.layout.block.q_class_end);
        let responses = query.late_next(columns.responses);
        let weighted = probability * query.late_next(columns.others);
        let sums = [
            (
                "classes: responses combined",
                "classes: responses start at 0",
                columns.all_responses,
                &beta,
                responses,
            ),
            (
                "classes: moment",
                "classes: moment starts at 0",
                columns.moment,
                &one,
                weighted.clone(),
            ),
            (
                "classes: combined moment",
                "classes: combined moment starts at 0",
                columns.combined_moment,
                &beta,
                weighted,
            ),
        ];
        for (name, start, column, x, value) in sums {
            let value = self.horner(column, q_end.clone(), x, value);
            self.push(name, column, Place::Sum(start), value);
        }
    }

    fn check(&mut self) {
        let layout = self.cells.layout;
        let (block, class) = (&layout.block, &layout.class);
        let logit = self.cells.logit();
        let exponential = self.cells.limbs(logit_lanes::EXPONENTIAL, 0);
        let probability = self.cells.limbs(probability_lanes::PROBABILITY, 0);
        let halves = self.cells.limbs(DIFFERENCE_LANES, 0)
            + self.cells.limbs(DIFFERENCE_LANES, 1) * constant(power_of_two(120));
        let step = self.cells.step(self.block);
        let rows = rotation(self.block.rows);
        let query = &mut *self.cells.query;
        let rho = query.rho();
        let at = |place: usize| power(&rho, place);
        let bit = query.advice(class.bit);
        let (a, b) = (query.advice(layout.a), query.advice(layout.b));
        let maximum = query.fixed(block.q_logit)
            * (exponential + at(1) * bit.clone() + at(2) * bit.clone() * logit);
        let label = query.fixed(block.q_probability)
            * (at(3) * bit.clone()
                + at(4) * query.fixed(block.class_number) * bit
                + at(5) * probability);
        let first_class = query.fixed(block.q_first_class);
        let first_number = query.fixed(block.contributor_number);
        let mut owner = constant(Fr::ZERO);
        for (count, q_kind) in &layout.contributors {
            let bits = layout.class.owner[..*count].iter().map(|o| query.advice(*o));
            let bits: Vec<_> = bits.collect();
            let numbered = (0u64..)
                .zip(&bits)
                .map(|(slot, o)| o.clone() * (at(6) + at(7) * constant(Fr::from(slot))));
            let numbered = sum(numbered) + at(7) * first_number.clone() * sum(bits.iter().cloned());
            owner = owner + query.fixed(*q_kind) * first_class.clone() * numbered;
        }
        let expected = query.fixed(block.q_close[0])
            * (query.advice(class.exponentials)
                + at(1)
                + at(2) * query.advice(class.maximum)
                + at(3)
                + at(5) * query.advice(class.probabilities)
                + at(6));
        let meta = query.fixed(block.q_meta) * (at(4) * a.clone() + at(7) * b);
        let q_later = query.fixed(block.q_later);
        let differs = query.advice(layout.order.differs);
        let numbers =
            (constant(Fr::ONE) - differs.clone()) * (a - query.advice_at(layout.a, -rows));
        let rise = query.fixed(block.q_first_element) * differs.clone()
            + query.fixed(block.q_later_element)
                * (differs.clone() - query.advice_at(layout.order.differs, -1));
        let steps = rise * q_later.clone() * step;
        let excess =
            query.fixed(block.q_close[1]) * q_later * (numbers - constant(Fr::ONE) - halves);
        let value =
            query.fixed(block.q_keep) * query.late(layout.sums.check) + maximum + label + owner
                - expected
                - meta
                + at(8) * (steps + excess);
        let start = Place::Sum("check: starts at 0");
        self.push("check: sums of a row", layout.sums.check, start, value);
    }

    fn order(&mut self) {
        let layout = self.cells.layout;
        let query = &mut *self.cells.query;
        let rho = query.rho();
        let q_element = query.fixed(layout.block.q_element);
        let q_order =
            query.fixed(layout.block.q_first_element) + query.fixed(layout.block.q_later_element);
        let (registered, ordered) = (query.advice(layout.pack), query.advice(layout.order.element));
        let value = self.horner(layout.sums.registered, q_element, &rho, registered);
        let start = Place::Sum("order: registered features start at 0");
        self.push("order: features as registered", layout.sums.registered, start, value);
        let value = self.horner(layout.sums.ordered, q_order, &rho, ordered);
        let start = Place::Sum("order: ordered features start at 0");
        self.push("order: features in order", layout.sums.ordered, start, value);
    }
}

/// The rule of the identities over all rows.
pub(super) fn total(query: &mut Query<'_, '_>, layout: &IndexLayout, params: &IndexParams) -> Rule {
    let tau = query.challenge(TAU);
    let columns = &layout.sums;
    let q_weight = query.fixed(layout.block.q_weight);
    let admitted = query.late(columns.admitted);
    let gradient = admitted.clone() * query.late(columns.residual);
    let probabilities = query.advice(layout.class.probabilities);
    let hessian = columns.newton.map_or(constant(Fr::ZERO), |newton| {
        admitted
            * (probabilities * query.late(newton.combined_moment)
                - query.late(columns.probabilities) * query.late(newton.moment))
    });
    let owned =
        gradient.clone() * query.late(columns.owner) * constant(power_of_two(sigma(params)));
    let w = query.advice(layout.b);
    let (maximum, label) = (query.advice(layout.class.bit), query.advice_at(layout.class.bit, 1));
    let right = power(&tau, 7) * query.fixed(layout.block.right) * maximum * label;
    let norm = Cells { query, layout }.limbs(norm_lanes::NORM, 0);
    let row = hessian - owned
        + tau.clone() * gradient * constant(power_of_two(HEAD_SCALE))
        + power(&tau, 3) * w.clone() * norm
        + power(&tau, 4) * w;
    let value =
        query.late(columns.total) + q_weight * row + right + matrices::contribution(query, layout);
    Rule {
        name: "total: what rows and matrices give",
        column: columns.total,
        place: Place::Sum("total: starts at 0"),
        value,
    }
}

/// Identities that no rule gives: where sums must end, and the comparison of the two orders.
pub(super) fn ends(query: &mut Query<'_, '_>, layout: &IndexLayout) -> Vec<Identity> {
    let columns = &layout.sums;
    let one = || constant(Fr::ONE);
    let (rho, alpha) = (query.rho(), query.alpha());
    let fold = |elements: Expression<Fr>, number: Expression<Fr>, admitted: Expression<Fr>| {
        (elements * rho.clone() + number) * rho.clone() + admitted + alpha.clone()
    };
    let registered = fold(
        query.late(columns.registered),
        query.fixed(layout.block.number),
        query.advice(layout.b),
    );
    let ordered = fold(
        query.late(columns.ordered),
        query.advice(layout.a),
        query.advice(layout.order.differs),
    );
    let (product, next) = (query.late(columns.permutation), query.late_next(columns.permutation));
    let q_close = query.fixed(layout.block.q_close[1]);
    let step = next.clone() - product.clone();
    let compared = q_close * (next * (ordered - one()) - product.clone() * (registered - one()));
    let (q_first, q_last) = (query.fixed(layout.q_first), query.fixed(layout.q_last));
    vec![
        (
            "check: the sums of a row end at 0",
            query.fixed(layout.block.q_close[2]) * query.late(columns.check),
        ),
        ("total: ends at 0", q_last.clone() * query.late(columns.total)),
        ("order: the product advances", query.fixed(layout.q_active) * step + compared),
        ("order: the product starts at 1", q_first * (product.clone() - one())),
        ("order: the product ends at 1", q_last * (product - one())),
    ]
}

/// Fills the product that compares the two orders.
pub(super) fn fill_permutation(
    grid: &Grid,
    layout: &IndexLayout,
    challenges: Challenges,
    late: &mut LateGrid,
) {
    let Challenges { rho, alpha } = challenges;
    let cell =
        |column: crate::layout::Late, late: &LateGrid, row| late.value(LateCell { column, row });
    let mut product = Fr::ONE;
    for row in 0..grid.active {
        late.assign(layout.sums.permutation, row, product);
        if grid.fixed(layout.block.q_close[1], row) == Fr::ONE {
            let fold = |elements: Fr, number: Fr, admitted: Fr| {
                (elements * rho + number) * rho + admitted + alpha
            };
            let registered = fold(
                cell(layout.sums.registered, late, row),
                grid.fixed(layout.block.number, row),
                grid.advice(layout.b, row),
            );
            let ordered = fold(
                cell(layout.sums.ordered, late, row),
                grid.advice(layout.a, row),
                grid.advice(layout.order.differs, row),
            );
            product *= registered * ordered.invert().unwrap_or(Fr::ZERO);
        }
    }
    late.assign(layout.sums.permutation, grid.active, product);
}
