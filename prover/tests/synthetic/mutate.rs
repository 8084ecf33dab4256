//! Mutations of a proof and its public inputs, by class.

use std::fmt;

use num_bigint::BigUint;
use rand_chacha::ChaCha20Rng;
use rand_core::{RngCore as _, SeedableRng as _};

use super::case::{Case, Word};

/// What a mutation does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Class {
    /// One bit of the proof.
    BitFlip,
    /// The proof ends early.
    Truncated,
    /// Something behind the proof.
    Trailing,
    /// A scalar plus a multiple of the group order.
    ScalarPlusOrder,
    /// A coordinate plus a multiple of the modulus.
    CoordinatePlusModulus,
    /// A point at infinity.
    Infinity,
    /// A point off the curve.
    OffCurve,
    /// A point negated: still canonical.
    Negated,
    /// A scalar replaced: still canonical.
    Replaced,
    /// Two neighbouring words or points exchanged.
    Swapped,
    /// A public input changed.
    InstanceChanged,
    /// A public input plus a multiple of the group order.
    InstancePlusOrder,
    /// Public inputs in another order.
    InstanceReordered,
    /// A public input more.
    InstanceMore,
    /// A public input less.
    InstanceLess,
}

impl fmt::Display for Class {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&format!("{self:?}"))
    }
}

/// A mutated proof.
pub struct Mutant {
    /// What was done.
    pub class: Class,
    /// The public inputs.
    pub instances: Vec<Word>,
    /// The proof.
    pub proof: Vec<u8>,
}

/// Every cut this close to either end of a proof is tried; a word and a point are.
const EDGE: usize = 65;
const ORDER: &str = "30644e72e131a029b85045b68181585d2833e84879b9709143e1f593f0000001";
const MODULUS: &str = "30644e72e131a029b85045b68181585d97816a916871ca8d3c208c16d87cfd47";

/// Returns every structured mutant and `count` more: bits of the proof in random order, none twice; once all of
/// them are flipped, all other lengths that a proof can be cut to, then scalars at random.
pub fn mutants(case: &Case, count: usize, seed: u64) -> Vec<Mutant> {
    let mut maker = Maker { case, rng: ChaCha20Rng::seed_from_u64(seed), mutants: Vec::new() };
    maker.points_and_scalars();
    maker.lengths();
    maker.instances();
    let count = maker.mutants.len() + count;
    maker.bits(count);
    maker.cuts(count);
    maker.scalars(count);
    maker.mutants
}

struct Maker<'a> {
    case: &'a Case,
    rng: ChaCha20Rng,
    mutants: Vec<Mutant>,
}

impl Maker<'_> {
    fn below(&mut self, bound: usize) -> usize {
        usize::try_from(self.rng.next_u64() % bound as u64).unwrap()
    }

    fn push(&mut self, class: Class, instances: Vec<Word>, proof: Vec<u8>) {
        // A mutation that changes nothing is none.
        if instances != self.case.instances || proof != self.case.proof {
            self.mutants.push(Mutant { class, instances, proof });
        }
    }

    fn push_proof(&mut self, class: Class, change: impl FnOnce(&mut Vec<u8>)) {
        let mut proof = self.case.proof.clone();
        change(&mut proof);
        self.push(class, self.case.instances.clone(), proof);
    }

    fn push_instances(&mut self, class: Class, change: impl FnOnce(&mut Vec<Word>)) {
        let mut instances = self.case.instances.clone();
        change(&mut instances);
        self.push(class, instances, self.case.proof.clone());
    }

    /// Offsets of points and of scalars in a proof.
    fn layout(&self) -> (Vec<usize>, Vec<usize>) {
        let plan = &self.case.plan;
        let head = 64 * (plan.proof_points() - 2);
        let scalars = 32 * plan.proof_scalars();
        let tail = head + scalars;
        let points = (0..head).step_by(64).chain([tail, tail + 64]).collect();
        (points, (head..tail).step_by(32).collect())
    }

    fn points_and_scalars(&mut self) {
        let (points, scalars) = self.layout();
        for at in &points {
            for half in [*at, at + 32] {
                for times in 1..=5_u32 {
                    if let Some(word) = shifted(&self.case.proof[half..half + 32], MODULUS, times) {
                        self.push_proof(Class::CoordinatePlusModulus, |proof| {
                            proof[half..half + 32].copy_from_slice(&word);
                        });
                    }
                }
                self.push_proof(Class::OffCurve, |proof| proof[half..half + 32].fill(0));
            }
            self.push_proof(Class::Infinity, |proof| proof[*at..at + 64].fill(0));
            self.push_proof(Class::OffCurve, |proof| proof[at + 63] ^= 1);
            self.push_proof(Class::Negated, |proof| negate(&mut proof[at + 32..at + 64]));
        }
        for pair in points.windows(2) {
            self.push_proof(Class::Swapped, |proof| swap(proof, pair[0], pair[1], 64));
        }
        for at in &scalars {
            for times in 1..=5_u32 {
                if let Some(word) = shifted(&self.case.proof[*at..at + 32], ORDER, times) {
                    self.push_proof(Class::ScalarPlusOrder, |proof| {
                        proof[*at..at + 32].copy_from_slice(&word);
                    });
                }
            }
            let replacement = self.rng.next_u64().to_be_bytes();
            self.push_proof(Class::Replaced, |proof| {
                proof[*at..at + 24].fill(0);
                proof[at + 24..at + 32].copy_from_slice(&replacement);
            });
            self.push_proof(Class::Replaced, |proof| proof[*at..at + 32].fill(0));
        }
        for pair in scalars.windows(2) {
            self.push_proof(Class::Swapped, |proof| swap(proof, pair[0], pair[1], 32));
        }
    }

    fn lengths(&mut self) {
        let length = self.case.proof.len();
        for cut in (0..EDGE).chain([length / 2]).chain(length - EDGE..length) {
            self.push_proof(Class::Truncated, |proof| proof.truncate(cut));
        }
        for more in 1..=64 {
            self.push_proof(Class::Trailing, |proof| proof.resize(length + more, 0));
            self.push_proof(Class::Trailing, |proof| proof.resize(length + more, 0xab));
        }
    }

    fn instances(&mut self) {
        let count = self.case.instances.len();
        for place in 0..count {
            let honest = self.case.instances[place];
            for times in 1..=5_u32 {
                if let Some(word) = shifted(&honest, ORDER, times) {
                    self.push_instances(Class::InstancePlusOrder, |words| words[place] = word);
                }
            }
            self.push_instances(Class::InstanceChanged, |words| words[place][31] ^= 1);
            self.push_instances(Class::InstanceChanged, |words| words[place] = [0; 32]);
            self.push_instances(Class::InstanceReordered, |words| words.swap(place, count - 1));
        }
        self.push_instances(Class::InstanceReordered, |words| words.reverse());
        self.push_instances(Class::InstanceMore, |words| words.push([0; 32]));
        self.push_instances(Class::InstanceMore, |words| words.insert(0, [0; 32]));
        self.push_instances(Class::InstanceMore, |words| words.push(words[0]));
        self.push_instances(Class::InstanceLess, |words| words.truncate(count - 1));
        self.push_instances(Class::InstanceLess, |words| drop(words.drain(..1)));
        self.push_instances(Class::InstanceLess, Vec::clear);
    }

    /// Flips bits of the proof until there are `count` mutants in all.
    fn bits(&mut self, count: usize) {
        let mut bits: Vec<usize> = (0..8 * self.case.proof.len()).collect();
        while self.mutants.len() < count && !bits.is_empty() {
            let bit = bits.swap_remove(self.below(bits.len()));
            self.push_proof(Class::BitFlip, |proof| proof[bit / 8] ^= 1 << (bit % 8));
        }
    }

    /// Cuts the proof to every other length, while there are fewer than `count` mutants.
    fn cuts(&mut self, count: usize) {
        let length = self.case.proof.len();
        for cut in (EDGE..length - EDGE).filter(|cut| *cut != length / 2) {
            if self.mutants.len() < count {
                self.push_proof(Class::Truncated, |proof| proof.truncate(cut));
            }
        }
    }

    /// Replaces scalars at random, while there are fewer than `count` mutants.
    fn scalars(&mut self, count: usize) {
        let (_, scalars) = self.layout();
        while self.mutants.len() < count {
            let at = scalars[self.below(scalars.len())];
            let mut word = [0; 32];
            // A word that starts with a zero byte is canonical.
            self.rng.fill_bytes(&mut word[1..]);
            self.push_proof(Class::Replaced, |proof| proof[at..at + 32].copy_from_slice(&word));
        }
    }
}

/// Adds a multiple of a modulus, where the sum still is a word.
fn shifted(word: &[u8], modulus: &str, times: u32) -> Option<Word> {
    let modulus = BigUint::parse_bytes(modulus.as_bytes(), 16).unwrap();
    to_word(&(BigUint::from_bytes_be(word) + modulus * times))
}

fn to_word(value: &BigUint) -> Option<Word> {
    let bytes = value.to_bytes_be();
    let mut word = [0; 32];
    word.get_mut(32_usize.checked_sub(bytes.len())?..)?.copy_from_slice(&bytes);
    Some(word)
}

fn negate(coordinate: &mut [u8]) {
    let modulus = BigUint::parse_bytes(MODULUS.as_bytes(), 16).unwrap();
    let negated = modulus - BigUint::from_bytes_be(coordinate);
    coordinate.copy_from_slice(&to_word(&negated).unwrap());
}

fn swap(proof: &mut [u8], first: usize, second: usize, length: usize) {
    if second == first + length {
        let (left, right) = proof[first..second + length].split_at_mut(length);
        left.swap_with_slice(right);
    }
}
