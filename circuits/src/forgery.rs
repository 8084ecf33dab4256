//! A dishonest prover, for unit tests: values filled in by name, everything downstream recomputed from them.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use ff::Field;
use halo2_proofs::halo2curves::bn256::Fr;

use crate::constraint::Constraint;
use crate::grid::{Challenges, Grid, LateCell, LateGrid};

type Change = Arc<dyn Fn(Fr) -> Fr + Send + Sync>;
type LateChange = Arc<dyn Fn(&Grid, Challenges, &mut LateGrid) + Send + Sync>;
type GridChange = Arc<dyn Fn(&mut Grid) + Send + Sync>;

/// What a test fills in, in place of the honest values.
#[derive(Clone, Default)]
pub(crate) struct Forgery {
    values: BTreeMap<(Constraint, usize), Change>,
    seen: BTreeMap<Constraint, usize>,
    /// Applied to the filled first-phase cells, before multiplicities are counted.
    pub(crate) cells: Option<GridChange>,
    /// Applied to the filled second-phase cells.
    pub(crate) late: Option<LateChange>,
    /// One second-phase cell that its rule doesn't give.
    pub(crate) absorption: Option<Absorption>,
}

/// A second-phase cell that takes whatever gives another one the value that the circuit wants; what lies between is computed.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Absorption {
    /// The forged cell.
    pub(crate) cell: LateCell,
    /// The cell that it corrects.
    pub(crate) sink: LateCell,
    /// What that one must hold.
    pub(crate) target: Target,
}

/// A value, or a cell that has it.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Target {
    Value(Fr),
    Cell(LateCell),
}

impl Absorption {
    /// Fills twice to see what the forged cell does to the other one, then with the value that corrects it.
    pub(crate) fn fill(&self, fill: impl Fn((LateCell, Fr)) -> LateGrid) -> LateGrid {
        let at = |by: Fr| fill((self.cell, by));
        let (zero, one) = (at(Fr::ZERO), at(Fr::ONE));
        let target = match self.target {
            Target::Value(value) => value,
            Target::Cell(cell) => zero.value(cell),
        };
        let [from, to] = [zero.value(self.sink), one.value(self.sink)];
        // The value is linear in the forged cell, or (behind a division by it) its inverse is.
        let linear = [target, from, to];
        let inverse = linear.map(|value| value.invert().unwrap_or(Fr::ZERO));
        let solve = |[target, from, to]: [Fr; 3]| {
            let slope = (to - from).invert().unwrap_or(Fr::ZERO);
            at((target - from) * slope)
        };
        let filled = solve(linear);
        if filled.value(self.sink) == target { filled } else { solve(inverse) }
    }
}

impl fmt::Debug for Forgery {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Forgery").field("values", &self.values.len()).finish_non_exhaustive()
    }
}

impl Forgery {
    /// Forges occurrence number `occurrence` of the value that `constraint` names.
    pub(crate) fn value(
        mut self,
        constraint: Constraint,
        occurrence: usize,
        change: impl Fn(Fr) -> Fr + Send + Sync + 'static,
    ) -> Self {
        self.values.insert((constraint, occurrence), Arc::new(change));
        self
    }

    pub(crate) fn cells(mut self, change: impl Fn(&mut Grid) + Send + Sync + 'static) -> Self {
        self.cells = Some(Arc::new(change));
        self
    }

    pub(crate) fn late(
        mut self,
        change: impl Fn(&Grid, Challenges, &mut LateGrid) + Send + Sync + 'static,
    ) -> Self {
        self.late = Some(Arc::new(change));
        self
    }

    pub(crate) fn absorption(mut self, absorption: Absorption) -> Self {
        self.absorption = Some(absorption);
        self
    }

    pub(crate) fn apply(&mut self, constraint: Constraint, honest: Fr) -> Fr {
        let occurrence = self.seen.entry(constraint).or_default();
        let change = self.values.get(&(constraint, *occurrence)).cloned();
        *occurrence += 1;
        change.map_or(honest, |change| change(honest))
    }
}
