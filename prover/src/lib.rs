//! The evidence: models, data, keys, proofs, artefacts on disk.

pub mod data;
pub mod files;
pub mod keys;
pub mod model;
pub mod plan_export;
pub mod srs;
pub mod table;
pub mod transcript;
