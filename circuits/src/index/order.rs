//! The rows once more, in the order of their features: what the prover claims, and where it stands.

use ff::Field;
use halo2_proofs::halo2curves::bn256::Fr;

use super::block::Block;
use super::layout::IndexLayout;
use super::rows::DIFFERENCE_LANES;
use super::values::RowValues;
use crate::encode::{encode, to_element};
use crate::grid::Grid;

/// What one place of the order holds.
#[derive(Clone, Debug)]
pub(super) struct OrderedRow {
    /// Packed features.
    pub(super) elements: Vec<Fr>,
    /// Whether this element, or one before, differs from the row before.
    pub(super) differs: Vec<i128>,
    /// The same for all elements: the admission bit.
    pub(super) unique: i128,
    /// Number of the row.
    pub(super) number: i128,
    /// The difference to the row before, less one; zero in the first place.
    pub(super) excess: Fr,
}

impl OrderedRow {
    /// The rows ascending by packed features and number.
    pub(super) fn all(rows: &[RowValues], leaves: &[Vec<Fr>], elements: usize) -> Vec<Self> {
        let features = |place: usize| &leaves[place][2..2 + elements];
        let mut order: Vec<usize> = (0..rows.len()).collect();
        order.sort_by_cached_key(|place| {
            (features(*place).iter().map(canonical).collect::<Vec<_>>(), *place)
        });
        let mut ordered: Vec<Self> = Vec::with_capacity(order.len());
        for place in order {
            let row = Self::after(ordered.last(), features(place), rows[place].number);
            ordered.push(row);
        }
        ordered
    }

    /// A row with what follows from the row before.
    pub(super) fn after(before: Option<&Self>, features: &[Fr], number: i128) -> Self {
        let mut row = Self {
            elements: features.to_vec(),
            differs: vec![1; features.len()],
            unique: 1,
            number,
            excess: Fr::ZERO,
        };
        let Some(before) = before else { return row };
        let first = features.iter().zip(&before.elements).position(|(new, old)| new != old);
        let equal = first.unwrap_or(features.len());
        row.differs[..equal].fill(0);
        row.unique = i128::from(first.is_some());
        let difference = match first {
            Some(first) => features[first] - before.elements[first],
            None => encode(number - before.number),
        };
        row.excess = difference - Fr::ONE;
        row
    }

    /// Writes the row into the block of this place.
    pub(super) fn fill(&self, grid: &mut Grid, layout: &IndexLayout, block: &Block, place: usize) {
        let start = place * block.rows;
        let close = start + block.close;
        for (offset, (element, differs)) in self.elements.iter().zip(&self.differs).enumerate() {
            let (row, columns) = (start + offset, &layout.block);
            let selector =
                if offset == 0 { columns.q_first_element } else { columns.q_later_element };
            grid.set(selector, row, Fr::ONE);
            grid.assign(layout.order.element, row, *element);
            grid.assign(layout.order.differs, row, encode(*differs));
        }
        for row in start + self.elements.len()..=close + 1 {
            grid.set(layout.block.q_order_hold, row, Fr::ONE);
            grid.assign(layout.order.differs, row, encode(self.unique));
        }
        grid.assign(layout.a, close + 1, encode(self.number));
        for (row, half) in [(close + 1, self.excess), (close + 2, upper_half(self.excess))] {
            let limbs = layout.limbs.decompose(half, DIFFERENCE_LANES.len());
            for (lane, limb) in DIFFERENCE_LANES.zip(limbs) {
                grid.assign(layout.lanes[lane], row, Fr::from(limb));
            }
        }
    }
}

/// The representative below $p$, big-endian.
fn canonical(element: &Fr) -> [u8; 32] {
    to_element(*element).to_be_bytes()
}

/// The bits of an element from bit 120 on.
fn upper_half(element: Fr) -> Fr {
    let mut bytes = [0; 32];
    bytes[15..].copy_from_slice(&canonical(&element)[..17]);
    tribute_verifier::field::FieldElement::from_be_bytes(bytes)
        .map_or(Fr::ZERO, crate::encode::from_element)
}
