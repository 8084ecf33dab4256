//! A machine of few columns: what an inference circuit is made of.
//!
//! One relation a row over two columns, one column of limbs (or several), any number of columns of weights, three of the second phase and those that the lookup takes. Programs ([`program`]) are written
//! without rows; [`place`] and [`write`] give them some. Which rows do what is fixed by the shape.
//!
//! | module | proves |
//! |---|---|
//! | [`program`], [`segment`] | relations between cells |
//! | [`range`], [`lookup`] | that values fit their widths, and the two tables of the exponential |
//! | [`gates`] | matrix products, by random combination of their outputs |
//! | [`linear`] | the matrices of the hash, in the same accumulator |
//!
//! # Matrix products
//! A job has inputs $x_i$, each the product of two cells, and a matrix $W$ in the linked columns, and shows for each of its $J$ outputs that $y_j = \sum_i x_i W_{ij}$. Its outputs come first: each multiplies the accumulator with
//! $\rho$ and adds $\beta^D y_j$. Then, input by input, the combination collects $T_i = \sum_j \rho^{J-1-j} W_{ij}$ over the rows of that input, and its last row subtracts $\beta^D x_i T_i$.
//! With $B$ queries, $T$ threads beside each other and the others below in blocks, weights are combined with $\rho^B$, outputs and inputs over queries with $\rho$; blocks of inputs are summed in a column of their own first.
//!
//! # Soundness
//! Inputs, weights and outputs are committed before $\rho$ is drawn. Behind the last row the accumulator is a polynomial in $\rho$ whose coefficients are, for every output of every job and
//! every constant matrix, by how much it is wrong: each output multiplies all that came before with $\rho$, so every one has an exponent of its own. The accumulator must end at 0; if any output is wrong
//! that happens for at most $N + 39 S T$ of $p$ challenges, with $N$ outputs of all queries and $S$ as in [`linear`]. [`crate::bounds`] shows that sums don't wrap around.
//! Weights are whatever the linked columns hold; padding subtracts its own offset only if it holds it, which the binding proof shows.
//!
//! # Cost
//! $w + T (R + 2) + 1$ columns of the first phase, about $3 + T (R + 1) / 3$ of the second (one more if $B > T$), 13 fixed to 15, $2 T$ in the permutation, degree 5; openings on a row and the next one only.

pub(crate) mod columns;
pub(crate) mod gates;
pub(crate) mod late;
pub(crate) mod linear;
pub(crate) mod lookup;
pub(crate) mod place;
pub(crate) mod program;
pub(crate) mod range;
pub(crate) mod segment;
pub(crate) mod write;
