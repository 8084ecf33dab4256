//! Calls of a verifier.

use sha3::{Digest as _, Keccak256};

/// A function's selector.
#[must_use]
pub fn selector(signature: &str) -> [u8; 4] {
    let digest = Keccak256::digest(signature.as_bytes());
    [digest[0], digest[1], digest[2], digest[3]]
}

/// Encodes `verifyProof(proof, instances)` as a compiler would. Where proofs are linked, the coordinates of the registered commitments follow the public inputs.
#[must_use]
pub fn verify_call(proof: &[u8], instances: &[[u8; 32]]) -> Vec<u8> {
    let word = |number: usize| {
        let mut word = [0; 32];
        word[24..].copy_from_slice(&(number as u64).to_be_bytes());
        word
    };
    let padded = proof.len().div_ceil(32) * 32;
    let mut call = selector("verifyProof(bytes,uint256[])").to_vec();
    call.extend(word(0x40));
    call.extend(word(0x60 + padded));
    call.extend(word(proof.len()));
    call.extend(proof);
    call.resize(call.len() + padded - proof.len(), 0);
    call.extend(word(instances.len()));
    call.extend(instances.concat());
    call
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_is_laid_out_as_the_abi_says() {
        let call = verify_call(&[7; 33], &[[9; 32]; 2]);
        assert_eq!(call[..4], [0x1e, 0x8e, 0x1e, 0x13]);
        let words: Vec<&[u8]> = call[4..].chunks(32).collect();
        let number = |place: usize| u64::from_be_bytes(words[place][24..].try_into().unwrap());
        assert_eq!([number(0), number(1), number(2), number(5)], [0x40, 0xa0, 33, 2]);
        assert_eq!((words[3], words[4][0], &words[4][1..]), (&[7; 32][..], 7, &[0; 31][..]));
        assert_eq!(words[6..], [&[9; 32][..]; 2]);
    }
}
