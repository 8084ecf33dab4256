//! The circuit as it is. A change of columns, rows or constraints shows here, and means a new circuit version.

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use tribute_circuits::{CircuitParams, InferenceCircuit, Shape};
    use tribute_verifier::method::ResidualKind;

    #[test]
    fn the_digits_circuit_is_the_one_on_record() {
        let shape = Shape {
            inputs: 64,
            hidden: vec![32],
            classes: 10,
            contributors: 12,
            residual: ResidualKind::Query,
        };
        let params = CircuitParams::fit(&shape).unwrap();
        let mut text = format!("{params:#?}\n{:#?}\n", params.size().unwrap());
        for constraint in InferenceCircuit::for_keys(&params).unwrap().constraints() {
            writeln!(text, "{constraint}").unwrap();
        }
        insta::assert_snapshot!(text);
    }
}
