//! A real proof of the binding circuit, and what its first commitments commit to.

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use ff::Field;
    use halo2_proofs::halo2curves::bn256::{Bn256, Fr, G1Affine};
    use halo2_proofs::halo2curves::group::{Curve, GroupEncoding};
    use halo2_proofs::plonk::{create_proof, keygen_pk2, verify_proof};
    use halo2_proofs::poly::EvaluationDomain;
    use halo2_proofs::poly::commitment::{Blind, Params, ParamsProver};
    use halo2_proofs::poly::kzg::commitment::{KZGCommitmentScheme, ParamsKZG};
    use halo2_proofs::poly::kzg::multiopen::{ProverSHPLONK, VerifierSHPLONK};
    use halo2_proofs::poly::kzg::strategy::SingleStrategy;
    use halo2_proofs::transcript::{
        Blake2bRead, Blake2bWrite, Challenge255, TranscriptReadBuffer, TranscriptWriterBuffer,
    };
    use rand_chacha::ChaCha20Rng;
    use rand_core::SeedableRng;
    use tribute_circuits::reference::{Model, Table};
    use tribute_circuits::{BindingCircuit, BindingParams, BindingWitness, LinkedParams, Shape};
    use tribute_verifier::field::FieldElement;
    use tribute_verifier::method::ResidualKind;

    /// Rows that a proof blinds.
    const TAIL_ROWS: usize = 7;

    /// Linked columns beside six public inputs of one query.
    fn linked(columns: usize) -> LinkedParams {
        LinkedParams { columns, first_row: 8, spread: 1 }
    }

    fn params() -> BindingParams {
        let shape = Shape {
            inputs: 16,
            hidden: Vec::new(),
            classes: 3,
            contributors: 4,
            residual: ResidualKind::Query,
        };
        // Every kind of part more than once.
        let fitting = BindingParams::fit(&shape, 10, linked(3)).unwrap();
        BindingParams { hash_chips: 3, streams: 2, ..fitting }
    }

    fn witness() -> BindingWitness {
        let head = (0..17 * 3).map(|place| place * 1000 - 25_000).collect();
        let entries = (0..17 * 3 * 4).map(|place| (place - 100) << 40).collect();
        BindingWitness {
            model: Model { inputs: 16, hidden: Vec::new(), classes: 3, head },
            table: Table { features: 17, classes: 3, contributors: 4, entries },
            model_salt: FieldElement::from_u128(1),
            table_salt: FieldElement::from_u128(2),
            header_digest: FieldElement::from_u128(3),
        }
    }

    #[test]
    fn the_digits_binding_is_the_one_on_record() {
        let shape = Shape {
            inputs: 64,
            hidden: vec![32],
            classes: 10,
            contributors: 12,
            residual: ResidualKind::Query,
        };
        let params = BindingParams::fit(&shape, 11, linked(8)).unwrap();
        let mut text = format!("{params:#?}\n{:#?}\n", params.size().unwrap());
        for constraint in BindingCircuit::for_keys(&params).unwrap().constraints() {
            writeln!(text, "{constraint}").unwrap();
        }
        insta::assert_snapshot!(text);
    }

    #[test]
    fn a_proof_begins_with_the_linked_columns() {
        let params = params();
        let circuit = BindingCircuit::new(&params, &witness()).unwrap();
        let srs = ParamsKZG::<Bn256>::setup(params.k, ChaCha20Rng::from_seed([1; 32]));
        let keys = BindingCircuit::for_keys(&params).unwrap();
        let key = keygen_pk2(&srs, &keys, false).unwrap();
        let mut blinding = ChaCha20Rng::from_seed([2; 32]);
        let mut tails = blinding.clone();
        let mut transcript = Blake2bWrite::<_, G1Affine, Challenge255<G1Affine>>::init(Vec::new());
        create_proof::<KZGCommitmentScheme<Bn256>, ProverSHPLONK<'_, Bn256>, _, _, _, _>(
            &srs,
            &key,
            std::slice::from_ref(&circuit),
            &[&[circuit.instance()]],
            &mut blinding,
            &mut transcript,
        )
        .unwrap();
        let proof = transcript.finalize();

        // The columns as `linked_columns` gives them, and a tail of random values.
        let domain = EvaluationDomain::<Fr>::new(1, params.k);
        let mut points = proof.chunks(32);
        for column in circuit.linked_columns() {
            let mut values = column.to_vec();
            for cell in &mut values[column.len() - TAIL_ROWS..] {
                *cell = Fr::random(&mut tails);
            }
            let values = domain.lagrange_from_vec(values);
            let commitment = srs.commit_lagrange(&values, Blind::default()).to_affine();
            assert_eq!(points.next(), Some(commitment.to_bytes().as_ref()));
        }

        let verify = |instance: &[Fr]| {
            let mut transcript = Blake2bRead::<_, G1Affine, Challenge255<G1Affine>>::init(&*proof);
            verify_proof::<KZGCommitmentScheme<Bn256>, VerifierSHPLONK<'_, Bn256>, _, _, _>(
                srs.verifier_params(),
                key.get_vk(),
                SingleStrategy::new(&srs),
                &[&[instance]],
                &mut transcript,
            )
            .is_ok()
        };
        assert!(verify(circuit.instance()));
        let [model, index] = circuit.instance() else { unreachable!("two public inputs") };
        assert!(!verify(&[*model + Fr::ONE, *index]));
        assert!(!verify(&[*model, *index + Fr::ONE]));
    }
}
