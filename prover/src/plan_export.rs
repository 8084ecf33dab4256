//! From a halo2 verifying key to a plan.
//!
//! Expressions become a list of nodes in which equal parts stand once. What a plan cannot say (lookup
//! arguments, more than one instance column, a fixed selector that was never resolved) is refused here,
//! and the plan is checked as any reader would before it is handed out: a gate whose degree halo2
//! silently clamped does not pass.

use std::collections::BTreeMap;

use halo2_proofs::halo2curves::bn256::{Bn256, Fq, Fq2, Fr, G1Affine, G2Affine};
use halo2_proofs::plonk::{Any, ConstraintSystem, Expression, VerifyingKey};
use halo2_proofs::poly::Rotation;
use halo2_proofs::poly::commitment::ParamsProver as _;
use halo2_proofs::poly::kzg::commitment::ParamsKZG;
use tribute_verifier::plan::{
    CircuitDescription, Column, EncodingError, G1, G2, Gate, Link, Node, Plan, PlanError,
    PlanFormat, Query, Scalar, SrsPoints,
};

use crate::keys::linked;
use crate::transcript::word;

/// Why a key does not export.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ExportError {
    /// The key has lookup arguments.
    #[error("the circuit has {lookups} lookup arguments, a plan has none")]
    Lookups {
        /// Their number.
        lookups: usize,
    },
    /// The key has no instance column, or several.
    #[error("the circuit has {columns} instance columns, a plan has one")]
    InstanceColumns {
        /// Their number.
        columns: usize,
    },
    /// A gate still holds a selector.
    #[error("a gate of the circuit holds an unresolved selector")]
    Selector,
    /// A gate reads what the key does not open.
    #[error("a gate of the circuit reads a query that the key does not list")]
    UnknownQuery,
    /// A count above 32 bits.
    #[error("a count of the circuit does not fit 32 bits")]
    Count,
    /// A point that does not encode.
    #[error("a point of the key does not encode: {0}")]
    Point(#[from] EncodingError),
    /// A scalar that does not encode.
    #[error("a scalar of the key does not encode")]
    Scalar,
    /// The plan is none that a verifier could use.
    #[error("the circuit does not make a usable plan: {0}")]
    Plan(#[from] PlanError),
}

/// What a plan says that its key does not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claim {
    /// What the circuit claims.
    pub circuit: CircuitDescription,
    /// Exact number of public inputs.
    pub instances: u32,
    /// Number of linked columns, where there are any.
    pub linked: Option<u32>,
}

/// Exports a verifying key as a plan of a claim.
///
/// # Errors
/// Fails on a key that a plan cannot say or a verifier would refuse.
pub fn export(
    key: &VerifyingKey<G1Affine>,
    params: &ParamsKZG<Bn256>,
    claim: Claim,
) -> Result<Plan, ExportError> {
    let Claim { circuit, instances, linked } = claim;
    let system = key.cs();
    refuse_the_unsayable(system)?;
    let mut expressions = Expressions::new(system);
    let gates = expressions.gates()?;
    let columns = system.permutation().get_columns();
    let generator = params.get_g().first().copied().unwrap_or_default();
    let plan = Plan {
        format: PlanFormat::V4,
        circuit,
        k: key.get_domain().k(),
        degree: count(key.get_domain().get_quotient_poly_degree() + 1)?,
        blinding_factors: count(system.blinding_factors())?,
        instances,
        advice_phases: system.advice_column_phase(),
        challenge_phases: system.challenge_phase(),
        advice_queries: queries(system.advice_queries().iter().map(|(c, at)| (c.index(), *at)))?,
        fixed_queries: queries(system.fixed_queries().iter().map(|(c, at)| (c.index(), *at)))?,
        instance_queries: queries(
            system.instance_queries().iter().map(|(c, at)| (c.index(), *at)),
        )?,
        nodes: expressions.nodes,
        gates,
        permutation: columns.into_iter().map(column).collect::<Result<_, _>>()?,
        fixed_commitments: key.fixed_commitments().iter().map(g1).collect::<Result<_, _>>()?,
        permutation_commitments: key
            .permutation()
            .commitments()
            .iter()
            .map(g1)
            .collect::<Result<_, _>>()?,
        srs: SrsPoints { g1: g1(&generator)?, g2: g2(&params.g2())?, s_g2: g2(&params.s_g2())? },
        transcript_repr: scalar(&key.transcript_repr())?,
        link: linked.map(|columns| link(params, columns)).transpose()?,
    };
    plan.validate()?;
    Ok(plan)
}

fn link(params: &ParamsKZG<Bn256>, columns: u32) -> Result<Link, EncodingError> {
    let [first, second] = linked::bases(params);
    Ok(Link { columns, bases: [g1(&first)?, g1(&second)?] })
}

fn refuse_the_unsayable(system: &ConstraintSystem<Fr>) -> Result<(), ExportError> {
    let lookups = system.lookups().len();
    if lookups > 0 {
        return Err(ExportError::Lookups { lookups });
    }
    match system.num_instance_columns() {
        1 => Ok(()),
        columns => Err(ExportError::InstanceColumns { columns }),
    }
}

/// The list of nodes while it is built.
struct Expressions<'a> {
    system: &'a ConstraintSystem<Fr>,
    nodes: Vec<Node>,
    places: BTreeMap<Node, u32>,
}

impl<'a> Expressions<'a> {
    fn new(system: &'a ConstraintSystem<Fr>) -> Self {
        Self { system, nodes: Vec::new(), places: BTreeMap::new() }
    }

    fn gates(&mut self) -> Result<Vec<Gate>, ExportError> {
        let mut gates: Vec<Gate> = Vec::new();
        for gate in self.system.gates() {
            for (place, polynomial) in gate.polynomials().iter().enumerate() {
                let constraint = self.add(polynomial)?;
                let own = plain(gate.constraint_name(place));
                let name = if own.is_empty() { plain(gate.name()) } else { own };
                match gates.last_mut().filter(|last| last.name == name) {
                    Some(last) => last.constraints.push(constraint),
                    None => gates.push(Gate { name, constraints: vec![constraint] }),
                }
            }
        }
        Ok(gates)
    }

    fn add(&mut self, expression: &Expression<Fr>) -> Result<u32, ExportError> {
        let system = self.system;
        let node = match expression {
            Expression::Constant(value) => Node::Constant(scalar(value)?),
            Expression::Selector(_) => return Err(ExportError::Selector),
            Expression::Fixed(query) => Node::Fixed(place(
                system.fixed_queries().iter().map(|(c, at)| (c.index(), *at)),
                (query.column_index(), query.rotation()),
            )?),
            Expression::Advice(query) => Node::Advice(place(
                system.advice_queries().iter().map(|(c, at)| (c.index(), *at)),
                (query.column_index(), query.rotation()),
            )?),
            Expression::Instance(query) => Node::Instance(place(
                system.instance_queries().iter().map(|(c, at)| (c.index(), *at)),
                (query.column_index(), query.rotation()),
            )?),
            Expression::Challenge(challenge) => Node::Challenge(count(challenge.index())?),
            Expression::Negated(a) => Node::Negated(self.add(a)?),
            Expression::Sum(a, b) => Node::Sum(self.add(a)?, self.add(b)?),
            Expression::Product(a, b) => Node::Product(self.add(a)?, self.add(b)?),
            Expression::Scaled(a, by) => {
                let by = self.place(Node::Constant(scalar(by)?))?;
                Node::Product(self.add(a)?, by)
            }
        };
        self.place(node)
    }

    fn place(&mut self, node: Node) -> Result<u32, ExportError> {
        if let Some(place) = self.places.get(&node) {
            return Ok(*place);
        }
        let place = count(self.nodes.len())?;
        self.nodes.push(node);
        self.places.insert(node, place);
        Ok(place)
    }
}

/// Writes a name in the letters that a plan takes.
fn plain(name: &str) -> String {
    let plain = |letter: char| (' '..='~').contains(&letter) && letter != '"' && letter != '\\';
    name.chars().take(200).map(|letter| if plain(letter) { letter } else { '?' }).collect()
}

fn place(
    mut queries: impl Iterator<Item = (usize, Rotation)>,
    wanted: (usize, Rotation),
) -> Result<u32, ExportError> {
    count(queries.position(|query| query == wanted).ok_or(ExportError::UnknownQuery)?)
}

fn queries(queries: impl Iterator<Item = (usize, Rotation)>) -> Result<Vec<Query>, ExportError> {
    queries.map(|(column, at)| Ok(Query { column: count(column)?, rotation: at.0 })).collect()
}

fn column(column: halo2_proofs::plonk::Column<Any>) -> Result<Column, ExportError> {
    let place = count(column.index())?;
    Ok(match column.column_type() {
        Any::Fixed => Column::Fixed(place),
        Any::Advice(_) => Column::Advice(place),
        Any::Instance => Column::Instance(place),
    })
}

fn count(count: usize) -> Result<u32, ExportError> {
    u32::try_from(count).map_err(|_| ExportError::Count)
}

fn scalar(scalar: &Fr) -> Result<Scalar, ExportError> {
    Scalar::from_word(&word(scalar)).ok_or(ExportError::Scalar)
}

pub(crate) fn g1(point: &G1Affine) -> Result<G1, EncodingError> {
    // halo2 keeps the point at infinity as (0, 0), as a plan does.
    G1::from_words([word::<Fq>(&point.x), word(&point.y)])
}

pub(crate) fn g2(point: &G2Affine) -> Result<G2, EncodingError> {
    let parts = |coordinate: &Fq2| [word::<Fq>(&coordinate.c1), word(&coordinate.c0)];
    let ([x1, x0], [y1, y0]) = (parts(&point.x), parts(&point.y));
    G2::from_words([x1, x0, y1, y0])
}
