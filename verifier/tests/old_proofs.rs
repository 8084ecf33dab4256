//! Proofs of the inference circuit that must keep their verdict.
//!
//! Each folder of `old_proofs/` holds a registration and a proof as they were made once; they are added
//! to, and replaced only where a format gets another version. The keys come from a development SRS whose secret was thrown away.

#[cfg(test)]
mod tests {
    use tribute_verifier::batch_proof::BatchProof;
    use tribute_verifier::certificate::Limits;
    use tribute_verifier::field::FieldElement;
    use tribute_verifier::method::MethodId;
    use tribute_verifier::policy::{Contexts, Policy};
    use tribute_verifier::proof_file::ProofFile;
    use tribute_verifier::registration::Registration;
    use tribute_verifier::subject::Subject;
    use tribute_verifier::verify::{verify, verify_batch};

    /// What equations show within the usual limits, whoever made them.
    fn equations() -> Policy {
        Policy::equations_alone(Limits::default())
    }

    /// The same, for the answers to these requests.
    fn asked(contexts: &[FieldElement]) -> Policy {
        Policy { contexts: Contexts::Expected(contexts.to_vec()), ..equations() }
    }

    macro_rules! stored {
        ($name:literal) => {
            (
                Registration::from_json(include_bytes!(concat!(
                    "old_proofs/",
                    $name,
                    "/registration.json"
                )))
                .unwrap(),
                ProofFile::from_json(include_bytes!(concat!("old_proofs/", $name, "/proof.json")))
                    .unwrap(),
            )
        };
    }

    /// A net of 64-32-10 on digits, eight contributors, group-newton, input disclosed.
    fn digits_mlp() -> (Registration, ProofFile) {
        stored!("digits_mlp")
    }

    #[test]
    fn digits_mlp_is_accepted() {
        let (registration, proof) = digits_mlp();
        let context = FieldElement::from_u128(0xc0);
        let verdict = verify(&registration, &proof, &equations().for_request(context)).unwrap();
        assert_eq!((verdict.output, verdict.method), (2, MethodId::GroupNewton));
        assert!(verdict.input_disclosed && verdict.basis.unsafe_srs && !verdict.unattributed);
        let logits = [-1603, 1745, 4818, 3378, -4260, -2761, -3922, 1546, 588, 471];
        assert_eq!(proof.statement.logits, logits);
        let weights = [791_952, 105_536, 14_978, 4_980, 55_017, 9_085, 18_452, 0];
        assert_eq!(proof.statement.weights_ppm, weights);
    }

    #[test]
    fn one_bit_of_every_word_is_refused() {
        let (registration, mut proof) = digits_mlp();
        for start in (0..proof.proof.len()).step_by(32) {
            let place = start + start / 32 % 32;
            proof.proof[place] ^= 1;
            let refusal = verify(&registration, &proof, &equations()).unwrap_err();
            let part = if place < registration.plan.plonk_bytes() { "proof" } else { "link" };
            assert_eq!(refusal.check(), part, "byte {place}");
            proof.proof[place] ^= 1;
        }
        assert!(verify(&registration, &proof, &equations()).is_ok());
    }

    #[test]
    fn every_public_value_is_bound() {
        let (registration, honest) = digits_mlp();
        let edits: [fn(&mut ProofFile); 6] = [
            |proof| proof.statement.context = FieldElement::ZERO,
            |proof| proof.statement.logits[9] += 1,
            |proof| proof.statement.weights_ppm.swap(6, 7),
            |proof| proof.statement.logits.swap(0, 9),
            |proof| {
                proof.statement.weights_ppm.fill(0);
                proof.statement.unattributed = true;
            },
            |proof| {
                (proof.statement.input, proof.statement.salt) = (None, None);
                proof.statement.input_commitment = FieldElement::ZERO;
            },
        ];
        for (number, edit) in edits.into_iter().enumerate() {
            let mut proof = honest.clone();
            edit(&mut proof);
            let refusal = verify(&registration, &proof, &equations()).unwrap_err();
            assert_eq!(refusal.check(), "proof", "edit {number}");
        }
    }

    /// A model of the same shape with other weights has the same plan and another subject.
    #[test]
    fn another_model_of_the_shape_is_refused() {
        let (mut registration, mut proof) = digits_mlp();
        let Subject { mut header, table_commitment, payees, .. } = registration.subject;
        header.model_commitment = FieldElement::from_u128(7);
        registration.subject = Subject::new(header, table_commitment, payees).unwrap();
        let refusal = verify(&registration, &proof, &equations()).unwrap_err();
        assert_eq!(refusal.check(), "model-commitment");
        proof.statement.model_commitment = registration.subject.model_commitment;
        proof.statement.index_commitment = registration.subject.index_commitment;
        let refusal = verify(&registration, &proof, &equations()).unwrap_err();
        assert_eq!(refusal.check(), "binding-proof");
    }

    /// Flags of earlier versions said how safe an SRS is, and headers said nothing of a registrar; such a file is refused by its version, with what to do.
    #[test]
    fn a_file_of_an_earlier_version_is_refused_by_name() {
        let registration = include_str!("old_proofs/digits_mlp/registration.json");
        let older = registration.replace("tribute/registration/4", "tribute/registration/3");
        let error = Registration::from_json(older.as_bytes()).unwrap_err().to_string();
        assert!(error.contains("tribute/registration/3") && error.contains("anew"), "{error}");
        // The header of an earlier one says nothing of a registrar.
        let older = registration.replace("tribute/subject/2", "tribute/subject/1");
        let error = Registration::from_json(older.as_bytes()).unwrap_err().to_string();
        assert!(error.contains("tribute/subject/1"), "{error}");
        let (subject, _) = digits_mlp();
        let older = serde_json::to_string(&subject.subject).unwrap();
        let older = older.replace("tribute/subject/2", "tribute/subject/1");
        let error = Subject::from_json(older.as_bytes()).unwrap_err().to_string();
        assert!(
            error.contains("tribute/subject/1") && error.contains("`tribute commit`"),
            "{error}"
        );
        let proof = include_str!("old_proofs/digits_mlp/proof.json");
        let older = proof.replace("tribute/proof/2", "tribute/proof/1");
        let error = ProofFile::from_json(older.as_bytes()).unwrap_err().to_string();
        assert!(error.contains("tribute/proof/1") && error.contains("anew"), "{error}");
    }

    #[test]
    fn a_small_circuit_and_a_large_one_do_not_mix() {
        let (registration, proof) = digits_mlp();
        let small = Registration::from_json(include_bytes!("fixtures/registration.json")).unwrap();
        let moved = Registration { plan: small.plan.clone(), ..registration.clone() };
        assert_eq!(verify(&moved, &proof, &equations()).unwrap_err().check(), "plan-contributors");
        let moved = Registration { subject: small.subject, ..registration };
        assert_eq!(verify(&moved, &proof, &equations()).unwrap_err().check(), "plan-contributors");
    }

    /// Three queries to the net of 64-32-10 in a batch of four.
    fn digits_batch() -> (Registration, BatchProof) {
        (
            Registration::from_json(include_bytes!("old_proofs/digits_batch/registration.json"))
                .unwrap(),
            BatchProof::from_json(include_bytes!("old_proofs/digits_batch/proof.json")).unwrap(),
        )
    }

    #[test]
    fn digits_batch_is_accepted() {
        let (registration, proof) = digits_batch();
        let contexts = [1, 2, 3].map(FieldElement::from_u128);
        let verdict = verify_batch(&registration, &proof, &asked(&contexts)).unwrap();
        assert_eq!((verdict.queries, verdict.unattributed), (3, 0));
        let outputs: Vec<u32> = verdict.answers.iter().map(|answer| answer.output).collect();
        assert_eq!(outputs, [2, 2, 8]);
        let totals = [1_746_573, 150_915, 22_560, 22_748, 89_726, 232_690, 205_017, 529_771];
        assert_eq!(proof.statement.totals_ppm, totals);
    }

    #[test]
    fn one_bit_of_every_word_of_a_batch_is_refused() {
        let (registration, mut proof) = digits_batch();
        for start in (0..proof.proof.len()).step_by(32) {
            let place = start + start / 32 % 32;
            proof.proof[place] ^= 1;
            let refusal = verify_batch(&registration, &proof, &equations()).unwrap_err();
            let part = if place < registration.plan.plonk_bytes() { "proof" } else { "link" };
            assert_eq!(refusal.check(), part, "byte {place}");
            proof.proof[place] ^= 1;
        }
        assert!(verify_batch(&registration, &proof, &equations()).is_ok());
    }

    #[test]
    fn every_public_value_of_a_batch_is_bound() {
        let (registration, honest) = digits_batch();
        let edits: [fn(&mut BatchProof); 7] = [
            |proof| proof.statement.queries[1].context = FieldElement::ZERO,
            |proof| proof.statement.queries[2].input_commitment = FieldElement::from_u128(1),
            |proof| proof.statement.queries[0].logits[9] += 1,
            |proof| proof.statement.totals_ppm.swap(6, 7),
            |proof| proof.statement.queries.swap(0, 2),
            // What the empty slot holds is no query, and a query is no empty slot.
            |proof| {
                proof.statement.queries.push(proof.statement.queries[0].clone());
                proof.statement.totals_ppm[0] += 1_000_000;
            },
            |proof| {
                proof.statement.queries.pop();
                proof.statement.totals_ppm[0] -= 1_000_000;
            },
        ];
        for (number, edit) in edits.into_iter().enumerate() {
            let mut proof = honest.clone();
            edit(&mut proof);
            let refusal = verify_batch(&registration, &proof, &equations()).unwrap_err();
            assert_eq!(refusal.check(), "proof", "edit {number}");
        }
    }
}
