//! Why a plan is refused.

/// Why a plan is refused. One variant per check.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PlanError {
    /// More bytes than any plan has.
    #[error("a plan has at most {max} bytes, this one has {actual}")]
    Size {
        /// Most bytes a reader takes.
        max: usize,
        /// Bytes received.
        actual: usize,
    },
    /// Not JSON, a missing, unknown or mistyped field, or a value that does not decode.
    #[error("not a plan: {0}")]
    Json(#[from] serde_json::Error),
    /// A format or version this reader does not know.
    #[error("expected format tribute/plan/4")]
    Format,
    /// A numeric profile that does not exist.
    #[error("profile {profile} is not known")]
    Profile {
        /// The profile named.
        profile: u32,
    },
    /// A number outside its range.
    #[error("{what} is {value}, expected {min} to {max}")]
    Range {
        /// What the number says.
        what: &'static str,
        /// The number.
        value: u32,
        /// Least value.
        min: u32,
        /// Greatest value.
        max: u32,
    },
    /// Queries that do not stand side by side in equal numbers.
    #[error("{queries} queries do not spread over {threads} threads")]
    Threads {
        /// Queries of a proof.
        queries: u32,
        /// Queries side by side.
        threads: u32,
    },
    /// A list longer than its bound.
    #[error("{count} {what}, at most {max} are taken")]
    TooMany {
        /// What the list holds.
        what: &'static str,
        /// Its length.
        count: usize,
        /// The bound.
        max: usize,
    },
    /// A name that is empty, long or not printable ASCII.
    #[error("a name is empty, too long or not plain ASCII")]
    Name,
    /// A number of public inputs that the claim does not have.
    #[error("the claim has {expected} public inputs, the plan says {actual}")]
    InstanceCount {
        /// Number the claim has.
        expected: u32,
        /// Number the plan says.
        actual: u32,
    },
    /// More public inputs than usable rows.
    #[error("{instances} public inputs do not fit {usable} usable rows")]
    InstanceRows {
        /// Number of public inputs.
        instances: u32,
        /// Rows that are not blinding.
        usable: u32,
    },
    /// Fewer rows than blinding alone takes.
    #[error("2^{k} rows are too few for {blinding_factors} blinding factors")]
    Rows {
        /// Log of the number of rows.
        k: u32,
        /// Blinding factors.
        blinding_factors: u32,
    },
    /// A number of blinding factors other than the queries ask for.
    #[error("the queries need {expected} blinding factors, the plan says {actual}")]
    BlindingFactors {
        /// Number the queries need.
        expected: u32,
        /// Number the plan says.
        actual: u32,
    },
    /// A challenge of a phase in which nothing is committed: it would never be drawn.
    #[error("challenge {challenge} belongs to a phase that does not come")]
    ChallengePhase {
        /// The challenge.
        challenge: usize,
    },
    /// A query of a column that does not exist.
    #[error("{kind} query {query} reads a column that does not exist")]
    QueryColumn {
        /// Kind of the column.
        kind: &'static str,
        /// Number of the query.
        query: usize,
    },
    /// A rotation that would alias another one.
    #[error("{kind} query {query} is rotated by half the rows or more")]
    Rotation {
        /// Kind of the column.
        kind: &'static str,
        /// Number of the query.
        query: usize,
    },
    /// The same column and rotation twice.
    #[error("{kind} query {query} repeats an earlier one")]
    RepeatedQuery {
        /// Kind of the column.
        kind: &'static str,
        /// Number of the query.
        query: usize,
    },
    /// A node that names a query, a challenge or an earlier node that does not exist.
    #[error("node {node} refers to what does not exist")]
    NodeReference {
        /// The node.
        node: usize,
    },
    /// A node of a degree the quotient cannot carry.
    #[error("node {node} has degree {degree}, the plan allows {max}")]
    NodeDegree {
        /// The node.
        node: usize,
        /// Its degree.
        degree: u32,
        /// Degree of the plan.
        max: u32,
    },
    /// A gate that names a node that does not exist.
    #[error("gate {gate} refers to a node that does not exist")]
    GateReference {
        /// The gate.
        gate: usize,
    },
    /// A gate without constraints.
    #[error("gate {gate} says nothing")]
    EmptyGate {
        /// The gate.
        gate: usize,
    },
    /// A column that is permuted twice.
    #[error("permutation column {place} repeats an earlier one")]
    RepeatedColumn {
        /// Place in the permutation.
        place: usize,
    },
    /// A permuted column that no query reads on the current row.
    #[error("permutation column {place} is not queried on the current row")]
    PermutationQuery {
        /// Place in the permutation.
        place: usize,
    },
    /// Another number of permutation commitments than of permuted columns.
    #[error("{columns} permuted columns, {commitments} commitments")]
    PermutationCount {
        /// Permuted columns.
        columns: usize,
        /// Commitments.
        commitments: usize,
    },
    /// A permutation commitment at infinity.
    #[error("permutation commitment {place} is at infinity")]
    PermutationInfinity {
        /// Place in the permutation.
        place: usize,
    },
    /// An inference or a binding without linked columns.
    #[error("the claim needs linked columns, and the plan names none")]
    LinkMissing,
    /// Linked columns of a circuit that is linked to nothing.
    #[error("the claim has no linked columns, and the plan names some")]
    LinkForeign,
    /// No linked columns, or more than there are columns.
    #[error("{columns} of {max} advice columns are linked, expected 1 to {max}")]
    LinkColumns {
        /// Linked columns.
        columns: u32,
        /// Advice columns.
        max: usize,
    },
    /// Another number of linked columns than of columns for weights.
    #[error("{columns} columns are linked, the circuit has {weights} for weights and table")]
    LinkWidth {
        /// Linked columns.
        columns: u32,
        /// Columns for weights and table.
        weights: u32,
    },
    /// A linked column that is committed after a challenge.
    #[error("linked column {column} is not of the first phase")]
    LinkPhase {
        /// The column.
        column: u32,
    },
    /// A linked column that is not read exactly once: two random cells hide one value.
    #[error("linked column {column} is not queried on the current row alone")]
    LinkQuery {
        /// The column.
        column: u32,
    },
    /// A base of the link at infinity.
    #[error("base {base} of the link is at infinity")]
    LinkInfinity {
        /// The base.
        base: usize,
    },
    /// Twice the same base.
    #[error("the bases of the link are equal")]
    LinkBases,
    /// A generator other than the curve's.
    #[error("the SRS does not start at the curve's generators")]
    Generator,
    /// An SRS whose secret is 1 or -1.
    #[error("the secret of the SRS is trivial")]
    TrivialSecret,
}
