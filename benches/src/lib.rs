//! What tribute costs.
