//! Salts: uniform field elements from the operating system.

use ff::{Field, PrimeField};
use halo2_proofs::halo2curves::bn256::Fr;
use rand_core::{OsRng, RngCore};
use tribute_verifier::field::{FieldElement, FieldError};

/// Draws a uniform field element.
///
/// # Errors
/// Fails only if the proof system and the verifier disagree on the field.
pub fn field_element() -> Result<FieldElement, FieldError> {
    let mut bytes: [u8; 32] = Fr::random(OsRng).to_repr();
    bytes.reverse();
    FieldElement::from_be_bytes(bytes)
}

/// Draws 32 uniform bytes.
///
/// # Errors
/// Fails if the operating system gives no randomness.
pub fn bytes() -> Result<[u8; 32], rand_core::Error> {
    let mut bytes = [0; 32];
    OsRng.try_fill_bytes(&mut bytes)?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_draws_differ() {
        assert_ne!(field_element().unwrap(), field_element().unwrap());
        assert_ne!(bytes().unwrap(), bytes().unwrap());
    }
}
