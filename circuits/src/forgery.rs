//! A dishonest prover, for unit tests: values filled in by name, everything downstream recomputed from them.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use halo2_proofs::halo2curves::bn256::Fr;

use crate::constraint::Constraint;
use crate::grid::{Challenges, Grid, LateGrid};

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

    pub(crate) fn apply(&mut self, constraint: Constraint, honest: Fr) -> Fr {
        let occurrence = self.seen.entry(constraint).or_default();
        let change = self.values.get(&(constraint, *occurrence)).cloned();
        *occurrence += 1;
        change.map_or(honest, |change| change(honest))
    }
}
