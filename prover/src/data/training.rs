//! `train.csv`: the rows a model was trained on, with their owners and labels.

use std::path::Path;

use super::error::{DataError, Problem};
use super::registry::Registry;
use super::table::{Table, shown};
use crate::model::quantize_value;
use tribute_circuits::reference::fixed_point::{INPUT_BITS, INPUT_SCALE};

/// The largest training file.
const FILE_LIMIT: u64 = 1 << 30;
/// The most rows: the places of the dataset tree.
pub const ROW_LIMIT: usize = 1 << 21;
/// The most features of all rows together.
pub const CELL_LIMIT: usize = 1 << 24;
const HEADER: &str = "contributor,label,f0,f1,..";

/// What a model asks of its data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DataShape {
    /// Inputs of the model.
    pub inputs: usize,
    /// Classes of the model.
    pub classes: usize,
}

/// Training rows in file order, which is registration order.
#[derive(Clone, Debug, PartialEq)]
pub struct TrainingSet {
    /// Who owns rows, in registry order.
    pub registry: Registry,
    /// Features of each row as integers.
    pub features: Vec<Vec<i16>>,
    /// The same features as they stood in the file, for comparing with the float model.
    pub values: Vec<Vec<f32>>,
    /// Class of each row.
    pub labels: Vec<usize>,
    /// Owner of each row, a place in the registry.
    pub owners: Vec<usize>,
}

/// Reads a training file. Without a registry, contributors are registered in order of first appearance and have no
/// addresses.
///
/// # Errors
/// Fails on the first cell that is not what it must be, and names its line and column.
pub fn read_training(
    path: &Path,
    shape: DataShape,
    registry: Option<Registry>,
) -> Result<TrainingSet, DataError> {
    let mut table = Table::open(path, FILE_LIMIT, HEADER)?;
    table.expect_leading(&["contributor", "label"], HEADER)?;
    check_columns(&table, 2, shape.inputs)?;
    let given = registry.is_some();
    let mut set = TrainingSet {
        registry: registry.unwrap_or_default(),
        features: Vec::new(),
        values: Vec::new(),
        labels: Vec::new(),
        owners: Vec::new(),
    };
    while table.advance()? {
        if set.labels.len() == ROW_LIMIT {
            return Err(table.here(None, Problem::TooManyRows { limit: ROW_LIMIT }));
        }
        if (set.labels.len() + 1) * shape.inputs > CELL_LIMIT {
            return Err(table.here(None, Problem::TooManyCells { limit: CELL_LIMIT }));
        }
        let name = table.cell(0)?;
        let owner = match set.registry.place(name) {
            Some(place) => place,
            None if given => {
                let problem = Problem::UnknownContributor { name: shown(name) };
                return Err(table.here(Some(0), problem));
            }
            None => {
                set.registry.push(name, None).map_err(|problem| table.here(Some(0), problem))?
            }
        };
        let label =
            label(table.cell(1)?, shape.classes).map_err(|problem| table.here(Some(1), problem))?;
        let (features, values) = features(&table, 2)?;
        set.owners.push(owner);
        set.labels.push(label);
        set.features.push(features);
        set.values.push(values);
    }
    if set.labels.is_empty() { Err(table.fault(None, None, Problem::NoRows)) } else { Ok(set) }
}

/// Checks the number of feature columns, which start at `from`.
pub(super) fn check_columns(table: &Table, from: usize, expected: usize) -> Result<(), DataError> {
    let actual = table.header.len() - from;
    if actual == expected {
        Ok(())
    } else {
        Err(table.fault(Some(1), None, Problem::Columns { expected, actual }))
    }
}

/// The features of the current row, which start at column `from`: as integers and as they stand.
#[allow(
    clippy::cast_possible_truncation,
    reason = "rounding to the model's own precision; the integers are made from the double"
)]
pub(super) fn features(table: &Table, from: usize) -> Result<(Vec<i16>, Vec<f32>), DataError> {
    let count = table.header.len() - from;
    let (mut integers, mut values) = (Vec::with_capacity(count), Vec::with_capacity(count));
    for column in from..table.header.len() {
        let value = table.number(column)?;
        let integer = quantize_value(value, INPUT_SCALE, INPUT_BITS)
            .and_then(|q| i16::try_from(q).ok())
            .ok_or_else(|| table.here(Some(column), Problem::FeatureRange { value }))?;
        integers.push(integer);
        values.push(value as f32);
    }
    Ok((integers, values))
}

/// A class number. Whole numbers written as decimals (`3.0`) are what data frames save.
fn label(cell: &str, classes: usize) -> Result<usize, Problem> {
    let whole = cell.split_once('.').map_or(cell, |(whole, fraction)| {
        if fraction.bytes().all(|b| b == b'0') { whole } else { cell }
    });
    let label: u64 = whole.parse().map_err(|_| Problem::LabelFormat { cell: shown(cell) })?;
    let class = usize::try_from(label).ok().filter(|&class| class < classes);
    class.ok_or(Problem::LabelRange { label, classes })
}
