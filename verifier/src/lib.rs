//! What tribute claims, and the native check of it.
//!
//! # The claim
//! A proof says: *the committed model, run on this input, returned this output, and by the named
//! method these are the shares that the contributors of the committed rows have in it.* This crate
//! holds every byte of that claim (fields, packing, hashes, commitments, statements, files, the
//! verifying key as data) and checks it. It knows neither circuits nor floats.
//!
//! A registration carries a binding proof ([`binding_proof`]): *these commitments are of the columns that hold the
//! committed weights and the committed table*. Each proof is linked to them ([`link`]), so that it need not hash them.
//! A registration may carry an index proof ([`index_proof`]): *the committed table is what the method makes of the
//! committed rows*. Without one the table is committed, not proven, and the verdict says so.
//!
//! # What it does not say
//! That rows are true or licensed. That a formula equals what would have happened without a contributor. Where
//! a plan comes from a development SRS, its maker can forge proofs, and the verdict says so.
//!
//! # The way through
//! [`registration`] (what proofs are about) and [`proof_file`] (a statement and its proof) go with a [`policy`] into
//! [`verify`], which compares the two ([`claim`]), turns the statement into public inputs
//! ([`statement`]) and checks the equations ([`plonk`]) of the registered plan ([`plan`]). Where one proof answers
//! many queries it is a [`batch_proof`] that goes in, and its statement is that of a [`batch`]. A
//! contributor's own row is opened against the registered root by [`inclusion`].
//!
//! ```
//! use tribute_verifier::policy::{Contexts, Policy, Trust};
//! use tribute_verifier::proof_file::ProofFile;
//! use tribute_verifier::registration::Registration;
//! use tribute_verifier::verify::verify;
//!
//! # let registration =
//! #     include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/registration.json"));
//! # let proof = include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/proof.json"));
//! let registration = Registration::from_json(registration)?; // malformed files end here
//! let mut proof = ProofFile::from_json(proof)?;
//! // Nobody checked this registration, it is of a development SRS, and its table is not proven: all of that is named.
//! let policy = Policy {
//!     trust: Trust::Digest(registration.digest()?),
//!     development_srs: true,
//!     unproven_table: true,
//!     contexts: Contexts::Expected(vec![proof.statement.context]),
//!     ..Policy::default()
//! };
//! let verdict = verify(&registration, &proof, &policy)?; // and refused ones here
//! assert_eq!(verdict.output, 1);
//! assert!(verify(&registration, &proof, &Policy::default()).is_err());
//!
//! proof.statement.weights_ppm.swap(0, 1); // somebody wants another's share
//! assert_eq!(verify(&registration, &proof, &policy).unwrap_err().check(), "proof");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

#![deny(clippy::float_arithmetic)]

pub mod batch;
pub mod batch_proof;
pub mod binding_proof;
pub mod certificate;
pub mod claim;
#[cfg(feature = "cli")]
pub mod cli;
pub mod commitment;
pub mod dataset;
pub mod digest;
pub mod field;
pub mod file;
pub mod hash;
pub mod header;
pub mod inclusion;
pub mod index_proof;
pub mod judgement;
pub mod link;
pub mod method;
pub mod packing;
pub mod payees;
pub mod pins;
pub mod plan;
pub mod plonk;
pub mod policy;
pub mod proof_file;
pub mod registration;
pub mod solidity;
pub mod srs;
pub mod statement;
pub mod subject;
pub mod text;
pub mod transcript;
pub mod verify;
