//! A stored proof is accepted; every edit of it, of its statement and of its registration is refused,
//! by the check that guards the edited value.

#[cfg(test)]
mod tests {
    use tribute_verifier::binding_proof::BindingProof;
    use tribute_verifier::certificate::Limits;
    use tribute_verifier::claim::ClaimError;
    use tribute_verifier::field::{FieldElement, MODULUS};
    use tribute_verifier::header::Header;
    use tribute_verifier::method::{MethodId, ResidualKind};
    use tribute_verifier::payees::{Address, payees_digest};
    use tribute_verifier::plan::{
        BareCircuit, BindingShape, CircuitDescription, G1, InferenceShape, Link,
    };
    use tribute_verifier::policy::Policy;
    use tribute_verifier::proof_file::ProofFile;
    use tribute_verifier::registration::Registration;
    use tribute_verifier::statement::Statement;
    use tribute_verifier::subject::Subject;
    use tribute_verifier::verify::{Refusal, verify};

    /// What equations show within the usual limits, whoever made them.
    fn equations() -> Policy {
        Policy::equations_alone(Limits::default())
    }

    fn stored() -> (Registration, ProofFile) {
        let registration = Registration::from_json(include_bytes!("fixtures/registration.json"));
        let proof = ProofFile::from_json(include_bytes!("fixtures/proof.json"));
        (registration.unwrap(), proof.unwrap())
    }

    /// The check that refuses an edited statement.
    fn statement(edit: impl FnOnce(&mut Statement)) -> &'static str {
        file(|proof| edit(&mut proof.statement))
    }

    /// The check that refuses an edited proof file.
    fn file(edit: impl FnOnce(&mut ProofFile)) -> &'static str {
        let (registration, mut proof) = stored();
        let honest = proof.clone();
        edit(&mut proof);
        assert_ne!(proof, honest, "the edit changes nothing");
        verify(&registration, &proof, &equations()).unwrap_err().check()
    }

    /// The check that refuses an edited registration.
    fn registration(edit: impl FnOnce(&mut Registration)) -> &'static str {
        let (mut registration, proof) = stored();
        let honest = registration.clone();
        edit(&mut registration);
        assert_ne!(registration, honest, "the edit changes nothing");
        verify(&registration, &proof, &equations()).unwrap_err().check()
    }

    fn subject(edit: impl FnOnce(&mut Subject)) -> &'static str {
        registration(|registration| edit(&mut registration.subject))
    }

    fn shape(edit: impl FnOnce(&mut InferenceShape)) -> &'static str {
        registration(|registration| match &mut registration.plan.circuit {
            CircuitDescription::Inference(shape) => edit(shape),
            other => panic!("the stored plan is of an inference, not {other:?}"),
        })
    }

    /// The check that refuses a shape that is edited alike in both plans.
    fn both_shapes(
        edit: impl FnOnce(&mut InferenceShape),
        binding: impl FnOnce(&mut BindingShape),
    ) -> &'static str {
        registration(|registration| {
            match (&mut registration.plan.circuit, &mut registration.binding.plan.circuit) {
                (CircuitDescription::Inference(shape), CircuitDescription::Binding(bound)) => {
                    edit(shape);
                    binding(bound);
                }
                other => panic!("{other:?}"),
            }
        })
    }

    fn binding(edit: impl FnOnce(&mut BindingProof)) -> &'static str {
        registration(|registration| edit(&mut registration.binding))
    }

    fn other() -> FieldElement {
        FieldElement::from_u128(1)
    }

    #[test]
    fn accepts_the_stored_proof() {
        let (registration, proof) = stored();
        let verdict =
            verify(&registration, &proof, &equations().for_request(proof.statement.context))
                .unwrap();
        assert!(verdict.basis.unsafe_srs && verdict.context_compared && verdict.input_disclosed);
        let line = verdict.to_string();
        assert!(line.contains("UNSAFE") && line.contains("not proven"), "{line}");
        let verdict = verify(&registration, &proof, &equations()).unwrap();
        assert!(verdict.to_string().contains("not compared"));
    }

    #[test]
    fn accepts_without_the_disclosed_input() {
        let (registration, mut proof) = stored();
        (proof.statement.input, proof.statement.salt) = (None, None);
        assert!(verify(&registration, &proof, &equations()).is_ok());
    }

    #[test]
    fn rejects_another_context_than_expected() {
        let (registration, proof) = stored();
        let refusal = verify(&registration, &proof, &equations().for_request(FieldElement::ZERO))
            .unwrap_err();
        assert!(matches!(refusal, Refusal::Claim(ClaimError::Context { .. })), "{refusal}");
    }

    #[test]
    fn rejects_every_edited_field_of_the_statement() {
        assert_eq!(statement(|s| s.method = MethodId::Influence), "method");
        assert_eq!(statement(|s| s.method = MethodId::Representer), "method");
        assert_eq!(statement(|s| s.model_commitment = other()), "model-commitment");
        assert_eq!(statement(|s| s.index_commitment = other()), "index-commitment");
        assert_eq!(statement(|s| s.input_commitment = other()), "input-opening");
        assert_eq!(statement(|s| s.input.as_mut().unwrap()[0] += 1), "input-opening");
        assert_eq!(statement(|s| s.input.as_mut().unwrap().push(0)), "input-length");
        assert_eq!(statement(|s| s.salt = Some(other())), "input-opening");
        assert_eq!(statement(|s| s.salt = None), "input-without-salt");
        assert_eq!(statement(|s| s.input = None), "salt-without-input");
        assert_eq!(statement(|s| s.output = 2), "output-largest");
        assert_eq!(statement(|s| s.output = 3), "output-range");
        assert_eq!(statement(|s| s.logits[0] = 1 << 23), "logit-range");
        assert_eq!(statement(|s| s.logits.truncate(2)), "class-count");
        assert_eq!(statement(|s| s.logits.push(0)), "class-count");
        assert_eq!(statement(|s| s.logits.truncate(1)), "class-count");
        assert_eq!(statement(|s| s.contributors[1].name.push('!')), "contributor-name");
        assert_eq!(statement(|s| s.contributors[3].address.0[0] ^= 1), "contributor-address");
        assert_eq!(statement(|s| s.contributors.swap(0, 1)), "contributor-name");
        assert_eq!(statement(|s| s.contributors.truncate(3)), "contributor-count");
        assert_eq!(statement(|s| s.weights_ppm[3] += 1), "weight-sum");
        assert_eq!(statement(|s| s.weights_ppm[1] = 1_000_001), "weight-range");
        assert_eq!(statement(|s| s.weights_ppm.truncate(3)), "weight-count");
        assert_eq!(statement(|s| s.unattributed = true), "unattributed");
    }

    /// Edits that leave a statement plausible, so that only the equations can tell.
    #[test]
    fn rejects_plausible_statements_that_the_proof_does_not_show() {
        assert_eq!(statement(|s| s.context = FieldElement::ZERO), "proof");
        assert_eq!(statement(|s| s.logits[1] += 1), "proof");
        assert_eq!(statement(|s| s.logits[0] -= 1), "proof");
        assert_eq!(statement(|s| s.logits[1] = 5_000 - 1), "proof"); // a tie, the same class
        assert_eq!(statement(|s| s.weights_ppm.swap(0, 1)), "proof");
        let edit = |s: &mut Statement| {
            s.weights_ppm.fill(0);
            s.unattributed = true;
        };
        assert_eq!(statement(edit), "proof");
        let edit = |s: &mut Statement| {
            (s.logits[1], s.logits[2]) = (s.logits[2], s.logits[1]);
            s.output = 2;
        };
        assert_eq!(statement(edit), "proof");
        let edit = |s: &mut Statement| {
            (s.input, s.salt) = (None, None);
            s.input_commitment = other();
        };
        assert_eq!(statement(edit), "proof");
    }

    /// Whoever edits statement and subject alike meets the equations.
    #[test]
    fn rejects_a_proof_that_is_moved_to_another_subject() {
        let (mut registration, mut proof) = stored();
        let mut header = registration.subject.header.clone();
        header.model_commitment = other();
        let Subject { table_commitment, payees, .. } = registration.subject.clone();
        let moved = Subject::new(header.clone(), table_commitment, payees.clone()).unwrap();
        proof.statement.model_commitment = moved.model_commitment;
        proof.statement.index_commitment = moved.index_commitment;
        registration.subject = moved;
        assert_eq!(
            verify(&registration, &proof, &equations()).unwrap_err().check(),
            "binding-proof"
        );

        let (mut registration, mut proof) = stored();
        let mut header = registration.subject.header.clone();
        let mut payees = payees;
        payees[0].address = Address([0xee; 20]);
        header.payees_digest = payees_digest(&payees);
        let moved = Subject::new(header, table_commitment, payees).unwrap();
        proof.statement.contributors = moved.payees.clone();
        proof.statement.index_commitment = moved.index_commitment;
        registration.subject = moved;
        assert_eq!(
            verify(&registration, &proof, &equations()).unwrap_err().check(),
            "binding-proof"
        );
    }

    #[test]
    fn rejects_an_edited_subject() {
        assert_eq!(subject(|s| s.model_commitment = other()), "subject");
        assert_eq!(subject(|s| s.table_commitment = other()), "subject");
        assert_eq!(subject(|s| s.index_commitment = other()), "subject");
        assert_eq!(subject(|s| s.header.method = MethodId::Influence), "subject");
        assert_eq!(subject(|s| s.header.rows += 1), "subject");
        assert_eq!(subject(|s| s.header.lam += 1), "subject");
        assert_eq!(subject(|s| s.header.dataset_root = other()), "subject");
        assert_eq!(subject(|s| s.payees[0].address = Address([0xee; 20])), "subject");
        assert_eq!(subject(|s| s.payees[0].name.push('!')), "subject");
        assert_eq!(subject(|s| s.payees.swap(0, 1)), "subject");
    }

    #[test]
    fn rejects_a_plan_of_another_shape() {
        assert_eq!(shape(|shape| shape.inputs += 1), "binding-layout");
        assert_eq!(shape(|shape| shape.classes += 1), "binding-layout");
        assert_eq!(shape(|shape| shape.hidden.push(2)), "binding-layout");
        assert_eq!(
            both_shapes(|shape| shape.inputs += 1, |bound| bound.inputs += 1),
            "input-length"
        );
        assert_eq!(
            both_shapes(|shape| shape.classes += 1, |bound| bound.classes += 1),
            "class-count"
        );
        assert_eq!(shape(|shape| shape.contributors += 1), "plan-contributors");
        assert_eq!(shape(|shape| shape.residual = ResidualKind::OneHot), "plan-residual");
        assert_eq!(shape(|shape| shape.profile += 1), "plan-profile");
        let bare = || CircuitDescription::Bare(BareCircuit { name: "bare".into() });
        assert_eq!(registration(|r| r.plan.circuit = bare()), "plan-claim");
    }

    /// A one-hot plan and a header that says so, beside columns that hold the table of another method: the columns alone
    /// would not tell.
    #[test]
    fn pays_by_another_method_than_the_one_named() {
        assert_eq!(shape(|shape| shape.residual = ResidualKind::OneHot), "plan-residual");
        let refused = registration(|registration| {
            let Subject { header, table_commitment, payees, .. } = registration.subject.clone();
            let header = Header { method: MethodId::Representer, sigma: 0, eta: 0, ..header };
            registration.subject = Subject::new(header, table_commitment, payees).unwrap();
            match &mut registration.plan.circuit {
                CircuitDescription::Inference(shape) => shape.residual = ResidualKind::OneHot,
                other => panic!("the stored plan is of an inference, not {other:?}"),
            }
        });
        assert_eq!(refused, "binding-layout");
    }

    #[test]
    fn rejects_a_binding_proof_that_is_none_for_the_plan() {
        let bare = || CircuitDescription::Bare(BareCircuit { name: "bare".into() });
        assert_eq!(binding(|binding| binding.plan.circuit = bare()), "binding-claim");
        assert_eq!(registration(|r| r.binding.plan = r.plan.clone()), "binding-claim");
        let link = |edit: fn(&mut Link)| binding(|b| edit(b.plan.link.as_mut().unwrap()));
        assert_eq!(link(|link| link.columns += 1), "binding-layout");
        assert_eq!(link(|link| link.bases.swap(0, 1)), "binding-layout");
        assert_eq!(binding(|binding| binding.plan.link = None), "binding-no-layout");
        let neither = |r: &mut Registration| (r.plan.link, r.binding.plan.link) = (None, None);
        assert_eq!(registration(neither), "binding-no-layout");
        assert_eq!(binding(|binding| binding.plan.k += 1), "binding-layout");
        let edit = |binding: &mut BindingProof| match &mut binding.plan.circuit {
            CircuitDescription::Binding(shape) => shape.contributors += 1,
            other => panic!("{other:?}"),
        };
        assert_eq!(binding(edit), "binding-layout");
        let place = |edit: fn(&mut BindingShape)| {
            binding(|binding| match &mut binding.plan.circuit {
                CircuitDescription::Binding(shape) => edit(shape),
                other => panic!("{other:?}"),
            })
        };
        assert_eq!(place(|shape| shape.first_row += 1), "binding-layout");
        assert_eq!(place(|shape| shape.spread += 1), "binding-layout");
        assert_eq!(binding(|binding| binding.plan.srs.s_g2 = binding.plan.srs.g2), "binding-srs");
        // Equations that do not hold, and a plan that no verifier uses.
        assert_eq!(
            binding(|binding| binding.plan.transcript_repr.0 += other().to_fr()),
            "binding-proof"
        );
        assert_eq!(binding(|binding| binding.plan.degree = 2), "binding-proof");
    }

    #[test]
    fn rejects_one_bit_of_every_byte_of_the_binding_proof() {
        let (mut registration, proof) = stored();
        for place in 0..registration.binding.proof.len() {
            let bit = 1 << (place % 8);
            registration.binding.proof[place] ^= bit;
            let refusal = verify(&registration, &proof, &equations()).unwrap_err();
            assert_eq!(refusal.check(), "binding-proof", "byte {place}");
            registration.binding.proof[place] ^= bit;
        }
        for length in [0, 64, registration.binding.proof.len() - 1] {
            assert_eq!(binding(|binding| binding.proof.truncate(length)), "binding-proof");
        }
        assert_eq!(binding(|binding| binding.proof.extend([0; 128])), "binding-proof");
    }

    #[test]
    fn registered_commitments_are_read_without_a_check_where_they_were_checked() {
        let (registration, _) = stored();
        let binding = &registration.binding;
        let registered = binding.verify(&registration.subject).unwrap();
        assert_eq!(binding.registered(), Some(registered.clone()));
        assert_eq!(registered.len(), 1);
        assert_ne!(registered[0], G1::INFINITY);
        let mut short = binding.clone();
        short.proof.truncate(63);
        assert_eq!(short.registered(), None);
    }

    #[test]
    fn rejects_one_bit_of_every_proof_byte() {
        let (registration, mut proof) = stored();
        for place in 0..proof.proof.len() {
            let bit = 1 << (place % 8);
            proof.proof[place] ^= bit;
            let refusal = verify(&registration, &proof, &equations()).unwrap_err();
            let part = if place < registration.plan.plonk_bytes() { "proof" } else { "link" };
            assert_eq!(refusal.check(), part, "byte {place}");
            proof.proof[place] ^= bit;
        }
        assert!(verify(&registration, &proof, &equations()).is_ok());
    }

    #[test]
    fn rejects_every_other_length() {
        let (registration, proof) = stored();
        let with = |bytes: &[u8]| {
            let proof = ProofFile { proof: bytes.to_vec(), ..proof.clone() };
            verify(&registration, &proof, &equations()).unwrap_err().check()
        };
        for len in 0..proof.proof.len() {
            assert_eq!(with(&proof.proof[..len]), "proof", "{len} bytes");
        }
        for more in [1, 31, 32, 64, 4096] {
            let mut longer = proof.proof.clone();
            longer.resize(longer.len() + more, 0);
            assert_eq!(with(&longer), "proof", "{more} bytes more");
        }
    }

    #[test]
    fn rejects_words_that_are_only_equal_after_reduction() {
        let (registration, proof) = stored();
        let mut tried = 0;
        for start in (0..proof.proof.len()).step_by(32) {
            let word: [u8; 32] = proof.proof[start..start + 32].try_into().unwrap();
            let Some(sum) = add(word, MODULUS) else { continue };
            let mut edited = proof.clone();
            edited.proof[start..start + 32].copy_from_slice(&sum);
            let refusal = verify(&registration, &edited, &equations()).unwrap_err();
            let part = if start < registration.plan.plonk_bytes() { "proof" } else { "link" };
            assert_eq!(refusal.check(), part, "word at byte {start}");
            tried += 1;
        }
        assert!(tried > 10, "{tried} words");
    }

    /// The sum of two words, if it is a word.
    fn add(word: [u8; 32], other: [u8; 32]) -> Option<[u8; 32]> {
        let (mut sum, mut carry) = ([0; 32], 0);
        for place in (0..32).rev() {
            let digit = u16::from(word[place]) + u16::from(other[place]) + carry;
            sum[place] = digit.to_be_bytes()[1];
            carry = digit >> 8;
        }
        (carry == 0).then_some(sum)
    }
}
