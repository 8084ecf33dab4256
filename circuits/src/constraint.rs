//! Names of constraints, so that each can be listed, and left out to see whether a test notices.

use std::fmt;

/// The ways in which a cell is constrained.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ConstraintKind {
    /// A polynomial identity of a gate.
    Gate,
    /// A row of the arithmetic gate: one linear or bilinear relation.
    Relation,
    /// The limb decomposition that bounds a row's result.
    Range,
    /// A copy into operand `a` of a relation.
    CopyA,
    /// A copy into operand `b` of a relation.
    CopyB,
}

/// One named constraint; every occurrence of it in the layout bears the same name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Constraint {
    /// How it constrains.
    pub kind: ConstraintKind,
    /// What it says.
    pub name: &'static str,
}

impl Constraint {
    /// The constraint of this kind and name.
    #[must_use]
    pub const fn new(kind: ConstraintKind, name: &'static str) -> Self {
        Self { kind, name }
    }

    /// Whether the constraint takes part. Always, but in unit tests that leave one out.
    #[cfg(not(test))]
    #[inline]
    #[allow(clippy::unused_self, reason = "the test build reads it")]
    pub(crate) const fn enforced(self) -> bool {
        true
    }

    /// Whether the constraint takes part: not when a test, or `TRIBUTE_OMIT`, leaves it out.
    #[cfg(test)]
    pub(crate) fn enforced(self) -> bool {
        omission::enforced(self)
    }
}

impl fmt::Display for Constraint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = match self.kind {
            ConstraintKind::Gate => "gate",
            ConstraintKind::Relation => "relation",
            ConstraintKind::Range => "range",
            ConstraintKind::CopyA => "copy a",
            ConstraintKind::CopyB => "copy b",
        };
        write!(f, "{kind}: {}", self.name)
    }
}

/// Leaving one constraint out, in unit tests only.
#[cfg(test)]
pub(crate) mod omission {
    use std::cell::Cell;
    use std::sync::OnceLock;

    use super::Constraint;

    /// What takes part on this thread.
    #[derive(Clone, Copy, PartialEq)]
    pub(crate) enum Scope {
        /// All constraints but the one that the environment leaves out.
        Environment,
        /// All constraints, whatever the environment says.
        All,
        /// All constraints but this one.
        Without(Constraint),
    }

    thread_local! {
        static SCOPE: Cell<Scope> = const { Cell::new(Scope::Environment) };
    }

    pub(super) fn enforced(constraint: Constraint) -> bool {
        match SCOPE.get() {
            Scope::All => true,
            Scope::Without(omitted) => omitted != constraint,
            Scope::Environment => omitted().is_none_or(|omitted| omitted != constraint.to_string()),
        }
    }

    /// Whether the environment leaves a constraint out.
    pub(crate) fn omits() -> bool {
        omitted().is_some()
    }

    fn omitted() -> Option<&'static str> {
        static EVERYWHERE: OnceLock<Option<String>> = OnceLock::new();
        EVERYWHERE.get_or_init(|| std::env::var("TRIBUTE_OMIT").ok()).as_deref()
    }

    /// Runs `body` on this thread with these constraints.
    pub(crate) fn within<T>(scope: Scope, body: impl FnOnce() -> T) -> T {
        SCOPE.set(scope);
        let result = body();
        SCOPE.set(Scope::Environment);
        result
    }
}
