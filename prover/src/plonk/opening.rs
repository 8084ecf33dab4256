//! The SHPLONK opening (Boneh, Drake, Fisch, Gabizon, ePrint 2020/081): all polynomials at all points with two commitments.
//!
//! # Method
//! Polynomials with the same points are combined by powers of $y$, once, into $S_i$; with $R_i$ through the combined values and $Z_i$ zero at the points, the first commitment is to
//! $H = \sum_i v^i (S_i - R_i) / Z_i$. The second is to
//! $$ \frac{1}{z_0} \cdot \frac{\sum_i v^i z_i (S_i - R_i(u)) - Z(u) H}{X - u}, $$
//! with $Z$ zero at all points and $z_i = Z(u) / Z_i(u)$.

use ff::Field as _;
use halo2_proofs::halo2curves::bn256::Fr;
use halo2_proofs::plonk::Error;
use rayon::prelude::*;

use crate::srs::Srs;

use super::domain::{combine, evaluate};
use super::evaluations::Opened;
use super::{Writer, commit, squeeze, write_points};

/// Polynomials that are opened at the same points, and their values.
struct Group<'a> {
    points: Vec<Fr>,
    polynomials: Vec<(&'a [Fr], Vec<Fr>)>,
}

/// A polynomial and its values at points.
type Openings<'a> = (&'a [Fr], Vec<(Fr, Fr)>);

/// Such polynomials combined.
struct Combined {
    points: Vec<Fr>,
    polynomial: Vec<Fr>,
    /// Through the combined values, least power first.
    through: Vec<Fr>,
}

/// Opens all of them.
pub(super) fn open(srs: &Srs, opened: &[Opened<'_>], transcript: &mut Writer) -> Result<(), Error> {
    let (y, v) = (squeeze(transcript), squeeze(transcript));
    let groups: Vec<Combined> =
        grouped(opened).into_iter().map(|group| Combined::new(group, y)).collect();
    let quotients: Vec<Vec<Fr>> = groups.par_iter().map(Combined::quotient).collect();
    let quotients: Vec<&[Fr]> = quotients.iter().map(Vec::as_slice).collect();
    let quotient = combine(&quotients, v);
    write_points(transcript, &[commit(srs, &quotient)])?;

    let u = squeeze(transcript);
    let vanishing = |points: &[Fr]| points.iter().map(|point| u - point).product::<Fr>();
    let mut all: Vec<Fr> = Vec::new();
    for point in groups.iter().flat_map(|group| &group.points) {
        if !all.contains(point) {
            all.push(*point);
        }
    }
    let whole = vanishing(&all);
    // A point where this vanishes is drawn with negligible probability, and the proof then isn't accepted.
    let others = |group: &Combined| whole * vanishing(&group.points).invert().unwrap_or(Fr::ZERO);
    let mut power = Fr::ONE;
    let mut factors = Vec::with_capacity(groups.len());
    let mut constant = Fr::ZERO;
    for group in &groups {
        let factor = power * others(group);
        constant += factor * evaluate(&group.through, u);
        factors.push(factor);
        power *= v;
    }
    let polynomials: Vec<&[Fr]> = groups.iter().map(|group| &group.polynomial[..]).collect();
    let mut remaining = weighted(&polynomials, &factors, (&quotient, -whole));
    remaining[0] -= constant;
    divide(&mut remaining, u);
    let scale = groups.first().map(others).and_then(|first| Option::from(first.invert()));
    let scale = scale.unwrap_or(Fr::ZERO);
    remaining.par_iter_mut().for_each(|coefficient| *coefficient *= scale);
    write_points(transcript, &[commit(srs, &remaining)])
}

/// Puts together what has the same points, in the order in which it comes first.
fn grouped<'a>(opened: &[Opened<'a>]) -> Vec<Group<'a>> {
    let mut polynomials: Vec<Openings<'_>> = Vec::new();
    for Opened { coefficients, point, value } in opened {
        let known = polynomials.iter_mut().find(|(known, _)| std::ptr::eq(*known, *coefficients));
        match known {
            Some((_, openings)) => openings.push((*point, *value)),
            None => polynomials.push((coefficients, vec![(*point, *value)])),
        }
    }
    let mut groups: Vec<Group<'a>> = Vec::new();
    for (polynomial, openings) in polynomials {
        let value_at =
            |point: &Fr| openings.iter().find(|(known, _)| known == point).map(|(_, value)| *value);
        let fits = groups.iter_mut().find_map(|group| {
            let values: Option<Vec<Fr>> = group.points.iter().map(value_at).collect();
            let values = values.filter(|values| values.len() == openings.len())?;
            Some((group, values))
        });
        match fits {
            Some((group, values)) => group.polynomials.push((polynomial, values)),
            None => {
                let (points, values) = openings.into_iter().unzip();
                groups.push(Group { points, polynomials: vec![(polynomial, values)] });
            }
        }
    }
    groups
}

impl Combined {
    fn new(Group { points, polynomials }: Group<'_>, y: Fr) -> Self {
        let slices: Vec<&[Fr]> = polynomials.iter().map(|(slice, _)| *slice).collect();
        let values: Vec<Fr> = (0..points.len())
            .map(|place| {
                let values: Vec<Fr> = polynomials.iter().map(|(_, values)| values[place]).collect();
                evaluate(&values, y)
            })
            .collect();
        let through = interpolate(&points, &values);
        Self { polynomial: combine(&slices, y), points, through }
    }

    /// $(S - R) / Z$.
    fn quotient(&self) -> Vec<Fr> {
        let mut polynomial = self.polynomial.clone();
        for (coefficient, other) in polynomial.iter_mut().zip(&self.through) {
            *coefficient -= other;
        }
        self.points.iter().for_each(|point| divide(&mut polynomial, *point));
        polynomial
    }
}

/// $\sum_i f_i p_i + g q$.
fn weighted(polynomials: &[&[Fr]], factors: &[Fr], (last, by): (&[Fr], Fr)) -> Vec<Fr> {
    let mut sum: Vec<Fr> = last.par_iter().map(|coefficient| by * coefficient).collect();
    for (polynomial, factor) in polynomials.iter().zip(factors) {
        sum.par_iter_mut().zip(*polynomial).for_each(|(sum, coefficient)| {
            *sum += *factor * coefficient;
        });
    }
    sum
}

/// Divides by $X - p$, leaving out the remainder; the length stays.
fn divide(polynomial: &mut [Fr], point: Fr) {
    let mut carried = Fr::ZERO;
    for coefficient in polynomial.iter_mut().rev() {
        let quotient = carried;
        carried = carried * point + *coefficient;
        *coefficient = quotient;
    }
}

/// The least polynomial through these values.
fn interpolate(points: &[Fr], values: &[Fr]) -> Vec<Fr> {
    let mut sum = vec![Fr::ZERO; points.len()];
    for (place, (point, value)) in points.iter().zip(values).enumerate() {
        let mut basis = vec![Fr::ONE];
        let mut scale = *value;
        for (_, other) in points.iter().enumerate().filter(|(other, _)| *other != place) {
            basis = times(&basis, *other);
            scale *= (*point - other).invert().unwrap_or(Fr::ZERO);
        }
        for (sum, coefficient) in sum.iter_mut().zip(basis) {
            *sum += scale * coefficient;
        }
    }
    sum
}

/// $p (X - r)$.
pub(super) fn times(polynomial: &[Fr], root: Fr) -> Vec<Fr> {
    let mut product = vec![Fr::ZERO; polynomial.len() + 1];
    for (power, coefficient) in polynomial.iter().enumerate() {
        product[power + 1] += coefficient;
        product[power] -= root * coefficient;
    }
    product
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plonk::domain::tests::random;
    use rand_core::OsRng;

    #[test]
    fn what_goes_through_values_has_them() {
        let (points, values) = (random(4), random(4));
        let through = interpolate(&points, &values);
        for (point, value) in points.iter().zip(&values) {
            assert_eq!(evaluate(&through, *point), *value);
        }
    }

    #[test]
    fn a_quotient_times_its_divisor_is_what_was_divided() {
        let (quotient, root) = (random(7), Fr::random(OsRng));
        let mut product = times(&quotient, root);
        divide(&mut product, root);
        assert_eq!(product[..7], quotient);
        assert_eq!(product[7], Fr::ZERO);
    }

    #[test]
    fn groups_are_by_points_whatever_their_order() {
        let polynomials: Vec<Vec<Fr>> = (0..3).map(|_| random(2)).collect();
        let [x, next] = [Fr::from(5), Fr::from(6)];
        let opened = |number: usize, point| {
            let coefficients = &polynomials[number][..];
            Opened { coefficients, point, value: evaluate(coefficients, point) }
        };
        let all = [opened(0, x), opened(1, x), opened(2, next), opened(0, next), opened(2, x)];
        let groups = grouped(&all);
        assert_eq!(groups.len(), 2);
        assert_eq!(groups[0].points, [x, next]);
        let values: Vec<Fr> = [x, next].map(|point| evaluate(&polynomials[2], point)).to_vec();
        assert_eq!(groups[0].polynomials[1].1, values);
        assert_eq!(groups[1].points, [x]);
    }
}
