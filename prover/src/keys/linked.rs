//! Linked proofs: the first columns of a proof are shown to be the registered ones.
//!
//! # Steps
//! [`commit`] makes a proof whose linked columns have zeros in the unusable rows and a known random tail in the last two.
//! Of a binding proof that is all: its first points are the registered commitments $R_i$, its tails are kept. For a
//! linked proof, [`Committed::link`] appends a Schnorr proof, in the same transcript, that
//! $D = \sum_i \gamma^i (C_i - R_i)$ is a combination of the Lagrange points $B_0, B_1$ of the last two rows: it knows both
//! tails, and so the combination. Relation and soundness are stated in [`tribute_verifier::link`].
//!
//! # Zero knowledge
//! Tails are fresh for each attempt. The nonces of the Schnorr proof come from the operating system and never from the
//! script that the tails come from: with a foreseeable nonce the responses tell the difference of the tails.
//!
//! # Checks
//! A tail is what we think it is only as long as the proof system draws in the order that we think. After each proof its
//! first points are compared with $\mathrm{body}_i + r_0 B_0 + r_1 B_1$, where the body is the commitment of the column with a zero
//! tail: computed from the column for a binding proof, $R_i$ without the registered tail for a linked one. That costs two
//! scalar multiplications a column, and no multi-scalar multiplication over its rows.

use super::tail::{Script, Tails};
use super::{KeyError, run};
use crate::srs::Srs;
use crate::transcript::{KeccakRead, KeccakWrite};
use ff::Field as _;
use group::Curve as _;
use group::prime::PrimeCurveAffine as _;
use halo2_proofs::arithmetic::best_multiexp;
use halo2_proofs::halo2curves::bn256::{Bn256, Fr, G1, G1Affine};
use halo2_proofs::plonk::ProvingKey;
use halo2_proofs::poly::EvaluationDomain;
use halo2_proofs::poly::commitment::{Blind, Params as _};
use halo2_proofs::poly::kzg::commitment::ParamsKZG;
use halo2_proofs::transcript::{
    EncodedChallenge as _, Transcript as _, TranscriptRead as _, TranscriptReadBuffer as _,
    TranscriptWrite as _, TranscriptWriterBuffer as _,
};
use rand_core::OsRng;
use rayon::prelude::*;
use tribute_circuits::Witness;
use tribute_verifier::digest::Digest;
use zeroize::Zeroizing;

/// A circuit whose first advice columns are linked.
pub trait Linked {
    /// Returns these columns, one value for each of the $2^k$ rows, zero in all unusable ones.
    fn linked_columns(&self) -> Vec<&[Fr]>;
}

/// What is registered of linked columns, with the secret half.
#[derive(Clone, Debug)]
pub struct Registered {
    layout: Digest,
    commitments: Vec<G1Affine>,
    tails: Tails,
}

/// A proof of which the randomness of the linked columns is known.
#[derive(Debug)]
pub struct Committed {
    transcript: KeccakWrite<Vec<u8>>,
    columns: Vec<G1Affine>,
    tails: Tails,
}

/// Returns the Lagrange points of the last two rows.
pub fn bases(params: &ParamsKZG<Bn256>) -> [G1Affine; 2] {
    let rows = 1_usize << params.k();
    [rows - 2, rows - 1].map(|row| {
        let mut unit = vec![Fr::ZERO; rows];
        unit[row] = Fr::ONE;
        commit_column(params, unit)
    })
}

/// Makes a proof of a binding circuit, and returns it with the tails of its linked columns.
///
/// # Errors
/// Fails as [`commit`] does, and if the proof does not start with the commitments of the columns.
pub fn create_binding_proof(
    srs: &Srs,
    key: &ProvingKey<G1Affine>,
    circuit: &(impl Witness + Linked),
    public_inputs: &[Fr],
) -> Result<(Vec<u8>, Tails), KeyError> {
    let committed = commit(srs, key, circuit, public_inputs)?;
    let bases = bases(srs.params());
    let bodies = bodies(srs, circuit)?;
    match committed.mismatch(&bases, &bodies) {
        Some(column) => Err(KeyError::Draws { column }),
        None => Ok((committed.transcript.finalize(), committed.tails)),
    }
}

/// Makes a proof whose first columns are linked to the registered ones.
///
/// # Errors
/// Fails as [`commit`] does, and if the circuit's columns are not the registered ones.
pub fn create_linked_proof(
    srs: &Srs,
    key: &ProvingKey<G1Affine>,
    circuit: &(impl Witness + Linked),
    public_inputs: &[Fr],
    registered: &Registered,
) -> Result<Vec<u8>, KeyError> {
    let committed = commit(srs, key, circuit, public_inputs)?;
    let (expected, actual) = (registered.commitments.len(), committed.columns.len());
    if expected != actual {
        return Err(KeyError::LinkedCount { expected, actual });
    }
    let bases = bases(srs.params());
    if let Some(column) = committed.mismatch(&bases, &registered.bodies(&bases)) {
        // Only now is it worth the time to ask whose fault it is.
        let own = committed.mismatch(&bases, &bodies(srs, circuit)?);
        return Err(match own {
            None => KeyError::LinkedColumn { column },
            Some(column) => KeyError::Draws { column },
        });
    }
    committed.link(registered, &bases)
}

/// Makes a proof with known tails. They say nothing until [`create_binding_proof`] or [`create_linked_proof`] compared
/// the commitments.
///
/// # Errors
/// Fails if the witness cannot be laid out, or the operating system gives no randomness.
pub fn commit(
    srs: &Srs,
    key: &ProvingKey<G1Affine>,
    circuit: &(impl Witness + Linked),
    public_inputs: &[Fr],
) -> Result<Committed, KeyError> {
    let count = circuit.linked_columns().len();
    let unusable = key.get_vk().cs().blinding_factors() + 1;
    let (script, tails) = Script::new(count, unusable).map_err(KeyError::Randomness)?;
    let transcript = run(srs, key, circuit, public_inputs, script)?;
    let columns = first_points(transcript.writer(), count)?;
    Ok(Committed { transcript, columns, tails })
}

impl Registered {
    /// Reads the registered commitments off the start of a binding proof.
    ///
    /// # Errors
    /// Fails if there are not as many points as tails.
    pub fn new(layout: Digest, binding_proof: &[u8], tails: Tails) -> Result<Self, KeyError> {
        let commitments = first_points(binding_proof, tails.len())?;
        Ok(Self { layout, commitments, tails })
    }

    /// Returns the commitments of the columns with zero tails.
    fn bodies(&self, bases: &[G1Affine; 2]) -> Vec<G1> {
        let both = self.commitments.iter().zip(self.tails.iter());
        both.map(|(commitment, tail)| commitment.to_curve() - combination(bases, &tail)).collect()
    }
}

impl Committed {
    /// Returns the first column whose commitment is not body and tail.
    fn mismatch(&self, bases: &[G1Affine; 2], bodies: &[G1]) -> Option<usize> {
        let tails: Zeroizing<Vec<_>> = Zeroizing::new(self.tails.iter().map(Tail).collect());
        (0..self.columns.len()).into_par_iter().find_first(|column| {
            let (body, tail) = (bodies.get(*column), tails.get(*column));
            let expected = body.zip(tail).map(|(body, tail)| body + combination(bases, &tail.0));
            expected != Some(self.columns[*column].to_curve())
        })
    }

    /// Appends the link to the registered columns, and returns the whole proof. It is one that a verifier refuses unless
    /// the columns are equal.
    ///
    /// # Errors
    /// Fails if a point of the link is at infinity, which does not happen by chance.
    pub fn link(self, registered: &Registered, bases: &[G1Affine; 2]) -> Result<Vec<u8>, KeyError> {
        let Self { mut transcript, columns, tails } = self;
        transcript.common_word(&registered.layout.0);
        for commitment in &registered.commitments {
            transcript.common_point(*commitment).map_err(KeyError::Link)?;
        }
        let gamma = transcript.squeeze_challenge().get_scalar();
        let powers: Vec<Fr> = std::iter::successors(Some(Fr::ONE), |power| Some(power * gamma))
            .take(columns.len())
            .collect();
        let difference = (best_multiexp(&powers, &columns)
            - best_multiexp(&powers, &registered.commitments))
        .to_affine();
        let mut witness = Zeroizing::new(Tail::default());
        for (power, (own, theirs)) in powers.iter().zip(tails.iter().zip(registered.tails.iter())) {
            for ((sum, own), theirs) in witness.0.iter_mut().zip(own).zip(theirs) {
                *sum += power * (own - theirs);
            }
        }

        let nonce = Zeroizing::new(Tail([0, 1].map(|_| Fr::random(OsRng))));
        transcript.common_point(difference).map_err(KeyError::Link)?;
        let commitment = combination(bases, &nonce.0).to_affine();
        transcript.write_point(commitment).map_err(KeyError::Link)?;
        let challenge = transcript.squeeze_challenge().get_scalar();
        for (nonce, difference) in nonce.0.iter().zip(&witness.0) {
            transcript.write_scalar(nonce + challenge * difference).map_err(KeyError::Link)?;
        }
        Ok(transcript.finalize())
    }
}

/// Two scalars that are wiped.
#[derive(Clone, Copy, Default)]
struct Tail([Fr; 2]);

impl zeroize::DefaultIsZeroes for Tail {}

fn combination(bases: &[G1Affine; 2], scalars: &[Fr; 2]) -> G1 {
    bases[0] * scalars[0] + bases[1] * scalars[1]
}

/// Commits to the linked columns of a circuit, with zero tails.
fn bodies(srs: &Srs, circuit: &impl Linked) -> Result<Vec<G1>, KeyError> {
    let rows = 1_usize << srs.k();
    let commit = |(column, values): (usize, &[Fr])| {
        if values.len() != rows {
            return Err(KeyError::LinkedRows { column, expected: rows, actual: values.len() });
        }
        Ok(commit_column(srs.params(), values.to_vec()).to_curve())
    };
    circuit.linked_columns().into_iter().enumerate().map(commit).collect()
}

fn commit_column(params: &ParamsKZG<Bn256>, values: Vec<Fr>) -> G1Affine {
    let column = EvaluationDomain::new(1, params.k()).lagrange_from_vec(values);
    params.commit_lagrange(&column, Blind::default()).to_affine()
}

fn first_points(proof: &[u8], count: usize) -> Result<Vec<G1Affine>, KeyError> {
    let mut reader = KeccakRead::init(proof);
    (0..count).map(|_| reader.read_point()).collect::<Result<_, _>>().map_err(KeyError::Link)
}

#[cfg(test)]
mod sum;
#[cfg(test)]
mod tests;
