//! Forgeries of the identities that both circuits have: fingerprints of stream, ports and hash, and the lookup.

use std::sync::Arc;

use ff::Field;
use halo2_proofs::halo2curves::bn256::Fr;

use super::poseidon::{BLOCK, ELEMENT};
use crate::forgery::Forgery;
use crate::grid::{Grid, LateGrid};
use crate::layout::{Core, Late};

/// Forgeries for an identity. `unlike` makes a value of the stream another one than that in the weight columns.
pub(crate) fn of_core(core: &Core, name: &'static str, unlike: &Forgery) -> Vec<Forgery> {
    let core = Arc::new(core.clone());
    let other_element = Forgery::default().value(ELEMENT, 1, |element| element + Fr::ONE);
    let [weights, stream, ports, hash] = [
        core.weights_fingerprint,
        core.stream_fingerprint,
        core.ports_fingerprint,
        core.hash_fingerprint,
    ];
    let forgery = match name {
        "fingerprint: weights = stream" => unlike.clone(),
        "fingerprint: ports = hash" => other_element,
        "fingerprint: stream advances by rho^m F + sum rho^j v_j" => {
            copy_end(unlike, stream, weights)
        }
        "fingerprint: ports advance by rho F + pack" => copy_end(&other_element, ports, hash),
        "fingerprint: hash advances by rho^11 F + sum rho^j e_j" => {
            copy_end(&other_element, hash, ports)
        }
        "fingerprint: stream starts at 0" => {
            shift_start(unlike, stream, weights, move |grid, row| {
                let kinds = core.stream.kinds.iter();
                let kinds = kinds.filter(|(_, q_kind)| grid.fixed(*q_kind, row) == Fr::ONE);
                kinds.map(|(kind, _)| kind.values).sum()
            })
        }
        "fingerprint: ports start at 0" => {
            shift_start(&other_element, ports, hash, move |grid, row| {
                usize::from(grid.fixed(core.stream.q_port, row) == Fr::ONE)
            })
        }
        "fingerprint: hash starts at 0" => {
            shift_start(&other_element, hash, ports, move |grid, row| {
                BLOCK * usize::from(grid.fixed(core.poseidon.q_start, row) == Fr::ONE)
            })
        }
        "lookup: h * prod f = sum of prods without one" => {
            limb_beyond(&core, |grid, core, late| {
                let row = value_row(grid, core);
                let missing = late.columns[core.sum.0][grid.active];
                late.columns[core.helpers[0].0][row] -= missing;
                late.columns[core.sum.0][row + 1..=grid.active]
                    .iter_mut()
                    .for_each(|phi| *phi -= missing);
            })
        }
        "lookup: (phi' - phi - sum h) (alpha + t) + m = 0" => {
            limb_beyond(&core, |grid, core, late| {
                late.columns[core.sum.0][grid.active] = Fr::ZERO;
            })
        }
        "lookup: phi starts at 0" => limb_beyond(&core, |grid, core, late| {
            let missing = late.columns[core.sum.0][grid.active];
            late.columns[core.sum.0][..=grid.active].iter_mut().for_each(|phi| *phi -= missing);
        }),
        "lookup: phi ends at 0" => limb_beyond(&core, |_, _, _| ()),
        _ => return Vec::new(),
    };
    vec![forgery]
}

/// One fingerprint takes the other's last value.
fn copy_end(forged: &Forgery, to: Late, from: Late) -> Forgery {
    forged.clone().late(move |grid, _, late| {
        late.columns[to.0][grid.active] = late.columns[from.0][grid.active];
    })
}

/// A fingerprint starts where it must to end at the other's last value; a row multiplies it by a power of rho.
pub(crate) fn shift_start(
    forged: &Forgery,
    column: Late,
    target: Late,
    exponent: impl Fn(&Grid, usize) -> usize + Send + Sync + 'static,
) -> Forgery {
    forged.clone().late(move |grid, challenges, late| {
        let factors: Vec<Fr> = (0..grid.active)
            .map(|row| challenges.rho.pow_vartime([exponent(grid, row) as u64]))
            .collect();
        let missing = late.columns[target.0][grid.active] - late.columns[column.0][grid.active];
        let mut shift = missing * factors.iter().product::<Fr>().invert().unwrap();
        late.columns[column.0][0] += shift;
        for (row, factor) in factors.iter().enumerate() {
            shift *= factor;
            late.columns[column.0][row + 1] += shift;
        }
    })
}

/// The first row with a value of the model or the table: its second limb isn't zero.
fn value_row(grid: &Grid, core: &Core) -> usize {
    let has_value = |row: usize| {
        core.stream.kinds.iter().any(|(_, q_kind)| grid.fixed(*q_kind, row) == Fr::ONE)
    };
    (0..grid.active).find(|row| has_value(*row)).unwrap()
}

/// A value decomposed with a limb that isn't in the table.
fn limb_beyond(core: &Arc<Core>, correct: fn(&Grid, &Core, &mut LateGrid)) -> Forgery {
    let [cells, late] = [Arc::clone(core), Arc::clone(core)];
    Forgery::default()
        .cells(move |grid| {
            let row = value_row(grid, &cells);
            grid.advice[cells.lanes[0].0][row] += power_of_limb(&cells);
            grid.advice[cells.lanes[1].0][row] -= Fr::ONE;
        })
        .late(move |grid, _, columns| correct(grid, &late, columns))
}

fn power_of_limb(core: &Core) -> Fr {
    Fr::from(1 << core.limbs.bits)
}
