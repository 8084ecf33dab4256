//! Bounds of every integer in the circuit, derived from the shape, and the proof that none wraps around the field.
//!
//! A relation of the circuit holds modulo $p$. It holds over the integers as well if both of its sides lie in
//! $(-p/2, p/2)$; [`Bounds::of`] computes the largest magnitude of each side from the declared widths, which are all
//! enforced by range checks, and refuses a shape that comes near.
//!
//! | relation | magnitude |
//! |---|---|
//! | accumulator of a hidden layer | $n \cdot 2^{15} \cdot X + 2^{31}$, $X = 2^{15}$ for inputs, $2^{16}$ for activations |
//! | rescale $a + 2^{s-1} = (h - g) 2^s + r$ | $2^{16 + s} + 2^{G + s} + 2^s$ |
//! | accumulator of the head | $(K - 1) X 2^{23} + 2^{8 + 23}$ |
//! | score $A_c$ | $K X \cdot R \cdot 2^{55}$, $R = 2 (C - 1) 2^{24}$, or 1 for the one-hot |
//! | total $T$ | $M \max A$ |
//! | weights $P S_c = F_c T + r_c$ | $2^{20} (T + 1) + T + 1$ on either side |

use num_bigint::BigUint;
use thiserror::Error;

use crate::gadgets::limbs::LimbFormat;
use crate::machine::range::Width;
use crate::params::Shape;
use crate::reference::ResidualKind;

/// Why a shape can't be proven with these integers.
#[derive(Debug, Error)]
pub enum BoundError {
    /// Two different integers would be the same field element.
    #[error(
        "{what} takes up to {bits} bits, which wraps around the field; make the model or the number of contributors smaller"
    )]
    Wraparound {
        /// The relation.
        what: &'static str,
        /// Bits of its larger side.
        bits: u64,
    },
}

/// Widths, in bits and whole bytes, of the values that depend on the shape.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bounds {
    /// For each hidden layer, the width of the part $g$ that a ReLU drops.
    pub negative_part: Vec<u32>,
    /// Width of a score's magnitude.
    pub score: u32,
    /// Width of the total of all clipped scores, plus one.
    pub total: u32,
    /// Width of the distance between the residual of the class and the saturation limit.
    pub saturation: u32,
}

impl Bounds {
    /// Derives all widths of a shape.
    ///
    /// # Errors
    /// Fails if any relation could wrap around the field.
    pub fn of(shape: &Shape) -> Result<Self, BoundError> {
        let power = |bits: u32| BigUint::from(1u8) << bits;
        let mut inputs = (shape.inputs, 15);
        let mut negative_part = Vec::with_capacity(shape.hidden.len());
        for &width in &shape.hidden {
            let (count, bits) = inputs;
            let accumulator = BigUint::from(count) * power(15 + bits) + power(31);
            no_wraparound("the accumulator of a hidden layer", &accumulator)?;
            let dropped = width_of(&((&accumulator >> HIDDEN_SHIFT) + 1u8));
            no_wraparound(
                "the rescaling of a hidden layer",
                &(power(16 + HIDDEN_SHIFT) + power(dropped + HIDDEN_SHIFT + 1)),
            )?;
            negative_part.push(dropped);
            inputs = (width, 16);
        }
        let (count, bits) = inputs;
        no_wraparound(
            "the accumulator of the head",
            &(BigUint::from(count) * power(bits + 23) + power(8 + 23)),
        )?;
        let residual = match shape.residual {
            ResidualKind::Query => BigUint::from(2 * (shape.classes - 1)) * power(24),
            ResidualKind::OneHot => BigUint::from(1u8),
        };
        let score = BigUint::from(shape.features()) * power(bits) * residual * power(55);
        no_wraparound("a score", &(&score * 2u8))?;
        let total = BigUint::from(shape.contributors) * &score + 1u8;
        no_wraparound(
            "the division that gives the weights",
            &(power(20) * power(width_of(&total) + 1)),
        )?;
        let saturation = width_of(&(BigUint::from(shape.classes) * power(26)));
        Ok(Self { negative_part, score: width_of(&score), total: width_of(&total), saturation })
    }

    /// Demands that nothing wraps around where widths are filled up to whole rows of limbs.
    ///
    /// # Errors
    /// Names the relation that could.
    pub fn hold_in_rows(&self, limbs: LimbFormat) -> Result<(), BoundError> {
        let held = |bits: u32| Width::AtLeast(bits).bits(limbs);
        let quotient = held(20) + held(self.total);
        let rescaled = self.negative_part.iter().map(|bits| held(*bits) + HIDDEN_SHIFT);
        let rescaled = rescaled.max().unwrap_or(0);
        for (what, bits) in [
            ("the division that gives the weights", quotient),
            ("the rescaling of a hidden layer", rescaled),
            ("a score", held(self.score)),
            ("the saturation margin", held(self.saturation)),
        ] {
            no_wraparound(what, &(BigUint::from(1u8) << (bits + 1)))?;
        }
        Ok(())
    }
}

/// Scale bits that a hidden layer's rescale removes: $f_w + f_{in} - f_h$, with all activations and inputs at scale 8.
pub(crate) const HIDDEN_SHIFT: u32 = 12;
/// Scale bits that the head's rescale removes: $16 + f_h - f_z$.
pub(crate) const HEAD_SHIFT: u32 = 14;

/// Width that holds the value, rounded up to whole bytes: such a range needs no partial limb.
pub(crate) fn width_of(value: &BigUint) -> u32 {
    u32::try_from(value.bits().next_multiple_of(8)).unwrap_or(u32::MAX)
}

pub(crate) fn no_wraparound(what: &'static str, magnitude: &BigUint) -> Result<(), BoundError> {
    // p > 2^253, so magnitudes below 2^252 are below p/2.
    if magnitude.bits() > 252 {
        Err(BoundError::Wraparound { what, bits: magnitude.bits() })
    } else {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shape() -> Shape {
        Shape {
            inputs: 64,
            hidden: vec![32],
            classes: 10,
            contributors: 12,
            residual: ResidualKind::Query,
        }
    }

    #[test]
    fn digits_fit_in_byte_limbs() {
        let bounds = Bounds::of(&shape()).unwrap();
        assert_eq!(
            bounds,
            Bounds { negative_part: vec![32], score: 112, total: 112, saturation: 32 }
        );
        bounds.hold_in_rows(LimbFormat { bits: 8, lanes: 15 }).unwrap();
    }

    #[test]
    fn the_largest_shapes_of_the_formats_do_not_wrap() {
        let largest = |hidden: Vec<usize>, residual| {
            let shape =
                Shape { inputs: 65_534, hidden, classes: 256, contributors: 4096, residual };
            Bounds::of(&shape).unwrap()
        };
        // K X R 2^55 = 65535 * 2^15 * 510 * 2^24 * 2^55 < 2^119, and 2^12 times that.
        let bounds = largest(Vec::new(), ResidualKind::Query);
        assert_eq!((bounds.score, bounds.total, bounds.saturation), (120, 136, 40));
        // An accumulator is about 65534 * 2^15 * 2^16: 2^47, shifted by 12.
        let bounds = largest(vec![65_534; 64], ResidualKind::Query);
        assert_eq!((bounds.score, bounds.total, bounds.negative_part[63]), (120, 136, 40));
        // 65535 * 2^16 * 2^55 < 2^87.
        let bounds = largest(vec![65_534], ResidualKind::OneHot);
        assert_eq!((bounds.score, bounds.total), (88, 104));
    }

    #[test]
    fn refuses_what_would_wrap() {
        assert!(matches!(
            no_wraparound("x", &(BigUint::from(1u8) << 252u32)),
            Err(BoundError::Wraparound { bits: 253, .. })
        ));
        no_wraparound("x", &(BigUint::from(1u8) << 251u32)).unwrap();
    }
}
