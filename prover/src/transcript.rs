//! Keccak transcript for halo2: proofs that the EVM and the native verifier read.
//!
//! # Encoding
//! A scalar is a word, a point the two words $x$, $y$ (`docs/formats.md`, 8); big-endian, as they
//! are absorbed and as they stand in the proof. The point at infinity does not encode: a prover that
//! comes to it fails, and a reader refuses it. A reader takes canonical words only.
//!
//! halo2's own Keccak transcript is another one: prefixes, little-endian scalars, compressed points.

use std::io::{self, Read, Write};

use ff::{FromUniformBytes as _, PrimeField};
use group::prime::PrimeCurveAffine as _;
use halo2_proofs::arithmetic::CurveAffine as _;
use halo2_proofs::halo2curves::bn256::{Fq, Fr, G1Affine};
use halo2_proofs::transcript::{
    EncodedChallenge, Transcript, TranscriptRead, TranscriptReadBuffer, TranscriptWrite,
    TranscriptWriterBuffer,
};
use tribute_verifier::transcript::KeccakState;

/// 32 bytes, big-endian.
pub type Word = [u8; 32];

/// A challenge: the residue of a Keccak digest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeccakChallenge(Fr);

impl EncodedChallenge<G1Affine> for KeccakChallenge {
    type Input = Word;

    fn new(digest: &Word) -> Self {
        let mut wide = [0; 64];
        for (to, from) in wide.iter_mut().zip(digest.iter().rev()) {
            *to = *from;
        }
        Self(Fr::from_uniform_bytes(&wide))
    }

    fn get_scalar(&self) -> Fr {
        self.0
    }
}

/// The prover's side: absorbs what it writes.
#[derive(Clone, Debug)]
pub struct KeccakWrite<W> {
    state: KeccakState,
    writer: W,
}

/// The verifier's side: absorbs what it reads.
#[derive(Clone, Debug)]
pub struct KeccakRead<R> {
    state: KeccakState,
    reader: R,
}

impl<W: Write> TranscriptWriterBuffer<W, G1Affine, KeccakChallenge> for KeccakWrite<W> {
    fn init(writer: W) -> Self {
        Self { state: KeccakState::new(), writer }
    }

    fn finalize(self) -> W {
        self.writer
    }
}

impl<W: Write> Transcript<G1Affine, KeccakChallenge> for KeccakWrite<W> {
    fn squeeze_challenge(&mut self) -> KeccakChallenge {
        KeccakChallenge::new(&self.state.squeeze())
    }

    fn common_point(&mut self, point: G1Affine) -> io::Result<()> {
        absorb_point(&mut self.state, point).map(drop)
    }

    fn common_scalar(&mut self, scalar: Fr) -> io::Result<()> {
        self.state.absorb(&word(&scalar));
        Ok(())
    }
}

impl<W: Write> TranscriptWrite<G1Affine, KeccakChallenge> for KeccakWrite<W> {
    fn write_point(&mut self, point: G1Affine) -> io::Result<()> {
        let [x, y] = absorb_point(&mut self.state, point)?;
        self.writer.write_all(&x)?;
        self.writer.write_all(&y)
    }

    fn write_scalar(&mut self, scalar: Fr) -> io::Result<()> {
        let word = word(&scalar);
        self.state.absorb(&word);
        self.writer.write_all(&word)
    }
}

impl<W: Write> KeccakWrite<W> {
    /// Absorbs a word that is no field element.
    pub fn common_word(&mut self, word: &Word) {
        self.state.absorb(word);
    }

    /// Returns what was written so far.
    pub fn writer(&self) -> &W {
        &self.writer
    }
}

impl<R: Read> TranscriptReadBuffer<R, G1Affine, KeccakChallenge> for KeccakRead<R> {
    fn init(reader: R) -> Self {
        Self { state: KeccakState::new(), reader }
    }
}

impl<R: Read> KeccakRead<R> {
    fn read_word(&mut self) -> io::Result<Word> {
        let mut word = [0; 32];
        self.reader.read_exact(&mut word)?;
        Ok(word)
    }

    /// Gives the reader back, so that a caller can refuse what stands behind the proof.
    pub fn into_inner(self) -> R {
        self.reader
    }
}

impl<R: Read> Transcript<G1Affine, KeccakChallenge> for KeccakRead<R> {
    fn squeeze_challenge(&mut self) -> KeccakChallenge {
        KeccakChallenge::new(&self.state.squeeze())
    }

    fn common_point(&mut self, point: G1Affine) -> io::Result<()> {
        absorb_point(&mut self.state, point).map(drop)
    }

    fn common_scalar(&mut self, scalar: Fr) -> io::Result<()> {
        self.state.absorb(&word(&scalar));
        Ok(())
    }
}

impl<R: Read> TranscriptRead<G1Affine, KeccakChallenge> for KeccakRead<R> {
    fn read_point(&mut self) -> io::Result<G1Affine> {
        let x: Fq = canonical(self.read_word()?)?;
        let y: Fq = canonical(self.read_word()?)?;
        let point = Option::from(G1Affine::from_xy(x, y))
            .ok_or_else(|| invalid("a point of the proof is not on the curve"))?;
        absorb_point(&mut self.state, point)?;
        Ok(point)
    }

    fn read_scalar(&mut self) -> io::Result<Fr> {
        let word = self.read_word()?;
        let scalar = canonical(word)?;
        self.state.absorb(&word);
        Ok(scalar)
    }
}

fn absorb_point(state: &mut KeccakState, point: G1Affine) -> io::Result<[Word; 2]> {
    if bool::from(point.is_identity()) {
        return Err(invalid("the point at infinity does not encode"));
    }
    let words = [word(&point.x), word(&point.y)];
    state.absorb(&words[0]);
    state.absorb(&words[1]);
    Ok(words)
}

/// Returns the word of a field element, big-endian.
pub(crate) fn word<F: PrimeField<Repr: Into<Word>>>(element: &F) -> Word {
    let mut word: Word = element.to_repr().into();
    word.reverse();
    word
}

/// Returns the field element of a word, refusing one at or above the modulus.
pub(crate) fn canonical<F: PrimeField<Repr: From<Word>>>(mut word: Word) -> io::Result<F> {
    word.reverse();
    Option::from(F::from_repr(word.into()))
        .ok_or_else(|| invalid("a word of the proof is not below the modulus"))
}

fn invalid(message: &'static str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, message)
}

#[cfg(test)]
mod tests {
    use super::*;
    use ff::Field as _;
    use group::Curve as _;

    fn written(point: G1Affine, scalar: Fr) -> (Vec<u8>, [Fr; 2]) {
        let mut transcript = KeccakWrite::init(Vec::new());
        transcript.write_point(point).unwrap();
        let first = transcript.squeeze_challenge().get_scalar();
        transcript.write_scalar(scalar).unwrap();
        let second = transcript.squeeze_challenge().get_scalar();
        (transcript.finalize(), [first, second])
    }

    #[test]
    fn reader_and_writer_draw_the_same_challenges() {
        let point = (G1Affine::generator() * Fr::from(7)).to_affine();
        let (bytes, challenges) = written(point, -Fr::ONE);
        assert_eq!(bytes.len(), 96);
        let mut transcript = KeccakRead::init(bytes.as_slice());
        assert_eq!(transcript.read_point().unwrap(), point);
        assert_eq!(transcript.squeeze_challenge().get_scalar(), challenges[0]);
        assert_eq!(transcript.read_scalar().unwrap(), -Fr::ONE);
        assert_eq!(transcript.squeeze_challenge().get_scalar(), challenges[1]);
    }

    #[test]
    fn words_are_big_endian() {
        let (bytes, _) = written(G1Affine::generator(), Fr::from(258));
        assert_eq!(bytes[31], 1);
        assert_eq!(bytes[63], 2);
        assert_eq!(bytes[94..], [1, 2]);
    }

    #[test]
    fn infinity_does_not_encode() {
        let mut writer = KeccakWrite::init(Vec::new());
        assert!(writer.write_point(G1Affine::identity()).is_err());
        assert!(writer.common_point(G1Affine::identity()).is_err());
        assert!(KeccakRead::init(&[0_u8; 64][..]).read_point().is_err());
    }

    #[test]
    fn the_reader_is_canonical() {
        let mut order = word(&-Fr::ONE);
        order[31] += 1;
        assert!(KeccakRead::init(&order[..]).read_scalar().is_err());
        let mut off_curve = [0_u8; 64];
        off_curve[31] = 1;
        off_curve[63] = 3;
        assert!(KeccakRead::init(&off_curve[..]).read_point().is_err());
        assert!(KeccakRead::init(&[0_u8; 31][..]).read_scalar().is_err());
    }

    #[test]
    fn a_challenge_is_reduced_and_not_refused() {
        let challenge = KeccakChallenge::new(&[0xff; 32]).get_scalar();
        // 2^256 - 1 mod p
        let two = Fr::from(2);
        assert_eq!(challenge, two.pow_vartime([256_u64]) - Fr::ONE);
    }
}
