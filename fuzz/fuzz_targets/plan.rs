//! Any bytes as a plan: what is read has one canonical text, and renders as a contract or says why not.

#![no_main]

use libfuzzer_sys::fuzz_target;
use tribute_verifier::plan::Plan;
use tribute_verifier::solidity::{KeyPlacement, render_with};

/// Steps beyond which rendering takes the time of many other inputs.
const MAX_NODES: usize = 4_096;

fuzz_target!(|bytes: &[u8]| {
    let Ok(plan) = Plan::from_json(bytes) else { return };
    let text = plan.to_json().expect("a plan that was read is written");
    assert_eq!(Plan::from_json(&text).expect("its text is read again"), plan);
    let link = if plan.linked_proofs().is_some() { 128 } else { 0 };
    assert_eq!(plan.proof_bytes(), plan.plonk_bytes() + link);
    assert_eq!(plan.plonk_bytes(), 64 * plan.proof_points() + 32 * plan.proof_scalars());
    if plan.nodes.len() <= MAX_NODES {
        for placement in [KeyPlacement::Embedded, KeyPlacement::Interpreted] {
            drop(render_with(&plan, "Verifier", placement));
        }
    }
});
