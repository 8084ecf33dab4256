//! Attacks on the numbers: roundings, norms, the table and its certificate.

use tribute_verifier::method::MethodId;

use super::super::residual::Residuals;
use super::super::{IndexParams, checked_values};
use super::base::{Attack, Base, VICTIM};
use super::chains::{assert_stopped_by, stopped_by};
use super::gates::{HEAD_NORM, last_of_equals, public_sum, short_norm};
use super::{METHODS, attacks};
use crate::constraint::Constraint;
use crate::constraint::ConstraintKind::Gate;
use crate::encode::decode;

#[test]
fn rejects_roundings_the_other_way() {
    for method in METHODS {
        let base = Base::new(method);
        for name in [
            "class: 2^21 E + S = 2 S p + r",
            "class: r < 2 S",
            "class: HIGH LOW + 2^23 = 2^24 E + r",
            "class: the remainder of a logit has 14 bits",
            "unit: the remainder has 12 bits",
        ] {
            for attack in attacks(&base, Constraint::new(Gate, name)) {
                assert_stopped_by(&base, &attack, &[name]);
            }
        }
    }
}

#[test]
fn rejects_a_norm_below_the_root() {
    stopped_by(&["norm: its square is at least the sum of squares"], |base| {
        short_norm(base, VICTIM)
    });
}

#[test]
fn rejects_an_epsilon_that_the_head_exceeds() {
    stopped_by(&["fingerprint: weights = stream"], |base| {
        let mut attack = base.honest();
        attack.witness.epsilon -= 1;
        attack
    });
}

#[test]
fn rejects_a_table_entry_off_by_one() {
    let base = Base::new(MethodId::TracIn);
    for entry in [0, base.witness.table.entries.len() - 1] {
        for step in [-1, 1] {
            let mut attack = base.honest();
            attack.witness.table.entries[entry] += step;
            assert_stopped_by(&base, &attack, &["total: ends at 0"]);
        }
    }
}

/// An index with any table and the least eta that its residual leaves, plus a difference.
fn with_eta(difference: i32) -> Base {
    let Base { mut params, witness, rows, .. } = Base::new(MethodId::GroupNewton);
    let residuals = Residuals::new(&params, &witness, &rows).certificate;
    let least = residuals.into_iter().map(|residual| {
        let residual = decode(residual).magnitude().clone();
        let bits = u32::try_from(residual.bits()).unwrap();
        // A power of two is its own bound.
        bits - u32::from(residual == num_bigint::BigUint::from(1_u8) << bits.saturating_sub(1))
    });
    params.shape.eta = least.max().unwrap().checked_add_signed(difference).unwrap();
    let params = IndexParams::fit(params.shape).unwrap();
    Base::of(params, witness)
}

#[test]
fn rejects_a_certificate_beyond_eta() {
    let enough = with_eta(0);
    assert_stopped_by(&enough, &enough.honest(), &[]);
    let short = with_eta(-1);
    assert_stopped_by(&short, &short.honest(), &["fingerprint: weights = stream"]);
}

#[test]
fn rejects_a_table_entry_beyond_its_width() {
    let base = Base::new(MethodId::GroupNewton);
    let beyond = ["fingerprint: weights = stream", STREAM];
    let within = [].as_slice();
    for (entry, identities) in [
        ((1 << 55) - 1, within),
        (1 << 55, &beyond),
        (-(1 << 55), within),
        (-(1 << 55) - 1, &beyond),
    ] {
        let mut params = base.params.clone();
        params.shape.eta = 150;
        let mut witness = base.witness.clone();
        // An entry of a feature that is constant, so that eta has room for it.
        witness.model.head.iter_mut().for_each(|weight| *weight /= 1024);
        witness.head_norm = 0;
        witness.model.hidden[0].weights.fill(0);
        witness.model.hidden[0].biases.fill(1 << 12);
        *witness.table.entries.last_mut().unwrap() = entry;
        let base = Base::of(IndexParams::fit(params.shape).unwrap(), witness);
        assert_stopped_by(&base, &base.honest(), identities);
    }
}

const STREAM: &str = "stream: pack = carry pack_prev + shift sum of limbs";

#[test]
fn rejects_a_head_said_to_be_larger_than_it_is() {
    stopped_by(&["fingerprint: weights = stream"], |base| {
        let mut attack = base.honest();
        // What is published has four significant bits.
        attack.witness.head_norm += attack.witness.head_norm.next_power_of_two() / 8;
        attack
    });
    stopped_by(&["total: ends at 0"], |base| public_sum(base, HEAD_NORM));
}

#[test]
fn rejects_more_right_answers_than_there_are() {
    stopped_by(&["total: ends at 0"], |base| public_sum(base, HEAD_NORM + 1));
}

#[test]
fn rejects_right_answers_by_marking_the_label_among_equals() {
    stopped_by(&["class: the first maximum is marked"], last_of_equals);
}

/// The certificate fits the forged rows, as it always does.
fn newton(identities: &[&str], attack: impl Fn(&Base) -> Attack) {
    let base = Base::new(MethodId::GroupNewton);
    assert_stopped_by(&base, &attack(&base), identities);
}

#[test]
fn rejects_a_hessian_that_leaves_a_row_out() {
    newton(&["matrix: its product gives the outputs"], |base| {
        base.row(VICTIM, |row| row.responses.fill(0))
    });
}

#[test]
fn rejects_a_hessian_with_another_response() {
    newton(&["matrix: its product gives the outputs"], |base| {
        base.row(VICTIM, |row| row.responses[4] -= 1)
    });
}

#[test]
fn rejects_a_hessian_without_the_part_of_another_contributor() {
    newton(&["owner: the bits are the same for all classes"], |base| {
        base.row(VICTIM, |row| {
            let own: Vec<i128> = row.owners[..3].to_vec();
            row.own(0, 1);
            // The gradient reads the last class: it stays with the owner.
            row.owners[6..].copy_from_slice(&own);
        })
    });
}

#[test]
fn rejects_a_table_of_another_model() {
    for method in METHODS {
        let base = Base::new(method);
        let mut attack = base.honest();
        attack.witness.model.head[0] += 1;
        let rows = checked_values(&base.params, &attack.witness).unwrap();
        // The rows as the other model has them, under this one's weights.
        attack.witness.model.head[0] -= 1;
        attack.rows = rows;
        super::base::fit(&base.params, &mut attack.witness, &attack.rows);
        assert_stopped_by(&base, &attack, &["matrix: its product gives the outputs"]);
    }
}
