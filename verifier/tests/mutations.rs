//! Files with bytes changed at random: nothing panics, and nothing but the honest statement is accepted.

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use tribute_verifier::certificate::Limits;
    use tribute_verifier::policy::Policy;
    use tribute_verifier::proof_file::ProofFile;
    use tribute_verifier::registration::Registration;
    use tribute_verifier::verify::verify;

    /// What equations show within the usual limits, whoever made them.
    fn equations() -> Policy {
        Policy::equations_alone(Limits::default())
    }

    const REGISTRATION: &[u8] = include_bytes!("fixtures/registration.json");
    const PROOF: &[u8] = include_bytes!("fixtures/proof.json");

    /// Characters that keep a good part of the mutants readable.
    const LIKELY: &[u8] = b"0123456789abcdef-.,:\"[]{} xtrue\\\n";

    #[derive(Clone, Debug)]
    enum Mutation {
        Replace(prop::sample::Index, u8),
        Insert(prop::sample::Index, u8),
        Remove(prop::sample::Index),
        Swap(prop::sample::Index, prop::sample::Index),
        Repeat(prop::sample::Index, prop::sample::Index),
        Cut(prop::sample::Index),
    }

    fn mutation() -> impl Strategy<Value = Mutation> {
        let byte = || prop_oneof![4 => prop::sample::select(LIKELY), 1 => any::<u8>()];
        prop_oneof![
            8 => (any::<prop::sample::Index>(), byte()).prop_map(|(at, b)| Mutation::Replace(at, b)),
            2 => (any::<prop::sample::Index>(), byte()).prop_map(|(at, b)| Mutation::Insert(at, b)),
            2 => any::<prop::sample::Index>().prop_map(Mutation::Remove),
            1 => any::<[prop::sample::Index; 2]>().prop_map(|[a, b]| Mutation::Swap(a, b)),
            1 => any::<[prop::sample::Index; 2]>().prop_map(|[a, b]| Mutation::Repeat(a, b)),
            1 => any::<prop::sample::Index>().prop_map(Mutation::Cut),
        ]
    }

    fn apply(mutations: &[Mutation], bytes: &[u8]) -> Vec<u8> {
        let mut bytes = bytes.to_vec();
        for mutation in mutations {
            let len = bytes.len().max(1);
            if bytes.is_empty() {
                bytes.push(b' ');
            }
            match mutation {
                Mutation::Replace(at, byte) => bytes[at.index(len)] = *byte,
                Mutation::Insert(at, byte) => bytes.insert(at.index(len), *byte),
                Mutation::Remove(at) => drop(bytes.remove(at.index(len))),
                Mutation::Swap(a, b) => bytes.swap(a.index(len), b.index(len)),
                Mutation::Repeat(a, b) => {
                    let (from, to) =
                        (a.index(len).min(b.index(len)), a.index(len).max(b.index(len)));
                    bytes.extend_from_within(from..to);
                }
                Mutation::Cut(at) => bytes.truncate(at.index(len)),
            }
        }
        bytes
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2_000))]

        #[test]
        fn a_mutated_proof_is_accepted_only_where_it_reads_the_same(
            mutations in prop::collection::vec(mutation(), 1..4),
        ) {
            let registration = Registration::from_json(REGISTRATION).unwrap();
            let honest = ProofFile::from_json(PROOF).unwrap();
            if let Ok(mutant) = ProofFile::from_json(&apply(&mutations, PROOF)) {
                let accepted = verify(&registration, &mutant, &equations()).is_ok();
                prop_assert_eq!(accepted, mutant == honest);
            }
        }

        #[test]
        fn a_mutated_registration_is_accepted_only_with_the_same_subject(
            mutations in prop::collection::vec(mutation(), 1..4),
        ) {
            let honest = Registration::from_json(REGISTRATION).unwrap();
            let proof = ProofFile::from_json(PROOF).unwrap();
            if let Ok(mutant) = Registration::from_json(&apply(&mutations, REGISTRATION))
                && verify(&mutant, &proof, &equations()).is_ok()
            {
                prop_assert_eq!(mutant.subject, honest.subject);
            }
        }
    }
}
