//! Rows and columns of circuits, by shape: of a query, and of an index by its number of rows.

#![allow(clippy::print_stdout, reason = "this is what the command is for")]

use comfy_table::Table;
use tribute_circuits::{CircuitParams, CircuitSize, IndexParams, IndexShape, ParamsError, Shape};
use tribute_verifier::method::MethodId;

const METHOD: MethodId = MethodId::GroupNewton;
/// A slack that the cases have.
const ETA: u32 = 80;

fn main() -> Result<(), ParamsError> {
    let mut table = Table::new();
    table.set_header([
        "circuit",
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
        let shape = shape(inputs, hidden, contributors);
        let params = CircuitParams::fit(shape.clone())?;
        table.add_row(line("query", &shape, params.k, params.size()?));
    }
    for (hidden, inputs, rows) in [
        (vec![32], 64, 200),
        (vec![32], 64, 800),
        (vec![32], 64, 1600),
        (vec![32], 64, 3200),
        (vec![48, 24], 64, 300),
        (vec![128], 784, 300),
    ] {
        let shape = shape(inputs, hidden, 12);
        let index = IndexShape { shape: shape.clone(), method: METHOD, rows, eta: ETA };
        let params = IndexParams::fit(index)?;
        table.add_row(line(&format!("index of {rows} rows"), &shape, params.k, params.size()?));
    }
    println!("{table}");
    Ok(())
}

fn shape(inputs: usize, hidden: Vec<usize>, contributors: usize) -> Shape {
    Shape { inputs, hidden, classes: 10, contributors, residual: METHOD.residual() }
}

fn line(circuit: &str, shape: &Shape, k: u32, size: CircuitSize) -> Vec<String> {
    let widths: Vec<String> = std::iter::once(&shape.inputs)
        .chain(&shape.hidden)
        .chain([&shape.classes])
        .map(ToString::to_string)
        .collect();
    let k = usize::try_from(k).unwrap_or_default();
    let mut line = vec![circuit.to_owned(), widths.join("-")];
    line.extend(
        [shape.contributors, k, size.rows, size.first_phase, size.second_phase, size.fixed]
            .map(|number| number.to_string()),
    );
    line
}
