//! Whole forged chains: one wrong hint, everything downstream recomputed from it, public inputs included.

use ff::Field;
use halo2_proofs::halo2curves::bn256::Fr;

use super::rejects::{Base, Kind, add, bases, set, with_bits};
use crate::constraint::ConstraintKind::{CopyB, Gate, Range};
use crate::encode::encode;
use crate::forgery::Forgery;
use crate::machine::gates::ACCUMULATOR;
use crate::reference::ResidualKind::Query;

const ONE: Kind = Kind::One(Query);

/// Finds the base that fits, shows that it's honest, and that the forgery changes the public inputs and is rejected.
fn assert_rejected(fits: impl Fn(&Base) -> bool, forgery: impl Fn(&Base) -> Forgery) {
    let bases = bases(ONE);
    let base = bases.iter().find(|base| base.trace.is_some() && fits(base)).unwrap();
    assert!(base.accepts(&Forgery::default()));
    let forgery = forgery(base);
    assert_ne!(
        base.public_inputs(&forgery),
        base.public_inputs(&Forgery::default()),
        "the forgery changes nothing"
    );
    assert!(!base.accepts(&forgery));
}

fn attributed(base: &Base) -> bool {
    base.trace.as_ref().is_some_and(|trace| {
        !trace.unattributed && trace.weights_ppm.iter().all(|weight| *weight > 0)
    })
}

#[test]
fn rejects_rounding_the_other_way() {
    let one = Fr::ONE;
    for change in [one, -one] {
        let active = |base: &Base| {
            base.trace.as_ref().is_some_and(|trace| trace.forward.layers[0].activations[0] > 1)
        };
        assert_rejected(active, |_| {
            add(Forgery::default(), Range, "relu: activation h", 0, change)
        });
        assert_rejected(|_| true, |_| add(Forgery::default(), Range, "logit: z + 2^23", 0, change));
        assert_rejected(attributed, |_| add(Forgery::default(), Range, "weights: F", 0, change));
    }
}

#[test]
fn rejects_another_class() {
    let tie = |base: &Base| base.trace.as_ref().is_some_and(|trace| trace.gaps == [0, 0, 0]);
    assert_rejected(tie, |_| with_bits([0, 1, 0]));
    assert_rejected(tie, |_| with_bits([0, 0, 1]));
    let first = |base: &Base| {
        base.trace.as_ref().is_some_and(|trace| trace.class == 0 && trace.gaps[1] > 0)
    };
    assert_rejected(first, |_| with_bits([0, 1, 0]));
    assert_rejected(first, |_| with_bits([0, 0, 0]));
    assert_rejected(first, |_| with_bits([1, 1, -1]));
}

#[test]
fn rejects_weights_that_do_not_sum() {
    let last = |base: &Base| base.params.shape.contributors - 1;
    assert_rejected(attributed, |base| {
        set(Forgery::default(), Range, "weights: F", last(base), Fr::from(999_999))
    });
    assert_rejected(attributed, |base| {
        set(Forgery::default(), Range, "weights: F", last(base), Fr::from(1_000_001))
    });
}

#[test]
fn rejects_a_negative_score_that_is_paid() {
    let negative = |base: &Base| {
        base.trace.as_ref().is_some_and(|trace| !trace.unattributed && trace.scores[0] < 0)
    };
    // The score as it is, and its magnitude.
    assert_rejected(negative, |_| {
        set(Forgery::default(), Range, "clip: dropped part N", 0, Fr::ZERO)
    });
    assert_rejected(negative, |base| {
        let score = base.trace.as_ref().map_or(0, |trace| trace.scores[0]);
        set(Forgery::default(), Range, "clip: dropped part N", 0, encode(-2 * score))
    });
}

#[test]
fn rejects_a_dropped_contributor() {
    assert_rejected(attributed, |base| {
        // Its score is the last job's first output.
        let outputs = base.params.shape.hidden.iter().sum::<usize>() + base.params.shape.classes;
        set(Forgery::default(), Gate, ACCUMULATOR, outputs, Fr::ZERO)
    });
}

#[test]
fn rejects_a_wrong_flag() {
    assert_rejected(attributed, |_| {
        set(Forgery::default(), Range, "residual: saturated", 0, Fr::ONE)
    });
    assert_rejected(attributed, |_| {
        set(Forgery::default(), Range, "weights: inverse of T", 0, Fr::ZERO)
    });
    let saturated =
        |base: &Base| base.trace.as_ref().is_some_and(|trace| trace.saturated && trace.total > 0);
    assert_rejected(saturated, |_| {
        set(Forgery::default(), Range, "residual: saturated", 0, Fr::ZERO)
    });
}

#[test]
fn rejects_an_exponential_of_another_distance() {
    let far = |base: &Base| {
        base.trace.as_ref().and_then(|trace| trace.distances.iter().position(|d| *d >= 128))
    };
    let index = "exponential: high bits";
    assert_rejected(
        |base| attributed(base) && far(base).is_some(),
        |base| add(Forgery::default(), Range, index, far(base).unwrap_or(0), -Fr::ONE),
    );
    // Beyond the clamp, the distance can't be shorter than the clamp either. So small an exponential moves no weight.
    for base in bases(ONE) {
        let gaps = base.trace.as_ref().map(|trace| trace.gaps.clone()).unwrap_or_default();
        if let Some(clamped) = gaps.iter().position(|gap| *gap > 16_383) {
            assert!(!base.accepts(&add(Forgery::default(), Range, index, clamped, -Fr::ONE)));
        }
    }
}

#[test]
fn rejects_the_residual_of_another_class() {
    // Class bits of one class, the residual's of another: the copies that the residual reads.
    assert_rejected(attributed, |base| {
        let class = base.trace.as_ref().map_or(0, |trace| trace.class);
        let other = (class + 1) % 3;
        let forgery = set(Forgery::default(), CopyB, "residual: b sum E", class, Fr::ZERO);
        set(forgery, CopyB, "residual: b sum E", other, Fr::ONE)
    });
}
