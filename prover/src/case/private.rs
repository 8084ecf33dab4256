//! `private/case.json`: everything a prover knows and nobody else needs.

use super::CaseError;
use serde::{Deserialize, Serialize};
use tribute_circuits::reference::{HiddenLayer, Model, Table};
use tribute_verifier::commitment::{
    HiddenView, ModelView, TableView, model_commitment, table_commitment,
};
use tribute_verifier::digest::Digest;
use tribute_verifier::field::FieldElement;

/// The private half of a case.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PrivateCase {
    /// Name and version.
    pub format: String,
    /// Salt of the model commitment.
    pub model_salt: FieldElement,
    /// Salt of the table commitment.
    pub table_salt: FieldElement,
    /// Secret from which row salts are derived.
    pub dataset_salt: Digest,
    /// The model.
    pub model: PrivateModel,
    /// The attribution table.
    pub table: PrivateTable,
    /// The rows.
    pub rows: PrivateRows,
}

/// Integers of a model.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PrivateModel {
    /// Number of inputs.
    pub inputs: usize,
    /// Hidden layers in order.
    pub hidden: Vec<PrivateLayer>,
    /// Number of classes.
    pub classes: usize,
    /// Head, row-major, the bias row last.
    pub head: Vec<i32>,
}

/// Integers of a hidden layer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PrivateLayer {
    /// Values that come in.
    pub inputs: usize,
    /// Values that go out.
    pub outputs: usize,
    /// Weights, input-major.
    pub weights: Vec<i16>,
    /// Biases.
    pub biases: Vec<i32>,
}

/// Integers of an attribution table.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PrivateTable {
    /// Number of features, the constant one included.
    pub features: usize,
    /// Number of classes.
    pub classes: usize,
    /// Number of contributors.
    pub contributors: usize,
    /// Entries by feature, class, contributor.
    #[serde(with = "decimals")]
    pub entries: Vec<i64>,
}

/// Training rows in registration order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PrivateRows {
    /// Input integers.
    pub features: Vec<Vec<i16>>,
    /// Classes.
    pub labels: Vec<usize>,
    /// Contributors, in registry order from 0.
    pub owners: Vec<usize>,
    /// Whether each row takes part.
    pub admitted: Vec<bool>,
}

impl PrivateCase {
    /// Name and version of the format.
    pub const FORMAT: &'static str = "tribute/case/1";

    /// Returns the model, checked.
    ///
    /// # Errors
    /// Fails if the integers are not those of a model.
    pub fn model(&self) -> Result<Model, CaseError> {
        let PrivateModel { inputs, hidden, classes, head } = self.model.clone();
        let hidden = hidden
            .into_iter()
            .map(|PrivateLayer { inputs, outputs, weights, biases }| HiddenLayer {
                inputs,
                outputs,
                weights,
                biases,
            })
            .collect();
        Ok(Model::new(inputs, hidden, classes, head)?)
    }

    /// Returns the table, checked.
    ///
    /// # Errors
    /// Fails if the integers are not those of a table.
    pub fn table(&self) -> Result<Table, CaseError> {
        let PrivateTable { features, classes, contributors, entries } = self.table.clone();
        Ok(Table::new(features, classes, contributors, entries)?)
    }

    /// Commits to the model under its salt.
    ///
    /// # Errors
    /// Fails if an integer does not fit its width.
    pub fn model_commitment(&self, model: &Model) -> Result<FieldElement, CaseError> {
        Ok(model_commitment(self.model_salt, &model_view(model))?)
    }

    /// Commits to the table under its salt.
    ///
    /// # Errors
    /// Fails if an entry does not fit its width.
    pub fn table_commitment(&self, table: &Table) -> Result<FieldElement, CaseError> {
        let Table { features, classes, contributors, ref entries } = *table;
        let view = TableView { features, classes, contributors, entries };
        Ok(table_commitment(self.table_salt, &view)?)
    }
}

impl From<&Model> for PrivateModel {
    fn from(model: &Model) -> Self {
        let Model { inputs, hidden, classes, head } = model;
        let hidden = hidden
            .iter()
            .map(|HiddenLayer { inputs, outputs, weights, biases }| PrivateLayer {
                inputs: *inputs,
                outputs: *outputs,
                weights: weights.clone(),
                biases: biases.clone(),
            })
            .collect();
        Self { inputs: *inputs, hidden, classes: *classes, head: head.clone() }
    }
}

impl From<&Table> for PrivateTable {
    fn from(table: &Table) -> Self {
        let Table { features, classes, contributors, ref entries } = *table;
        Self { features, classes, contributors, entries: entries.clone() }
    }
}

/// Returns a model as commitments see it.
fn model_view(model: &Model) -> ModelView<'_> {
    let hidden = model.hidden.iter().map(|layer| HiddenView {
        inputs: layer.inputs,
        outputs: layer.outputs,
        weights: &layer.weights,
        biases: &layer.biases,
    });
    ModelView {
        inputs: model.inputs,
        hidden: hidden.collect(),
        classes: model.classes,
        head: &model.head,
    }
}

/// Table entries as decimal strings: they exceed what every JSON reader keeps exactly.
mod decimals {
    use serde::{Deserialize, Deserializer, Serializer, de};

    pub(super) fn serialize<S: Serializer>(
        entries: &[i64],
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(entries.iter().map(i64::to_string))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Vec<i64>, D::Error> {
        let texts = Vec::<String>::deserialize(deserializer)?;
        let canonical = |text: String| match text.parse::<i64>() {
            Ok(value) if value.to_string() == text => Ok(value),
            _ => Err(de::Error::custom("a table entry is no decimal integer of 64 bits")),
        };
        texts.into_iter().map(canonical).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn case() -> PrivateCase {
        let head = vec![1, -1, 2, -2];
        let model = Model::new(1, vec![], 2, head).unwrap();
        let table = Table::new(2, 2, 1, vec![3, -3, 1 << 54, -(1 << 54)]).unwrap();
        PrivateCase {
            format: PrivateCase::FORMAT.into(),
            model_salt: FieldElement::from_u128(1),
            table_salt: FieldElement::from_u128(2),
            dataset_salt: Digest([3; 32]),
            model: (&model).into(),
            table: (&table).into(),
            rows: PrivateRows {
                features: vec![vec![4]],
                labels: vec![1],
                owners: vec![0],
                admitted: vec![true],
            },
        }
    }

    #[test]
    fn survives_its_file() {
        let text = serde_json::to_string(&case()).unwrap();
        assert!(text.contains("\"-18014398509481984\""));
        assert_eq!(serde_json::from_str::<PrivateCase>(&text).unwrap(), case());
    }

    #[test]
    fn rejects_other_spellings_of_an_entry() {
        let text = serde_json::to_string(&case()).unwrap();
        for entry in ["\"+3\"", "\"03\"", "3", "\"3.0\"", "\"9223372036854775808\"", "\"\""] {
            let other = text.replacen("\"3\"", entry, 1);
            assert!(serde_json::from_str::<PrivateCase>(&other).is_err(), "{entry}");
        }
    }

    #[test]
    fn rejects_integers_that_are_no_model() {
        let mut short = case();
        short.model.head.pop();
        assert!(matches!(short.model(), Err(CaseError::Shape(_))));
        let mut wide = case();
        wide.table.entries[0] = 1 << 55;
        assert!(wide.table().is_err() || wide.table_commitment(&wide.table().unwrap()).is_err());
    }
}
