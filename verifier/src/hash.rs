//! The one hash that circuits also compute: Poseidon, chained with a tag and a length.
//!
//! `P12` is Poseidon over the BN254 scalar field with circomlib's parameters for 12 inputs (state
//! of 13 words, $x^5$, 8 full and 65 partial rounds). [`hash`] chains it 11 elements at a time,
//! beginning with a word that names the format, its version, the tag and the number of elements:
//! $$ s = \mathtt{0x74726962757465} \cdot 2^{128} + 2^{96} + \mathrm{tag} \cdot 2^{64} + n,
//!    \qquad s \leftarrow P12(s, \mathrm{block}). $$
//!
//! # Soundness
//! Tag and length are in the first state, so lists of different kinds or lengths never share a
//! chain; the zeros that fill the last block cannot be taken for elements, since $n$ is fixed.

use std::cell::RefCell;

use ark_bn254::Fr;
use ark_ff::AdditiveGroup;
use light_poseidon::parameters::bn254_x5::get_poseidon_parameters;
use light_poseidon::{Poseidon, PoseidonError, PoseidonHasher, PoseidonParameters};

use crate::field::FieldElement;

/// Words of Poseidon's state.
pub const STATE_WIDTH: usize = 13;
/// Inputs of `P12`.
pub const ARITY: usize = STATE_WIDTH - 1;
/// Elements that one step of the chain takes in; the remaining input is the chain itself.
pub const BLOCK_LEN: usize = ARITY - 1;
/// Rounds in which every word goes through $x^5$.
pub const FULL_ROUNDS: usize = 8;
/// Rounds in which the first word alone goes through $x^5$.
pub const PARTIAL_ROUNDS: usize = 65;

/// The word "tribute", format version 1.
const DOMAIN: u128 = 1 << 96;
/// The bytes of "tribute", which stand above bit 128.
const WORD: u64 = 0x0074_7269_6275_7465;

/// What a hash is of. A number is never reused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Tag {
    /// Salt, descriptor and weights of a model.
    Model = 1,
    /// Salt, descriptor and entries of an attribution table.
    Table = 2,
    /// Header digest and table commitment.
    Index = 3,
    /// Salt, length and values of an input.
    Input = 4,
    /// A row of the dataset.
    Leaf = 5,
    /// A node of the dataset tree.
    Node = 6,
    /// Number of rows and the highest node.
    Root = 7,
}

impl Tag {
    /// Returns the number that the chain begins with.
    #[must_use]
    pub const fn number(self) -> u8 {
        match self {
            Self::Model => 1,
            Self::Table => 2,
            Self::Index => 3,
            Self::Input => 4,
            Self::Leaf => 5,
            Self::Node => 6,
            Self::Root => 7,
        }
    }
}

/// Hashes a list of elements under a tag.
///
/// ```
/// use tribute_verifier::field::FieldElement;
/// use tribute_verifier::hash::{Tag, hash};
///
/// let one = [FieldElement::from_u128(1)];
/// let padded = [FieldElement::from_u128(1), FieldElement::ZERO];
/// assert_ne!(hash(Tag::Leaf, &one), hash(Tag::Node, &one));
/// assert_ne!(hash(Tag::Leaf, &one), hash(Tag::Leaf, &padded)); // the length is hashed
/// ```
#[must_use]
pub fn hash<E: Copy + Into<Fr>>(tag: Tag, elements: &[E]) -> Fr {
    let mut state = initial_state(tag, elements.len());
    // An empty list is one block of zeros.
    let blocks = elements.len().div_ceil(BLOCK_LEN).max(1);
    for block in 0..blocks {
        let mut inputs = [Fr::ZERO; ARITY];
        inputs[0] = state;
        let taken = elements.iter().skip(block * BLOCK_LEN);
        for (input, element) in inputs[1..].iter_mut().zip(taken) {
            *input = (*element).into();
        }
        state = permute(&inputs);
    }
    state
}

/// Returns the state a chain begins with: word, version, tag and length.
#[must_use]
pub fn initial_state(tag: Tag, len: usize) -> Fr {
    let word = Fr::from(WORD) * (Fr::from(u128::MAX) + Fr::from(1_u8));
    word + Fr::from(DOMAIN) + Fr::from(u128::from(tag.number()) << 64) + Fr::from(len as u64)
}

/// Computes `P12`: Poseidon of twelve elements.
#[must_use]
#[allow(clippy::expect_used, reason = "fails on another number of inputs only; the type fixes it")]
pub fn permute(inputs: &[Fr; ARITY]) -> Fr {
    thread_local! {
        // Building the parameters takes longer than hashing with them.
        static POSEIDON: RefCell<Poseidon<Fr>> = RefCell::new(Poseidon::new(
            load_parameters().expect("the library has parameters for a state of 13 words"),
        ));
    }
    POSEIDON.with_borrow_mut(|poseidon| poseidon.hash(inputs)).expect("twelve inputs")
}

fn load_parameters() -> Result<PoseidonParameters<Fr>, PoseidonError> {
    const WIDTH: u8 = 13;
    get_poseidon_parameters(WIDTH)
}

/// Poseidon's constants in canonical form, for a circuit that computes [`permute`].
#[derive(Clone, Debug)]
pub struct Parameters {
    /// One row of 13 constants for each of the 73 rounds, added before the power.
    pub round_constants: Vec<[FieldElement; STATE_WIDTH]>,
    /// The matrix: word $i$ becomes $\sum_j m_{ij} s_j$.
    pub matrix: [[FieldElement; STATE_WIDTH]; STATE_WIDTH],
}

impl Parameters {
    /// Reads the constants that [`permute`] uses.
    ///
    /// # Panics
    /// Never: the library holds parameters for this width, and a test checks their number.
    #[must_use]
    #[allow(clippy::expect_used, reason = "the library has parameters for a state of 13 words")]
    pub fn load() -> Self {
        let PoseidonParameters { ark, mds, .. } = load_parameters().expect("width 13 is there");
        let row = |words: &[Fr]| core::array::from_fn(|j| FieldElement::from(words[j]));
        Self {
            round_constants: ark.chunks_exact(STATE_WIDTH).map(row).collect(),
            matrix: core::array::from_fn(|i| row(&mds[i])),
        }
    }
}

#[cfg(test)]
mod tests {
    use ark_ff::Field;

    use super::*;

    /// The permutation from its published constants, step by step.
    fn permute_by_hand(inputs: &[Fr; ARITY]) -> Fr {
        let Parameters { round_constants, matrix } = Parameters::load();
        let mut state = [Fr::ZERO; STATE_WIDTH];
        state[1..].copy_from_slice(inputs);
        for (round, constants) in round_constants.iter().enumerate() {
            let partial = FULL_ROUNDS / 2..FULL_ROUNDS / 2 + PARTIAL_ROUNDS;
            for (place, (word, constant)) in state.iter_mut().zip(constants).enumerate() {
                *word += constant.to_fr();
                if place == 0 || !partial.contains(&round) {
                    *word = word.pow([5]);
                }
            }
            state = core::array::from_fn(|i| {
                (0..STATE_WIDTH).map(|j| matrix[i][j].to_fr() * state[j]).sum()
            });
        }
        state[0]
    }

    #[test]
    fn the_constants_give_the_permutation() {
        assert_eq!(Parameters::load().round_constants.len(), FULL_ROUNDS + PARTIAL_ROUNDS);
        let inputs = core::array::from_fn(|i| Fr::from(i as u64 + 1));
        assert_eq!(permute(&inputs), permute_by_hand(&inputs));
    }

    #[test]
    fn the_first_state_holds_word_version_tag_and_length() {
        let bytes = FieldElement::from(initial_state(Tag::Root, 0x0102)).to_be_bytes();
        assert_eq!(&bytes[9..16], b"tribute");
        assert_eq!(bytes[16..], [0, 0, 0, 1, 0, 0, 0, 7, 0, 0, 0, 0, 0, 0, 1, 2]);
        assert_eq!(bytes[..9], [0; 9]);
    }

    #[test]
    fn an_empty_list_is_one_block_of_zeros() {
        let mut inputs = [Fr::ZERO; ARITY];
        inputs[0] = initial_state(Tag::Model, 0);
        assert_eq!(hash::<Fr>(Tag::Model, &[]), permute(&inputs));
    }

    #[test]
    fn every_element_of_every_block_counts() {
        let elements: Vec<Fr> = (0..23_u64).map(Fr::from).collect();
        let whole = hash(Tag::Table, &elements);
        for place in 0..elements.len() {
            let mut changed = elements.clone();
            changed[place] += Fr::from(1_u8);
            assert_ne!(hash(Tag::Table, &changed), whole, "{place}");
        }
    }
}
