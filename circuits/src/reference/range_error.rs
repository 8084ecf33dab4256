//! Values that do not fit their declared widths while a model runs.

/// Why a query or a row cannot be represented. Whoever runs many rows adds the row's number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RangeError {
    /// The input has the wrong number of values.
    #[error("the input has {actual} values, the model takes {expected}")]
    InputLength {
        /// Inputs of the model.
        expected: usize,
        /// Values received.
        actual: usize,
    },
    /// An activation is 256 or more in real units.
    #[error(
        "hidden layer {layer}, unit {unit}: activation {activation}/256 does not fit 16 bits (it must stay below 256)"
    )]
    Activation {
        /// Hidden layer, counted from 1.
        layer: usize,
        /// Unit, counted from 0.
        unit: usize,
        /// The integer that does not fit, at scale $2^8$.
        activation: i64,
    },
    /// A logit is outside $[-8192, 8192)$ in real units.
    #[error("logit of class {class}: {logit}/1024 does not fit 24 bits (it must stay within 8192)")]
    Logit {
        /// Class, counted from 0.
        class: usize,
        /// The integer that does not fit, at scale $2^{10}$.
        logit: i64,
    },
    /// The table's shape is not the model's.
    #[error(
        "the table is for {table_features} features and {table_classes} classes, the model has {features} and {classes}"
    )]
    TableShape {
        /// Features (K) of the table.
        table_features: usize,
        /// Classes (C) of the table.
        table_classes: usize,
        /// Features of the model.
        features: usize,
        /// Classes of the model.
        classes: usize,
    },
    /// A label is not a class of the model.
    #[error("label {label} is not below the number of classes, {classes}")]
    Label {
        /// The label.
        label: usize,
        /// Classes of the model.
        classes: usize,
    },
    /// The sum of a contributor's gradients leaves 56 bits.
    #[error("contributor {contributor}: table entry {entry} does not fit 56 bits")]
    TableEntry {
        /// Contributor, in registry order from 0.
        contributor: usize,
        /// The integer that does not fit.
        entry: i64,
    },
    /// A row belongs to nobody in the registry.
    #[error("row {row}: owner {owner} is not below the number of contributors, {contributors}")]
    Owner {
        /// Row, counted from 0.
        row: usize,
        /// The owner.
        owner: usize,
        /// Number of contributors.
        contributors: usize,
    },
}
