//! Progress: what long work says of itself while it runs.

/// Somebody who wants to know how far the work is. Called from several threads.
pub trait Observer: Sync {
    /// A new stage begins; the words say what is being done.
    fn stage(&self, words: &str);

    /// Of the steps of this stage, some are done.
    fn steps(&self, done: usize, of: usize);
}

/// An observer that does not look.
#[derive(Clone, Copy, Debug, Default)]
pub struct Unobserved;

impl Observer for Unobserved {
    fn stage(&self, _: &str) {}

    fn steps(&self, _: usize, _: usize) {}
}
