//! Every field of the index header is bound: edited alone it breaks the commitment, and committed to anew it is not what
//! the proofs of the registration show (`docs/formats.md`, 5).

#[cfg(test)]
mod tests {
    use tribute_verifier::certificate::Limits;
    use tribute_verifier::digest::Digest;
    use tribute_verifier::field::FieldElement;
    use tribute_verifier::header::{Admission, Header};
    use tribute_verifier::index_proof::IndexProof;
    use tribute_verifier::method::MethodId;
    use tribute_verifier::policy::Policy;
    use tribute_verifier::proof_file::ProofFile;
    use tribute_verifier::registration::Registration;
    use tribute_verifier::subject::Subject;
    use tribute_verifier::verify::{verify, verify_index};

    /// A field, an edit of it, and the check of the index proof that refuses it once it is committed to.
    type Edit = (&'static str, fn(&mut Header), &'static str);

    const EDITS: [Edit; 18] = [
        ("method", |header| header.method = MethodId::Influence, "index-method"),
        ("model_commitment", |header| header.model_commitment = FieldElement::ZERO, "index-proof"),
        ("dataset_root", |header| header.dataset_root = FieldElement::ZERO, "index-proof"),
        ("rows", |header| header.rows += 1, "index-rows"),
        ("contributors", |header| header.contributors += 1, "subject"),
        ("payees_digest", |header| header.payees_digest = Digest([0; 32]), "subject"),
        ("lam", |header| header.lam += 1, "index-proof"),
        ("sigma", |header| header.sigma += 1, "subject"),
        ("eta", |header| header.eta -= 1, "index-eta"),
        ("epsilon", |header| header.epsilon += 1, "index-proof"),
        ("norm_sum", |header| header.norm_sum += 1, "index-proof"),
        ("admitted", |header| header.admitted -= 1, "index-proof"),
        ("validation", |header| header.validation += 1, "index-validation"),
        ("right", |header| header.right += 1, "index-proof"),
        ("validation_right", |header| header.validation_right -= 1, "index-proof"),
        ("head_norm", |header| header.head_norm += 1, "index-proof"),
        ("registrar", |header| header.registrar.0[0] ^= 1, "index-proof"),
        ("contributors_ppm", |header| header.contributors_ppm -= 1, "index-proof"),
    ];

    /// What equations show within the usual limits, whoever made them.
    fn equations() -> Policy {
        Policy::equations_alone(Limits::default())
    }

    fn stored() -> (Registration, ProofFile) {
        let registration = Registration::from_json(include_bytes!("fixtures/registration.json"));
        let proof = ProofFile::from_json(include_bytes!("fixtures/proof.json"));
        let mut registration = registration.unwrap();
        let index = IndexProof::from_json(include_bytes!("fixtures/index.json")).unwrap();
        registration.index = Some(index);
        (registration.clone(), proof.unwrap())
    }

    /// The edits are of all fields but those that have one value only, which a header of another one does not have.
    #[test]
    fn no_field_is_forgotten() {
        let Header {
            profile: _,
            method: _,
            model_commitment: _,
            dataset_root: _,
            rows: _,
            contributors: _,
            payees_digest: _,
            lam: _,
            sigma: _,
            eta: _,
            epsilon: _,
            norm_sum: _,
            admission: Admission::FirstRegistered,
            admitted: _,
            validation: _,
            right: _,
            validation_right: _,
            head_norm: _,
            registrar: _,
            contributors_ppm: _,
        } = stored().0.subject.header;
        let (mut registration, proof) = stored();
        registration.subject.header.profile += 1;
        assert_eq!(verify(&registration, &proof, &equations()).unwrap_err().check(), "subject");
    }

    #[test]
    fn says_of_the_index_what_the_commitment_does_not() {
        for (field, edit, _) in EDITS {
            let (mut registration, proof) = stored();
            edit(&mut registration.subject.header);
            let refusal = verify(&registration, &proof, &equations()).unwrap_err();
            assert_eq!(refusal.check(), "subject", "{field}");
        }
    }

    /// The forger commits to the edited header, and says so in the statement as well.
    #[test]
    fn commits_to_another_header_than_the_proofs_were_made_for() {
        for (field, edit, check) in EDITS {
            let (mut registration, mut proof) = stored();
            let Subject { mut header, table_commitment, payees, .. } = registration.subject;
            edit(&mut header);
            let committed = Subject::new(header, table_commitment, payees);
            let Ok(subject) = committed else {
                assert_eq!(check, "subject", "{field}: {committed:?}");
                continue;
            };
            proof.statement.method = subject.header.method;
            proof.statement.model_commitment = subject.model_commitment;
            proof.statement.index_commitment = subject.index_commitment;
            registration.subject = subject;
            let refusal = verify(&registration, &proof, &equations()).unwrap_err();
            assert_eq!(refusal.check(), "binding-proof", "{field}: {refusal}");
            let refusal =
                verify_index(&registration, &Policy::equations_alone(Limits::NONE)).unwrap_err();
            assert_eq!(refusal.check(), check, "{field}: {refusal}");
        }
    }
}
