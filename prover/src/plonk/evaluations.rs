//! What a proof opens, at which points, and in which order.

use ff::Field as _;
use halo2_proofs::halo2curves::bn256::{Fr, G1Affine};
use halo2_proofs::plonk::ProvingKey;
use halo2_proofs::poly::Rotation;
use rayon::prelude::*;

use super::domain::{Domain, evaluate};

/// A polynomial's value at a point.
#[derive(Clone, Copy)]
pub(super) struct Opened<'a> {
    pub(super) coefficients: &'a [Fr],
    pub(super) point: Fr,
    pub(super) value: Fr,
}

/// All openings of a proof.
pub(super) struct Evaluations<'a> {
    advice: Vec<Opened<'a>>,
    /// Two for each running product of the permutation: at $x$ and at $\omega x$.
    products: Vec<Opened<'a>>,
    /// Of all running products but the last, the last one of these first, on the last usable row.
    ends: Vec<Opened<'a>>,
    fixed: Vec<Opened<'a>>,
    permuted: Vec<Opened<'a>>,
    /// The quotient, its limbs put together.
    quotient: Opened<'a>,
    blinding: Opened<'a>,
}

impl<'a> Evaluations<'a> {
    pub(super) fn new(
        domain: &Domain,
        key: &'a ProvingKey<G1Affine>,
        (advice, products): (&'a [Vec<Fr>], &'a [Vec<Fr>]),
        (quotient, blinding): (&'a [Fr], &'a [Fr]),
        x: Fr,
    ) -> Self {
        let cs = key.get_vk().cs();
        let at = |rotation: Rotation| domain.rotate(x, rotation.0);
        let last = at(Rotation(-i32::try_from(cs.blinding_factors() + 1).unwrap_or_default()));
        let next = at(Rotation::next());
        let open = |coefficients: &'a [Fr], point| Opened { coefficients, point, value: Fr::ZERO };

        let queries = cs.advice_queries().iter();
        let advice = queries.map(|(column, turn)| open(&advice[column.index()], at(*turn)));
        let both = products.iter().flat_map(|product| [open(product, x), open(product, next)]);
        let ends = products.iter().rev().skip(1).map(|product| open(product, last));
        let fixed = cs
            .fixed_queries()
            .iter()
            .map(|(column, turn)| open(key.fixed_polys()[column.index()].values(), at(*turn)));
        let permuted = key.permutation().polys().iter().map(|poly| open(poly.values(), x));
        let mut all = Self {
            advice: advice.collect(),
            products: both.collect(),
            ends: ends.collect(),
            fixed: fixed.collect(),
            permuted: permuted.collect(),
            quotient: open(quotient, x),
            blinding: open(blinding, x),
        };
        all.evaluate();
        all
    }

    fn evaluate(&mut self) {
        let Self { advice, products, ends, fixed, permuted, quotient, blinding } = self;
        let lists = [advice, products, ends, fixed, permuted].into_iter().flatten();
        let all: Vec<&mut Opened<'a>> = lists.chain([quotient, blinding]).collect();
        all.into_par_iter().for_each(|opened| {
            opened.value = evaluate(opened.coefficients, opened.point);
        });
    }

    /// The values in the order in which a proof has them; that of the quotient is known to a verifier.
    pub(super) fn written(&self) -> impl Iterator<Item = Fr> + '_ {
        let sets = self.products.chunks(2).enumerate();
        let ends = self.ends.len();
        let products = sets.flat_map(move |(set, both)| {
            let end = ends.checked_sub(set + 1).map(|place| &self.ends[place]);
            both.iter().chain(end)
        });
        let single = std::iter::once(&self.blinding);
        let all = self.advice.iter().chain(&self.fixed).chain(single).chain(&self.permuted);
        all.chain(products).map(|opened| opened.value)
    }

    /// The openings in the order in which they are combined.
    pub(super) fn in_order(&self) -> Vec<Opened<'a>> {
        let lists = [&self.advice, &self.products, &self.ends, &self.fixed, &self.permuted];
        let lists = lists.into_iter().flatten().copied();
        lists.chain([self.quotient, self.blinding]).collect()
    }
}
