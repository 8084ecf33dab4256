//! Proofs of a filled circuit: what halo2-axiom's `create_proof` does, made for circuits that are plain data.
//!
//! Circuits and verifiers are the library's, and so are the keys and the protocol, message by message: PLONK with KZG commitments, two phases of advice, a
//! permutation argument, SHPLONK openings (`docs/formats.md`, 8). What is our own is how the messages are computed. Profiles of the library's prover show
//! 20 to 30% of its time in transforms that make their twiddle factors anew, and 10 to 20% in interpreting gates cell by cell, powers of challenges included.
//! Here
//!
//! * `domain` keeps twiddle factors and transforms polynomials side by side;
//! * `program` folds all that depends on challenges alone into constants and evaluates the identities over blocks of rows;
//! * `quotient` works on as many cosets as the quotient has limbs, and gets the limbs from as many short transforms;
//! * columns are taken from the grid: no circuit is laid out again;
//! * `preprocess` lays a circuit out once for both keys.
//!
//! # Soundness
//! Nothing here bears on it: a verifier accepts what it accepts, whoever made it. Every proof is verified before it is written.
//!
//! # Zero knowledge
//! Blinding is the library's: every unusable row of every advice column, the last rows of the running products, a random polynomial for
//! the opening. Draws are made in the library's order, which is how [`linked`](crate::keys::linked) knows the tails of linked columns; tests hold both orders against each other.

mod domain;
mod evaluations;
mod expression;
mod gadgets;
mod msm;
mod opening;
mod permutation;
mod preprocess;
mod program;
mod quotient;

use domain::Domain;
use evaluations::Evaluations;
use ff::Field as _;
pub use gadgets::{Gadget, Sample, gadgets};
use group::Curve as _;
use halo2_proofs::halo2curves::bn256::{Fr, G1, G1Affine};
use halo2_proofs::plonk::{ConstraintSystem, Error, ProvingKey};
use halo2_proofs::poly::commitment::ParamsProver as _;
use halo2_proofs::transcript::{
    EncodedChallenge as _, Transcript as _, TranscriptWrite as _, TranscriptWriterBuffer as _,
};
pub use msm::multiply;
use opening::open;
pub(crate) use preprocess::Preprocessed;
use quotient::{Challenges, Columns, quotient};
use rand_chacha::ChaCha20Rng;
use rand_core::{OsRng, RngCore, SeedableRng as _};
use rayon::prelude::*;
use tribute_circuits::Witness;

use crate::srs::Srs;
use crate::transcript::KeccakWrite;

/// The transcript of a proof in the making.
type Writer = KeccakWrite<Vec<u8>>;

/// Makes a proof of the witness, and returns the transcript behind it.
///
/// # Errors
/// Fails if the circuit is none of ours (one column of public inputs, no lookups of the library's), if the public inputs don't fit, or if a commitment
/// is the point at infinity.
pub(crate) fn create_proof(
    srs: &Srs,
    key: &ProvingKey<G1Affine>,
    witness: &impl Witness,
    public_inputs: &[Fr],
    mut randomness: impl RngCore,
) -> Result<Writer, Error> {
    let cs = key.get_vk().cs();
    let domain = Domain::new(srs.k());
    let usable = domain.rows() - (cs.blinding_factors() + 1);
    if cs.num_instance_columns() != 1 || !cs.lookups().is_empty() {
        return Err(Error::Synthesis);
    }
    if public_inputs.len() > usable {
        return Err(Error::InstanceTooLarge);
    }
    let mut written = Writer::init(Vec::new());
    let transcript = &mut written;
    key.get_vk().hash_into(transcript)?;
    for input in public_inputs {
        transcript.common_scalar(*input)?;
    }
    let mut instance = public_inputs.to_vec();
    instance.resize(domain.rows(), Fr::ZERO);

    let (mut advice, drawn) = advice(srs, cs, witness, &mut randomness, transcript)?;
    // The library's challenge for its lookups.
    let _theta = squeeze(transcript);
    let (beta, gamma) = (squeeze(transcript), squeeze(transcript));
    let values =
        permutation::Values { advice: &advice, fixed: key.fixed_values(), instance: &instance };
    let mut products = permutation::products(&domain, key, values, (beta, gamma), &mut randomness);
    write_points(transcript, &commit_all(srs, &products))?;

    let blinding = random_polynomial(domain.rows())?;
    skip_blinds(1, &mut randomness);
    write_points(transcript, &[commit(srs, &blinding)])?;
    let y = squeeze(transcript);

    advice.par_iter_mut().chain(&mut products).for_each(|column| domain.to_coefficients(column));
    domain.to_coefficients(&mut instance);
    let columns = Columns { key, advice: &advice, instance: &instance, products: &products };
    let challenges = Challenges { phases: &drawn, beta, gamma, y };
    let limbs = quotient(&domain, columns, challenges);
    let commitments: Vec<G1> = limbs.par_iter().map(|limb| commit(srs, limb)).collect();
    skip_blinds(limbs.len(), &mut randomness);
    write_points(transcript, &commitments)?;

    let x = squeeze(transcript);
    let whole = domain.combine(&limbs, x.pow_vartime([domain.rows() as u64]));
    drop(limbs);
    let evaluations = Evaluations::new(&domain, key, (&advice, &products), (&whole, &blinding), x);
    for value in evaluations.written() {
        transcript.write_scalar(value)?;
    }
    open(srs, &evaluations.in_order(), transcript)?;
    Ok(written)
}

/// The blinded advice columns, committed phase by phase, and the challenges that came between.
fn advice(
    srs: &Srs,
    cs: &ConstraintSystem<Fr>,
    witness: &impl Witness,
    randomness: &mut impl RngCore,
    transcript: &mut Writer,
) -> Result<(Vec<Vec<Fr>>, Vec<Fr>), Error> {
    let rows = 1 << srs.k();
    let (column_phases, challenge_phases) = (cs.advice_column_phase(), cs.challenge_phase());
    let mut advice = vec![Vec::new(); column_phases.len()];
    let mut challenges = vec![Fr::ZERO; challenge_phases.len()];
    let of = |phases: &[u8], phase: u8| -> Vec<usize> {
        (0..phases.len()).filter(|number| phases[*number] == phase).collect()
    };
    for phase in 0..=column_phases.iter().copied().max().unwrap_or_default() {
        let places = of(&column_phases, phase);
        let mut columns = match phase {
            0 => witness.first_phase(),
            _ => witness.second_phase(&challenges),
        };
        if columns.len() != places.len() || columns.iter().any(|column| column.len() != rows) {
            return Err(Error::Synthesis);
        }
        for column in &mut columns {
            for cell in &mut column[rows - (cs.blinding_factors() + 1)..] {
                *cell = Fr::random(&mut *randomness);
            }
        }
        skip_blinds(columns.len(), randomness);
        write_points(transcript, &commit_all(srs, &columns))?;
        for (place, column) in places.into_iter().zip(columns) {
            advice[place] = column;
        }
        for number in of(&challenge_phases, phase) {
            challenges[number] = squeeze(transcript);
        }
    }
    Ok((advice, challenges))
}

/// Coefficients that nobody can foresee, from a generator seeded by the operating system.
fn random_polynomial(length: usize) -> Result<Vec<Fr>, Error> {
    let mut generator = ChaCha20Rng::from_rng(OsRng).map_err(std::io::Error::other)?;
    Ok((0..length).map(|_| Fr::random(&mut generator)).collect())
}

/// Draws what the library draws for each commitment: a blind, which KZG has no use for.
fn skip_blinds(commitments: usize, randomness: &mut impl RngCore) {
    for _ in 0..commitments {
        let _ = Fr::random(&mut *randomness);
    }
}

fn squeeze(transcript: &mut Writer) -> Fr {
    transcript.squeeze_challenge().get_scalar()
}

/// Commits to a polynomial by its coefficients.
fn commit(srs: &Srs, coefficients: &[Fr]) -> G1 {
    msm::multiply(coefficients, srs.params().get_g())
}

/// Commits to columns by their values.
fn commit_all(srs: &Srs, columns: &[Vec<Fr>]) -> Vec<G1> {
    let points = srs.lagrange();
    columns.par_iter().map(|column| msm::multiply(column, points)).collect()
}

fn write_points(transcript: &mut Writer, points: &[G1]) -> Result<(), Error> {
    let mut affine = vec![G1Affine::default(); points.len()];
    G1::batch_normalize(points, &mut affine);
    for point in affine {
        transcript.write_point(point)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests;
