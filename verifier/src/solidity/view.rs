//! What the template is filled with.

use askama::Template;
use sha3::{Digest as _, Keccak256};

use super::body::{Body, Constant, literal, word};
use super::expression::Statement;
use super::interpreter::SharedWords;
use super::layout::{Calldata, KeyData, Memory};
use super::opening::{Openings, Point, PointSet, power, scalar};
use super::terms::Value;
use super::{DEVELOPMENT_CHAINS, KeyPlacement, SolidityError};
use crate::digest::Digest;
use crate::plan::{CircuitDescription, Plan, Query, index};
use crate::plonk::delta;
use crate::srs::{CEREMONIES, Ceremony};

/// One challenge and what is absorbed before it.
#[derive(Debug)]
struct Squeeze {
    /// Name of its word; the challenge of lookups has none.
    target: Option<String>,
    /// First byte in calldata.
    at: String,
    /// Number of bytes.
    length: usize,
}

/// A column of public inputs, read at some rotation.
#[derive(Debug)]
struct InstanceQuery {
    number: usize,
    /// Minus the power of $\omega$ of the row where the first input is read.
    power: String,
}

/// A running product and its columns.
#[derive(Debug)]
struct Product {
    place: usize,
    /// The value of each column, and the number of its permutation polynomial.
    columns: Vec<(Value, usize)>,
}

/// The linked columns.
#[derive(Debug)]
struct LinkView {
    columns: u32,
    layout: String,
    /// Coordinates of the two bases.
    bases: [[String; 2]; 2],
    /// Whether proofs are linked; otherwise other proofs are linked to them.
    checked: bool,
}

/// A contract that holds a part of the key as its code.
#[derive(Debug)]
struct KeyChunk {
    number: usize,
    place: String,
    bytes: usize,
    hash: String,
    code: String,
}

/// Most words of a key in one contract: a byte less than the largest code (EIP-170).
const KEY_CHUNK_WORDS: usize = 24_575 / 32;

/// Names of the words of $[\tau]_2$ in the contract.
const TAU_NAMES: [&str; 4] = ["TAU_X1", "TAU_X0", "TAU_Y1", "TAU_Y0"];

/// The contract.
#[derive(Debug, Template)]
#[template(path = "verifier.sol", escape = "none")]
pub(super) struct VerifierContract {
    name: String,
    title: String,
    /// Whether the SRS is of no known ceremony.
    unsafe_srs: bool,
    /// What of it the contract compares with the known ceremonies.
    unknown: String,
    /// Digest of the SRS, where whoever rendered the contract trusts it by name.
    trusted: Option<String>,
    chains: String,
    digest: String,
    instances: usize,
    proof_bytes: usize,
    link: Option<LinkView>,
    /// What a proof of queries is about, as a word.
    circuit: Option<String>,
    /// Whether proofs end in a link.
    linked: bool,
    k: u32,
    places: Vec<Constant>,
    words: Vec<Constant>,
    numbers: Vec<Constant>,
    key: Vec<Constant>,
    /// Whether equations and openings are data, walked through by code that does not know them.
    interpreted: bool,
    /// Permuted columns that share a running product.
    chunk: usize,
    /// Contracts that hold the key; none where it is embedded.
    chunks: Vec<KeyChunk>,
    squeezes: Vec<Squeeze>,
    instance_queries: Vec<InstanceQuery>,
    gates: Vec<Statement>,
    products: Vec<Product>,
    unusable: usize,
    /// Numbers of the limbs, last first.
    limbs: Vec<usize>,
    rotation_powers: Vec<String>,
    rotations: Vec<i64>,
    sets: Vec<PointSet>,
    first_points: Vec<usize>,
    g2: [String; 4],
    s_g2: [String; 4],
}

impl VerifierContract {
    pub(super) fn new(
        plan: &Plan,
        name: &str,
        placement: KeyPlacement,
        trusted: Option<Digest>,
    ) -> Result<Self, SolidityError> {
        let calldata = Calldata::new(plan);
        let openings = Openings::new(plan, &calldata);
        if openings.sets.is_empty() {
            return Err(SolidityError::Nothing);
        }
        let mut memory = Memory::new();
        let (mut words, shared) = words(plan, &openings, &mut memory);
        words.extend(inverses(plan, &mut memory));
        let mut places = places(&calldata);
        if placement != KeyPlacement::Interpreted {
            places.extend(numbered_places(&calldata));
            words.extend(numbered_words(&openings, &shared));
        }
        let body = match placement {
            KeyPlacement::Embedded => Body::embedded(plan, &mut memory),
            KeyPlacement::Separate => Body::separate(plan, &mut memory),
            KeyPlacement::Interpreted => {
                Body::interpreted(plan, &calldata, &openings, &shared, &mut memory)?
            }
        };
        words.extend(body.words);
        // Behind everything else: what is absorbed has no fixed length.
        words.push(word("STATE", memory.take(1)));
        Ok(Self {
            name: name.to_owned(),
            title: title(plan),
            unsafe_srs: plan.unsafe_srs(),
            unknown: unknown_ceremony(),
            trusted: trusted.map(|digest| digest.to_string()),
            chains: DEVELOPMENT_CHAINS.map(|id| format!("chain != {id}")).join(" && "),
            digest: format!("0x{}", hex::encode(plan.digest()?)),
            instances: index(plan.instances),
            proof_bytes: plan.proof_bytes(),
            link: link(plan),
            circuit: plan.circuit.inference().map(|shape| literal(&shape.word())),
            linked: plan.linked_proofs().is_some(),
            k: plan.k,
            places,
            words,
            numbers: numbers(plan),
            key: body.names,
            interpreted: placement == KeyPlacement::Interpreted,
            chunk: plan.permutation_chunk(),
            chunks: chunks(&body.key),
            squeezes: squeezes(plan, &calldata),
            instance_queries: instance_queries(plan),
            gates: body.gates,
            products: products(plan),
            unusable: index(plan.blinding_factors) + 1,
            limbs: (0..plan.quotient_limbs()).rev().collect(),
            rotation_powers: openings.rotations.iter().map(|r| scalar(&power(plan, *r))).collect(),
            first_points: openings.sets.first().map(|set| set.inside.clone()).unwrap_or_default(),
            rotations: openings.rotations,
            sets: openings.sets,
            g2: plan.srs.g2.words().map(|word| literal(&word)),
            s_g2: plan.srs.s_g2.words().map(|word| literal(&word)),
        })
    }
}

impl VerifierContract {
    /// Returns how many contracts hold the key.
    pub(super) fn key_parts(&self) -> usize {
        self.chunks.len()
    }
}

/// Compares the constants of the pairing with the $[\tau]_2$ of every known ceremony; all words but those literals are
/// names of the contract's own constants.
fn unknown_ceremony() -> String {
    let differs = |ceremony: &Ceremony| {
        let words = ceremony.tau_g2.iter().zip(TAU_NAMES);
        let words = words.map(|(word, name)| format!("{name} != {}", literal(word)));
        format!("({})", words.collect::<Vec<_>>().join(" || "))
    };
    CEREMONIES.iter().map(differs).collect::<Vec<_>>().join(" && ")
}

fn link(plan: &Plan) -> Option<LinkView> {
    let (link, layout) = plan.link.as_ref().zip(plan.link_layout())?;
    Some(LinkView {
        columns: link.columns,
        layout: literal(&layout.0),
        bases: link.bases.map(|base| base.words().map(|word| literal(&word))),
        checked: plan.linked_proofs().is_some(),
    })
}

fn title(plan: &Plan) -> String {
    match &plan.circuit {
        CircuitDescription::Bare(circuit) => format!("bare equations: {}", circuit.name),
        CircuitDescription::Index(shape) => {
            let hidden: Vec<String> = shape.hidden.iter().map(u32::to_string).collect();
            format!(
                "index: {}, inputs {}, hidden [{}], classes {}, contributors {}, rows {}, eta {}",
                shape.method,
                shape.inputs,
                hidden.join(", "),
                shape.classes,
                shape.contributors,
                shape.rows,
                shape.eta
            )
        }
        CircuitDescription::Binding(shape) => {
            let hidden: Vec<String> = shape.hidden.iter().map(u32::to_string).collect();
            format!(
                "binding: inputs {}, hidden [{}], classes {}, contributors {}",
                shape.inputs,
                hidden.join(", "),
                shape.classes,
                shape.contributors
            )
        }
        CircuitDescription::Inference(shape) => {
            let hidden: Vec<String> = shape.hidden.iter().map(u32::to_string).collect();
            format!(
                "inference: inputs {}, hidden [{}], classes {}, contributors {}, queries {}",
                shape.inputs,
                hidden.join(", "),
                shape.classes,
                shape.contributors,
                shape.queries
            )
        }
    }
}

/// Names the places in calldata that every contract knows.
fn places(calldata: &Calldata) -> Vec<Constant> {
    let mut places = vec![
        word("PROOF", calldata.proof),
        word("RANDOM_POINT", calldata.random),
        word("SCALARS", calldata.scalars),
        word("RANDOM_EVAL", calldata.random_eval),
        word("OPENING_QUOTIENT", calldata.opening_quotient),
        word("OPENING_PROOF", calldata.opening_proof),
        word("PUBLIC_INPUTS", calldata.instances),
        word("PUBLIC_INPUTS_END", calldata.instances_end),
        word("CALLDATA_END", calldata.end),
    ];
    if let Some((point, responses)) = calldata.link {
        let words = (calldata.end - calldata.instances) / 32;
        places.extend([word("LINK_POINT", point), word("LINK_RESPONSES", responses)]);
        // Not a place: how many words public inputs and registered commitments are.
        places.push(Constant { name: "PUBLIC_WORDS".to_owned(), value: words.to_string() });
    }
    places
}

/// Names the place of each point and value of the proof.
fn numbered_places(calldata: &Calldata) -> Vec<Constant> {
    let mut places = Vec::new();
    let mut many = |kind: &str, of: &[usize]| {
        let named = of.iter().enumerate().map(|(i, at)| word(&format!("{kind}_{i}"), *at));
        places.extend(named);
    };
    many("ADVICE_POINT", &calldata.advice);
    many("PRODUCT_POINT", &calldata.products);
    many("LIMB", &calldata.limbs);
    many("ADVICE", &calldata.advice_evals);
    many("FIXED", &calldata.fixed_evals);
    many("SIGMA", &calldata.sigmas);
    for (i, product) in calldata.product_evals.iter().enumerate() {
        places.push(word(&format!("PRODUCT_{i}"), product.current));
        places.push(word(&format!("PRODUCT_{i}_NEXT"), product.next));
        places.extend(product.last.map(|last| word(&format!("PRODUCT_{i}_LAST"), last)));
    }
    places
}

/// Names the words of memory that every contract knows.
fn words(plan: &Plan, openings: &Openings, memory: &mut Memory) -> (Vec<Constant>, SharedWords) {
    let mut words = Vec::new();
    let mut name = |name: &str, count: usize| {
        let place = memory.take(count);
        words.push(word(name, place));
        place
    };
    let challenges: Vec<usize> = (0..plan.challenge_phases.len())
        .map(|challenge| name(&format!("CHALLENGE_{challenge}"), 1))
        .collect();
    for challenge in ["BETA", "GAMMA", "Y", "X", "OPENING_Y", "OPENING_V", "OPENING_U"] {
        name(challenge, 1);
    }
    name("X_N", 1);
    let instances: Vec<usize> = (0..plan.instance_queries.len())
        .map(|query| name(&format!("INSTANCE_{query}"), 1))
        .collect();
    let quotient_eval = name("QUOTIENT_EVAL", 1);
    let limbs = name("LIMBS", 2);
    // What precompiles take: two points, the second with a scalar behind it; two pairs of points.
    name("ADDEND", 2);
    name("SUM", 2);
    name("SCALAR", 1);
    name("TOTAL", 12);
    let distances = memory.take(openings.rotations.len());
    let factors = memory.take(openings.sets.len());
    (words, SharedWords { challenges, instances, quotient_eval, distances, factors, limbs })
}

/// Names the distance of each point and the factor of each set.
fn numbered_words(openings: &Openings, shared: &SharedWords) -> Vec<Constant> {
    let named = |kind: &'static str, first: usize, count: usize| {
        (0..count).map(move |i| word(&format!("{kind}_{i}"), first + 32 * i))
    };
    let distances = named("DISTANCE", shared.distances, openings.rotations.len());
    distances.chain(named("FACTOR", shared.factors, openings.sets.len())).collect()
}

fn numbers(plan: &Plan) -> Vec<Constant> {
    let rows = ark_bn254::Fr::from(1_u64 << plan.k);
    let inverse = ark_ff::Field::inverse(&rows).unwrap_or_default();
    let number = |name: &str, value: String| Constant { name: name.to_owned(), value };
    vec![
        number("OMEGA", scalar(&power(plan, 1))),
        number("DELTA", scalar(&delta())),
        number("ROWS_INVERSE", scalar(&inverse)),
        number("MINUS_LAST_POWER", scalar(&-power(plan, -1 - i64::from(plan.blinding_factors)))),
    ]
}

/// Cuts the key into what fits a contract each. The first byte stops whoever would call it.
fn chunks(key: &KeyData) -> Vec<KeyChunk> {
    let chunks = key.words().chunks(KEY_CHUNK_WORDS).enumerate();
    let chunk = |(number, words): (usize, &[[u8; 32]])| {
        let code = [&[0][..], &words.concat()].concat();
        KeyChunk {
            number,
            place: format!("{:#06x}", key.base() + 32 * KEY_CHUNK_WORDS * number),
            bytes: code.len() - 1,
            hash: literal(&Keccak256::digest(&code).into()),
            code: hex::encode(&code),
        }
    };
    chunks.map(chunk).collect()
}

/// Lists the challenges in order. What is absorbed between two of them is one stretch of the proof.
fn squeezes(plan: &Plan, calldata: &Calldata) -> Vec<Squeeze> {
    let mut squeezes = Vec::new();
    let mut pending = (calldata.proof, 0);
    let mut squeeze = |target: Option<String>, absorbed: &mut (usize, usize)| {
        let (at, length) = *absorbed;
        squeezes.push(Squeeze { target, at: format!("{at:#06x}"), length });
        *absorbed = (absorbed.0 + absorbed.1, 0);
    };
    for (phase, (_, length)) in (0..plan.phases()).zip(&calldata.phases) {
        pending.1 += length;
        for (challenge, of) in plan.challenge_phases.iter().enumerate() {
            if *of == phase {
                squeeze(Some(format!("CHALLENGE_{challenge}")), &mut pending);
            }
        }
    }
    let mut named = |name: &str, length: usize| {
        pending.1 += length;
        squeeze(Some(name.to_owned()), &mut pending);
    };
    named("THETA", 0);
    named("BETA", 0);
    named("GAMMA", 0);
    named("Y", 64 * (calldata.products.len() + 1));
    named("X", 64 * calldata.limbs.len());
    named("OPENING_Y", calldata.opening_quotient - calldata.scalars);
    named("OPENING_V", 0);
    named("OPENING_U", 64);
    for squeeze in &mut squeezes {
        squeeze.target = squeeze.target.take().filter(|name| name != "THETA");
    }
    squeezes
}

/// Names what is inverted, all of it in a row: $x^n - 1$, $x$, the factor of the first set, denominators.
fn inverses(plan: &Plan, memory: &mut Memory) -> Vec<Constant> {
    let mut names: Vec<String> =
        (0..plan.instance_queries.len()).map(|query| format!("INSTANCE_INVERSE_{query}")).collect();
    let mut words = Vec::new();
    if !plan.permutation.is_empty() {
        names.extend(["FIRST_ROW", "LAST_ROW", "ACTIVE_INVERSE"].map(str::to_owned));
        words.push(word("ACTIVE_ROWS", memory.take(1)));
    }
    let first = memory.take(3 + names.len());
    words.push(word("INVERSES", first));
    let numbered = names.iter().enumerate();
    words.extend(numbered.map(|(number, name)| word(name, first + 96 + 32 * number)));
    words.push(word("PREFIXES", memory.take(3 + names.len())));
    words
}

fn instance_queries(plan: &Plan) -> Vec<InstanceQuery> {
    let queries = plan.instance_queries.iter().enumerate();
    let query = |(number, query): (usize, &Query)| InstanceQuery {
        number,
        power: scalar(&-power(plan, -i64::from(query.rotation))),
    };
    queries.map(query).collect()
}

fn products(plan: &Plan) -> Vec<Product> {
    let columns = plan.permutation.iter().enumerate();
    let numbered: Vec<(Value, usize)> =
        columns.map(|(place, column)| (Value::of_column(plan, *column), place)).collect();
    let chunks = numbered.chunks(plan.permutation_chunk()).enumerate();
    chunks.map(|(place, columns)| Product { place, columns: columns.to_vec() }).collect()
}
