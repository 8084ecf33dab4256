//! How safe an SRS is follows from its points, and nothing that a file says of itself changes it.

#[cfg(test)]
mod tests {
    use ark_bn254::{Fr, G2Affine};
    use ark_ec::{AffineRepr as _, CurveGroup as _};
    use serde_json::{Value, json};
    use tribute_verifier::certificate::Limits;
    use tribute_verifier::plan::{G2, Plan};
    use tribute_verifier::policy::{Policy, Trust};
    use tribute_verifier::proof_file::ProofFile;
    use tribute_verifier::registration::Registration;
    use tribute_verifier::solidity::{self, KeyPlacement};
    use tribute_verifier::srs::{CEREMONIES, SrsOrigin};
    use tribute_verifier::verify::verify;

    const REGISTRATION: &str = include_str!("fixtures/registration.json");
    const PROOF: &str = include_str!("fixtures/proof.json");

    fn stored() -> (Registration, ProofFile) {
        (
            Registration::from_json(REGISTRATION.as_bytes()).unwrap(),
            ProofFile::from_json(PROOF.as_bytes()).unwrap(),
        )
    }

    /// All but the SRS is accepted.
    fn only_known_ceremonies() -> Policy {
        Policy {
            development_srs: false,
            trust: Trust::Unchecked,
            ..Policy::equations_alone(Limits::default())
        }
    }

    #[test]
    fn clearing_the_flags_of_a_development_case_gives_no_clean_verdict() {
        let cleared = |text: &str, places: &[&str]| {
            let mut value: Value = serde_json::from_str(text).unwrap();
            for place in places {
                value.pointer_mut(place).unwrap()["unsafe_srs"] = json!(false);
            }
            value.to_string()
        };
        let registration = cleared(REGISTRATION, &["/plan", "/binding/plan"]);
        assert!(Registration::from_json(registration.as_bytes()).is_err());
        assert!(ProofFile::from_json(cleared(PROOF, &[""]).as_bytes()).is_err());
        let (registration, proof) = stored();
        let refusal = verify(&registration, &proof, &only_known_ceremonies()).unwrap_err();
        assert_eq!(refusal.check(), "development-srs");
        let verdict =
            verify(&registration, &proof, &Policy::equations_alone(Limits::default())).unwrap();
        assert!(verdict.basis.unsafe_srs && verdict.to_string().contains("UNSAFE"));
        assert_eq!(verdict.basis.srs.origin, SrsOrigin::Unknown);
    }

    #[test]
    fn an_srs_of_a_secret_that_its_forger_knows_is_refused() {
        let (mut registration, proof) = stored();
        let s_g2 = G2((G2Affine::generator() * Fr::from(7_u64)).into_affine());
        (registration.plan.srs.s_g2, registration.binding.plan.srs.s_g2) = (s_g2, s_g2);
        let refusal = verify(&registration, &proof, &only_known_ceremonies()).unwrap_err();
        assert_eq!(refusal.check(), "development-srs");
    }

    #[test]
    fn an_own_ceremony_is_accepted_by_its_name_and_no_other() {
        let (registration, proof) = stored();
        let digest = registration.plan.srs.digest();
        let naming = |digest| Policy {
            trusted_srs: std::collections::BTreeSet::from([digest]),
            ..only_known_ceremonies()
        };
        let verdict = verify(&registration, &proof, &naming(digest)).unwrap();
        assert_eq!(verdict.basis.srs.origin, SrsOrigin::Trusted);
        assert!(verdict.to_string().contains("trusted by name"), "{verdict}");
        assert!(!verdict.to_string().contains("UNSAFE"), "{verdict}");
        let mut other = digest;
        other.0[0] ^= 1;
        let refusal = verify(&registration, &proof, &naming(other)).unwrap_err();
        assert_eq!(refusal.check(), "development-srs");
    }

    #[test]
    fn a_contract_compares_its_pairing_with_the_known_ceremonies() {
        let (registration, _) = stored();
        let render = |plan: &Plan, trusted| {
            solidity::render_trusting(plan, "Verifier", KeyPlacement::Separate, trusted)
        };
        let source = render(&registration.plan, None).unwrap().source;
        assert!(source.contains("UNSAFE_SRS = (TAU_X1 != 0x26186a2d"), "{source}");
        assert!(source.contains("revert UnsafeSrs(chain)"));
        let digest = registration.plan.srs.digest();
        let source = render(&registration.plan, Some(digest)).unwrap().source;
        assert!(source.contains(&format!("TRUSTED_SRS = {digest}")));
        assert!(!source.contains("revert UnsafeSrs(chain)"));
        let mut other = digest;
        other.0[0] ^= 1;
        assert!(render(&registration.plan, Some(other)).is_err());
        let mut genuine = registration.plan.clone();
        genuine.srs.s_g2 = CEREMONIES[0].points().unwrap().1;
        let source = render(&genuine, None).unwrap().source;
        assert!(!source.contains("revert UnsafeSrs(chain)"));
    }
}
