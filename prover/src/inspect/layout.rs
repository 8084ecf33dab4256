//! The layout of an inference circuit: what it costs, and why it and no other was chosen.

use super::Description;
use crate::circuit::{self, CircuitError};
use crate::planner::choose::{Candidate, Choice};
use crate::planner::{Calibration, Counts, Goal, Prediction, predict};
use tribute_circuits::CircuitParams;
use tribute_verifier::plan::InferenceShape;

const MEBIBYTE: u64 = 1 << 20;

/// Says what a layout costs, and which layouts there were to choose from.
pub(super) fn facts(description: &mut Description, shape: &InferenceShape, k: u32) {
    if let Err(error) = explain(description, shape, k) {
        description.remark(format!("The layout is not explained: {error}."));
    }
}

fn explain(
    description: &mut Description,
    shape: &InferenceShape,
    k: u32,
) -> Result<(), CircuitError> {
    let params = circuit::layout(shape, k)?;
    params.validate()?;
    let calibration = Calibration::cached();
    let rates = calibration.clone().unwrap_or_else(Calibration::reference).rates;
    let choice = Choice::new(&params.shape, params.queries)?;
    let price = |candidate: &Candidate| prices(&candidate.at(&rates));
    description
        .fact("layout", &words(&params))
        .fact("expected", &prices(&predict(&Counts::of(&params)?, &rates)))
        .fact("layouts considered", &choice.considered());
    let mut chosen_for = Vec::new();
    for goal in Goal::ALL {
        let best = choice.best(goal)?;
        if best.params == params {
            chosen_for.push(goal.name());
        }
        let name = match goal {
            Goal::Prover => "best for prover",
            Goal::Gas => "best for gas",
            Goal::Memory => "best for memory",
        };
        description.fact(name, &format!("{}: {}", words(&best.params), price(best)));
    }
    let chosen = match &chosen_for[..] {
        [] => "no goal of `setup --optimize` gives this layout".to_owned(),
        goals => format!("`setup --optimize {}` gives this layout", goals.join("|")),
    };
    let machine = match calibration {
        Some(_) => "this machine, as `tribute sizes` measured it",
        None => "the machine that choices are made for; `tribute sizes` measures this one",
    };
    description.remark(format!(
        "Of the layouts, {chosen}. Among those within 3% of the least cost the one that is proven fastest is taken, among the fastest the one that takes the least gas. Bytes are \
         exact, gas is that of a verification by the exported contract, seconds and memory are those of {machine}."
    ));
    Ok(())
}

fn words(params: &CircuitParams) -> String {
    let CircuitParams { shape: _, queries, threads, k, weight_columns, limb_bits, limb_lanes } =
        params;
    let columns = format!(
        "2^{k} rows, {weight_columns} weight columns, {limb_lanes} limbs of {limb_bits} bits a row"
    );
    match queries {
        1 => columns,
        _ => format!("{columns}, {queries} queries, {threads} beside each other"),
    }
}

fn prices(prediction: &Prediction) -> String {
    let Prediction { prove_seconds, memory_bytes, proof_bytes, calldata_bytes: _, gas } =
        prediction;
    let memory = memory_bytes.div_ceil(MEBIBYTE);
    format!("{prove_seconds:.2} s, {memory} MiB, {proof_bytes} bytes, {gas} gas")
}
