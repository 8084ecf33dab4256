//! Attribution methods by name and number.
//!
//! A method is a choice of table (and, for representer points, of what stands for the residual);
//! the relation a proof shows is the same for all of them. The number is a word of the index
//! header, so it is never reused.

use core::fmt;

use serde::{Deserialize, Serialize};

/// Stable name and number of a method.
///
/// ```
/// use tribute_verifier::method::{MethodId, ResidualKind};
///
/// assert_eq!(MethodId::GroupNewton.number(), 4);
/// assert_eq!(MethodId::GroupNewton.to_string(), "group-newton");
/// assert_eq!(MethodId::Representer.residual(), ResidualKind::OneHot);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[repr(u8)]
pub enum MethodId {
    /// Gradient dot product at the last checkpoint, last layer (TracIn).
    #[serde(rename = "tracin")]
    TracIn = 1,
    /// Representer points: as TracIn, with the returned class in place of the residual.
    Representer = 2,
    /// Influence functions on the head, over the Hessian of all rows.
    Influence = 3,
    /// One Newton step of removing the whole contributor.
    GroupNewton = 4,
}

/// What a query is multiplied with beside its features.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ResidualKind {
    /// The softmax residual of the returned class.
    Query,
    /// One at the returned class, zero elsewhere.
    OneHot,
}

/// Of which rows the Hessian is in whose system a contributor's table is a solution.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HessianRows {
    /// Of all admitted rows: one matrix for everybody.
    All,
    /// Of all admitted rows but the contributor's own.
    Others,
}

impl MethodId {
    /// All methods, in the order of their numbers.
    pub const ALL: [Self; 4] =
        [Self::TracIn, Self::Representer, Self::Influence, Self::GroupNewton];

    /// Returns the number that stands in the index header.
    #[must_use]
    pub const fn number(self) -> u8 {
        match self {
            Self::TracIn => 1,
            Self::Representer => 2,
            Self::Influence => 3,
            Self::GroupNewton => 4,
        }
    }

    /// Returns the name that files and commands use.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::TracIn => "tracin",
            Self::Representer => "representer",
            Self::Influence => "influence",
            Self::GroupNewton => "group-newton",
        }
    }

    /// Returns the method of this name, if there is one.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|method| method.name() == name)
    }

    /// Returns what the circuit multiplies the table with.
    #[must_use]
    pub const fn residual(self) -> ResidualKind {
        match self {
            Self::Representer => ResidualKind::OneHot,
            Self::TracIn | Self::Influence | Self::GroupNewton => ResidualKind::Query,
        }
    }

    /// Returns whose Hessian stands in the systems that the table solves; nothing where it is a sum of gradients.
    #[must_use]
    pub const fn hessian(self) -> Option<HessianRows> {
        match self {
            Self::TracIn | Self::Representer => None,
            Self::Influence => Some(HessianRows::All),
            Self::GroupNewton => Some(HessianRows::Others),
        }
    }

    /// Whether the table solves a system with the Hessian, so that sigma and eta mean something.
    #[must_use]
    pub const fn is_newton(self) -> bool {
        self.hessian().is_some()
    }
}

impl ResidualKind {
    /// Returns the number that stands in layout digests and in rendered verifiers; zero is none.
    #[must_use]
    pub const fn number(self) -> u8 {
        match self {
            Self::Query => 1,
            Self::OneHot => 2,
        }
    }
}

impl fmt::Display for ResidualKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Query => "the residual of the returned class",
            Self::OneHot => "the returned class",
        })
    }
}

impl fmt::Display for MethodId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_in_json_are_the_names() {
        for method in MethodId::ALL {
            let json = serde_json::to_string(&method).unwrap();
            assert_eq!(json, format!("\"{method}\""));
            assert_eq!(serde_json::from_str::<MethodId>(&json).unwrap(), method);
            assert_eq!(MethodId::from_name(method.name()), Some(method));
        }
        assert_eq!(MethodId::from_name("TracIn"), None);
        assert!(serde_json::from_str::<MethodId>("\"removal\"").is_err());
        assert!(serde_json::from_str::<MethodId>("1").is_err());
    }

    #[test]
    fn residuals_in_json_are_those_of_the_format() {
        let kinds = [ResidualKind::Query, ResidualKind::OneHot];
        assert_eq!(serde_json::to_string(&kinds).unwrap(), r#"["query","one_hot"]"#);
    }

    #[test]
    fn numbers_are_those_of_the_format() {
        assert_eq!(MethodId::ALL.map(MethodId::number), [1, 2, 3, 4]);
    }
}
