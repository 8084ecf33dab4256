//! A stored index proof is accepted; every edit of it, of its plan and of the subject is refused, by the check that
//! guards the edited value. The circuit behind it only echoes its public inputs (see `prover/tests/echo.rs`).

#[cfg(test)]
mod tests {
    use tribute_verifier::certificate::{Bound, BoundError, Freedom, Limits};
    use tribute_verifier::field::FieldElement;
    use tribute_verifier::header::Header;
    use tribute_verifier::index_proof::{IndexProof, IndexRefusal, IndexStatement, IndexVerdict};
    use tribute_verifier::method::MethodId;
    use tribute_verifier::payees::{Address, payees_digest};
    use tribute_verifier::plan::{BareCircuit, CircuitDescription, IndexShape, PlanError};
    use tribute_verifier::policy::Policy;
    use tribute_verifier::proof_file::ProofFile;
    use tribute_verifier::registration::Registration;
    use tribute_verifier::srs::CEREMONIES;
    use tribute_verifier::subject::Subject;
    use tribute_verifier::verify::{Refusal, verify, verify_index};

    /// What equations show within the usual limits, whoever made them.
    fn equations() -> Policy {
        Policy::equations_alone(Limits::default())
    }

    /// Judges the index proof of a registration within limits.
    fn judged(
        registration: &Registration,
        index: &IndexProof,
        limits: Limits,
    ) -> Result<IndexVerdict, Refusal> {
        let registration = Registration { index: Some(index.clone()), ..registration.clone() };
        let verdict = verify_index(&registration, &Policy::equations_alone(limits))?;
        Ok(verdict.certified)
    }

    fn stored() -> (Registration, IndexProof) {
        let registration = Registration::from_json(include_bytes!("fixtures/registration.json"));
        let index = IndexProof::from_json(include_bytes!("fixtures/index.json"));
        (registration.unwrap(), index.unwrap())
    }

    fn stored_proof() -> ProofFile {
        ProofFile::from_json(include_bytes!("fixtures/proof.json")).unwrap()
    }

    fn accepted() -> IndexVerdict {
        let (registration, index) = stored();
        judged(&registration, &index, Limits::default()).unwrap()
    }

    /// The check that refuses an edited index proof.
    fn index(edit: impl FnOnce(&mut IndexProof)) -> &'static str {
        let (registration, mut index) = stored();
        let honest = index.clone();
        edit(&mut index);
        assert_ne!(index, honest, "the edit changes nothing");
        judged(&registration, &index, Limits::default()).unwrap_err().check()
    }

    fn shape(edit: impl FnOnce(&mut IndexShape)) -> &'static str {
        index(|index| match &mut index.plan.circuit {
            CircuitDescription::Index(shape) => edit(shape),
            other => panic!("the stored plan is of an index, not {other:?}"),
        })
    }

    /// The refusal of the stored proof under a subject that holds together and has another header.
    fn header(edit: impl FnOnce(&mut Header)) -> IndexRefusal {
        let (mut registration, index) = stored();
        let Subject { mut header, table_commitment, payees, .. } = registration.subject.clone();
        edit(&mut header);
        registration.subject = Subject::new(header, table_commitment, payees).unwrap();
        match judged(&registration, &index, Limits::NONE).unwrap_err() {
            Refusal::Index(refusal) => refusal,
            other => panic!("{other}"),
        }
    }

    fn other() -> FieldElement {
        FieldElement::from_u128(1)
    }

    #[test]
    fn accepts_the_stored_proof_and_says_what_it_certifies() {
        let verdict = accepted();
        assert_eq!((verdict.rows, verdict.admitted, verdict.refused()), (200, 198, 2));
        assert_eq!((verdict.method, verdict.contributors), (MethodId::GroupNewton, 4));
        let line = verdict.to_string();
        assert!(line.contains("198 of 200 committed rows"), "{line}");
    }

    #[test]
    fn the_public_inputs_are_those_of_the_subject_in_order() {
        let (registration, index) = stored();
        let Subject { model_commitment, index_commitment, header, .. } = &registration.subject;
        let number = FieldElement::from_u128;
        // profile, method, eta, features, classes, contributors of 16 bits each, then rows and, from bit 128 on, 50
        // validation rows
        let low: u128 =
            20 + (4 << 16) + (65 << 32) + (3 << 48) + (3 << 64) + (4 << 80) + (200 << 96);
        let mut bytes = [0; 32];
        bytes[15] = 50;
        bytes[16..].copy_from_slice(&low.to_be_bytes());
        let shape = FieldElement::from_be_bytes(bytes).unwrap();
        let expected = [
            *model_commitment,
            *index_commitment,
            header.dataset_root,
            header.digest(),
            number(198),
            number(256),
            number(17_656_578_048),
            number(1_000_000),
            number(5 << 16),
            // right answers on training rows, then on validation rows
            number(176 + (45 << 32)),
            shape,
        ];
        let statement = IndexStatement::new(&registration.subject, 3, 3);
        assert_eq!(statement.public_inputs(), expected);
        assert_eq!(index.plan.instances, IndexShape::INSTANCES);
    }

    #[test]
    fn rejects_a_plan_of_another_shape() {
        assert_eq!(shape(|shape| shape.method = MethodId::Influence), "index-method");
        assert_eq!(shape(|shape| shape.rows += 1), "index-rows");
        assert_eq!(shape(|shape| shape.rows -= 1), "index-rows");
        assert_eq!(shape(|shape| shape.validation += 1), "index-validation");
        assert_eq!(shape(|shape| shape.contributors += 1), "index-contributors");
        assert_eq!(shape(|shape| shape.eta += 1), "index-eta");
        assert_eq!(shape(|shape| shape.profile += 1), "index-profile");
        assert_eq!(shape(|shape| shape.inputs += 1), "index-model-shape");
        assert_eq!(shape(|shape| shape.hidden[0] += 1), "index-model-shape");
        assert_eq!(shape(|shape| shape.hidden.push(2)), "index-model-shape");
        assert_eq!(shape(|shape| shape.classes += 1), "index-model-shape");
        let bare = || CircuitDescription::Bare(BareCircuit { name: "bare".into() });
        assert_eq!(index(|index| index.plan.circuit = bare()), "index-claim");
        let (registration, _) = stored();
        assert_eq!(index(|index| index.plan = registration.plan), "index-claim");
    }

    /// Whoever edits header and index commitment alike meets the equations, or the plan.
    #[test]
    fn rejects_every_other_header() {
        let check = |edit: fn(&mut Header)| header(edit).check();
        assert_eq!(check(|header| header.dataset_root = other()), "index-proof");
        assert_eq!(check(|header| header.model_commitment = other()), "index-proof");
        assert_eq!(check(|header| header.lam += 1), "index-proof");
        assert_eq!(check(|header| header.epsilon -= 1), "index-proof");
        assert_eq!(check(|header| header.norm_sum -= 1), "index-proof");
        assert_eq!(check(|header| header.admitted += 1), "index-proof");
        assert_eq!(check(|header| header.right += 1), "index-proof");
        assert_eq!(check(|header| header.validation_right += 1), "index-proof");
        assert_eq!(check(|header| header.head_norm += 1), "index-proof");
        assert_eq!(check(|header| header.validation += 1), "index-validation");
        assert_eq!(check(|header| header.rows += 1), "index-rows");
        assert_eq!(check(|header| header.eta += 1), "index-eta");
        assert_eq!(check(|header| header.method = MethodId::Influence), "index-method");
        let edit: fn(&mut Header) =
            |header| (header.method, header.sigma, header.eta) = (MethodId::TracIn, 0, 0);
        assert_eq!(check(edit), "index-method");
        assert_eq!(check(|header| header.lam = 0), "index-figures");
        let refusal = header(|header| header.epsilon = 1 << 80);
        assert!(matches!(refusal, IndexRefusal::Bound(BoundError::Epsilon { .. })), "{refusal}");
        let refusal = header(|header| header.norm_sum = 1 << 64);
        assert!(matches!(refusal, IndexRefusal::Bound(BoundError::NormSum { .. })), "{refusal}");
    }

    #[test]
    fn rejects_another_table_and_other_payees() {
        let (mut registration, index) = stored();
        let Subject { header, payees, .. } = registration.subject.clone();
        registration.subject = Subject::new(header.clone(), other(), payees.clone()).unwrap();
        let refusal = judged(&registration, &index, Limits::NONE).unwrap_err();
        assert_eq!(refusal.check(), "index-proof");

        let (mut registration, index) = stored();
        let Subject { table_commitment, .. } = registration.subject;
        let (mut header, mut payees) = (header, payees);
        payees[0].address = Address([0xee; 20]);
        header.payees_digest = payees_digest(&payees);
        registration.subject = Subject::new(header, table_commitment, payees).unwrap();
        let refusal = judged(&registration, &index, Limits::NONE).unwrap_err();
        assert_eq!(refusal.check(), "index-proof");
    }

    #[test]
    fn rejects_an_edited_subject_before_the_proof_is_looked_at() {
        let (mut registration, index) = stored();
        registration.subject.header.epsilon -= 1;
        let refusal = judged(&registration, &index, Limits::default()).unwrap_err();
        assert_eq!(refusal.check(), "subject");
    }

    #[test]
    fn rejects_one_bit_of_every_proof_byte_and_every_other_length() {
        let (registration, mut index) = stored();
        let check = |index: &IndexProof| {
            judged(&registration, index, Limits::default()).map_err(|refusal| refusal.check())
        };
        for place in 0..index.proof.len() {
            index.proof[place] ^= 1 << (place % 8);
            assert_eq!(check(&index), Err("index-proof"), "byte {place}");
            index.proof[place] ^= 1 << (place % 8);
        }
        assert!(check(&index).is_ok());
        for length in [0, 32, index.proof.len() - 1, index.proof.len() + 1] {
            let mut other = index.clone();
            other.proof.resize(length, 0);
            assert_eq!(check(&other), Err("index-proof"), "{length} bytes");
        }
    }

    #[test]
    fn limits_are_the_callers() {
        let (registration, index) = stored();
        let verdict = accepted();
        let check =
            |limits| judged(&registration, &index, limits).map_err(|refusal| refusal.check());
        let (distance, freedom) = (verdict.head_distance_relative, verdict.table_freedom);
        // 198 rows take part, under a lambda of 256 / 256.
        let limits = Limits { distance, freedom, lam_per_row: 2 };
        assert!(check(limits).is_ok());
        let nearer = Bound(distance.0 - 1);
        assert_eq!(check(Limits { distance: nearer, ..limits }), Err("head-distance"));
        let less = Freedom(freedom.0 - 1);
        assert_eq!(check(Limits { freedom: less, ..limits }), Err("table-freedom"));
        assert_eq!(check(Limits { lam_per_row: 1, ..limits }), Err("index-lambda"));
    }

    #[test]
    fn a_registration_says_whether_its_table_is_proven() {
        let (mut registration, index) = stored();
        let proof = stored_proof();
        let verdict = verify(&registration, &proof, &equations()).unwrap();
        assert!(!verdict.basis.table_proven_from_rows && verdict.basis.index.is_none());
        assert!(verdict.to_string().contains("table committed, not proven"));
        registration.index = Some(index);
        let text = serde_json::to_vec(&registration).unwrap();
        assert_eq!(Registration::from_json(&text).unwrap(), registration);
        let verdict = verify(&registration, &proof, &equations()).unwrap();
        assert!(verdict.basis.table_proven_from_rows && verdict.basis.index == Some(accepted()));
        assert!(verdict.to_string().contains("table proven"));
    }

    #[test]
    fn a_registration_with_a_bad_index_proof_is_refused() {
        let (mut registration, index) = stored();
        let proof = stored_proof();
        let with = |registration: &mut Registration, edit: fn(&mut IndexProof)| {
            let mut edited = index.clone();
            edit(&mut edited);
            registration.index = Some(edited);
            verify(registration, &proof, &equations()).unwrap_err().check()
        };
        assert_eq!(with(&mut registration, |index| index.proof[40] ^= 1), "index-proof");
        let edit: fn(&mut IndexProof) = |index| match &mut index.plan.circuit {
            CircuitDescription::Index(shape) => shape.rows += 1,
            _ => unreachable!(),
        };
        assert_eq!(with(&mut registration, edit), "index-rows");
        registration.index = Some(index.clone());
        let limits = Limits { distance: Bound(0), ..Limits::default() };
        let refusal = verify(&registration, &proof, &Policy::equations_alone(limits)).unwrap_err();
        assert_eq!(refusal.check(), "head-distance");
    }

    #[test]
    fn a_table_of_another_ceremony_is_none_of_the_registration() {
        let (mut registration, index) = stored();
        let proof = stored_proof();
        registration.index = Some(index.clone());
        assert!(verify(&registration, &proof, &equations()).unwrap().basis.unsafe_srs);
        let mut other = index;
        other.plan.srs.s_g2 = CEREMONIES[0].points().unwrap().1;
        registration.index = Some(other);
        let refusal = verify(&registration, &proof, &equations()).unwrap_err();
        assert_eq!(refusal.check(), "index-srs");
    }

    #[test]
    fn readers_refuse_plans_that_no_index_has() {
        let refused = |edit: fn(&mut IndexShape)| {
            let (_, mut index) = stored();
            match &mut index.plan.circuit {
                CircuitDescription::Index(shape) => edit(shape),
                other => panic!("{other:?}"),
            }
            assert!(IndexProof::from_json(&serde_json::to_vec(&index).unwrap()).is_err());
            let (mut registration, _) = stored();
            let error = index.plan.validate().unwrap_err();
            registration.index = Some(index);
            assert!(Registration::from_json(&serde_json::to_vec(&registration).unwrap()).is_err());
            error
        };
        let range = |error| matches!(error, PlanError::Range { .. });
        assert!(range(refused(|shape| shape.rows = 0)));
        assert!(range(refused(|shape| shape.rows = (1 << 21) + 1)));
        assert!(range(refused(|shape| shape.eta = 128)));
        assert!(range(refused(|shape| shape.method = MethodId::TracIn)), "a method without eta");
        assert!(range(refused(|shape| shape.classes = 1)));
        assert!(range(refused(|shape| shape.hidden[0] = 65_535)));
        assert!(range(refused(|shape| shape.contributors = 0)));
        assert!(matches!(refused(|shape| shape.profile = 19), PlanError::Profile { profile: 19 }));
        let (_, mut index) = stored();
        index.plan.instances = 8;
        let error = index.plan.validate().unwrap_err();
        let found = matches!(error, PlanError::InstanceCount { expected, actual: 8 } if expected == IndexShape::INSTANCES);
        assert!(found, "{error}");
    }
}
