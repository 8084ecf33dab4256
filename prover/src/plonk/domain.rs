//! Rows, polynomials, and the transforms between them.
//!
//! # Method
//! Radix-2 decimation in time over a bit-reversed order, depth first, so that small blocks are finished while they are in the cache. A stage's twiddle factors
//! stand side by side. The inverse is the same transform with the values in reverse order.

use ff::{Field as _, PrimeField as _};
use halo2_proofs::halo2curves::bn256::Fr;
use rayon::prelude::*;

/// Below this length a transform stays on one thread.
const SPLIT: usize = 1 << 13;
/// Below this length all stages go over the block one after the other.
const BLOCK: usize = 1 << 8;
/// From this k on a column does not stay in the second cache, and is reversed by tiles.
const TILED: u32 = 15;
/// Binary digits of a place in a row or a column of a tile: a tile stays in the first cache.
const TILE_DIGITS: u32 = 5;
/// Coefficients that one task works on.
pub(super) const TASK: usize = 1 << 10;

/// The $2^k$ rows of a circuit as powers of a root of unity.
pub(super) struct Domain {
    k: u32,
    /// Powers of the root of unity.
    powers: Vec<Fr>,
    /// For each stage the powers of its root.
    twiddles: Vec<Vec<Fr>>,
    over_rows: Fr,
}

impl Domain {
    pub(super) fn new(k: u32) -> Self {
        let rows = 1usize << k;
        let omega = (k..Fr::S).fold(Fr::ROOT_OF_UNITY, |root, _| root.square());
        let powers = powers(omega, rows);
        let stage = |stage: u32| {
            let half = 1usize << stage;
            powers.iter().step_by(rows / (2 * half)).take(half).copied().collect()
        };
        let twiddles = (0..k).map(stage).collect();
        let over_rows = Fr::from(rows as u64).invert().unwrap_or(Fr::ZERO);
        Self { k, powers, twiddles, over_rows }
    }

    pub(super) fn rows(&self) -> usize {
        self.powers.len()
    }

    /// Powers of the root of unity, row by row.
    pub(super) fn powers(&self) -> &[Fr] {
        &self.powers
    }

    /// The point so many rows further.
    pub(super) fn rotate(&self, point: Fr, rotation: i32) -> Fr {
        let rows = i64::try_from(self.rows()).unwrap_or(i64::MAX);
        let place = i64::from(rotation).rem_euclid(rows);
        point * self.powers[usize::try_from(place).unwrap_or_default()]
    }

    /// From values on all rows to coefficients, in place.
    pub(super) fn to_coefficients(&self, values: &mut [Fr]) {
        self.reorder(values);
        self.transform(values);
        self.finish_inverse(values);
        values.iter_mut().for_each(|value| *value *= self.over_rows);
    }

    /// The values on the coset whose shift has these powers.
    pub(super) fn on_coset(&self, coefficients: &[Fr], shifts: &[Fr], values: &mut [Fr]) {
        if self.k >= TILED {
            shift_by_tiles(coefficients, shifts, values, self.k - 2 * TILE_DIGITS);
        } else {
            for (place, (coefficient, shift)) in coefficients.iter().zip(shifts).enumerate() {
                values[reversed(place, self.k)] = coefficient * shift;
            }
        }
        self.transform(values);
    }

    /// $\sum_j s^j p_j$.
    pub(super) fn combine(&self, polynomials: &[Vec<Fr>], s: Fr) -> Vec<Fr> {
        let polynomials: Vec<&[Fr]> = polynomials.iter().map(Vec::as_slice).collect();
        combine(&polynomials, s)
    }

    fn reorder(&self, values: &mut [Fr]) {
        for place in 0..values.len() {
            let other = reversed(place, self.k);
            if place < other {
                values.swap(place, other);
            }
        }
    }

    /// An inverse transform is a forward one read backwards, but for row 0.
    fn finish_inverse(&self, values: &mut [Fr]) {
        if let Some(rest) = values.get_mut(1..) {
            rest.reverse();
        }
    }

    /// From bit-reversed coefficients to values.
    fn transform(&self, values: &mut [Fr]) {
        butterflies(values, &self.twiddles);
    }
}

/// Multiplies coefficients by the powers of a shift and reverses their order by digits. The first and last digits of a place change sides: what has the others in common
/// is a tile, read and written in runs that caches and memory like.
fn shift_by_tiles(coefficients: &[Fr], shifts: &[Fr], values: &mut [Fr], middle: u32) {
    const TILE: usize = 1 << TILE_DIGITS;
    let start = |first: usize, within: usize| (first << (middle + TILE_DIGITS)) + TILE * within;
    let mut tile = [[Fr::ZERO; TILE]; TILE];
    for within in 0..1usize << middle {
        for first in 0..TILE {
            let from = start(first, within);
            let (to, run) = (reversed(first, TILE_DIGITS), from..from + TILE);
            let pairs = coefficients[run.clone()].iter().zip(&shifts[run]);
            for (row, (coefficient, shift)) in tile.iter_mut().zip(pairs) {
                row[to] = coefficient * shift;
            }
        }
        let within = reversed(within, middle);
        for (last, row) in tile.iter().enumerate() {
            let to = start(reversed(last, TILE_DIGITS), within);
            values[to..to + TILE].copy_from_slice(row);
        }
    }
}

/// All stages of a block whose length is 2 to the number of stages.
fn butterflies(values: &mut [Fr], stages: &[Vec<Fr>]) {
    let Some((twiddles, earlier)) = stages.split_last() else { return };
    let middle = values.len() / 2;
    if values.len() <= BLOCK {
        for (stage, twiddles) in stages.iter().enumerate() {
            values.chunks_exact_mut(2 << stage).for_each(|block| {
                let (low, high) = block.split_at_mut(1 << stage);
                merge(low, high, twiddles);
            });
        }
    } else if values.len() <= SPLIT {
        let (low, high) = values.split_at_mut(middle);
        butterflies(low, earlier);
        butterflies(high, earlier);
        merge(low, high, twiddles);
    } else {
        let (low, high) = values.split_at_mut(middle);
        rayon::join(|| butterflies(low, earlier), || butterflies(high, earlier));
        let parts = low.par_chunks_mut(SPLIT / 4).zip(high.par_chunks_mut(SPLIT / 4));
        let parts = parts.zip(twiddles.par_chunks(SPLIT / 4));
        parts.for_each(|((low, high), twiddles)| merge(low, high, twiddles));
    }
}

/// One stage of one block.
fn merge(low: &mut [Fr], high: &mut [Fr], twiddles: &[Fr]) {
    // The first stage has nothing to multiply by.
    if let ([low], [high]) = (&mut *low, &mut *high) {
        (*low, *high) = (*low + *high, *low - *high);
        return;
    }
    for ((low, high), twiddle) in low.iter_mut().zip(high).zip(twiddles) {
        let term = *high * twiddle;
        *high = *low - term;
        *low += term;
    }
}

/// The place whose binary digits are those of this one, read backwards.
const fn reversed(place: usize, digits: u32) -> usize {
    if digits == 0 { place } else { place.reverse_bits() >> (usize::BITS - digits) }
}

/// $1, b, b^2, ..$
pub(super) fn powers(base: Fr, count: usize) -> Vec<Fr> {
    let mut powers = vec![Fr::ZERO; count];
    powers.par_chunks_mut(TASK).enumerate().for_each(|(number, part)| {
        let mut power = base.pow_vartime([(number * TASK) as u64]);
        for entry in part {
            *entry = power;
            power *= base;
        }
    });
    powers
}

/// $\sum_j s^j p_j$.
pub(super) fn combine(polynomials: &[&[Fr]], s: Fr) -> Vec<Fr> {
    let length = polynomials.first().map_or(0, |first| first.len());
    let mut combined = vec![Fr::ZERO; length];
    combined.par_chunks_mut(TASK).enumerate().for_each(|(number, part)| {
        let start = number * TASK;
        for polynomial in polynomials.iter().rev() {
            let coefficients = &polynomial[start..start + part.len()];
            for (sum, coefficient) in part.iter_mut().zip(coefficients) {
                *sum = *sum * s + coefficient;
            }
        }
    });
    combined
}

/// The value at a point.
pub(super) fn evaluate(coefficients: &[Fr], point: Fr) -> Fr {
    coefficients.iter().rev().fold(Fr::ZERO, |value, coefficient| value * point + coefficient)
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use rand_core::OsRng;

    pub(in crate::plonk) fn random(length: usize) -> Vec<Fr> {
        (0..length).map(|_| Fr::random(OsRng)).collect()
    }

    #[test]
    fn transforms_are_evaluations() {
        for k in [0, 1, 2, 5, 8, 9, 11, TILED, TILED + 1] {
            let domain = Domain::new(k);
            let coefficients = random(domain.rows());
            let shift = Fr::random(OsRng);
            let mut values = vec![Fr::ZERO; domain.rows()];
            domain.on_coset(&coefficients, &powers(shift, domain.rows()), &mut values);
            for row in [0, domain.rows() / 2, domain.rows() - 1] {
                let point = domain.rotate(shift, i32::try_from(row).unwrap());
                assert_eq!(values[row], evaluate(&coefficients, point), "k = {k}, row {row}");
            }
        }
    }

    #[test]
    fn the_inverse_undoes_long_transforms_as_well() {
        for k in [0, 1, 3, 10, 14] {
            let domain = Domain::new(k);
            let coefficients = random(domain.rows());
            let ones = vec![Fr::ONE; domain.rows()];
            let mut values = vec![Fr::ZERO; domain.rows()];
            domain.on_coset(&coefficients, &ones, &mut values);
            assert!(k == 0 || values != coefficients);
            domain.to_coefficients(&mut values);
            assert_eq!(values, coefficients, "k = {k}");
        }
    }

    #[test]
    fn rotations_go_around() {
        let domain = Domain::new(3);
        let point = Fr::random(OsRng);
        assert_eq!(domain.rotate(point, -3), domain.rotate(point, 5));
        assert_eq!(domain.rotate(domain.rotate(point, -3), 3), point);
    }

    #[test]
    fn combinations_are_of_values_as_well() {
        let polynomials: Vec<Vec<Fr>> = (0..3).map(|_| random(3000)).collect();
        let slices: Vec<&[Fr]> = polynomials.iter().map(Vec::as_slice).collect();
        let [s, point] = [(); 2].map(|()| Fr::random(OsRng));
        let values: Vec<Fr> = slices.iter().map(|slice| evaluate(slice, point)).collect();
        assert_eq!(evaluate(&combine(&slices, s), point), evaluate(&values, s));
    }
}
