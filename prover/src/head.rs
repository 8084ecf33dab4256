//! How far a committed head is from the optimum that Newton methods assume, from what is published of it.

use tribute_circuits::reference::Model;
use tribute_verifier::certificate::{BOUND_BITS, Bound, BoundError, Head, Stationarity};
use tribute_verifier::header::Header;
use tribute_verifier::plan::InferenceShape;

/// Returns the head of a model as bounds see it; a size beyond 32 bits is one that has no bound.
pub fn of_model(model: &Model, lam: u32) -> Head {
    let narrow = |size: usize| u32::try_from(size).unwrap_or(u32::MAX);
    Head { features: narrow(model.feature_count()), classes: narrow(model.classes), lam }
}

/// Bounds the Frobenius distance of the head to the optimum of its regularized loss.
///
/// The header's figures are its owner's unless an index proof shows them.
///
/// # Errors
/// Fails on figures that no honest header has.
pub fn distance(header: &Header, shape: &InferenceShape) -> Result<Bound, BoundError> {
    let features = shape.hidden.last().copied().unwrap_or(shape.inputs).saturating_add(1);
    let head = Head { features, classes: shape.classes, lam: header.lam };
    head.distance(Stationarity::from(header))
}

/// Returns a bound as a real number, for people and plots.
pub fn real(bound: Bound) -> f64 {
    bound.0 as f64 / (1_u64 << BOUND_BITS) as f64
}
