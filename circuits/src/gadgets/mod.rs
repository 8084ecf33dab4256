//! Chips: the columns and gates of one gadget, its assignment, and the argument for it.

#[cfg(test)]
pub(crate) mod forgeries;
pub(crate) mod gates;
pub mod limbs;
pub(crate) mod lookup;
pub(crate) mod poseidon;
pub(crate) mod poseidon_constants;
pub(crate) mod stream;
