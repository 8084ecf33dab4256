//! A circuit in the proportions of an inference whose first columns are linked, and links of its proofs, honest and forged.
//!
//! Links are made here by their formula alone (`docs/formats.md`, 14), without the prover's code: the registered
//! commitments are those of the proof less known multiples of the bases.

use halo2_proofs::circuit::{Layouter, SimpleFloorPlanner, Value};
use halo2_proofs::halo2curves::bn256::{Fq, Fr, G1, G1Affine};
use halo2_proofs::plonk::{
    Advice, Challenge, Circuit, Column, ConstraintSystem, Error, FirstPhase, Fixed, Instance,
    SecondPhase,
};
use halo2_proofs::poly::Rotation;

use ff::{Field as _, PrimeField};
use num_bigint::BigUint;
use tribute_verifier::plan::{BareCircuit, CircuitDescription, G1 as Point, Link, Plan};
use tribute_verifier::plonk::verify_linked;
use tribute_verifier::transcript::KeccakState;

use crate::synthetic::Case;
use crate::synthetic::case::{Setup, Word, to_ark};

/// First-phase columns, linked ones included; one more comes in the second phase.
const ADVICE: usize = 7;
/// Fixed columns besides those of the two named gates.
const MARKS: usize = 11;
/// Log of the rows.
const K: u32 = 6;
/// Rows that the sum runs over.
const ROWS: usize = 20;

/// Public inputs stand in the first free column; marked rows square it into the next; a sum runs over all
/// columns. Two columns are permuted.
#[derive(Clone, Debug)]
pub struct Lean {
    linked: usize,
    instances: Vec<Fr>,
    seed: u64,
}

impl Lean {
    /// Returns the circuit with so many linked columns and public inputs.
    pub fn new(linked: usize, instances: usize, seed: u64) -> Self {
        let instances = (0..instances as u64).map(|i| Fr::from(seed + i).pow([7])).collect();
        Self { linked, instances, seed }
    }

    fn value(&self, column: usize, row: usize) -> Fr {
        let instance = |row: usize| self.instances.get(row).copied().unwrap_or(Fr::ZERO);
        match column.checked_sub(self.linked) {
            Some(0) => instance(row),
            Some(1) => instance(row).square(),
            _ => Fr::from((column as u64 + 1) << 32 | (row as u64 + self.seed)).pow([3]),
        }
    }

    fn case(&self, description: CircuitDescription) -> Case {
        Case::of(&Setup { name: "lean", k: K, seed: self.seed }, self, &self.instances, description)
    }
}

/// Columns of the circuit.
#[derive(Clone, Debug)]
pub struct Config {
    advice: Vec<Column<Advice>>,
    sum: Column<Advice>,
    rho: Challenge,
    instance: Column<Instance>,
    q_instance: Column<Fixed>,
    q_sum: Column<Fixed>,
    marks: Vec<Column<Fixed>>,
}

impl Circuit<Fr> for Lean {
    type Config = Config;
    type FloorPlanner = SimpleFloorPlanner;
    type Params = usize;

    fn params(&self) -> usize {
        self.linked
    }

    fn without_witnesses(&self) -> Self {
        self.clone()
    }

    fn configure(_: &mut ConstraintSystem<Fr>) -> Config {
        unreachable!("the circuit is configured with its number of linked columns")
    }

    fn configure_with_params(system: &mut ConstraintSystem<Fr>, linked: usize) -> Config {
        system.set_minimum_degree(4);
        let config = Config {
            advice: (0..ADVICE).map(|_| system.advice_column_in(FirstPhase)).collect(),
            sum: system.advice_column_in(SecondPhase),
            rho: system.challenge_usable_after(FirstPhase),
            instance: system.instance_column(),
            q_instance: system.fixed_column(),
            q_sum: system.fixed_column(),
            marks: (0..MARKS).map(|_| system.fixed_column()).collect(),
        };
        let free = config.advice[linked];
        let square = config.advice[linked + 1];
        system.create_gate("instance: the public inputs stand in the first free column", |meta| {
            let q_instance = meta.query_fixed(config.q_instance, Rotation::cur());
            let here = meta.query_advice(free, Rotation::cur());
            vec![q_instance * (meta.query_instance(config.instance, Rotation::cur()) - here)]
        });
        for mark in &config.marks {
            system.create_gate("mark: the next column holds the square", |meta| {
                let mark = meta.query_fixed(*mark, Rotation::cur());
                let here = meta.query_advice(free, Rotation::cur());
                vec![mark * (here.clone() * here - meta.query_advice(square, Rotation::cur()))]
            });
        }
        system.create_gate("sum: s' = s + sum_j rho^j a_j", |meta| {
            let q_sum = meta.query_fixed(config.q_sum, Rotation::cur());
            let rho = meta.query_challenge(config.rho);
            let here = meta.query_advice(config.sum, Rotation::cur());
            let next = meta.query_advice(config.sum, Rotation::next());
            let columns = config.advice.iter().rev();
            let columns: Vec<_> =
                columns.map(|column| meta.query_advice(*column, Rotation::cur())).collect();
            let combined = columns.into_iter().reduce(|sum, column| sum * rho.clone() + column);
            vec![q_sum * (next - here - combined.unwrap())]
        });
        system.enable_equality(free);
        system.enable_equality(config.sum);
        config
    }

    fn synthesize(&self, config: Config, mut layouter: impl Layouter<Fr>) -> Result<(), Error> {
        layouter.assign_region(
            || "first phase",
            |mut region| {
                for (column, advice) in config.advice.iter().enumerate() {
                    for row in 0..ROWS {
                        region.assign_advice(*advice, row, Value::known(self.value(column, row)));
                    }
                }
                for row in 0..self.instances.len() {
                    region.assign_fixed(config.q_instance, row, Fr::ONE);
                }
                for row in 0..ROWS {
                    region.assign_fixed(config.q_sum, row, Fr::ONE);
                    region.assign_fixed(config.marks[row % MARKS], row, Fr::from(row as u64 + 1));
                }
                Ok(())
            },
        )?;
        layouter.next_phase();
        let rho = layouter.get_challenge(config.rho);
        layouter.assign_region(
            || "second phase",
            |mut region| {
                let mut sum = rho.map(|_| Fr::ZERO);
                let first = region.assign_advice(config.sum, 0, sum).cell();
                for row in 0..ROWS {
                    let columns = (0..ADVICE).rev().map(|column| self.value(column, row));
                    let columns: Vec<Fr> = columns.collect();
                    sum = sum.zip(rho).map(|(sum, rho)| {
                        sum + columns.iter().fold(Fr::ZERO, |sum, value| sum * rho + value)
                    });
                    region.assign_advice(config.sum, row + 1, sum);
                }
                let copy = region.assign_advice(config.sum, ROWS + 4, rho.map(|_| Fr::ZERO)).cell();
                region.constrain_equal(first, copy);
                Ok(())
            },
        )
    }
}

/// A proof and what it can be linked to.
pub struct Linked {
    /// The plan, with its linked columns.
    pub plan: Plan,
    /// The public inputs.
    pub instances: Vec<Word>,
    /// The proof without a link.
    pub plonk: Vec<u8>,
    bases: [G1Affine; 2],
}

/// A call of a verifier.
#[derive(Clone, Debug)]
pub struct Call {
    /// Proof and link.
    pub proof: Vec<u8>,
    /// The public inputs.
    pub instances: Vec<Word>,
    /// Coordinates of the registered commitments.
    pub registered: Vec<Word>,
}

/// What a link is made of.
#[derive(Clone, Debug)]
pub struct Secrets {
    /// By how much the tails of each column differ from the registered ones.
    pub differences: Vec<[Fr; 2]>,
    /// By how many generators each column differs besides; zero is honest.
    pub others: Vec<Fr>,
    /// Randomness of the link.
    pub nonces: [Fr; 2],
}

impl Secrets {
    /// Returns honest ones.
    pub fn new(columns: usize, seed: u64) -> Self {
        let free = |place: u64| Fr::from(seed << 8 | place).pow([5]);
        Self {
            differences: (0..columns as u64).map(|i| [free(2 * i), free(2 * i + 1)]).collect(),
            others: vec![Fr::ZERO; columns],
            nonces: [free(200), free(201)],
        }
    }
}

impl Linked {
    /// Makes a proof whose first columns can be linked.
    pub fn new(columns: usize, instances: usize, seed: u64) -> Self {
        let description = BareCircuit { name: format!("lean, {columns} linked columns") };
        Self::of(columns, instances, seed, CircuitDescription::Bare(description))
    }

    /// As [`Self::new`], of a claim.
    pub fn of(
        columns: usize,
        instances: usize,
        seed: u64,
        description: CircuitDescription,
    ) -> Self {
        let bare = CircuitDescription::Bare(BareCircuit { name: "lean".to_owned() });
        let case = Lean::new(columns, instances, seed).case(bare);
        Self::from_case(case, columns, description)
    }

    /// Takes the proof of a circuit whose first columns are fit for a link.
    pub fn from_case(case: Case, columns: usize, description: CircuitDescription) -> Self {
        // Any two points do for a verifier; those of the prover are Lagrange points.
        let bases = [3_u64, 5].map(|i| G1Affine::from(G1Affine::generator() * Fr::from(i)));
        let Case { mut plan, instances, proof, .. } = case;
        let link_bases = bases.map(|base| Point::from_words(words(&base)).unwrap());
        plan.link = Some(Link { columns: u32::try_from(columns).unwrap(), bases: link_bases });
        plan.circuit = description;
        plan.validate().unwrap();
        Self { plan, instances, plonk: proof, bases }
    }

    fn combine(&self, scalars: [Fr; 2]) -> G1 {
        self.bases[0] * scalars[0] + self.bases[1] * scalars[1]
    }

    /// Links the proof.
    pub fn link(&self, secrets: &Secrets) -> Call {
        let Secrets { differences, others, nonces } = secrets;
        let differing = differences.iter().zip(others).enumerate();
        let registered = differing.map(|(column, (difference, other))| {
            let commitment = point(&self.plonk[64 * column..64 * column + 64]);
            let apart = self.combine(*difference) + G1Affine::generator() * *other;
            G1Affine::from(G1::from(commitment) - apart)
        });
        let registered: Vec<Word> = registered.flat_map(|point| words(&point)).collect();

        let mut state = self.transcript();
        absorb(&mut state, &[self.plan.link_layout().unwrap().0]);
        absorb(&mut state, &registered);
        let gamma = challenge(&mut state);
        let mut total = [Fr::ZERO; 2];
        let mut other = Fr::ZERO;
        for (difference, more) in differences.iter().zip(others).rev() {
            total = [0, 1].map(|i| total[i] * gamma + difference[i]);
            other = other * gamma + more;
        }
        let difference = G1Affine::from(self.combine(total) + G1Affine::generator() * other);
        absorb(&mut state, &words(&difference));
        let commitment = words(&G1Affine::from(self.combine(*nonces)));
        absorb(&mut state, &commitment);
        let e = challenge(&mut state);
        let responses = [0, 1].map(|i| word(&(nonces[i] + e * total[i])));
        let proof = [&self.plonk[..], &commitment.concat(), &responses.concat()].concat();
        Call { proof, instances: self.instances.clone(), registered }
    }

    /// The transcript behind the last point, by the order of `docs/formats.md`, 8 and 10.
    fn transcript(&self) -> KeccakState {
        let plan = &self.plan;
        let mut state = KeccakState::new();
        let repr = serde_json::to_value(plan.transcript_repr).unwrap();
        let repr = hex::decode(&repr.as_str().unwrap()[2..]).unwrap();
        state.absorb(&repr.try_into().unwrap());
        absorb(&mut state, &self.instances);
        let mut proof = self.plonk.chunks(32).map(|word| -> Word { word.try_into().unwrap() });
        let mut step = |words: usize, challenges: usize| {
            proof.by_ref().take(words).for_each(|word| state.absorb(&word));
            for _ in 0..challenges {
                state.squeeze();
            }
        };
        for phase in 0..plan.phases() {
            let of = |phases: &[u8]| phases.iter().filter(|of| **of == phase).count();
            step(2 * of(&plan.advice_phases), of(&plan.challenge_phases));
        }
        step(0, 3);
        step(2 * (plan.permutation_products() + 1), 1);
        step(2 * plan.quotient_limbs(), 1);
        step(plan.proof_scalars(), 2);
        step(2, 1);
        step(2, 0);
        assert!(proof.next().is_none());
        state
    }

    /// The native verdict.
    pub fn native_accepts(&self, call: &Call) -> bool {
        let instances: Option<Vec<_>> = call.instances.iter().map(to_ark).collect();
        let pairs = call.registered.chunks(2);
        let registered: Option<Vec<_>> =
            pairs.map(|pair| Point::from_words(pair.try_into().ok()?).ok()).collect();
        let all = instances.zip(registered);
        all.is_some_and(|(instances, registered)| {
            verify_linked(&self.plan, &instances, &registered, &call.proof).is_ok()
        })
    }
}

impl Call {
    /// The words that a contract takes.
    pub fn words(&self) -> Vec<Word> {
        [&self.instances[..], &self.registered].concat()
    }
}

fn absorb(state: &mut KeccakState, words: &[Word]) {
    words.iter().for_each(|word| state.absorb(word));
}

fn challenge(state: &mut KeccakState) -> Fr {
    let digest = BigUint::from_bytes_be(&state.squeeze());
    let order = BigUint::from_bytes_le(&(-Fr::ONE).to_repr()) + 1_u32;
    let mut word = (digest % order).to_bytes_le();
    word.resize(32, 0);
    Fr::from_repr(word.try_into().unwrap()).unwrap()
}

/// The word of a field element.
fn word<F: PrimeField<Repr = [u8; 32]>>(element: &F) -> Word {
    let mut word = element.to_repr();
    word.reverse();
    word
}

fn words(point: &G1Affine) -> [Word; 2] {
    [word(&point.x), word(&point.y)]
}

fn point(bytes: &[u8]) -> G1Affine {
    let coordinate = |bytes: &[u8]| {
        let mut word: Word = bytes.try_into().unwrap();
        word.reverse();
        Fq::from_repr(word).unwrap()
    };
    G1Affine { x: coordinate(&bytes[..32]), y: coordinate(&bytes[32..]) }
}
