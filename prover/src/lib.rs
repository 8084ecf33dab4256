//! The evidence: models, data, keys, proofs, artefacts on disk.

#[macro_use]
mod boxed;

pub mod attribute;
pub mod batch;
pub mod bind;
pub mod case;
pub mod check;
pub mod circuit;
pub mod cli;
pub mod data;
pub mod demo;
pub mod export;
pub mod fidelity;
pub mod files;
pub mod head;
pub mod inclusion;
pub mod index;
pub mod inspect;
pub mod keys;
pub mod limits;
pub mod model;
pub mod opening;
pub mod pins;
pub mod plan_export;
pub mod planner;
pub mod plonk;
pub mod progress;
pub mod prove;
pub mod salt;
pub mod setup;
pub mod sizes;
pub mod srs;
pub mod table;
pub mod transcript;
pub mod units;
pub mod verify;
