//! What tribute claims, and the native check of it.
//!
//! A proof says: *the committed model, run on this input, returned this output, and by the named
//! method these are the shares that the contributors of the committed rows have in it.* This crate
//! holds every byte of that claim (fields, packing, hashes, commitments, statements, files) and the
//! verifier. It knows neither circuits nor floats.

#![deny(clippy::float_arithmetic)]

pub mod claim;
pub mod commitment;
pub mod dataset;
pub mod digest;
pub mod field;
pub mod file;
pub mod hash;
pub mod header;
pub mod method;
pub mod packing;
pub mod payees;
pub mod plan;
pub mod plonk;
pub mod proof_file;
pub mod registration;
pub mod statement;
pub mod subject;
pub mod text;
pub mod transcript;
pub mod verify;
