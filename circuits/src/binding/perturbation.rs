//! Every cell of a small binding circuit changed, one at a time, and with all cells that copies tie to it: accepted where no constraint reads the cell, and nowhere else.
//! No cell of a linked column is among those, down to the last usable row.

use std::collections::BTreeMap;

use ff::Field;
use halo2_proofs::halo2curves::bn256::Fr;
use halo2_proofs::plonk::{Circuit, ConstraintSystem};
use rand_chacha::ChaCha8Rng;
use rand_core::{RngCore, SeedableRng};
use rayon::prelude::*;

use super::layout::BindingLayout;
use super::tests::{shape, witness};
use super::{BindingCircuit, BindingParams, fill_late};
use crate::gadgets::lookup;
use crate::grid::{Cell, Challenges, Grid, LateGrid};
use crate::identities::{Identities, classes};
use crate::layout::{Fixed, HashChip, StreamChip};
use crate::linked::TAIL_ROWS;
use crate::linked::tests::single;

/// An honest circuit, its constraints as data, and challenges.
struct Subject {
    layout: BindingLayout,
    challenges: Challenges,
    identities: Identities,
    grid: Grid,
    filled: LateGrid,
}

impl Subject {
    fn new() -> Self {
        let shape = shape(2, &[3], 2, 2);
        let params = BindingParams {
            shape: shape.clone(),
            k: 10,
            linked: single(&shape, 2),
            hash_chips: 2,
            limb_lanes: 8,
            streams: 2,
        };
        let circuit = BindingCircuit::new(&params, &witness(&shape, 5)).unwrap();
        let mut cs = ConstraintSystem::default();
        BindingCircuit::configure_with_params(&mut cs, Some(params.clone()));
        let mut random = ChaCha8Rng::seed_from_u64(5);
        let challenges =
            Challenges { rho: Fr::random(&mut random), alpha: Fr::random(&mut random) };
        let layout = BindingLayout::new(&params);
        let identities = Identities::new(&cs, layout.counts.advice, challenges);
        let grid = circuit.grid().clone();
        assert_eq!(grid.active + 1 + TAIL_ROWS, grid.rows());
        let filled = fill_late(&layout, &grid, challenges);
        assert!(identities.hold(&grid, &filled, 0..grid.rows()));
        Self { layout, challenges, identities, grid, filled }
    }

    /// Whether a changed first phase is accepted, with the multiplicities that its lanes have.
    fn accepts(&self, grid: &mut Grid, changed: &[Cell]) -> bool {
        let rows = grid.rows();
        let near: Vec<usize> = changed
            .iter()
            .flat_map(|cell| (0..4).map(move |above| (cell.row + rows - above) % rows))
            .collect();
        if !self.identities.early_hold(grid, &self.filled, near.iter().copied()) {
            return false;
        }
        if changed.iter().any(|cell| self.layout.lookup.lanes.contains(&cell.column)) {
            lookup::count(grid, &self.layout.lookup);
        }
        let late = fill_late(&self.layout, grid, self.challenges);
        let ends = [grid.active, rows - 1, 0];
        self.identities.hold(grid, &late, near.into_iter().chain(ends).chain(0..rows))
    }

    fn set(&self, selector: Fixed, row: usize) -> bool {
        self.grid.fixed(selector, row) == Fr::ONE
    }

    /// Why a change of this cell is nobody's business; nothing if it must be noticed.
    fn unread(&self, cell: Cell, value: Fr, tied: bool) -> Option<&'static str> {
        let Self { layout, grid, .. } = self;
        let Cell { column, row } = cell;
        if layout.cells.contains(&column) {
            return None;
        }
        if column == layout.c {
            return (!tied && !self.set(layout.q_instance, row)).then_some("c, not public");
        }
        if column == layout.lookup.multiplicity {
            return (row == grid.active).then_some("multiplicity, below the active rows");
        }
        if let Some(chip) = layout.streams.iter().find(|chip| chip.pack == column) {
            return (!self.reads_pack(chip, row)).then_some("pack, unread");
        }
        if let Some(chip) = layout.streams.iter().find(|chip| chip.lanes.contains(&column)) {
            let lane = chip.lanes.iter().position(|lane| *lane == column)?;
            let kind = chip.columns.kinds.iter().find(|(_, q_kind)| self.set(*q_kind, row));
            let used = kind.map_or(0, |(kind, _)| kind.values * chip.limbs.count(kind.bits));
            let limb = row == grid.active || (0..256u64).any(|limb| value == Fr::from(limb));
            return (lane >= used && limb).then_some("lane, unread, and a limb");
        }
        let chip = layout.hashes.iter().find(|chip| chip.words.contains(&column))?;
        (!tied && !self.reads_word(chip, chip.words[0] == column, row))
            .then_some("word of the hash, unread")
    }

    fn reads_pack(&self, chip: &StreamChip, row: usize) -> bool {
        let columns = &chip.columns;
        let packs = |row| columns.kinds.iter().any(|(_, q_kind)| self.set(*q_kind, row));
        packs(row)
            || self.set(columns.q_port, row)
            || self.set(columns.q_constant, row)
            || (packs(row + 1) && self.set(columns.carry, row + 1))
    }

    fn reads_word(&self, chip: &HashChip, first: bool, row: usize) -> bool {
        let columns = &chip.columns;
        let above = |selector, rows: usize| {
            (0..=rows).any(|by| row.checked_sub(by).is_some_and(|row| self.set(selector, row)))
        };
        above(columns.q_full, 2)
            || above(columns.q_partial, 3)
            || (row > 0 && self.set(columns.q_start, row - 1))
            || (first && (self.set(columns.q_chain, row) || self.set(columns.q_link, row)))
    }
}

#[test]
fn every_cell_of_the_first_phase_is_read_or_known_to_be_unread() {
    let subject = Subject::new();
    let outcomes: Vec<_> = classes(&subject.grid)
        .into_par_iter()
        .enumerate()
        .map_init(
            || subject.grid.clone(),
            |grid, (number, class)| {
                let mut random = ChaCha8Rng::seed_from_u64(number as u64);
                let mut outcomes = Vec::new();
                for change in 0..3 {
                    let by = Fr::random(&mut random);
                    let honest = subject.grid.advice(class[0].column, class[0].row);
                    let value = [honest + Fr::ONE, Fr::ZERO, honest + by][change];
                    if value == honest {
                        continue;
                    }
                    let tied = class.len() > 1;
                    let reasons: Option<Vec<_>> =
                        class.iter().map(|cell| subject.unread(*cell, value, tied)).collect();
                    let reason = reasons.map(|all| all[0]);
                    // All of +1 that must be noticed; of what takes longer, some.
                    let rare = if reason.is_some() { 32 } else { 4 };
                    if (change > 0 || reason.is_some()) && random.next_u32() % rare > 0 {
                        continue;
                    }
                    for cell in &class {
                        grid.assign(cell.column, cell.row, value);
                    }
                    let accepted = subject.accepts(grid, &class);
                    for cell in &class {
                        grid.assign(cell.column, cell.row, honest);
                    }
                    let multiplicity = subject.layout.lookup.multiplicity.0;
                    grid.advice[multiplicity].clone_from(&subject.grid.advice[multiplicity]);
                    outcomes.push((class.clone(), change, accepted, reason));
                }
                outcomes
            },
        )
        .flatten()
        .collect();
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for (.., reason) in &outcomes {
        *counts.entry(reason.unwrap_or("noticed")).or_default() += 1;
    }
    crate::necessity::print(&format!("{counts:#?}"));
    let mut wrong =
        outcomes.iter().filter(|(_, _, accepted, reason)| *accepted != reason.is_some());
    assert!(wrong.next().is_none(), "{:#?}", wrong.take(20).collect::<Vec<_>>());
}

#[test]
fn every_cell_of_the_second_phase_is_read() {
    let subject = Subject::new();
    let mut late = subject.filled.clone();
    let mut random = ChaCha8Rng::seed_from_u64(1);
    let helpers: Vec<usize> = subject.layout.lookup.helpers.iter().map(|late| late.0).collect();
    for column in 0..late.columns.len() {
        for row in 0..=subject.grid.active {
            let honest = late.columns[column][row];
            for value in [honest + Fr::ONE, Fr::ZERO, Fr::random(&mut random)] {
                late.columns[column][row] = value;
                let above = row.checked_sub(1).unwrap_or(subject.grid.rows() - 1);
                let unread = row == subject.grid.active && helpers.contains(&column);
                let rows = [row, above].into_iter();
                let accepted = subject.identities.hold(&subject.grid, &late, rows);
                assert_eq!(accepted, unread || value == honest, "{column} {row}");
            }
            late.columns[column][row] = honest;
        }
    }
}
