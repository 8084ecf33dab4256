//! The stored proof of a batch is accepted; every edit of it and of its statement is refused, by the check that guards
//! the edited value. The circuit behind it only echoes its public inputs (see `prover/tests/echo.rs`).

#[cfg(test)]
mod tests {
    use tribute_verifier::batch::BatchStatement;
    use tribute_verifier::batch_proof::BatchProof;
    use tribute_verifier::certificate::Limits;
    use tribute_verifier::field::FieldElement;
    use tribute_verifier::method::MethodId;
    use tribute_verifier::payees::Address;
    use tribute_verifier::plan::CircuitDescription;
    use tribute_verifier::policy::{Contexts, Policy};
    use tribute_verifier::proof_file::ProofFile;
    use tribute_verifier::registration::Registration;
    use tribute_verifier::verify::{Refusal, verify, verify_batch};

    /// What equations show within the usual limits, whoever made them.
    fn equations() -> Policy {
        Policy::equations_alone(Limits::default())
    }

    /// The same, for the answers to these requests.
    fn asked(contexts: &[FieldElement]) -> Policy {
        Policy { contexts: Contexts::Expected(contexts.to_vec()), ..equations() }
    }

    fn stored() -> (Registration, BatchProof) {
        let registration = include_bytes!("fixtures/batch_registration.json");
        let proof = include_bytes!("fixtures/batch_proof.json");
        (Registration::from_json(registration).unwrap(), BatchProof::from_json(proof).unwrap())
    }

    fn single() -> (Registration, ProofFile) {
        let registration = Registration::from_json(include_bytes!("fixtures/registration.json"));
        let proof = ProofFile::from_json(include_bytes!("fixtures/proof.json"));
        (registration.unwrap(), proof.unwrap())
    }

    /// The check that refuses an edited proof file.
    fn file(edit: impl FnOnce(&mut BatchProof)) -> &'static str {
        let (registration, mut proof) = stored();
        let honest = proof.clone();
        edit(&mut proof);
        assert_ne!(proof, honest, "the edit changes nothing");
        verify_batch(&registration, &proof, &equations()).unwrap_err().check()
    }

    /// The check that refuses an edited statement.
    fn statement(edit: impl FnOnce(&mut BatchStatement)) -> &'static str {
        file(|proof| edit(&mut proof.statement))
    }

    fn other() -> FieldElement {
        FieldElement::from_u128(1)
    }

    #[test]
    fn accepts_the_stored_batch_and_says_what_it_answers() {
        let (registration, proof) = stored();
        let queries = proof.statement.queries.iter();
        let contexts: Vec<_> = queries.map(|query| query.context).collect();
        let verdict = verify_batch(&registration, &proof, &asked(&contexts)).unwrap();
        assert_eq!((verdict.queries, verdict.unattributed, verdict.shares.len()), (3, 1, 4));
        assert!(verdict.basis.unsafe_srs && verdict.contexts_compared);
        let outputs: Vec<_> = verdict.answers.iter().map(|answer| answer.output).collect();
        assert_eq!(outputs, [1, 0, 2]);
        let line = verdict.to_string();
        assert!(line.contains("answered 3 queries; by group-newton"), "{line}");
        assert!(line.contains("but for 1 answer that nobody supports"), "{line}");
        assert!(line.contains("contexts as expected") && line.contains("UNSAFE"), "{line}");
    }

    #[test]
    fn a_plan_takes_proofs_of_its_own_kind_only() {
        let ((batches, batch), (singles, single)) = (stored(), single());
        let refusal = verify(&batches, &single, &equations()).unwrap_err();
        assert!(matches!(refusal, Refusal::SingleForBatch { queries: 4 }), "{refusal}");
        assert_eq!(refusal.check(), "plan-batch");
        let refusal = verify_batch(&singles, &batch, &equations()).unwrap_err();
        assert!(matches!(refusal, Refusal::BatchForSingle), "{refusal}");
        assert_eq!(refusal.check(), "plan-single");
    }

    #[test]
    fn rejects_other_contexts_than_expected() {
        let (registration, proof) = stored();
        let queries = proof.statement.queries.iter();
        let mut contexts: Vec<_> = queries.map(|query| query.context).collect();
        let check = |contexts: &[FieldElement]| {
            verify_batch(&registration, &proof, &asked(contexts)).unwrap_err().check()
        };
        assert_eq!(check(&contexts[..2]), "context-count");
        assert_eq!(check(&[]), "context-count");
        contexts.swap(0, 1);
        assert_eq!(check(&contexts), "context");
    }

    #[test]
    fn rejects_every_edited_field_of_the_statement() {
        assert_eq!(statement(|s| s.method = MethodId::Influence), "method");
        assert_eq!(statement(|s| s.model_commitment = other()), "model-commitment");
        assert_eq!(statement(|s| s.index_commitment = other()), "index-commitment");
        assert_eq!(statement(|s| s.contributors[1].name.push('!')), "contributor-name");
        let edit = |s: &mut BatchStatement| s.contributors[3].address = Address([9; 20]);
        assert_eq!(statement(edit), "contributor-address");
        assert_eq!(statement(|s| s.contributors.truncate(3)), "contributor-count");
        assert_eq!(statement(|s| s.queries.clear()), "query-count");
        let edit = |s: &mut BatchStatement| s.queries.extend_from_within(..2);
        assert_eq!(statement(edit), "query-count");
        assert_eq!(statement(|s| s.queries[0].output = 2), "output-largest");
        assert_eq!(statement(|s| s.queries[1].output = 1), "output-largest"); // a later tie
        assert_eq!(statement(|s| s.queries[0].output = 3), "output-range");
        assert_eq!(statement(|s| s.queries[2].logits[0] = 1 << 23), "logit-range");
        assert_eq!(statement(|s| s.queries[2].logits.push(0)), "class-count");
        let edit = |s: &mut BatchStatement| {
            s.queries.iter_mut().for_each(|query| query.logits.push(-9));
        };
        assert_eq!(statement(edit), "class-count");
        let edit = |s: &mut BatchStatement| s.queries[1].input_commitment = FieldElement::ZERO;
        assert_eq!(statement(edit), "input-commitment");
        assert_eq!(statement(|s| s.totals_ppm[0] += 1), "total-sum");
        assert_eq!(statement(|s| s.totals_ppm[0] = 2_000_001), "total-range");
        assert_eq!(statement(|s| s.totals_ppm.truncate(3)), "total-count");
        assert_eq!(statement(|s| s.queries[1].unattributed = false), "total-sum");
        assert_eq!(statement(|s| s.queries[0].unattributed = true), "total-range");
    }

    /// Edits that leave a statement plausible, so that only the equations can tell.
    #[test]
    fn rejects_plausible_batches_that_the_proof_does_not_show() {
        assert_eq!(statement(|s| s.queries[0].context = FieldElement::ZERO), "proof");
        assert_eq!(statement(|s| s.queries[2].input_commitment = other()), "proof");
        assert_eq!(statement(|s| s.queries[1].logits[2] -= 1), "proof");
        assert_eq!(statement(|s| s.queries.swap(0, 2)), "proof");
        assert_eq!(statement(|s| s.totals_ppm.swap(0, 2)), "proof");
        let edit = |s: &mut BatchStatement| {
            let flags = [true, false, false];
            s.queries.iter_mut().zip(flags).for_each(|(query, flag)| query.unattributed = flag);
        };
        assert_eq!(statement(edit), "proof");
        // The query that nobody supports is not left out, and no slot is filled behind the others.
        let edit = |s: &mut BatchStatement| drop(s.queries.remove(1));
        assert_eq!(statement(edit), "proof");
        let edit = |s: &mut BatchStatement| s.queries.extend_from_within(1..2);
        assert_eq!(statement(edit), "proof");
    }

    #[test]
    fn rejects_a_plan_with_more_or_fewer_slots() {
        let check = |queries| {
            let (mut registration, proof) = stored();
            match &mut registration.plan.circuit {
                CircuitDescription::Inference(shape) => shape.queries = queries,
                other => panic!("{other:?}"),
            }
            verify_batch(&registration, &proof, &equations()).unwrap_err().check()
        };
        assert_eq!(check(6), "binding-layout");
        assert_eq!(check(1), "binding-layout");
    }

    #[test]
    fn rejects_one_bit_of_every_proof_byte_and_other_lengths() {
        let (registration, mut proof) = stored();
        for place in 0..proof.proof.len() {
            let bit = 1 << (place % 8);
            proof.proof[place] ^= bit;
            let refusal = verify_batch(&registration, &proof, &equations()).unwrap_err();
            let part = if place < registration.plan.plonk_bytes() { "proof" } else { "link" };
            assert_eq!(refusal.check(), part, "byte {place}");
            proof.proof[place] ^= bit;
        }
        assert_eq!(file(|proof| proof.proof.truncate(64)), "proof");
        assert_eq!(file(|proof| proof.proof.push(0)), "proof");
    }

    /// Public inputs alike, the binding proof of a registration of single queries is no stand-in for that of batches.
    #[test]
    fn rejects_the_binding_proof_of_single_queries() {
        let (mut registration, proof) = stored();
        registration.binding = single().0.binding;
        assert_eq!(
            verify_batch(&registration, &proof, &equations()).unwrap_err().check(),
            "binding-layout"
        );
    }
}
