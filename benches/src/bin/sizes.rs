//! Rows and columns of inference circuits, by shape.

#![allow(clippy::print_stdout, reason = "this is what the command is for")]

use comfy_table::Table;
use tribute_circuits::{CircuitParams, Shape};
use tribute_verifier::method::ResidualKind;

fn main() -> Result<(), tribute_circuits::ParamsError> {
    let mut table = Table::new();
    table.set_header([
        "network",
        "contributors",
        "k",
        "rows used",
        "first-phase columns",
        "second-phase columns",
        "fixed columns",
    ]);
    for (hidden, inputs, contributors) in [
        (vec![], 64, 8),
        (vec![32], 64, 12),
        (vec![32], 64, 64),
        (vec![48, 24], 64, 10),
        (vec![128], 784, 12),
    ] {
        let shape = Shape {
            inputs,
            hidden: hidden.clone(),
            classes: 10,
            contributors,
            residual: ResidualKind::Query,
        };
        let params = CircuitParams::fit(shape)?;
        let size = params.size()?;
        let widths: Vec<String> = std::iter::once(inputs)
            .chain(hidden)
            .chain([10])
            .map(|width| width.to_string())
            .collect();
        table.add_row([
            widths.join("-"),
            contributors.to_string(),
            params.k.to_string(),
            size.rows.to_string(),
            size.first_phase.to_string(),
            size.second_phase.to_string(),
            size.fixed.to_string(),
        ]);
    }
    println!("{table}");
    Ok(())
}
