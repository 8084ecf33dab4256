//! Keccak transcript: the state machine that turns a proof into challenges.
//!
//! # State
//! A byte string. What is absorbed is appended to it, 32 bytes at a time; a challenge replaces it by
//! $$ h = \mathrm{keccak}(\mathrm{state}), $$
//! and by $\mathrm{keccak}(h \,\|\, \mathtt{0x01})$ where nothing was absorbed since the last one, so
//! that two challenges in a row differ. The challenge is $h \bmod p$ (`docs/formats.md`, 8).
//!
//! # Why words
//! The EVM hashes a stretch of memory with one opcode. Everything absorbed is a word as it stands in
//! calldata: scalars, and the two coordinates of a point. The point at infinity has no coordinates and
//! therefore never enters a transcript.

#[cfg(test)]
mod absorbed;

use ark_bn254::Fr;
use ark_ff::PrimeField as _;
use sha3::{Digest as _, Keccak256};

/// Appended where two challenges follow each other with nothing between them.
const REPEAT: u8 = 0x01;

/// The state of the transcript, common to everyone who proves or verifies.
#[derive(Clone, Debug, Default)]
pub struct KeccakState {
    state: Vec<u8>,
    absorbed: bool,
}

impl KeccakState {
    /// Returns the state before anything was absorbed.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Absorbs one word, big-endian.
    pub fn absorb(&mut self, word: &[u8; 32]) {
        #[cfg(test)]
        absorbed::note(absorbed::Step::Absorb(*word));
        self.state.extend_from_slice(word);
        self.absorbed = true;
    }

    /// Draws a challenge, as the digest that it is the residue of.
    pub fn squeeze(&mut self) -> [u8; 32] {
        if !self.absorbed {
            self.state.push(REPEAT);
        }
        let digest: [u8; 32] = Keccak256::digest(&self.state).into();
        self.state.clear();
        self.state.extend_from_slice(&digest);
        self.absorbed = false;
        #[cfg(test)]
        absorbed::note(absorbed::Step::Challenge(digest));
        digest
    }

    /// Draws a challenge.
    pub fn challenge(&mut self) -> Fr {
        Fr::from_be_bytes_mod_order(&self.squeeze())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keccak(bytes: &[u8]) -> [u8; 32] {
        Keccak256::digest(bytes).into()
    }

    #[test]
    fn a_challenge_is_the_digest_of_what_was_absorbed() {
        let mut state = KeccakState::new();
        state.absorb(&[7; 32]);
        state.absorb(&[9; 32]);
        assert_eq!(state.squeeze(), keccak(&[[7; 32], [9; 32]].concat()));
    }

    #[test]
    fn the_digest_opens_the_next_state() {
        let mut state = KeccakState::new();
        state.absorb(&[7; 32]);
        let first = state.squeeze();
        state.absorb(&[8; 32]);
        assert_eq!(state.squeeze(), keccak(&[first, [8; 32]].concat()));
    }

    #[test]
    fn challenges_in_a_row_differ_by_the_marker() {
        let mut state = KeccakState::new();
        state.absorb(&[7; 32]);
        let first = state.squeeze();
        let second = state.squeeze();
        let third = state.squeeze();
        assert_eq!(second, keccak(&[&first[..], &[1]].concat()));
        assert_eq!(third, keccak(&[&second[..], &[1]].concat()));
    }

    #[test]
    fn challenges_are_reduced() {
        let mut state = KeccakState::new();
        state.absorb(&[0; 32]);
        let digest = state.clone().squeeze();
        assert_eq!(state.challenge(), Fr::from_be_bytes_mod_order(&digest));
    }
}
