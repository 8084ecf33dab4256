//! The randomness of linked columns: drawn here, handed to the proof system in the order in which it asks.
//!
//! # Draws
//! Before anything else, phase by phase and column by column, the proof system draws a field element for each unusable
//! row of an advice column. Linked columns come first, so the first $w \cdot u$ draws are theirs, $u$ the number of
//! unusable rows. A [`Script`] answers them with zeros, but for the last two of each column, which are fresh randomness of
//! the operating system; every later draw goes to the operating system directly.
//!
//! # Soundness
//! The order of draws is nothing that the proof system promises. [`linked`](super::linked) compares the commitments that
//! come out with those that must, so that another order ends in an error and never in a proof.

use crate::transcript::{canonical, word};
use ff::Field as _;
use halo2_proofs::halo2curves::bn256::Fr;
use rand_core::{OsRng, RngCore};
use tribute_verifier::field::{FieldElement, FieldError};
use zeroize::{DefaultIsZeroes, Zeroizing};

/// Bytes that a draw of a field element takes.
const DRAW_BYTES: usize = 64;

/// Random cells of a linked column.
pub(super) const TAIL_CELLS: usize = 2;

/// A scalar that is wiped.
#[derive(Clone, Copy, Default)]
struct Secret(Fr);

impl DefaultIsZeroes for Secret {}

/// The two random cells of each linked column. Who knows them can link any proof with these columns to anything of the
/// same columns, and tests guesses of what they hold. Wiped when dropped, and not shown.
#[derive(Clone)]
pub struct Tails(Zeroizing<Vec<[Secret; TAIL_CELLS]>>);

impl std::fmt::Debug for Tails {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Tails").field("columns", &self.len()).finish_non_exhaustive()
    }
}

impl FromIterator<[Fr; TAIL_CELLS]> for Tails {
    fn from_iter<I: IntoIterator<Item = [Fr; TAIL_CELLS]>>(tails: I) -> Self {
        Self(Zeroizing::new(tails.into_iter().map(|tail| tail.map(Secret)).collect()))
    }
}

impl Tails {
    /// Returns the number of columns.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Returns whether there are no columns.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Returns the cells of each column as they stand in a file.
    ///
    /// # Errors
    /// Fails only if the proof system and the verifier disagree on the field.
    pub(crate) fn to_elements(&self) -> Result<Vec<[FieldElement; TAIL_CELLS]>, FieldError> {
        let element = |cell: Fr| FieldElement::from_be_bytes(word(&cell));
        self.iter().map(|[first, last]| Ok([element(first)?, element(last)?])).collect()
    }

    /// Takes the cells as they stand in a file; nothing if the proof system knows another field.
    pub(crate) fn from_elements(tails: &[[FieldElement; TAIL_CELLS]]) -> Option<Self> {
        let cell = |element: FieldElement| canonical(element.to_be_bytes()).ok();
        tails.iter().map(|[first, last]| Some([cell(*first)?, cell(*last)?])).collect()
    }

    /// Returns the cells of each column.
    pub(crate) fn iter(&self) -> impl Iterator<Item = [Fr; TAIL_CELLS]> + '_ {
        self.0.iter().map(|tail| tail.map(|cell| cell.0))
    }
}

/// What the proof system draws from while it makes a linked proof.
pub(super) struct Script {
    bytes: Zeroizing<Vec<u8>>,
    place: usize,
}

impl Script {
    /// Draws the tails of `columns` columns with `unusable` rows below the usable ones.
    pub(super) fn new(columns: usize, unusable: usize) -> Result<(Self, Tails), rand_core::Error> {
        let mut bytes = Zeroizing::new(vec![0; columns * unusable * DRAW_BYTES]);
        let random = TAIL_CELLS.min(unusable) * DRAW_BYTES;
        for column in bytes.chunks_exact_mut((unusable * DRAW_BYTES).max(1)) {
            let start = column.len() - random;
            OsRng.try_fill_bytes(&mut column[start..])?;
        }
        let mut script = Self { bytes, place: 0 };
        // Read as the proof system reads it, and then from the start again.
        let mut tail = || {
            let cells = (0..unusable).map(|_| Fr::random(&mut script));
            cells.fold([Fr::ZERO; TAIL_CELLS], |[_, last], cell| [last, cell])
        };
        let tails = (0..columns).map(|_| tail()).collect();
        script.place = 0;
        Ok((script, tails))
    }

    /// Puts something into a cell that is none of the tail of the first column.
    #[cfg(test)]
    pub(super) fn scribble(&mut self, cell: usize) {
        self.bytes[cell * DRAW_BYTES] = 1;
    }

    /// Takes bytes off the script, and off the operating system behind its end.
    fn take<const N: usize>(&mut self) -> [u8; N] {
        let mut bytes = [0; N];
        self.fill_bytes(&mut bytes);
        bytes
    }
}

impl RngCore for Script {
    fn next_u32(&mut self) -> u32 {
        u32::from_le_bytes(self.take())
    }

    fn next_u64(&mut self) -> u64 {
        u64::from_le_bytes(self.take())
    }

    fn fill_bytes(&mut self, to: &mut [u8]) {
        let rest = self.bytes.get(self.place..).unwrap_or_default();
        let (scripted, beyond) = to.split_at_mut(rest.len().min(to.len()));
        scripted.copy_from_slice(&rest[..scripted.len()]);
        self.place += scripted.len();
        OsRng.fill_bytes(beyond);
    }

    fn try_fill_bytes(&mut self, to: &mut [u8]) -> Result<(), rand_core::Error> {
        self.fill_bytes(to);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn draws_are_zeros_but_for_the_tails_and_then_random() {
        let (mut script, tails) = Script::new(3, 6).unwrap();
        assert_eq!(tails.len(), 3);
        for tail in tails.iter() {
            let drawn: Vec<Fr> = (0..6).map(|_| Fr::random(&mut script)).collect();
            assert_eq!(drawn[..4], [Fr::ZERO; 4]);
            assert_eq!(drawn[4..], tail);
            assert!(tail[0] != Fr::ZERO && tail[1] != Fr::ZERO && tail[0] != tail[1]);
        }
        let [first, second] = [0, 1].map(|_| Fr::random(&mut script));
        assert!(first != Fr::ZERO && first != second);
    }

    #[test]
    fn a_draw_across_the_end_goes_on_with_the_operating_system() {
        let (mut script, _) = Script::new(1, 2).unwrap();
        let mut bytes = [0; 4 * DRAW_BYTES];
        script.fill_bytes(&mut bytes);
        assert_ne!(bytes[2 * DRAW_BYTES..3 * DRAW_BYTES], [0; DRAW_BYTES]);
        assert_ne!(bytes[3 * DRAW_BYTES..], [0; DRAW_BYTES]);
    }

    #[test]
    fn tails_are_fresh_and_not_shown() {
        let [first, second] = [0, 1].map(|_| Script::new(1, 6).unwrap().1);
        assert_ne!(first.iter().next(), second.iter().next());
        assert_eq!(format!("{first:?}"), "Tails { columns: 1, .. }");
    }
}
