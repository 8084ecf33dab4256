//! Multi-scalar multiplication: $\sum_i s_i G_i$.
//!
//! # Method
//! Pippenger's: scalars are cut into signed digits, and for each place the points are sorted into buckets by their digit. What the library's has not:
//!
//! * A scalar above half of the field's order is taken negative, with its point: a small negative number has few digits, too.
//! * The points of all buckets are added pair by pair in affine coordinates, with one inversion for each round of pairs (six multiplications an addition in place of eleven).
//! * Places where few digits aren't zero, as those of a column of small values with a few random cells, don't go through all buckets: the gaps between those in use are multiplied.
//!
//! Nothing runs in constant time; neither does the library.

use ff::{Field as _, PrimeField as _};
use group::Group as _;
use group::prime::PrimeCurveAffine as _;
use halo2_proofs::halo2curves::bn256::{Fq, Fr, G1, G1Affine};
use rayon::prelude::*;

/// Limits of the width of a digit.
const WIDTHS: std::ops::RangeInclusive<u32> = 3..=14;
/// Points that one batch of pairs is taken from.
const BATCH: usize = 1 << 9;

/// $\sum_i s_i G_i$.
///
/// # Panics
/// Panics if there are more scalars than points.
pub fn multiply(scalars: &[Fr], points: &[G1Affine]) -> G1 {
    assert!(scalars.len() <= points.len(), "a point for each scalar");
    let digits = Digits::new(scalars);
    let sums: Vec<G1> = (0..digits.places)
        .into_par_iter()
        .map(|place| Buckets::new(&digits, place, points).sum(digits.width))
        .collect();
    let double = |sum: G1| (0..digits.width).fold(sum, |sum, _| sum.double());
    sums.into_iter().rev().fold(G1::identity(), |sum, place| double(sum) + place)
}

/// The digits of all scalars, from $-2^{w - 1} + 1$ to $2^{w - 1}$, place by place.
struct Digits {
    width: u32,
    places: usize,
    digits: Vec<i16>,
}

impl Digits {
    fn new(scalars: &[Fr]) -> Self {
        let order = order();
        let magnitudes: Vec<_> =
            scalars.iter().map(|scalar| Magnitude::new(scalar, &order)).collect();
        let longest = magnitudes.iter().map(|magnitude| magnitude.length).max().unwrap_or(0);
        let width = width_for(&magnitudes, longest);
        let (places, step) = (places(longest, width), width as usize);
        let mut digits = vec![0; places * scalars.len()];
        for (number, Magnitude { limbs, negative, length }) in magnitudes.iter().enumerate() {
            let mut carry = 0;
            for place in 0..=length / step {
                let mut digit = bits(limbs, place * step, width) + carry;
                carry = i64::from(digit > 1 << (width - 1));
                digit -= carry << width;
                let digit = if *negative { -digit } else { digit };
                digits[place * scalars.len() + number] = i16::try_from(digit).unwrap_or_default();
            }
        }
        Self { width, places, digits }
    }

    fn of(&self, place: usize) -> &[i16] {
        let count = self.digits.len() / self.places;
        &self.digits[place * count..(place + 1) * count]
    }
}

/// Places that digits of this width take for so many bits and a carry.
const fn places(bits: usize, width: u32) -> usize {
    bits / width as usize + 1
}

/// The width that takes the fewest additions: one for each digit that isn't zero, and those that put the buckets of a place together.
fn width_for(magnitudes: &[Magnitude], longest: usize) -> u32 {
    let mut lengths = [0usize; 257];
    for magnitude in magnitudes {
        lengths[magnitude.length] += 1;
    }
    let cost = |width: &u32| {
        let step = *width as usize;
        let place = |number: usize| {
            let digits: usize = lengths[(number * step + 1).min(256)..].iter().sum();
            // In affine coordinates an addition takes about half of one of those below.
            let all = 2 << (step - 1);
            digits + 2 * all.min(digits * (step + 2))
        };
        (0..places(longest, *width)).map(place).sum::<usize>()
    };
    WIDTHS.min_by_key(cost).unwrap_or(*WIDTHS.start())
}

/// A scalar or its negative, whichever is smaller.
struct Magnitude {
    limbs: [u64; 4],
    negative: bool,
    /// Bits.
    length: usize,
}

impl Magnitude {
    fn new(scalar: &Fr, order: &[u64; 4]) -> Self {
        let own = limbs(scalar);
        let (mut rest, mut borrow) = ([0; 4], false);
        for ((rest, order), own) in rest.iter_mut().zip(order).zip(&own) {
            let (difference, first) = order.overflowing_sub(*own);
            let (difference, second) = difference.overflowing_sub(u64::from(borrow));
            (*rest, borrow) = (difference, first | second);
        }
        let negative = rest.iter().rev().lt(own.iter().rev());
        let limbs = if negative { rest } else { own };
        let top = (0..4).rev().find(|limb| limbs[*limb] != 0);
        let length = top.map_or(0, |limb| 64 * (limb + 1) - limbs[limb].leading_zeros() as usize);
        Self { limbs, negative, length }
    }
}

fn limbs(scalar: &Fr) -> [u64; 4] {
    let repr = scalar.to_repr();
    let (words, _) = repr.as_chunks::<8>();
    [0, 1, 2, 3].map(|word| u64::from_le_bytes(words[word]))
}

/// The order of the field. It ends in a 1, so nothing is carried.
fn order() -> [u64; 4] {
    let [low, rest @ ..] = limbs(&-Fr::ONE);
    let [a, b, c] = rest;
    [low + 1, a, b, c]
}

/// So many bits from this one on.
fn bits(limbs: &[u64; 4], start: usize, count: u32) -> i64 {
    let (word, shift) = (start / 64, start % 64);
    let low = limbs.get(word).map_or(0, |limb| limb >> shift);
    let high =
        if shift == 0 { 0 } else { limbs.get(word + 1).map_or(0, |limb| limb << (64 - shift)) };
    i64::try_from((low | high) & ((1 << count) - 1)).unwrap_or_default()
}

/// The points of one place, those of a digit behind each other.
struct Buckets {
    points: Vec<G1Affine>,
    /// Digits that occur, ascending, with the number of their points.
    lengths: Vec<(usize, usize)>,
}

impl Buckets {
    fn new(digits: &Digits, place: usize, bases: &[G1Affine]) -> Self {
        let digits_here = digits.of(place);
        let mut ends = vec![0usize; (1 << (digits.width - 1)) + 1];
        for digit in digits_here {
            ends[usize::from(digit.unsigned_abs())] += 1;
        }
        ends[0] = 0;
        let lengths = ends.iter().copied().enumerate().filter(|(_, length)| *length > 0).collect();
        let mut total = 0;
        for end in &mut ends {
            let length = std::mem::replace(end, total);
            total += length;
        }
        let mut points = vec![G1Affine::identity(); total];
        for (digit, base) in digits_here.iter().zip(bases).filter(|(digit, _)| **digit != 0) {
            let end = &mut ends[usize::from(digit.unsigned_abs())];
            points[*end] = if *digit < 0 { -*base } else { *base };
            *end += 1;
        }
        Self { points, lengths }
    }

    /// $\sum_d d \sum_i P_{d,i}$.
    fn sum(mut self, width: u32) -> G1 {
        while self.lengths.iter().any(|(_, length)| *length > 1) {
            self.halve();
        }
        let highest = self.lengths.last().map_or(0, |(digit, _)| *digit);
        let (mut running, mut sum) = (G1::identity(), G1::identity());
        let mut above = highest;
        let dense = self.lengths.len() * width as usize > highest;
        for ((digit, _), point) in self.lengths.iter().zip(&self.points).rev() {
            if dense {
                (*digit..above).for_each(|_| sum += running);
            } else {
                sum += times(running, above - digit);
            }
            running += point;
            above = *digit;
        }
        sum + times(running, above)
    }

    /// Adds the points of each bucket pair by pair.
    fn halve(&mut self) {
        let total = self.lengths.iter().map(|(_, length)| length.div_ceil(2)).sum();
        let mut halved = vec![G1Affine::identity(); total];
        let mut pairs = Pairs::default();
        let (mut from, mut to) = (0, 0);
        for (_, length) in &mut self.lengths {
            for start in (from..from + *length).step_by(2) {
                if start + 1 < from + *length {
                    pairs.push(&self.points, start, to);
                } else {
                    halved[to] = self.points[start];
                }
                to += 1;
            }
            if pairs.all.len() >= BATCH {
                pairs.add(&self.points, &mut halved);
            }
            from += *length;
            *length = length.div_ceil(2);
        }
        pairs.add(&self.points, &mut halved);
        self.points = halved;
    }
}

/// A pair of points to be added.
struct Pair {
    /// Where the first stands; the second stands behind it.
    start: usize,
    /// Where the sum is to stand.
    to: usize,
    /// The denominator of the slope, or one where the sum needs none.
    denominator: Fq,
    /// The product of all denominators before.
    before: Fq,
    rule: Rule,
}

/// How two points are added.
#[derive(Clone, Copy)]
enum Rule {
    Chord,
    Tangent,
    /// One of the points is at infinity, or they are each other's negative.
    WithoutSlope,
}

/// Pairs that are added with one inversion.
struct Pairs {
    all: Vec<Pair>,
    product: Fq,
}

impl Default for Pairs {
    fn default() -> Self {
        Self { all: Vec::with_capacity(BATCH), product: Fq::ONE }
    }
}

impl Pairs {
    fn push(&mut self, points: &[G1Affine], start: usize, to: usize) {
        let (left, right) = (&points[start], &points[start + 1]);
        let apart = right.x - left.x;
        let (rule, denominator) = if is_infinite(left) || is_infinite(right) {
            (Rule::WithoutSlope, Fq::ONE)
        } else if apart != Fq::ZERO {
            (Rule::Chord, apart)
        } else if left.y == right.y {
            (Rule::Tangent, left.y.double())
        } else {
            (Rule::WithoutSlope, Fq::ONE)
        };
        self.all.push(Pair { start, to, denominator, before: self.product, rule });
        self.product *= denominator;
    }

    fn add(&mut self, points: &[G1Affine], sums: &mut [G1Affine]) {
        // No point of the curve has y = 0, so no denominator is zero.
        let mut inverse = self.product.invert().unwrap_or(Fq::ZERO);
        self.product = Fq::ONE;
        for Pair { start, to, denominator, before, rule } in self.all.drain(..).rev() {
            let (left, right) = (&points[start], &points[start + 1]);
            let rise = match rule {
                Rule::Chord => right.y - left.y,
                Rule::Tangent => {
                    let square = left.x.square();
                    square.double() + square
                }
                Rule::WithoutSlope => {
                    sums[to] = without_slope(left, right);
                    continue;
                }
            };
            let slope = rise * before * inverse;
            inverse *= denominator;
            let x = slope.square() - left.x - right.x;
            sums[to] = G1Affine { x, y: slope * (left.x - x) - left.y };
        }
    }
}

fn is_infinite(point: &G1Affine) -> bool {
    point.x == Fq::ZERO && point.y == Fq::ZERO
}

/// The sum where one of the points is at infinity, or they are each other's negative.
fn without_slope(left: &G1Affine, right: &G1Affine) -> G1Affine {
    match (is_infinite(left), is_infinite(right)) {
        (true, _) => *right,
        (_, true) => *left,
        _ => G1Affine::identity(),
    }
}

/// A small multiple.
fn times(point: G1, by: usize) -> G1 {
    (0..usize::BITS - by.leading_zeros()).rev().fold(G1::identity(), |product, bit| {
        let double = product.double();
        if by >> bit & 1 == 1 { double + point } else { double }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use group::Curve as _;
    use halo2_proofs::arithmetic::best_multiexp;
    use proptest::prelude::*;
    use rand_core::OsRng;

    fn points(count: usize) -> Vec<G1Affine> {
        (0..count).map(|_| G1::random(OsRng).to_affine()).collect()
    }

    fn agree(scalars: &[Fr], points: &[G1Affine]) {
        assert_eq!(multiply(scalars, points), best_multiexp(scalars, &points[..scalars.len()]));
    }

    /// A scalar of one of the kinds that occur: zero, small, small and negative, at the borders, any.
    fn scalar(kind: u8, value: u64) -> Fr {
        let half = Fr::from(2).invert().unwrap();
        match kind {
            0 => Fr::ZERO,
            1 => Fr::from(value & 0xff),
            2 => -Fr::from(value & 0xffff),
            3 => half,
            4 => half - Fr::ONE,
            5 => -Fr::ONE,
            6 => Fr::from(value),
            _ => Fr::random(OsRng),
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(60))]
        #[test]
        fn sums_are_those_of_the_library(kinds in prop::collection::vec((0u8..9, any::<u64>()), 1..200)) {
            let scalars: Vec<Fr> = kinds.iter().map(|(kind, value)| scalar(*kind, *value)).collect();
            agree(&scalars, &points(scalars.len()));
        }
    }

    #[test]
    fn equal_opposite_and_infinite_points_add_up() {
        let [one, other] = [(); 2].map(|()| G1::random(OsRng).to_affine());
        let infinity = G1Affine::identity();
        let points = [one, one, one, -one, other, infinity, other, -other, infinity, infinity, one];
        for scalar in [Fr::ONE, -Fr::ONE, Fr::from(5), Fr::random(OsRng)] {
            for count in 1..=points.len() {
                agree(&vec![scalar; count], &points);
            }
        }
    }

    #[test]
    fn long_sums_of_small_values_with_a_few_random_ones() {
        let points = points(1 << 13);
        let mut scalars: Vec<Fr> = (0..points.len()).map(|i| scalar(1, i as u64 * 37)).collect();
        scalars.iter_mut().step_by(1000).for_each(|scalar| *scalar = Fr::random(OsRng));
        agree(&scalars, &points);
        let scalars: Vec<Fr> = points.iter().map(|_| Fr::random(OsRng)).collect();
        agree(&scalars, &points);
        assert_eq!(multiply(&[], &points), G1::identity());
        assert_eq!(multiply(&[Fr::ZERO; 9], &points), G1::identity());
    }

    #[test]
    fn digits_add_up_to_the_scalar() {
        for kind in 0..9 {
            let scalars: Vec<Fr> = (0..40).map(|i| scalar(kind, 1 << i)).collect();
            let digits = Digits::new(&scalars);
            for (number, scalar) in scalars.iter().enumerate() {
                let base = Fr::from(1 << digits.width);
                let value = (0..digits.places).rev().fold(Fr::ZERO, |sum, place| {
                    let digit = i64::from(digits.of(place)[number]);
                    let magnitude = Fr::from(digit.unsigned_abs());
                    sum * base + if digit < 0 { -magnitude } else { magnitude }
                });
                assert_eq!(value, *scalar);
            }
        }
    }
}
