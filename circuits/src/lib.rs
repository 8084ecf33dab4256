//! When tribute's claims hold: integer reference, gadgets, circuits.
//!
//! [`reference`](mod@reference) says in plain integers what is computed; [`InferenceCircuit`] proves it. What is claimed, and how a proof is
//! checked, is the business of [`tribute_verifier`]; files and floats are the prover's.

#![deny(clippy::float_arithmetic)]

mod binding;
pub mod bounds;
mod circuit;
mod constraint;
pub mod encode;
#[cfg(test)]
mod forgery;
pub mod gadgets;
mod grid;
#[cfg(test)]
mod identities;
mod index;
mod inference;
mod layout;
mod linked;
mod machine;
#[cfg(test)]
mod necessity;
pub mod params;
mod plan;
mod preimage;
pub mod reference;
mod regions;
mod synthesis;
mod witness;

pub use binding::{BindingCircuit, BindingParams, BindingWitness};
pub use circuit::InferenceCircuit;
pub use constraint::{Constraint, ConstraintKind};
pub use index::{IndexCircuit, IndexParams, IndexRow, IndexShape, IndexWitness, MAX_INDEX_K};
pub use inference::{InferenceWitness, Query, WitnessError};
pub use linked::LinkedParams;
pub use params::{CircuitParams, CircuitSize, MAX_QUERIES, ParamsError, Shape};
pub use plan::layouts;
pub use regions::Region;
pub use witness::Witness;
