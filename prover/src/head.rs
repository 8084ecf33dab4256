//! How far a committed head is from the optimum that Newton methods assume, from what is published of it.

use crate::table::Stationarity;
use tribute_circuits::reference::fixed_point::{ACTIVATION_SCALE, INPUT_SCALE};
use tribute_verifier::header::Header;
use tribute_verifier::plan::InferenceShape;

/// Bounds the Frobenius distance of the head to the optimum of its regularized loss.
///
/// The header's figures are its owner's until the index proof shows them.
pub fn distance(header: &Header, shape: &InferenceShape) -> f64 {
    let size = |value: u64| usize::try_from(value).unwrap_or(usize::MAX);
    let features = shape.hidden.last().copied().unwrap_or(shape.inputs);
    Stationarity {
        epsilon: header.epsilon,
        norm_sum: header.norm_sum,
        admitted: size(header.admitted),
        features: size(features.into()).saturating_add(1),
        classes: size(shape.classes.into()),
        feature_scale: if shape.hidden.is_empty() { INPUT_SCALE } else { ACTIVATION_SCALE },
        lam_256ths: header.lam,
    }
    .distance()
}
