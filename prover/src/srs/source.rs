//! Where an SRS comes from. There is no default.
//!
//! A registration rests on one SRS, so all that is made for development in a case is made from one secret. It stands in
//! `private/dev-srs.json`, so that powers of any number can be made of it again; whoever reads it can forge proofs, and
//! so can whoever wrote it: every message says that such an SRS is UNSAFE.

use super::{Srs, SrsError, random_scalar};
use crate::case::CasePaths;
use crate::files::{Existing, Privacy, json};
use ff::PrimeField as _;
use halo2_proofs::halo2curves::bn256::Fr;
use serde::{Deserialize, Serialize};
use std::path::PathBuf;
use tribute_verifier::field::FieldElement;

/// Where the SRS comes from. There is no default.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SrsSource {
    /// A file that `srs import` wrote.
    File(PathBuf),
    /// The one that the case keeps for development, made where it has none.
    UnsafeDev,
}

/// The secret of a case's development SRS.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct DevSecret {
    /// Name and version.
    format: String,
    /// The secret.
    tau: FieldElement,
}

impl DevSecret {
    const FORMAT: &'static str = "tribute/dev-srs/1";

    /// Returns the secret of a case, drawn and kept where it has none.
    fn of_case(paths: &CasePaths) -> Result<Fr, SrsError> {
        let path = paths.dev_srs();
        if !path.is_file() {
            let mut bytes: [u8; 32] = random_scalar().to_repr();
            bytes.reverse();
            let tau = FieldElement::from_be_bytes(bytes).map_err(|_| SrsError::DevSecret)?;
            let secret = Self { format: Self::FORMAT.into(), tau };
            json::write(&path, &secret, Privacy::Private, Existing::Refuse)?;
        }
        let secret: Self = json::read(&path, Self::FORMAT)?;
        let mut bytes = secret.tau.to_be_bytes();
        bytes.reverse();
        Option::from(Fr::from_repr(bytes)).ok_or(SrsError::DevSecret)
    }
}

impl SrsSource {
    /// Returns an SRS of $2^k$ powers, for a case.
    ///
    /// # Errors
    /// Fails if the file cannot be used or has fewer powers.
    pub fn prepare(&self, k: u32, paths: &CasePaths) -> Result<Srs, SrsError> {
        match self {
            Self::File(path) => Srs::read(path)?.cut(k),
            Self::UnsafeDev => Srs::of_secret(k, DevSecret::of_case(paths)?),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_case_has_one_development_srs_of_every_size() {
        let dir = tempfile::tempdir().unwrap();
        let paths = CasePaths::new(dir.path());
        std::fs::create_dir(dir.path().join(CasePaths::PRIVATE)).unwrap();
        let [small, large] =
            [3, 5].map(|k| SrsSource::UnsafeDev.prepare(k, &paths).unwrap().points().unwrap());
        assert_eq!(small, large);
        assert!(small.ceremony().is_none());
    }
}
