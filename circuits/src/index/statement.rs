//! Commitments, residuals, matrices and public inputs around the blocks.

use ff::{Field, PrimeField};
use halo2_proofs::halo2curves::bn256::Fr;
use tribute_verifier::hash::Tag;

use super::block::Block;
use super::fill::{self, Blocks};
use super::layout::IndexLayout;
use super::matrices::{Matrices, Operands, Part, PublicCells};
use super::params::IndexParams;
use super::residual::Residuals;
use super::values::RowValues;
use super::{IndexWitness, tree};
use crate::constraint::{Constraint, ConstraintKind};
use crate::encode::{encode, from_element, power_of_two};
use crate::gadgets::poseidon::{self, Poseidon};
use crate::gadgets::stream::{self, Item, Stream};
use crate::grid::{Cell, Grid, LateCell, Wire};
use crate::preimage::{model_preimage, table_preimage};
use crate::reference::fixed_point::TABLE_FRACTION_BITS;

/// Everything that is written into one circuit.
pub(super) struct Statement<'a> {
    pub(super) params: &'a IndexParams,
    pub(super) layout: &'a IndexLayout,
    pub(super) block: &'a Block,
    pub(super) witness: &'a IndexWitness,
    pub(super) rows: &'a [RowValues],
}

/// Rows of the shape's word.
pub(super) const SHAPE_ROWS: usize = 1;

/// Where the commitments stand, and the first row that nothing of them takes.
struct Committed {
    model: Wire,
    index: Wire,
    root: Wire,
    header_digest: Wire,
    /// What the shape fixes, as a public input.
    shape: Wire,
    next_row: usize,
}

impl Statement<'_> {
    /// Writes blocks, commitments, residuals, public inputs, matrices.
    pub(super) fn fill(&self, grid: &mut Grid) {
        let mut blocks = Blocks {
            grid: &mut *grid,
            layout: self.layout,
            params: self.params,
            block: self.block,
            model: &self.witness.model,
        };
        let leaves = blocks.fill(self.rows);
        let committed = self.commit(grid, &leaves);
        let residuals = Residuals::new(self.params, self.witness, self.rows);
        self.residuals(grid, &residuals, committed.next_row);
        let public = self.publish(grid, &committed);
        self.matrices(grid, &residuals, public);
    }

    fn commit(&self, grid: &mut Grid, leaves: &[Vec<Fr>]) -> Committed {
        let layout = self.layout;
        let (hash, chip) = (layout.hash_chip(), layout.stream_chip());
        let mut hasher = Poseidon::new(&hash);
        let length = 2 + self.block.elements();
        let digests: Vec<Wire> =
            leaves.iter().map(|leaf| hasher.hash(grid, Tag::Leaf, length, leaf)).collect();
        let mut stream = Stream::new(&chip, leaves.len() * self.block.rows);
        let root = tree::root(grid, &mut stream, &mut hasher, digests);
        let model = model_preimage(&self.witness.model, self.witness.model_salt);
        let model = stream.preimage(grid, model);
        let model = hasher.hash(grid, Tag::Model, model.length, &model.elements);
        let table = table_preimage(&self.witness.table, self.witness.table_salt);
        let table = stream.preimage(grid, table);
        let table = hasher.hash(grid, Tag::Table, table.length, &table.elements);
        let digest = grid.witness(poseidon::LINK.kind, poseidon::LINK.name, table.value);
        hasher.link_digest(grid);
        let header_digest = Wire {
            cell: Cell { column: layout.pack, row: stream.row },
            value: from_element(self.witness.header_digest),
        };
        let items = vec![Item::Private(header_digest.value), Item::Digest(digest)];
        let index = stream.preimage(grid, items);
        let index = hasher.hash(grid, Tag::Index, index.length, &index.elements);
        let shape = self.shape(grid, stream.row);
        Committed { model, index, root, header_digest, shape, next_row: stream.row + SHAPE_ROWS }
    }

    /// Writes the word of the shape: a constant of the key, on a row that is no port.
    fn shape(&self, grid: &mut Grid, row: usize) -> Wire {
        let columns = &self.layout.stream;
        let value = self.params.shape_word();
        grid.set(columns.q_constant, row, Fr::ONE);
        grid.set(columns.shift, row, value);
        let value = grid.witness(stream::CONSTANT.kind, stream::CONSTANT.name, value);
        grid.assign(self.layout.pack, row, value)
    }

    /// $2^\eta$ with a Newton method.
    fn slack(&self) -> Fr {
        if self.params.newton() { power_of_two(self.params.shape.eta) } else { Fr::ZERO }
    }

    fn epsilon(&self) -> Fr {
        Fr::from_u128(self.witness.epsilon)
    }

    fn head_norm(&self) -> Fr {
        Fr::from(self.witness.head_norm)
    }

    /// What the squares of the head's weights exceed that of its public norm by.
    fn excess(&self) -> Fr {
        let squares: i128 =
            self.witness.model.head.iter().map(|weight| i128::from(*weight).pow(2)).sum();
        encode(squares) - self.head_norm().square()
    }

    /// Puts fractions, residuals from above and from below, into the stream.
    fn residuals(&self, grid: &mut Grid, residuals: &Residuals, first_row: usize) {
        let (slack, epsilon) = (self.slack(), self.epsilon());
        // The order of the segments, see `matrices::residuals`.
        let skipped = if self.params.newton() { 0 } else { 3 };
        fill::residuals(grid, self.layout, self.params, first_row, |segment, place| {
            match segment + skipped {
                0 => fraction(self.witness.fractions[place]).0,
                1 => slack + residuals.certificate[place],
                2 => slack - residuals.certificate[place],
                3 => epsilon + residuals.stationarity[place],
                4 => epsilon - residuals.stationarity[place],
                _ => self.excess(),
            }
        });
    }

    fn publish(&self, grid: &mut Grid, committed: &Committed) -> PublicCells {
        const PUBLIC: &str = "public input: c = instance";
        let layout = self.layout;
        let put = |grid: &mut Grid, value: Fr| {
            let row = grid.instance.len();
            grid.set(layout.statement.q_instance, row, Fr::ONE);
            let value = grid.witness(ConstraintKind::Gate, PUBLIC, value);
            grid.instance.push(value);
            row
        };
        let commitments = [
            ("public input: model commitment", committed.model),
            ("public input: index commitment", committed.index),
            ("public input: dataset root", committed.root),
            ("public input: header digest", committed.header_digest),
        ];
        for (name, wire) in commitments {
            let row = put(grid, wire.value);
            grid.copy(Constraint::new(ConstraintKind::CopyA, name), wire, layout.c, row);
        }
        let training = || self.rows.iter().filter(|row| !row.validation);
        let admitted: i128 = training().map(|row| row.admitted).sum();
        let norm_sum: i128 = training().map(|row| row.admitted * row.norm).sum();
        let right: Fr = (self.rows.iter())
            .map(|row| encode(row.right()) * self.params.right_counts(row.validation))
            .sum();
        let mut value = |value: Fr| {
            let row = put(grid, value);
            grid.assign(layout.c, row, value).cell
        };
        let cells = PublicCells {
            admitted: value(encode(admitted)),
            lam: value(Fr::from(u64::from(self.witness.lam))),
            epsilon: value(self.epsilon()),
            norm_sum: value(encode(norm_sum)),
            head_norm: value(self.head_norm()),
            right: value(right),
        };
        let row = put(grid, committed.shape.value);
        let name = "public input: shape";
        grid.copy(Constraint::new(ConstraintKind::CopyA, name), committed.shape, layout.c, row);
        cells
    }

    fn matrices(&self, grid: &mut Grid, residuals: &Residuals, public: PublicCells) {
        let operands = Operands {
            input: &|part, number| self.combined_input(part, number),
            outputs: &|part| self.combined_outputs(part),
            public,
        };
        let mut matrices =
            Matrices { grid, layout: self.layout, params: self.params, operands, row: 0 };
        matrices.fill(&|part, place| self.raw(residuals, part, place));
    }

    /// The cell of the last block that holds an input of a matrix, combined over all rows.
    fn combined_input(&self, part: Part, number: usize) -> LateCell {
        let (shape, block) = (&self.params.shape.shape, self.block);
        let layer = match part {
            Part::Layer(layer) => layer,
            _ => shape.hidden.len(),
        };
        let inputs = if layer == 0 { shape.inputs } else { shape.hidden[layer - 1] };
        let (row, slot) = if number == inputs {
            (block.close + 2, 0)
        } else if layer == 0 {
            block.input_place(number)
        } else {
            block.unit_place(layer - 1, number)
        };
        LateCell { column: self.layout.sums.inputs[slot], row: self.last_block() + row }
    }

    fn combined_outputs(&self, part: Part) -> LateCell {
        let row = match part {
            Part::Layer(layer) => self.block.layer_close(layer),
            Part::Head => self.block.close,
            _ => self.block.close + 1,
        };
        LateCell { column: self.layout.sums.outputs, row: self.last_block() + row }
    }

    fn last_block(&self) -> usize {
        (self.rows.len() - 1) * self.block.rows
    }

    /// A stored value of a matrix, and the offset that it is stored with.
    fn raw(
        &self,
        residuals: &Residuals,
        part: Part,
        [input, group, entry]: [usize; 3],
    ) -> (Fr, Fr) {
        let shape = &self.params.shape.shape;
        let (model, table) = (&self.witness.model, &self.witness.table);
        let signed = |value: i64, bits: u32| {
            let offset = power_of_two(bits - 1);
            (encode(i128::from(value)) + offset, offset)
        };
        let (slack, epsilon) = (self.slack(), self.epsilon());
        let place = input * shape.classes + group;
        let owned = place * shape.contributors + entry;
        match part {
            Part::Layer(layer) => {
                let layer = &model.hidden[layer];
                match layer.weights.get(input * layer.outputs + entry) {
                    Some(weight) => signed(i64::from(*weight), 16),
                    None => signed(i64::from(layer.biases[entry]), 32),
                }
            }
            Part::Head => signed(i64::from(model.head[place]), 24),
            Part::Table => signed(table.entries[owned], 56),
            Part::Fraction => fraction(self.witness.fractions[owned]),
            Part::CertificateAbove => (slack + residuals.certificate[owned], slack),
            Part::CertificateBelow => (slack - residuals.certificate[owned], slack),
            Part::StationarityAbove => (epsilon + residuals.stationarity[place], Fr::ZERO),
            Part::StationarityBelow => (epsilon - residuals.stationarity[place], Fr::ZERO),
            Part::Ones => (Fr::ZERO, -Fr::ONE),
            Part::Excess => (self.excess(), Fr::ZERO),
        }
    }
}

/// A fraction as it is stored, and its offset.
fn fraction(value: i32) -> (Fr, Fr) {
    let offset = power_of_two(TABLE_FRACTION_BITS - 1);
    (encode(i128::from(value)) + offset, offset)
}
