//! Reading a proof: canonical decoding and the challenges, in one pass.
//!
//! # Order
//! Advice commitments and challenges phase by phase; running products; the random polynomial; limbs of
//! the quotient; then the values of advice, fixed, random, permutation and product polynomials; then
//! the two points of the opening. The challenge called theta belongs to lookup arguments: no plan has
//! one, but it is drawn, since the transcript moves on with it.

use ark_bn254::{Fq, Fr, G1Affine};

use super::error::PlonkError;
use crate::plan::{Plan, from_word, on_curve, to_word};
use crate::transcript::KeccakState;

/// Challenges behind the phases.
#[derive(Debug)]
pub(super) struct Challenges {
    /// Permutation: factor of positions.
    pub(super) beta: Fr,
    /// Permutation: shift.
    pub(super) gamma: Fr,
    /// Combines constraints.
    pub(super) y: Fr,
    /// Where polynomials are evaluated.
    pub(super) x: Fr,
    /// Combines openings at the same points.
    pub(super) opening_y: Fr,
    /// Combines sets of points.
    pub(super) opening_v: Fr,
    /// Where the combination is evaluated.
    pub(super) opening_u: Fr,
}

/// Values of one running product.
#[derive(Debug)]
pub(super) struct ProductEvals {
    /// On the row.
    pub(super) current: Fr,
    /// On the next row.
    pub(super) next: Fr,
    /// On the last usable row, for all products but the last.
    pub(super) last: Option<Fr>,
}

/// A decoded proof with its challenges.
#[derive(Debug)]
pub(super) struct Proof {
    /// Commitments of advice columns.
    pub(super) advice: Vec<G1Affine>,
    /// Commitments of running products.
    pub(super) products: Vec<G1Affine>,
    /// Commitment of the random polynomial.
    pub(super) random: G1Affine,
    /// Commitments of the limbs of the quotient.
    pub(super) quotient: Vec<G1Affine>,
    /// Values of advice queries.
    pub(super) advice_evals: Vec<Fr>,
    /// Values of fixed queries.
    pub(super) fixed_evals: Vec<Fr>,
    /// Value of the random polynomial.
    pub(super) random_eval: Fr,
    /// Values of the permutation polynomials.
    pub(super) permutation_evals: Vec<Fr>,
    /// Values of the running products.
    pub(super) product_evals: Vec<ProductEvals>,
    /// Challenges between phases.
    pub(super) phase_challenges: Vec<Fr>,
    /// Challenges behind the phases.
    pub(super) challenges: Challenges,
    /// Commitment of the combined quotient of openings.
    pub(super) opening_quotient: G1Affine,
    /// Commitment of the quotient at `opening_u`.
    pub(super) opening_proof: G1Affine,
    /// The transcript behind the proof.
    pub(super) transcript: KeccakState,
}

impl Proof {
    /// Reads a proof of the length that the plan fixes.
    pub(super) fn read(plan: &Plan, instances: &[Fr], bytes: &[u8]) -> Result<Self, PlonkError> {
        let mut reader = Reader { bytes, offset: 0, state: KeccakState::new() };
        reader.state.absorb(&to_word(&plan.transcript_repr.0));
        for instance in instances {
            reader.state.absorb(&to_word(instance));
        }

        let (advice, phase_challenges) = reader.read_phases(plan)?;
        let _theta = reader.state.challenge();
        let beta = reader.state.challenge();
        let gamma = reader.state.challenge();
        let products = reader.points(plan.permutation_products())?;
        let random = reader.point()?;
        let y = reader.state.challenge();
        let quotient = reader.points(plan.quotient_limbs())?;
        let x = reader.state.challenge();

        let advice_evals = reader.scalars(plan.advice_queries.len())?;
        let fixed_evals = reader.scalars(plan.fixed_queries.len())?;
        let random_eval = reader.scalar()?;
        let permutation_evals = reader.scalars(plan.permutation.len())?;
        let product_evals = reader.read_products(products.len())?;

        let opening_y = reader.state.challenge();
        let opening_v = reader.state.challenge();
        let opening_quotient = reader.point()?;
        let opening_u = reader.state.challenge();
        let opening_proof = reader.point()?;

        let challenges = Challenges { beta, gamma, y, x, opening_y, opening_v, opening_u };
        Ok(Self {
            advice,
            products,
            random,
            quotient,
            advice_evals,
            fixed_evals,
            random_eval,
            permutation_evals,
            product_evals,
            phase_challenges,
            challenges,
            opening_quotient,
            opening_proof,
            transcript: reader.state,
        })
    }
}

/// Takes words off a proof and absorbs them.
struct Reader<'a> {
    bytes: &'a [u8],
    offset: usize,
    state: KeccakState,
}

impl Reader<'_> {
    fn word(&mut self) -> Result<[u8; 32], PlonkError> {
        let end = self.offset + 32;
        let word = self.bytes.get(self.offset..end).and_then(|word| word.try_into().ok());
        self.offset = end;
        // Not reachable behind the check of the length, and no reason to trust it.
        word.ok_or(PlonkError::ProofLength { expected: end, actual: self.bytes.len() })
    }

    fn scalar(&mut self) -> Result<Fr, PlonkError> {
        let offset = self.offset;
        let word = self.word()?;
        let scalar = from_word(&word).ok_or(PlonkError::Scalar { offset })?;
        self.state.absorb(&word);
        Ok(scalar)
    }

    fn scalars(&mut self, count: usize) -> Result<Vec<Fr>, PlonkError> {
        (0..count).map(|_| self.scalar()).collect()
    }

    fn coordinate(&mut self) -> Result<Fq, PlonkError> {
        let offset = self.offset;
        let word = self.word()?;
        let coordinate = from_word(&word).ok_or(PlonkError::Coordinate { offset })?;
        self.state.absorb(&word);
        Ok(coordinate)
    }

    fn point(&mut self) -> Result<G1Affine, PlonkError> {
        let offset = self.offset;
        let (x, y) = (self.coordinate()?, self.coordinate()?);
        if (x, y) == (Fq::from(0_u64), Fq::from(0_u64)) {
            return Err(PlonkError::Infinity { offset });
        }
        on_curve(x, y).ok_or(PlonkError::OffCurve { offset })
    }

    fn points(&mut self, count: usize) -> Result<Vec<G1Affine>, PlonkError> {
        (0..count).map(|_| self.point()).collect()
    }

    fn read_phases(&mut self, plan: &Plan) -> Result<(Vec<G1Affine>, Vec<Fr>), PlonkError> {
        let mut advice = vec![G1Affine::identity(); plan.advice_phases.len()];
        let mut challenges = vec![Fr::from(0_u64); plan.challenge_phases.len()];
        for phase in 0..plan.phases() {
            for (of, commitment) in plan.advice_phases.iter().zip(&mut advice) {
                if *of == phase {
                    *commitment = self.point()?;
                }
            }
            for (of, challenge) in plan.challenge_phases.iter().zip(&mut challenges) {
                if *of == phase {
                    *challenge = self.state.challenge();
                }
            }
        }
        Ok((advice, challenges))
    }

    fn read_products(&mut self, count: usize) -> Result<Vec<ProductEvals>, PlonkError> {
        let mut products = Vec::with_capacity(count);
        for place in 0..count {
            let (current, next) = (self.scalar()?, self.scalar()?);
            let last = if place + 1 < count { Some(self.scalar()?) } else { None };
            products.push(ProductEvals { current, next, last });
        }
        Ok(products)
    }
}
