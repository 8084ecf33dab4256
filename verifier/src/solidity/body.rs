//! What depends on the placement: the key, its names, and the equations.

use super::SolidityError;
use super::expression::{Statement, gates};
use super::interpreter::{Interpreted, SharedWords};
use super::layout::{Calldata, KeyData, Memory};
use super::opening::{Openings, scalar};
use crate::plan::{G1, Plan};

/// A named number.
#[derive(Clone, Debug)]
pub(super) struct Constant {
    pub(super) name: String,
    pub(super) value: String,
}

/// Key and equations in one placement.
#[derive(Debug)]
pub(super) struct Body {
    /// The key as data; empty where it is embedded.
    pub(super) key: KeyData,
    /// What the key's words are called.
    pub(super) names: Vec<Constant>,
    /// Words of memory besides those of every contract.
    pub(super) words: Vec<Constant>,
    /// The equations as code; none where they are data.
    pub(super) gates: Vec<Statement>,
}

impl Body {
    pub(super) fn embedded(plan: &Plan, memory: &mut Memory) -> Self {
        let gates = gates(plan, memory, None);
        let names = [vec![transcript_repr(plan)], key_literals(plan)].concat();
        Self { key: KeyData::new(0), names, words: Vec::new(), gates }
    }

    pub(super) fn separate(plan: &Plan, memory: &mut Memory) -> Self {
        // The key stands behind the words that gates take: a first rendering counts them.
        let mut counted = memory.clone();
        gates(plan, &mut counted, None);
        let mut key = KeyData::new(counted.end());
        let names = [vec![transcript_repr(plan)], key_places(plan, &mut key)].concat();
        let gates = gates(plan, memory, Some(&mut key));
        memory.take(key.words().len());
        Self { key, names, words: Vec::new(), gates }
    }

    pub(super) fn interpreted(
        plan: &Plan,
        calldata: &Calldata,
        openings: &Openings,
        shared: &SharedWords,
        memory: &mut Memory,
    ) -> Result<Self, SolidityError> {
        let Interpreted { key, places } =
            Interpreted::new(plan, calldata, openings, shared, memory)?;
        let words = places.iter().map(|(name, place)| word(name, *place)).collect();
        Ok(Self { key, names: vec![transcript_repr(plan)], words, gates: Vec::new() })
    }
}

/// Writes a word as a literal.
pub(super) fn literal(word: &[u8; 32]) -> String {
    format!("0x{}", hex::encode(word))
}

/// Names a place.
pub(super) fn word(name: &str, place: usize) -> Constant {
    Constant { name: name.to_owned(), value: format!("{place:#06x}") }
}

/// Points of the key, in the order of the plan.
fn key_points(plan: &Plan) -> impl Iterator<Item = (String, [[u8; 32]; 2])> {
    let named = |kind: &'static str, points: &[G1]| {
        let points: Vec<G1> = points.to_vec();
        let named = points.into_iter().enumerate();
        named.map(move |(i, point)| (format!("{kind}_POINT_{i}"), point.words()))
    };
    named("FIXED", &plan.fixed_commitments).chain(named("SIGMA", &plan.permutation_commitments))
}

fn transcript_repr(plan: &Plan) -> Constant {
    Constant { name: "TRANSCRIPT_REPR".to_owned(), value: scalar(&plan.transcript_repr.0) }
}

/// Names the commitments of the key as literals.
fn key_literals(plan: &Plan) -> Vec<Constant> {
    let mut key = Vec::new();
    for (name, [x, y]) in key_points(plan) {
        key.push(Constant { name: format!("{name}_X"), value: literal(&x) });
        key.push(Constant { name: format!("{name}_Y"), value: literal(&y) });
    }
    key
}

/// Names the places of the commitments in memory.
fn key_places(plan: &Plan, key: &mut KeyData) -> Vec<Constant> {
    let place = |(name, point): (String, [[u8; 32]; 2])| word(&name, key.push_words(point));
    key_points(plan).map(place).collect()
}
