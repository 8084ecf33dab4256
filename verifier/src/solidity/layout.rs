//! Where everything stands: words of calldata, words of memory.
//!
//! # Calldata
//! `verifyProof(bytes,uint256[])` in its canonical encoding: selector, two offsets, length and bytes of
//! the proof, length and words of the public inputs. Since all lengths are fixed, so are all places.
//! A link stands behind the proof, registered commitments behind the public inputs.
//!
//! # Memory
//! Working memory starts at [`MEMORY`], above what a compiler reserves for itself, and is never handed
//! to Solidity: the contract returns from where it computed.

use std::collections::BTreeMap;

use super::terms::{ProofPoint, Value};
use crate::plan::{Plan, index};

/// First byte of the proof in calldata.
const PROOF: usize = 0x64;
/// First byte of working memory.
const MEMORY: usize = 0x400;

/// Places of a running product's values.
#[derive(Clone, Copy, Debug)]
pub(super) struct ProductPlaces {
    pub(super) current: usize,
    pub(super) next: usize,
    pub(super) last: Option<usize>,
}

/// Places in calldata.
#[derive(Debug)]
pub(super) struct Calldata {
    pub(super) proof: usize,
    /// Commitments of advice columns, by column.
    pub(super) advice: Vec<usize>,
    /// First commitment and number of commitments of each phase.
    pub(super) phases: Vec<(usize, usize)>,
    pub(super) products: Vec<usize>,
    pub(super) random: usize,
    pub(super) limbs: Vec<usize>,
    pub(super) scalars: usize,
    pub(super) advice_evals: Vec<usize>,
    pub(super) fixed_evals: Vec<usize>,
    pub(super) random_eval: usize,
    pub(super) sigmas: Vec<usize>,
    pub(super) product_evals: Vec<ProductPlaces>,
    pub(super) opening_quotient: usize,
    pub(super) opening_proof: usize,
    /// Point and responses of the link, where there is one.
    pub(super) link: Option<(usize, usize)>,
    pub(super) instances: usize,
    pub(super) instances_end: usize,
    pub(super) end: usize,
}

/// Hands out places one after the other.
struct Cursor(usize);

impl Cursor {
    fn take(&mut self, bytes: usize) -> usize {
        let place = self.0;
        self.0 += bytes;
        place
    }

    fn many(&mut self, count: usize, bytes: usize) -> Vec<usize> {
        (0..count).map(|_| self.take(bytes)).collect()
    }
}

impl Calldata {
    pub(super) fn new(plan: &Plan) -> Self {
        let mut at = Cursor(PROOF);
        let mut advice = vec![0; plan.advice_phases.len()];
        let mut phases = Vec::new();
        for phase in 0..plan.phases() {
            let first = at.0;
            for (of, place) in plan.advice_phases.iter().zip(&mut advice) {
                if *of == phase {
                    *place = at.take(64);
                }
            }
            phases.push((first, at.0 - first));
        }
        let products = at.many(plan.permutation_products(), 64);
        let random = at.take(64);
        let limbs = at.many(plan.quotient_limbs(), 64);
        let scalars = at.0;
        let advice_evals = at.many(plan.advice_queries.len(), 32);
        let fixed_evals = at.many(plan.fixed_queries.len(), 32);
        let random_eval = at.take(32);
        let sigmas = at.many(plan.permutation.len(), 32);
        let mut product_evals = Vec::new();
        for place in 0..products.len() {
            let (current, next) = (at.take(32), at.take(32));
            let last = (place + 1 < products.len()).then(|| at.take(32));
            product_evals.push(ProductPlaces { current, next, last });
        }
        let opening_quotient = at.take(64);
        let opening_proof = at.take(64);
        let linked = plan.linked_proofs();
        let link = linked.map(|_| (at.take(64), at.take(64)));
        let instances = at.take(32) + 32;
        let instances_end = instances + 32 * index(plan.instances);
        Self {
            proof: PROOF,
            advice,
            phases,
            products,
            random,
            limbs,
            scalars,
            advice_evals,
            fixed_evals,
            random_eval,
            sigmas,
            product_evals,
            opening_quotient,
            opening_proof,
            link,
            instances,
            instances_end,
            end: instances_end + linked.map_or(0, |link| 64 * index(link.columns)),
        }
    }
}

impl Calldata {
    /// Returns the place of a point.
    pub(super) fn point(&self, point: ProofPoint) -> usize {
        match point {
            ProofPoint::Advice(column) => self.advice[column],
            ProofPoint::Product(place) => self.products[place],
            ProofPoint::Random => self.random,
        }
    }

    /// Returns the place of a value, if the proof brings it.
    pub(super) fn value(&self, value: Value) -> Option<usize> {
        match value {
            Value::Advice(query) => Some(self.advice_evals[query]),
            Value::Fixed(query) => Some(self.fixed_evals[query]),
            Value::Sigma(place) => Some(self.sigmas[place]),
            Value::Product(place) => Some(self.product_evals[place].current),
            Value::ProductNext(place) => Some(self.product_evals[place].next),
            Value::ProductLast(place) => self.product_evals[place].last,
            Value::Random => Some(self.random_eval),
            Value::Instance(_) | Value::Quotient => None,
        }
    }
}

/// Hands out words of memory.
#[derive(Clone, Debug)]
pub(super) struct Memory {
    next: usize,
}

impl Memory {
    pub(super) fn new() -> Self {
        Self { next: MEMORY }
    }

    /// Returns the first byte that nobody took.
    pub(super) fn end(&self) -> usize {
        self.next
    }

    /// Takes consecutive words.
    pub(super) fn take(&mut self, words: usize) -> usize {
        let place = self.next;
        self.next += 32 * words;
        place
    }
}

/// The key as words in memory, each of them once: what stands in contracts of its own.
#[derive(Debug)]
pub(super) struct KeyData {
    base: usize,
    words: Vec<[u8; 32]>,
    places: BTreeMap<[u8; 32], usize>,
}

impl KeyData {
    pub(super) fn new(base: usize) -> Self {
        Self { base, words: Vec::new(), places: BTreeMap::new() }
    }

    /// Returns the place of a constant, and appends it where it is new.
    pub(super) fn place(&mut self, word: [u8; 32]) -> usize {
        let next = self.base + 32 * self.words.len();
        let place = *self.places.entry(word).or_insert(next);
        if place == next {
            self.words.push(word);
        }
        place
    }

    /// Appends consecutive words and returns the place of the first.
    pub(super) fn push_words(&mut self, words: impl IntoIterator<Item = [u8; 32]>) -> usize {
        let place = self.base + 32 * self.words.len();
        self.words.extend(words);
        place
    }

    /// Appends bytes, filled up to whole words, and returns the place of the first.
    pub(super) fn push_bytes(&mut self, bytes: &[u8]) -> usize {
        let word = |bytes: &[u8]| {
            let mut word = [0; 32];
            word[..bytes.len()].copy_from_slice(bytes);
            word
        };
        self.push_words(bytes.chunks(32).map(word))
    }

    pub(super) fn base(&self) -> usize {
        self.base
    }

    pub(super) fn words(&self) -> &[[u8; 32]] {
        &self.words
    }
}
