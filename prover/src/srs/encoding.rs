//! Points as canonical big-endian words, decoded with every check.

use super::SrsError;
use ff::PrimeField;
use group::cofactor::CofactorGroup;
use group::prime::PrimeCurveAffine;
use halo2_proofs::halo2curves::CurveAffine;
use halo2_proofs::halo2curves::bn256::{Fq, Fq2, G1Affine, G2Affine};
use rayon::prelude::*;

const WORD: usize = 32;

fn put_word(bytes: &mut Vec<u8>, value: &Fq) {
    bytes.extend(value.to_repr().iter().rev());
}

/// Appends a point of the first group.
pub(super) fn put_g1(bytes: &mut Vec<u8>, point: &G1Affine) {
    put_word(bytes, &point.x);
    put_word(bytes, &point.y);
}

/// Appends a point of the second group, imaginary parts first.
pub(super) fn put_g2(bytes: &mut Vec<u8>, point: &G2Affine) {
    for value in [&point.x.c1, &point.x.c0, &point.y.c1, &point.y.c0] {
        put_word(bytes, value);
    }
}

/// Reads a payload from its start.
#[derive(Debug)]
pub(super) struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    fn take(&mut self, count: usize) -> Result<&'a [u8], SrsError> {
        let (head, rest) = self.rest.split_at_checked(count).ok_or(SrsError::Truncated)?;
        self.rest = rest;
        Ok(head)
    }

    /// Reads a 32-bit number.
    pub(super) fn number(&mut self) -> Result<u32, SrsError> {
        let (word, rest) = self.rest.split_first_chunk().ok_or(SrsError::Truncated)?;
        self.rest = rest;
        Ok(u32::from_be_bytes(*word))
    }

    /// Reads points of the first group; the whole group is the prime-order one.
    pub(super) fn g1_points(&mut self, count: usize) -> Result<Vec<G1Affine>, SrsError> {
        let bytes = self.take(count.checked_mul(2 * WORD).ok_or(SrsError::Truncated)?)?;
        bytes.par_chunks_exact(2 * WORD).map(g1).collect()
    }

    /// Reads a point of the second group.
    pub(super) fn g2(&mut self) -> Result<G2Affine, SrsError> {
        let bytes = self.take(4 * WORD)?;
        let mut words = bytes.chunks_exact(WORD).map(word);
        let mut next = || words.next().unwrap_or(Err(SrsError::Truncated));
        let (x1, x0, y1, y0) = (next()?, next()?, next()?, next()?);
        checked_g2(Fq2::new(x0, x1), Fq2::new(y0, y1))
    }
}

/// Makes a point of the first group from coordinates.
pub(super) fn checked_g1(x: Fq, y: Fq) -> Result<G1Affine, SrsError> {
    let point = Option::<G1Affine>::from(G1Affine::from_xy(x, y)).ok_or(SrsError::OffCurve)?;
    if bool::from(point.is_identity()) { Err(SrsError::OffCurve) } else { Ok(point) }
}

/// Makes a point of the second group from coordinates, inside its subgroup.
pub(super) fn checked_g2(x: Fq2, y: Fq2) -> Result<G2Affine, SrsError> {
    let point = Option::<G2Affine>::from(G2Affine::from_xy(x, y)).ok_or(SrsError::OffCurve)?;
    if bool::from(point.is_identity()) {
        return Err(SrsError::OffCurve);
    }
    if bool::from(point.to_curve().is_torsion_free()) { Ok(point) } else { Err(SrsError::Subgroup) }
}

fn g1(bytes: &[u8]) -> Result<G1Affine, SrsError> {
    let (x, y) = bytes.split_at(WORD);
    checked_g1(word(x)?, word(y)?)
}

fn word(bytes: &[u8]) -> Result<Fq, SrsError> {
    let mut repr: [u8; WORD] = bytes.try_into().map_err(|_| SrsError::Truncated)?;
    repr.reverse();
    Option::from(Fq::from_repr(repr)).ok_or(SrsError::Coordinate)
}

#[cfg(test)]
mod tests {
    use super::*;
    use ff::Field;

    #[test]
    fn round_trips_the_generators() {
        let mut bytes = Vec::new();
        put_g1(&mut bytes, &G1Affine::generator());
        put_g2(&mut bytes, &G2Affine::generator());
        let mut reader = Reader::new(&bytes);
        assert_eq!(reader.g1_points(1).unwrap(), [G1Affine::generator()]);
        assert_eq!(reader.g2().unwrap(), G2Affine::generator());
    }

    #[test]
    fn rejects_a_point_off_the_curve_and_infinity() {
        assert!(matches!(checked_g1(Fq::ONE, Fq::ONE), Err(SrsError::OffCurve)));
        assert!(matches!(checked_g1(Fq::ZERO, Fq::ZERO), Err(SrsError::OffCurve)));
        assert!(matches!(checked_g2(Fq2::ZERO, Fq2::ZERO), Err(SrsError::OffCurve)));
    }

    #[test]
    fn rejects_a_coordinate_that_is_not_below_the_modulus() {
        let mut bytes = vec![0xff; 64];
        assert!(matches!(Reader::new(&bytes).g1_points(1), Err(SrsError::Coordinate)));
        bytes.truncate(63);
        assert!(matches!(Reader::new(&bytes).g1_points(1), Err(SrsError::Truncated)));
    }

    #[test]
    fn rejects_a_point_of_the_twist_outside_the_subgroup() {
        // The curve has a cofactor of 254 bits: a random point of it is outside but with negligible probability.
        let found = (1..100).find_map(|x| {
            let x = Fq2::from(x);
            let y = Option::<Fq2>::from((x.square() * x + G2Affine::b()).sqrt())?;
            Some(checked_g2(x, y))
        });
        assert!(matches!(found, Some(Err(SrsError::Subgroup))));
    }
}
