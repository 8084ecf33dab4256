//! Keys: made once for a shape and an SRS, kept beside the case, refused when they belong to something else.
//!
//! [`generate`] and [`create_proof`] are the glue to the proof system, [`linked`] that for proofs with linked columns;
//! [`cache`] is the file, [`ring`] keeps it beside a case. Everything here is generic over the circuit: keys know a shape, not a model.

pub mod cache;
mod error;
pub mod linked;
pub mod ring;
mod tail;

pub use error::KeyError;
pub use tail::Tails;

use crate::plonk::Preprocessed;
use crate::srs::Srs;
use crate::transcript::KeccakWrite;
use halo2_proofs::halo2curves::bn256::{Fr, G1Affine};
use halo2_proofs::plonk::{Circuit, ProvingKey};
use halo2_proofs::transcript::TranscriptWriterBuffer;
use rand_core::{OsRng, RngCore};
use tribute_circuits::Witness;

/// Makes both keys of a circuit.
///
/// # Errors
/// Fails if the circuit does not fit the SRS.
pub fn generate<C: Circuit<Fr>>(srs: &Srs, circuit: &C) -> Result<ProvingKey<G1Affine>, KeyError> {
    let preprocessed = preprocess(srs, circuit)?;
    let key = preprocessed.verifying_key(srs);
    Ok(preprocessed.proving_key(key))
}

/// Lays out what both keys of a circuit are made of.
fn preprocess<C: Circuit<Fr>>(srs: &Srs, circuit: &C) -> Result<Preprocessed, KeyError> {
    Preprocessed::new(srs.k(), circuit).map_err(KeyError::Generate)
}

/// Makes the bytes of a proof. They say nothing until they are verified: a lookup that misses is no error here.
///
/// # Errors
/// Fails if the witness cannot be laid out.
pub fn create_proof(
    srs: &Srs,
    key: &ProvingKey<G1Affine>,
    circuit: &impl Witness,
    public_inputs: &[Fr],
) -> Result<Vec<u8>, KeyError> {
    Ok(run(srs, key, circuit, public_inputs, OsRng)?.finalize())
}

/// Makes a proof with the given randomness, and returns the transcript behind it.
fn run(
    srs: &Srs,
    key: &ProvingKey<G1Affine>,
    circuit: &impl Witness,
    public_inputs: &[Fr],
    randomness: impl RngCore,
) -> Result<KeccakWrite<Vec<u8>>, KeyError> {
    crate::plonk::create_proof(srs, key, circuit, public_inputs, randomness)
        .map_err(KeyError::Prove)
}

#[cfg(test)]
pub(crate) mod tests {
    //! A circuit small enough to look at: $x^2 = y$ on one row, $y$ public.

    use super::*;
    use crate::transcript::{KeccakChallenge, KeccakRead};
    use ff::Field as _;
    use halo2_proofs::circuit::{Layouter, SimpleFloorPlanner, Value};
    use halo2_proofs::halo2curves::bn256::Bn256;
    use halo2_proofs::plonk::{
        self, Advice, Column, ConstraintSystem, Error, Fixed, Instance, Selector, VerifyingKey,
    };
    use halo2_proofs::poly::Rotation;
    use halo2_proofs::poly::kzg::commitment::KZGCommitmentScheme;
    use halo2_proofs::poly::kzg::multiopen::VerifierSHPLONK;
    use halo2_proofs::poly::kzg::strategy::SingleStrategy;
    use halo2_proofs::transcript::TranscriptReadBuffer;

    /// Binary logarithm of the number of rows.
    pub(crate) const K: u32 = 4;

    #[derive(Clone, Debug, Default)]
    pub(crate) struct Square {
        pub(crate) scale: u64,
        pub(crate) root: Option<Fr>,
    }

    #[derive(Clone, Debug)]
    pub(crate) struct SquareConfig {
        q_square: Selector,
        scale: Column<Fixed>,
        root: Column<Advice>,
        square: Column<Advice>,
        public: Column<Instance>,
    }

    impl Witness for Square {
        fn first_phase(&self) -> Vec<Vec<Fr>> {
            let mut columns = vec![vec![Fr::ZERO; 1 << K]; 2];
            let root = self.root.unwrap_or_default();
            (columns[0][0], columns[1][0]) = (root, Fr::from(self.scale) * root * root);
            columns
        }

        fn second_phase(&self, _: &[Fr]) -> Vec<Vec<Fr>> {
            Vec::new()
        }
    }

    impl Circuit<Fr> for Square {
        type Config = SquareConfig;
        type FloorPlanner = SimpleFloorPlanner;
        type Params = u64;

        fn params(&self) -> u64 {
            self.scale
        }

        fn without_witnesses(&self) -> Self {
            Self { scale: self.scale, root: None }
        }

        fn configure(meta: &mut ConstraintSystem<Fr>) -> SquareConfig {
            let config = SquareConfig {
                q_square: meta.selector(),
                scale: meta.fixed_column(),
                root: meta.advice_column(),
                square: meta.advice_column(),
                public: meta.instance_column(),
            };
            meta.enable_equality(config.square);
            meta.enable_equality(config.public);
            meta.create_gate("square = scale * root^2", |meta| {
                let q_square = meta.query_selector(config.q_square);
                let scale = meta.query_fixed(config.scale, Rotation::cur());
                let root = meta.query_advice(config.root, Rotation::cur());
                let square = meta.query_advice(config.square, Rotation::cur());
                vec![q_square * (scale * root.clone() * root - square)]
            });
            config
        }

        fn configure_with_params(meta: &mut ConstraintSystem<Fr>, _: u64) -> SquareConfig {
            Self::configure(meta)
        }

        fn synthesize(
            &self,
            config: SquareConfig,
            mut layouter: impl Layouter<Fr>,
        ) -> Result<(), Error> {
            let root = self.root.map_or(Value::unknown(), Value::known);
            let scale = Fr::from(self.scale);
            let cell = layouter.assign_region(
                || "square",
                |mut region| {
                    config.q_square.enable(&mut region, 0)?;
                    region.assign_fixed(config.scale, 0, scale);
                    region.assign_advice(config.root, 0, root);
                    let square = root.map(|root| scale * root * root);
                    Ok(region.assign_advice(config.square, 0, square).cell())
                },
            )?;
            layouter.constrain_instance(cell, config.public, 0);
            Ok(())
        }
    }

    pub(crate) fn accepted(srs: &Srs, key: &VerifyingKey<G1Affine>, y: Fr, proof: &[u8]) -> bool {
        let mut transcript = KeccakRead::init(proof);
        plonk::verify_proof::<
            KZGCommitmentScheme<Bn256>,
            VerifierSHPLONK<'_, Bn256>,
            KeccakChallenge,
            _,
            _,
        >(srs.params(), key, SingleStrategy::new(srs.params()), &[&[&[y]]], &mut transcript)
        .is_ok()
    }

    #[test]
    fn a_proof_holds_for_its_statement_and_its_srs_alone() {
        let srs = Srs::generate_unsafe_dev(K).unwrap();
        let key = generate(&srs, &Square { scale: 1, root: None }).unwrap();
        let circuit = Square { scale: 1, root: Some(Fr::from(3)) };
        let proof = create_proof(&srs, &key, &circuit, &[Fr::from(9)]).unwrap();
        assert!(accepted(&srs, key.get_vk(), Fr::from(9), &proof));
        assert!(!accepted(&srs, key.get_vk(), Fr::from(16), &proof));
        let other = Srs::generate_unsafe_dev(K).unwrap();
        let foreign = generate(&other, &Square { scale: 1, root: None }).unwrap();
        assert!(!accepted(&other, foreign.get_vk(), Fr::from(9), &proof));
    }
}
