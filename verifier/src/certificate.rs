//! What the figures of an index certify: how far the head may be from its optimum, and how free the table is; and what a
//! verifier accepts of them.
//!
//! # Relation
//! For $K$ features, $C$ classes and $\lambda$ in 1/256 (`docs/attribution.md`, 2, 3 and 6):
//! $$ |W - W^*|_F \le \frac{\sqrt{KC}\,\epsilon\,2^{-(16 + f_p + f_h)} + \sqrt C\,\tau\,N\,2^{-f_h}}{\lambda / 256} +
//!    \sqrt{\frac{n}{\lambda / 256}}\;2^{-12}, \qquad \tau = (5C/8 - 1/2)\,2^{-20}, $$
//! $$ |x - x'|_2 \le \frac{\sqrt{KC}\,2^{\eta + 1}}{\rho}, \qquad \rho = \lambda\,2^{2 f_p + 2 f_h - 8}, $$
//! where a table is $x$ rounded to multiples of $2^{32}$.
//!
//! # Integers
//! A [`Bound`] counts $2^{-40}$, the unit of a Newton table's entries and so of the head that they change; a [`Freedom`]
//! counts $2^{-32}$ of that. With
//! $f_p = 20$, $f_h = 8$ and $\lceil\sqrt{x}\rceil$ the least integer whose square is at least $x$:
//! $$ \text{distance} = \left\lceil \frac{16\,\epsilon \lceil\sqrt{KC\,2^{62}}\rceil +
//!    2^{17} N (5C - 4) \lceil\sqrt{C\,2^{62}}\rceil}{\lambda\,2^{31}} \right\rceil +
//!    \left\lceil \sqrt{\lceil n\,2^{64} / \lambda \rceil} \right\rceil, $$
//! $$ \text{freedom} = \left\lceil \frac{2^{\eta + 1} \lceil\sqrt{KC\,2^{62}}\rceil}{\lambda\,2^{79}} \right\rceil . $$
//! Every step is exact or rounded up, so these are upper bounds; a contract computes the same integers. With
//! $\epsilon < 2^{80}$, $N < 2^{64}$ and $\eta \le 127$, which every honest index meets, nothing exceeds 128 bits.

use core::fmt;
use core::str::FromStr;

use serde::{Serialize, Serializer};
use thiserror::Error;

use crate::dataset::MAX_ROWS;
use crate::header::Header;

/// Bits behind the point of a [`Bound`].
pub const BOUND_BITS: u32 = 40;
/// Most features of a head, the constant one included.
pub const MAX_FEATURES: u32 = 65_536;
/// Most classes of a head.
pub const MAX_CLASSES: u32 = 256;
/// Bits that the solution behind a Newton table has below the unit of an entry.
pub const FREEDOM_BITS: u32 = 32;
/// Bits behind the point of a head's weights, and so of its norm.
pub const HEAD_BITS: u32 = 16;
/// Bits that epsilon may have.
pub const EPSILON_BITS: u32 = 80;
/// Bits that the norm sum may have.
pub const NORM_SUM_BITS: u32 = 64;
/// Largest eta.
pub const MAX_ETA: u32 = 127;

/// Bits that a square root carries behind the point.
const ROOT_BITS: u32 = 31;

/// An upper bound of a real number, in $2^{-40}$.
///
/// ```
/// use tribute_verifier::certificate::Bound;
///
/// assert_eq!(Bound(1 << 39).to_string(), "0.500000");
/// assert_eq!(format!("{:.2}", Bound((1 << 40) + 1)), "1.01"); // never shown smaller than it is
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Bound(pub u128);

/// An upper bound of how far apart two solutions behind a contributor's table are, in $2^{-32}$ of an entry's unit.
///
/// ```
/// use tribute_verifier::certificate::Freedom;
///
/// assert_eq!(Freedom(1 << 31).to_string(), "0.500000000");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Freedom(pub u128);

/// Largest bounds that a verifier accepts of a method that assumes an optimum (`influence`, `group-newton`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Limits {
    /// Of the head's distance from its optimum, as a part of the head's norm.
    pub distance: Bound,
    /// Of the freedom that a Newton certificate leaves a contributor's table.
    pub freedom: Freedom,
    /// Of lambda for each admitted row, in 1/256.
    pub lam_per_row: u32,
}

impl Limits {
    /// No limits: for whoever looks at the bounds themselves.
    pub const NONE: Self =
        Self { distance: Bound(u128::MAX), freedom: Freedom(u128::MAX), lam_per_row: u32::MAX };

    /// Whether a lambda is accepted for so many admitted rows.
    #[must_use]
    pub fn accepts_lam(&self, lam: u32, admitted: u64) -> bool {
        u128::from(lam) <= u128::from(self.lam_per_row) * u128::from(admitted)
    }
}

impl Default for Limits {
    /// A distance of a quarter of the head's norm, a freedom of half a unit of an entry, a lambda of 1 for each row.
    ///
    /// Fitted heads of a few hundred rows are within 0.03 to 0.5, of norms between 5 and 10; a head trained without the
    /// index's L2 penalty, or with an unpenalized intercept, is mostly beyond. With half a unit of freedom two tables
    /// differ by at most one unit in an entry, and that of a contributor without admitted rows is zero; honest ones have
    /// $2^{-19}$ to $2^{-16}$ of a unit, which grows with the rows and shrinks with lambda.
    fn default() -> Self {
        Self {
            distance: Bound(1 << (BOUND_BITS - 2)),
            freedom: Freedom(1 << (FREEDOM_BITS - 1)),
            lam_per_row: 256,
        }
    }
}

/// The regularized head that bounds are about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Head {
    /// Features $K$, the constant one included.
    pub features: u32,
    /// Classes $C$.
    pub classes: u32,
    /// $\lambda$ in 1/256.
    pub lam: u32,
}

/// What an index publishes of its head's gradient.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stationarity {
    /// $\epsilon = |R|_\infty$.
    pub epsilon: u128,
    /// Upper bound of $\sum_i |\tilde h_i|_2$ at the feature scale.
    pub norm_sum: u128,
    /// Rows that take part.
    pub admitted: u64,
}

impl From<&Header> for Stationarity {
    fn from(header: &Header) -> Self {
        let Header { epsilon, norm_sum, admitted, .. } = *header;
        Self { epsilon, norm_sum, admitted }
    }
}

/// Why figures have no bound.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum BoundError {
    /// Without regularization there is no optimum to be near to.
    #[error("lam is 0; it is at least 1/256")]
    Lambda,
    /// A head that no model has.
    #[error("a head of {features} features and {classes} classes has no bound")]
    Shape {
        /// Features given.
        features: u32,
        /// Classes given.
        classes: u32,
    },
    /// More rows than places.
    #[error("{admitted} rows take part; the tree has {MAX_ROWS} places")]
    Admitted {
        /// Rows given.
        admitted: u64,
    },
    /// No honest index has so large an epsilon.
    #[error("epsilon is {epsilon}, beyond {EPSILON_BITS} bits")]
    Epsilon {
        /// The value.
        epsilon: u128,
    },
    /// No honest index has so large a norm sum.
    #[error("the norm sum is {norm_sum}, beyond {NORM_SUM_BITS} bits")]
    NormSum {
        /// The value.
        norm_sum: u128,
    },
    /// No honest index has so large an eta.
    #[error("eta is {eta}, beyond {MAX_ETA}")]
    Eta {
        /// The value.
        eta: u32,
    },
}

impl Head {
    /// Bounds how far the head is from the only optimum of its regularized loss, in the Frobenius norm.
    ///
    /// # Errors
    /// Fails on a figure that no honest index has.
    pub fn distance(self, stationarity: Stationarity) -> Result<Bound, BoundError> {
        let Stationarity { epsilon, norm_sum, admitted } = stationarity;
        let root = self.root_of_size()?;
        if admitted > MAX_ROWS {
            return Err(BoundError::Admitted { admitted });
        }
        if epsilon >> EPSILON_BITS != 0 {
            return Err(BoundError::Epsilon { epsilon });
        }
        if norm_sum >> NORM_SUM_BITS != 0 {
            return Err(BoundError::NormSum { norm_sum });
        }
        let (classes, lam) = (u128::from(self.classes), u128::from(self.lam));
        // Below 2^127: 2^4 2^80 2^43, and 2^17 2^64 2^11 2^35 - both with classes and features at their most.
        let shown = 16 * epsilon * root;
        let hidden = (norm_sum << 17) * (5 * classes - 4) * root_up(classes << (2 * ROOT_BITS));
        let gradient = (shown + hidden).div_ceil(lam << ROOT_BITS);
        let logits = root_up((u128::from(admitted) << 64).div_ceil(lam));
        Ok(Bound(gradient + logits))
    }

    /// Bounds how far two solutions of a contributor that meet the same certificate are apart, in the Euclidean norm.
    ///
    /// # Errors
    /// Fails on a figure that no honest index has.
    pub fn freedom(self, eta: u32) -> Result<Freedom, BoundError> {
        let root = self.root_of_size()?;
        if eta > MAX_ETA {
            return Err(BoundError::Eta { eta });
        }
        let lam = u128::from(self.lam);
        // 2^(eta + 1 - 79), to the side where it is no fraction: 2^50 2^43, or 2^32 2^78.
        Ok(Freedom(match (eta + 1).checked_sub(48 + ROOT_BITS) {
            Some(bits) => (root << bits).div_ceil(lam),
            None => root.div_ceil(lam << (48 + ROOT_BITS - 1 - eta)),
        }))
    }

    /// $\lceil\sqrt{KC\,2^{62}}\rceil$, at most $2^{43}$.
    fn root_of_size(self) -> Result<u128, BoundError> {
        let Self { features, classes, lam } = self;
        let known = (2..=MAX_FEATURES).contains(&features) && (2..=MAX_CLASSES).contains(&classes);
        if !known {
            return Err(BoundError::Shape { features, classes });
        }
        if lam == 0 {
            return Err(BoundError::Lambda);
        }
        Ok(root_up((u128::from(features) * u128::from(classes)) << (2 * ROOT_BITS)))
    }
}

impl Bound {
    /// Returns this distance as a part of a norm, of which a lower bound is given at the scale of a head's weights; the
    /// largest bound where the norm may be zero.
    ///
    /// ```
    /// use tribute_verifier::certificate::Bound;
    ///
    /// assert_eq!(Bound(1 << 40).relative_to(5 << 16).to_string(), "0.200001"); // rounded up
    /// assert_eq!(Bound(1).relative_to(0), Bound(u128::MAX));
    /// ```
    #[must_use]
    pub fn relative_to(self, head_norm: u64) -> Self {
        let scaled = self.0.checked_mul(1 << HEAD_BITS).filter(|_| head_norm > 0);
        Self(scaled.map_or(u128::MAX, |scaled| scaled.div_ceil(u128::from(head_norm))))
    }

    /// Returns a norm at the scale of a head's weights.
    #[must_use]
    pub fn of_norm(head_norm: u64) -> Self {
        Self(u128::from(head_norm) << (BOUND_BITS - HEAD_BITS))
    }
}

/// The least integer whose square is at least `value`, for values below $2^{120}$.
fn root_up(value: u128) -> u128 {
    let root = value.isqrt();
    root + u128::from(root * root < value)
}

impl fmt::Display for Bound {
    /// Writes a decimal fraction that is at least the bound; six digits where no precision is asked for.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_up(f, self.0, BOUND_BITS, 6)
    }
}

impl fmt::Display for Freedom {
    /// Writes it in units of an entry, as [`Bound`] is written; nine digits where no precision is asked for.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_up(f, self.0, FREEDOM_BITS, 9)
    }
}

/// Writes a decimal fraction that isn't below the value.
fn write_up(f: &mut fmt::Formatter<'_>, value: u128, bits: u32, digits: usize) -> fmt::Result {
    let digits = f.precision().unwrap_or(digits).min(12);
    let scale = (0..digits).fold(1_u128, |scale, _| 10 * scale);
    let (whole, part) = (value >> bits, value & ((1 << bits) - 1));
    let part = (part * scale).div_ceil(1 << bits);
    let (whole, part) = (whole + part / scale, part % scale);
    if digits == 0 { write!(f, "{whole}") } else { write!(f, "{whole}.{part:0digits$}") }
}

/// Why text is no bound.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[error("a decimal of at most 12 digits on either side of the point is asked for, such as 0.5")]
pub struct BoundTextError;

/// Reads a decimal fraction, rounded down to the unit.
///
/// ```
/// use tribute_verifier::certificate::Bound;
///
/// assert_eq!("1.5".parse(), Ok(Bound(3 << 39)));
/// assert!("-1".parse::<Bound>().is_err());
/// ```
impl FromStr for Bound {
    type Err = BoundTextError;

    fn from_str(text: &str) -> Result<Self, BoundTextError> {
        let (whole, part) = text.split_once('.').unwrap_or((text, "0"));
        let number = |digits: &str| {
            let decimal = digits.bytes().all(|digit| digit.is_ascii_digit());
            let known = decimal && (1..=12).contains(&digits.len());
            digits.parse::<u128>().ok().filter(|_| known).ok_or(BoundTextError)
        };
        let scale = part.bytes().fold(1_u128, |scale, _| scale.saturating_mul(10));
        Ok(Self((number(whole)? << BOUND_BITS) + (number(part)? << BOUND_BITS) / scale))
    }
}

/// A decimal string, rounded up at the twelfth digit.
impl Serialize for Bound {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&format_args!("{self:.12}"))
    }
}

/// A decimal string in units of an entry, rounded up at the twelfth digit.
impl Serialize for Freedom {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&format_args!("{self:.12}"))
    }
}

#[cfg(test)]
mod tests {
    use num_bigint::BigUint;
    use proptest::prelude::*;

    use super::*;

    /// $\lceil 2^{bits} \sqrt{value} \rceil$ and the same rounded down.
    fn roots(value: &BigUint, bits: u32) -> (BigUint, BigUint) {
        let scaled = value << (2 * bits);
        let down = scaled.sqrt();
        let up = if &down * &down == scaled { down.clone() } else { &down + 1_u32 };
        (up, down)
    }

    /// Lower and upper bound of the distance in $2^{-40}$, with 200 bits behind the point of every root: numerator and
    /// denominator of the formula are put together as it is written, not as [`Head::distance`] orders it.
    fn distance_between(head: Head, figures: Stationarity) -> (BigUint, BigUint) {
        const BITS: u32 = 200;
        let [k, c, lam] = [head.features, head.classes, head.lam].map(BigUint::from);
        let term = |kc: &BigUint, c_root: &BigUint, n_root: &BigUint| {
            // All three terms over 2^48 lam, where lam is in 1/256: the gradient's carries 2^(44 - 8).
            let shown = (kc * figures.epsilon) << 12_u32;
            let hidden = (c_root * (5_u32 * &c - 4_u32) * figures.norm_sum) << 25_u32;
            // sqrt(256 n / lam) 2^-12 = sqrt(256 n lam) / lam 2^-12
            let logits = n_root << 36_u32;
            shown + hidden + logits
        };
        let (kc_up, kc_down) = roots(&(&k * &c), BITS);
        let (c_up, c_down) = roots(&c, BITS);
        let (n_up, n_down) = roots(&(&lam * 256_u32 * figures.admitted), BITS);
        // In 2^-40: times 2^40 / (2^48 lam 2^200).
        let divisor = lam << (8 + BITS);
        let up = term(&kc_up, &c_up, &n_up);
        (term(&kc_down, &c_down, &n_down) / &divisor, (up + &divisor - 1_u32) / divisor)
    }

    fn freedom_between(head: Head, eta: u32) -> (BigUint, BigUint) {
        let (up, down) = roots(&(BigUint::from(head.features) * head.classes), 200);
        let divisor = BigUint::from(head.lam) << 248_u32;
        let (up, down) = (up << (eta + 1), down << (eta + 1));
        (down / &divisor, (up + &divisor - 1_u32) / divisor)
    }

    /// The bound is not below the exact figure, and exceeds it by no more than its roundings.
    fn close(bound: Bound, (low, high): (BigUint, BigUint)) -> Result<(), TestCaseError> {
        let bound = BigUint::from(bound.0);
        let slack = (&high >> 30_u32) + 4_u32;
        prop_assert!(bound >= low, "{bound} is below {low}");
        prop_assert!(bound <= &high + slack, "{bound} is far above {high}");
        Ok(())
    }

    fn heads() -> impl Strategy<Value = Head> {
        let lam = prop_oneof![1..=256_u32, 1..=u32::MAX];
        (2..=MAX_FEATURES, 2..=MAX_CLASSES, lam).prop_map(|(features, classes, lam)| Head {
            features,
            classes,
            lam,
        })
    }

    proptest! {
        #[test]
        fn distances_equal_the_formula_rounded_up(
            head in heads(),
            epsilon in (0..=EPSILON_BITS, any::<u128>()).prop_map(|(bits, v)| v & ((1 << bits) - 1)),
            norm_sum in (0..NORM_SUM_BITS, any::<u64>()).prop_map(|(bits, v)| u128::from(v >> bits)),
            admitted in 0..=MAX_ROWS,
        ) {
            let figures = Stationarity { epsilon, norm_sum, admitted };
            close(head.distance(figures).unwrap(), distance_between(head, figures))?;
        }

        #[test]
        fn freedoms_equal_the_formula_rounded_up(head in heads(), eta in 0..=MAX_ETA) {
            let Freedom(freedom) = head.freedom(eta).unwrap();
            close(Bound(freedom), freedom_between(head, eta))?;
        }

        #[test]
        fn more_of_anything_is_no_nearer(head in heads(), epsilon in 0..1_u128 << 79, rows in 0..MAX_ROWS) {
            let of = |epsilon, norm_sum, admitted| {
                head.distance(Stationarity { epsilon, norm_sum, admitted }).unwrap()
            };
            let base = of(epsilon, 1 << 40, rows);
            prop_assert!(of(epsilon + 1, 1 << 40, rows) >= base);
            prop_assert!(of(epsilon, (1 << 40) + 1, rows) >= base);
            prop_assert!(of(epsilon, 1 << 40, rows + 1) >= base);
        }
    }

    const HEAD: Head = Head { features: 33, classes: 10, lam: 256 };

    #[test]
    fn the_largest_figures_do_not_overflow() {
        let head = Head { features: MAX_FEATURES, classes: MAX_CLASSES, lam: 1 };
        let epsilon = (1 << EPSILON_BITS) - 1;
        let norm_sum = (1 << NORM_SUM_BITS) - 1;
        let largest = Stationarity { epsilon, norm_sum, admitted: MAX_ROWS };
        close(head.distance(largest).unwrap(), distance_between(head, largest)).unwrap();
        let free = |head: Head, eta| Bound(head.freedom(eta).unwrap().0);
        close(free(head, MAX_ETA), freedom_between(head, MAX_ETA)).unwrap();
        let head = Head { lam: u32::MAX, ..head };
        close(free(head, 0), freedom_between(head, 0)).unwrap();
    }

    #[test]
    fn rejects_figures_that_no_honest_index_has() {
        let figures = Stationarity { epsilon: 1, norm_sum: 1, admitted: 1 };
        let refused = |head: Head, figures| head.distance(figures).unwrap_err();
        let zero = Head { lam: 0, ..HEAD };
        assert_eq!(refused(zero, figures), BoundError::Lambda);
        assert_eq!(zero.freedom(60), Err(BoundError::Lambda));
        for (features, classes) in [(1, 10), (65_537, 10), (33, 1), (33, 257)] {
            let error = BoundError::Shape { features, classes };
            assert_eq!(refused(Head { features, classes, ..HEAD }, figures), error);
        }
        let epsilon = 1 << EPSILON_BITS;
        let error = BoundError::Epsilon { epsilon };
        assert_eq!(refused(HEAD, Stationarity { epsilon, ..figures }), error);
        let norm_sum = 1 << NORM_SUM_BITS;
        let error = BoundError::NormSum { norm_sum };
        assert_eq!(refused(HEAD, Stationarity { norm_sum, ..figures }), error);
        let admitted = MAX_ROWS + 1;
        let error = BoundError::Admitted { admitted };
        assert_eq!(refused(HEAD, Stationarity { admitted, ..figures }), error);
        assert_eq!(HEAD.freedom(128), Err(BoundError::Eta { eta: 128 }));
    }

    #[test]
    fn a_bound_has_plain_decimals() {
        assert_eq!("0".parse(), Ok(Bound(0)));
        assert_eq!("0.25".parse(), Ok(Limits::default().distance));
        assert_eq!("0.000000000001".parse(), Ok(Bound(1)));
        assert_eq!("999999999999.5".parse(), Ok(Bound((1_999_999_999_999 << 40) / 2)));
        for text in
            ["", ".", "1.", ".5", "-1", "+1", "1e3", "1_0", "0x1", "1.0000000000000", "\u{665}"]
        {
            assert_eq!(text.parse::<Bound>(), Err(BoundTextError), "{text}");
        }
        assert_eq!("9999999999999".parse::<Bound>(), Err(BoundTextError));
    }

    #[test]
    fn a_bound_is_never_shown_smaller_than_it_is() {
        assert_eq!(Bound(0).to_string(), "0.000000");
        assert_eq!(Bound(1).to_string(), "0.000001");
        assert_eq!(format!("{:.4}", Bound((3 << 40) - 1)), "3.0000");
        assert_eq!(format!("{:.0}", Bound((2 << 40) + 1)), "3");
        assert_eq!(format!("{:.12}", Bound(1)), "0.000000000001");
        assert_eq!(serde_json::to_string(&Bound(1 << 38)).unwrap(), "\"0.250000000000\"");
        assert!(Bound(u128::MAX).to_string().starts_with("309485009821345068724781056."));
    }
}
