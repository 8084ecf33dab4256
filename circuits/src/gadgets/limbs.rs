//! Range checks: a value is the sum of limbs that the lookup has shown to lie in a table.
//!
//! # Relation
//! For a row of declared width $B$, with limbs of $b$ bits and $n = \lceil B / b \rceil$,
//! $$ c = \sum_{j < n} 2^{bj} L_j, \qquad 0 \le L_j < 2^b, $$
//! and if $B$ is no multiple of $b$, with $\beta = B \bmod b$, the next lane holds $L_n = 2^{b - \beta} L_{n-1}$.
//!
//! # Soundness
//! Every lane of every active row is looked up (see `lookup`), so each $L_j$ is an integer below $2^b$ and $c$ one
//! below $2^{bn}$. For a partial top limb both $L_{n-1}$ and $2^{b-\beta} L_{n-1}$ lie below $2^b$: as the first bounds the product
//! by $2^{2b}$, which is far from $p$, the second gives $L_{n-1} < 2^\beta$ over the integers.
//!
//! # Cost
//! One row; degree 2.

use ff::PrimeField;
use halo2_proofs::halo2curves::bn256::Fr;

use super::gates::{constant, sum};
use crate::encode::power_of_two;

/// How wide limbs are and how many a row holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LimbFormat {
    /// Bits of a limb.
    pub bits: u32,
    /// Limbs in a row.
    pub lanes: usize,
}

impl LimbFormat {
    /// Limbs of a value of this width.
    #[must_use]
    pub fn count(self, width: u32) -> usize {
        width.div_ceil(self.bits) as usize
    }

    /// Lanes that a range check of this width takes: one more than limbs if the top limb is partial.
    #[must_use]
    pub fn cells(self, width: u32) -> usize {
        self.count(width) + usize::from(!width.is_multiple_of(self.bits))
    }

    /// The lowest `count` limbs of the canonical representative.
    pub(crate) fn decompose(self, value: Fr, count: usize) -> impl Iterator<Item = u64> {
        let bytes = value.to_repr();
        let bits = self.bits as usize;
        (0..count).map(move |limb| {
            let byte = u64::from(bytes.as_ref().get(limb * bits / 8).copied().unwrap_or(0));
            (byte >> (limb * bits % 8)) & ((1 << bits) - 1)
        })
    }
}

/// $\sum_j 2^{bj} L_j$.
pub(crate) fn weighted(
    limbs: LimbFormat,
    cells: &[halo2_proofs::plonk::Expression<Fr>],
) -> halo2_proofs::plonk::Expression<Fr> {
    sum((0u32..).zip(cells).map(|(j, cell)| cell.clone() * constant(power_of_two(limbs.bits * j))))
}
