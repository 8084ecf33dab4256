//! The evidence: models, data, keys, proofs, artefacts on disk.

pub mod transcript;
