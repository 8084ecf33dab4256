//! `commit-input`: a requester's commitment to an input, and the salt that opens it.

use crate::files::{Existing, FileError, Privacy, json};
use crate::salt;
use serde::{Deserialize, Serialize};
use std::path::Path;
use tribute_verifier::commitment::input_commitment;
use tribute_verifier::field::{FieldElement, FieldError};

/// An input, its salt and its commitment. Who has it can open the commitment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InputOpening {
    /// Name and version.
    pub format: String,
    /// The commitment.
    pub input_commitment: FieldElement,
    /// Its salt.
    pub salt: FieldElement,
    /// The input.
    pub input: Vec<i16>,
}

impl InputOpening {
    /// Name and version of the format.
    pub const FORMAT: &'static str = "tribute/input-opening/1";

    /// Commits to an input under a fresh salt.
    ///
    /// # Errors
    /// Fails if no salt can be drawn.
    pub fn new(input: Vec<i16>) -> Result<Self, FieldError> {
        let salt = salt::field_element()?;
        let input_commitment = input_commitment(salt, &input);
        Ok(Self { format: Self::FORMAT.into(), input_commitment, salt, input })
    }

    /// Writes the opening for its owner alone.
    ///
    /// # Errors
    /// Fails as [`json::write`] does.
    pub fn write(&self, path: &Path, existing: Existing) -> Result<(), FileError> {
        json::write(path, self, Privacy::Private, existing)
    }

    /// Returns whether input and salt open the commitment.
    pub fn holds(&self) -> bool {
        input_commitment(self.salt, &self.input) == self.input_commitment
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_input_commits_differently_each_time_and_opens() {
        let [first, second] = [0, 1].map(|_| InputOpening::new(vec![1, -2, 3]).unwrap());
        assert!(first.holds() && second.holds());
        assert_ne!(first.input_commitment, second.input_commitment);
        let edited = InputOpening { input: vec![1, -2, 4], ..first };
        assert!(!edited.holds());
    }
}
