//! The quotient: all identities, combined by powers of $y$, over $X^n - 1$.
//!
//! # Method
//! The quotient has degree below $d n$, with $d$ one less than the degree of the identities. On the coset with shift $s$, $X^n$ is the constant $s^n$, so the quotient's values there are
//! those of $\sum_j s^{jn} h_j$, with its limbs $h_j$. Its values on $d$ cosets, each brought back to coefficients by one transform over $n$ rows, give the limbs row by row, by the inverse of a Vandermonde
//! matrix: no transform is longer than the circuit.
//!
//! Identities of a lower degree have a quotient of fewer limbs, which fewer cosets tell: they are added up apart, and a column is transformed for those cosets alone on which
//! an identity reads it. The columns of one coset are held at a time.

use std::collections::{BTreeMap, BTreeSet};

use ff::{Field as _, PrimeField as _};
use halo2_proofs::halo2curves::bn256::{Fr, G1Affine};
use halo2_proofs::plonk::{Any, Column, ProvingKey};
use rayon::prelude::*;

use super::domain::{Domain, TASK, powers};
use super::expression::{Cells, Sum};
use super::opening::times;
use super::permutation::columns_of_a_set;
use super::program::{BLOCK, Graph, Node, Program, Repeated};

/// All polynomials that identities read, by coefficients.
#[derive(Clone, Copy)]
pub(super) struct Columns<'a> {
    pub(super) key: &'a ProvingKey<G1Affine>,
    pub(super) advice: &'a [Vec<Fr>],
    pub(super) instance: &'a [Fr],
    pub(super) products: &'a [Vec<Fr>],
}

/// What identities are combined with.
#[derive(Clone, Copy)]
pub(super) struct Challenges<'a> {
    /// Challenges of the circuit.
    pub(super) phases: &'a [Fr],
    pub(super) beta: Fr,
    pub(super) gamma: Fr,
    pub(super) y: Fr,
}

/// The limbs of the quotient, by coefficients.
pub(super) fn quotient(
    domain: &Domain,
    columns: Columns<'_>,
    challenges: Challenges<'_>,
) -> Vec<Vec<Fr>> {
    let mut identities = Identities::new(columns, challenges);
    let mut parts: Vec<Part> = identities
        .combined()
        .into_iter()
        .map(|(limbs, node)| Part::new(limbs, Program::new(&identities.graph, node)))
        .collect();
    let polynomials = identities.places.polynomials(columns);
    let margins = identities.margins();
    let count = columns.key.get_vk().cs().degree() - 1;
    let shifts = (0..count).scan(Fr::MULTIPLICATIVE_GENERATOR, |shift, _| {
        let here = *shift;
        *shift *= Fr::MULTIPLICATIVE_GENERATOR;
        Some(here)
    });
    let shifts: Vec<Fr> = shifts.collect();
    let mut over = vec![Vec::new(); polynomials.len() + 1];
    for (number, shift) in shifts.iter().enumerate() {
        let here = || parts.iter().filter(|part| part.limbs > number);
        let read: BTreeSet<usize> = here().flat_map(|part| part.program.columns()).collect();
        let polynomials: Vec<_> = polynomials
            .iter()
            .enumerate()
            .map(|(place, polynomial)| read.contains(&place).then_some(*polynomial))
            .collect();
        values_on_coset(domain, &polynomials, margins, *shift, &mut over);
        for part in parts.iter_mut().filter(|part| part.limbs > number) {
            let mut values = values_of(&part.program, domain, &over, margins);
            domain.to_coefficients(&mut values);
            part.values.push(values);
        }
    }
    let mut all = vec![vec![Fr::ZERO; domain.rows()]; count];
    for part in parts {
        add_limbs(domain, &shifts[..part.limbs], &part.values, &mut all);
    }
    all
}

/// Identities whose quotient has as many limbs, and their values on as many cosets, by coefficients.
struct Part {
    limbs: usize,
    program: Program,
    values: Vec<Vec<Fr>>,
}

impl Part {
    fn new(limbs: usize, program: Program) -> Self {
        Self { limbs, program, values: Vec::with_capacity(limbs) }
    }
}

/// The columns that are read on a coset, with rows repeated at both ends, and the coset itself behind them; what they held on another coset is overwritten.
fn values_on_coset(
    domain: &Domain,
    polynomials: &[Option<&[Fr]>],
    (above, below): (usize, usize),
    shift: Fr,
    columns: &mut [Vec<Fr>],
) {
    let rows = domain.rows();
    let shifts = powers(shift, rows);
    let repeat = |values: &mut Vec<Fr>, fill: &(dyn Fn(&mut [Fr]) + Sync)| {
        values.resize(above + rows + below, Fr::ZERO);
        fill(&mut values[above..above + rows]);
        values.copy_within(rows..rows + above, 0);
        values.copy_within(above..above + below, above + rows);
    };
    let Some((coset, columns)) = columns.split_last_mut() else { return };
    columns.par_iter_mut().zip(polynomials).for_each(|(values, polynomial)| match polynomial {
        Some(polynomial) => repeat(values, &|values| domain.on_coset(polynomial, &shifts, values)),
        None => *values = Vec::new(),
    });
    repeat(coset, &|values| {
        for (value, power) in values.iter_mut().zip(domain.powers()) {
            *value = shift * power;
        }
    });
}

fn values_of(
    program: &Program,
    domain: &Domain,
    columns: &[Vec<Fr>],
    (above, _): (usize, usize),
) -> Vec<Fr> {
    let repeated = Repeated { columns, above };
    let mut values = vec![Fr::ZERO; domain.rows()];
    values.par_chunks_mut(TASK).enumerate().for_each_init(
        || program.buffers(),
        |buffers, (number, part)| {
            for (block, values) in part.chunks_mut(BLOCK).enumerate() {
                program.evaluate(&repeated, number * TASK + block * BLOCK, buffers, values);
            }
        },
    );
    values
}

/// Adds the limbs of a part, from the numerator on its cosets, by coefficients of a polynomial in $X / s$.
fn add_limbs(domain: &Domain, shifts: &[Fr], parts: &[Vec<Fr>], limbs: &mut [Vec<Fr>]) {
    let rows = domain.rows();
    let constants: Vec<Fr> = shifts.iter().map(|shift| shift.pow_vartime([rows as u64])).collect();
    let inverse = inverse_vandermonde(&constants);
    for (number, (shift, part)) in shifts.iter().zip(parts).enumerate() {
        let unshift = shift.invert().unwrap_or(Fr::ZERO);
        let over = (constants[number] - Fr::ONE).invert().unwrap_or(Fr::ZERO);
        limbs.par_iter_mut().zip(&inverse).for_each(|(limb, row)| {
            let mut factor = over * row[number];
            for (limb, value) in limb.iter_mut().zip(part) {
                *limb += factor * value;
                factor *= unshift;
            }
        });
    }
}

/// Coefficients from values at these points.
fn inverse_vandermonde(points: &[Fr]) -> Vec<Vec<Fr>> {
    let mut rows = vec![vec![Fr::ZERO; points.len()]; points.len()];
    for (place, point) in points.iter().enumerate() {
        let (mut basis, mut scale) = (vec![Fr::ONE], Fr::ONE);
        for (_, other) in points.iter().enumerate().filter(|(other, _)| *other != place) {
            basis = times(&basis, *other);
            scale *= *point - other;
        }
        let scale = scale.invert().unwrap_or(Fr::ZERO);
        for (row, coefficient) in rows.iter_mut().zip(basis) {
            row[place] = coefficient * scale;
        }
    }
    rows
}

/// Where which polynomial stands among all.
#[derive(Clone, Copy)]
struct Places {
    advice: usize,
    instance: usize,
    permuted: usize,
    products: usize,
    first: usize,
    last: usize,
    usable: usize,
    coset: usize,
}

impl Places {
    fn new(Columns { key, advice, products, .. }: Columns<'_>) -> Self {
        let fixed = key.fixed_polys().len();
        let instance = fixed + advice.len();
        let permuted = instance + 1;
        let products_start = permuted + key.permutation().polys().len();
        let first = products_start + products.len();
        let (last, usable, coset) = (first + 1, first + 2, first + 3);
        let products = products_start;
        Self { advice: fixed, instance, permuted, products, first, last, usable, coset }
    }

    /// All of them, but for the coset.
    fn polynomials<'a>(self, columns: Columns<'a>) -> Vec<&'a [Fr]> {
        let Columns { key, advice, instance, products } = columns;
        let mut all: Vec<&[Fr]> = Vec::with_capacity(self.coset);
        all.extend(key.fixed_polys().iter().map(|polynomial| polynomial.values()));
        all.extend(advice.iter().map(Vec::as_slice));
        all.push(instance);
        all.extend(key.permutation().polys().iter().map(|polynomial| polynomial.values()));
        all.extend(products.iter().map(Vec::as_slice));
        all.extend([key.l0(), key.l_last(), key.l_active_row()].map(|poly| poly.values()));
        all
    }
}

/// The identities of a key as a graph.
struct Identities<'a> {
    graph: Graph,
    places: Places,
    columns: Columns<'a>,
    challenges: Challenges<'a>,
}

impl<'a> Identities<'a> {
    fn new(columns: Columns<'a>, challenges: Challenges<'a>) -> Self {
        Self { graph: Graph::default(), places: Places::new(columns), columns, challenges }
    }

    /// The rotation from the first row to the last usable one.
    fn last_turn(&self) -> i32 {
        let blinding = self.columns.key.get_vk().cs().blinding_factors();
        -i32::try_from(blinding + 1).unwrap_or_default()
    }

    /// Rows that rotations reach above and below.
    fn margins(&self) -> (usize, usize) {
        let cs = self.columns.key.get_vk().cs();
        let advice = cs.advice_queries().iter().map(|(_, turn)| turn.0);
        let fixed = cs.fixed_queries().iter().map(|(_, turn)| turn.0);
        let instance = cs.instance_queries().iter().map(|(_, turn)| turn.0);
        let turns = advice.chain(fixed).chain(instance).chain([1, self.last_turn()]);
        turns.fold((0, 0), |(above, below), turn| {
            let reach = usize::try_from(turn.unsigned_abs()).unwrap_or_default();
            if turn < 0 { (reach.max(above), below) } else { (above, reach.max(below)) }
        })
    }

    /// All identities, combined in the order of the verifier, by how many limbs their quotients have.
    fn combined(&mut self) -> BTreeMap<usize, Node> {
        let cs = self.columns.key.get_vk().cs();
        let gates: Vec<_> = cs.gates().iter().flat_map(|gate| gate.polynomials()).collect();
        let permutation = self.permutation();
        let Places { advice, instance, .. } = self.places;
        let cells = Cells { advice, instance, challenges: self.challenges.phases };
        let powers = powers(self.challenges.y, gates.len() + permutation.len());
        let mut powers = powers.into_iter().rev();
        let mut sums: BTreeMap<usize, Sum> = BTreeMap::new();
        for (identity, power) in gates.into_iter().zip(&mut powers) {
            let limbs = identity.degree().saturating_sub(1).max(1);
            sums.entry(limbs).or_default().add(&mut self.graph, &cells, identity, power);
        }
        let sum = sums.entry(cs.degree() - 1).or_default();
        permutation.into_iter().zip(powers).for_each(|(node, power)| sum.add_node(node, power));
        sums.into_iter().map(|(limbs, sum)| (limbs, sum.node(&mut self.graph))).collect()
    }

    fn column(&mut self, column: Column<Any>) -> Node {
        let start = match column.column_type() {
            Any::Fixed => 0,
            Any::Advice(_) => self.places.advice,
            Any::Instance => self.places.instance,
        };
        self.graph.cell(start + column.index(), 0)
    }

    /// The identities of the permutation argument.
    fn permutation(&mut self) -> Vec<Node> {
        let Places { permuted, products, first, last, usable, coset, .. } = self.places;
        let Challenges { beta, gamma, .. } = self.challenges;
        let cs = self.columns.key.get_vk().cs();
        let columns = cs.permutation().get_columns();
        let size = columns_of_a_set(cs.degree());
        let sets = columns.chunks(size).len();
        let Some(end) = sets.checked_sub(1) else { return Vec::new() };
        let last_turn = self.last_turn();

        let [first, last, usable] = [first, last, usable].map(|place| self.graph.cell(place, 0));
        let one = self.graph.constant(Fr::ONE);
        let mut identities = Vec::with_capacity(2 * sets + 1);
        // The first product starts at 1, the last one ends at 0 or 1.
        let start = self.graph.cell(products, 0);
        let start = self.graph.subtract(one, start);
        identities.push(self.graph.multiply(start, first));
        let end = self.graph.cell(products + end, 0);
        let square = self.graph.multiply(end, end);
        let bit = self.graph.subtract(square, end);
        identities.push(self.graph.multiply(bit, last));
        // Each of the others starts where the one before ends.
        for set in 1..sets {
            let here = self.graph.cell(products + set, 0);
            let before = self.graph.cell(products + set - 1, last_turn);
            let difference = self.graph.subtract(here, before);
            identities.push(self.graph.multiply(difference, first));
        }
        let shift = self.graph.constant(gamma);
        let coset = self.graph.cell(coset, 0);
        let mut place = beta;
        for (set, columns) in columns.chunks(size).enumerate() {
            let mut left = self.graph.cell(products + set, 1);
            let mut right = self.graph.cell(products + set, 0);
            for (number, column) in columns.iter().enumerate() {
                let value = self.column(*column);
                let value = self.graph.add(value, shift);
                let target = self.graph.cell(permuted + set * size + number, 0);
                let factor = self.graph.step(target, beta, value);
                left = self.graph.multiply(left, factor);
                let factor = self.graph.step(coset, place, value);
                right = self.graph.multiply(right, factor);
                place *= Fr::DELTA;
            }
            let difference = self.graph.subtract(left, right);
            identities.push(self.graph.multiply(difference, usable));
        }
        identities
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plonk::domain::evaluate;
    use rand_core::OsRng;

    #[test]
    fn limbs_are_those_of_the_polynomial() {
        let domain = Domain::new(3);
        let shifts: Vec<Fr> = [7u64, 49, 343].map(Fr::from).to_vec();
        let wanted: Vec<Vec<Fr>> = (0..shifts.len())
            .map(|_| (0..domain.rows()).map(|_| Fr::random(OsRng)).collect())
            .collect();
        let parts = shifts.iter().map(|shift| {
            let values = domain.powers().iter().map(|power| {
                let point = *shift * power;
                let to_rows = point.pow_vartime([8]);
                evaluate(&domain.combine(&wanted, to_rows), point) * (to_rows - Fr::ONE)
            });
            let mut values: Vec<Fr> = values.collect();
            domain.to_coefficients(&mut values);
            values
        });
        let parts: Vec<Vec<Fr>> = parts.collect();
        let mut limbs = vec![vec![Fr::ZERO; domain.rows()]; shifts.len()];
        add_limbs(&domain, &shifts, &parts, &mut limbs);
        assert_eq!(limbs, wanted);
    }
}
