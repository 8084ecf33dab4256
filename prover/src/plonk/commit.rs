//! An SRS as the library's key generation takes it, with our multiplication: selectors are zeros and ones, and cost next to nothing.

use std::io::{self, Read, Write};

use halo2_proofs::halo2curves::bn256::{Bn256, Fr, G1, G1Affine};
use halo2_proofs::poly::commitment::{Blind, Params};
use halo2_proofs::poly::kzg::msm::MSMKZG;
use halo2_proofs::poly::{LagrangeCoeff, Polynomial};

use super::msm;
use crate::srs::Srs;

/// An SRS whose columns are committed to by [`msm::multiply`].
#[derive(Clone, Debug)]
pub(crate) struct Committing<'a>(pub(crate) &'a Srs);

impl<'a> Params<'a, G1Affine> for Committing<'a> {
    type MSM = MSMKZG<Bn256>;

    fn k(&self) -> u32 {
        self.0.k()
    }

    fn n(&self) -> u64 {
        1 << self.0.k()
    }

    /// Does nothing: an SRS is cut before keys are made with it.
    fn downsize(&mut self, _: u32) {}

    fn empty_msm(&'a self) -> MSMKZG<Bn256> {
        self.0.params().empty_msm()
    }

    fn commit_lagrange(&self, column: &Polynomial<Fr, LagrangeCoeff>, _: Blind<Fr>) -> G1 {
        msm::multiply(column.values(), self.0.lagrange())
    }

    fn write<W: Write>(&self, writer: &mut W) -> io::Result<()> {
        self.0.params().write(writer)
    }

    /// Fails: it is a view of an SRS that is there.
    fn read<R: Read>(_: &mut R) -> io::Result<Self> {
        Err(io::ErrorKind::Unsupported.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keys::{generate, tests::Square};
    use halo2_proofs::SerdeFormat;
    use halo2_proofs::plonk;

    #[test]
    fn keys_are_those_of_the_library() {
        let srs = Srs::generate_unsafe_dev(5).unwrap();
        let circuit = Square { scale: 3, root: None };
        let ours = generate(&srs, &circuit).unwrap();
        let theirs = plonk::keygen_pk2(srs.params(), &circuit, false).unwrap();
        let bytes = [ours, theirs].map(|key| key.to_bytes(SerdeFormat::RawBytes));
        assert_eq!(bytes[0], bytes[1]);
    }
}
