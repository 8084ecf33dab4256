//! Sizes as CSV: one line for each circuit, a field without a value left empty.

use super::{Row, SizesError};
use csv::WriterBuilder;

/// Writes the table, with a header.
///
/// # Errors
/// Fails if the writer does.
pub fn csv(rows: &[Row]) -> Result<Vec<u8>, SizesError> {
    let mut bytes = Vec::new();
    let mut writer = WriterBuilder::new().from_writer(&mut bytes);
    for row in rows {
        writer.serialize(row)?;
    }
    writer.flush().map_err(csv::Error::from)?;
    drop(writer);
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::planner::{Calibration, Goal};
    use crate::progress::Unobserved;
    use crate::sizes::Sweep;

    #[test]
    fn every_line_has_as_many_fields_as_the_header() {
        let sweep = Sweep {
            inputs: vec![4],
            hidden: vec![vec![], vec![3]],
            classes: vec![2],
            contributors: vec![2],
            batches: vec![1],
            index_rows: vec![8],
            goals: vec![Goal::Gas],
            measure: false,
            compiler: None,
        };
        let sizes = sweep.run(&Calibration::reference(), &Unobserved).unwrap();
        let bytes = csv(&sizes.rows).unwrap();
        let mut reader = csv::Reader::from_reader(&bytes[..]);
        let header = reader.headers().unwrap().clone();
        let place = |name| header.iter().position(|field| field == name).unwrap();
        let records: Vec<_> = reader.records().map(Result::unwrap).collect();
        assert_eq!(records.len(), 4);
        for (record, row) in records.iter().zip(&sizes.rows) {
            assert_eq!(record[place("proof_bytes")], row.proof_bytes.to_string());
            assert_eq!(record[place("prove_seconds")].is_empty(), row.prove_seconds.is_none());
        }
    }
}
