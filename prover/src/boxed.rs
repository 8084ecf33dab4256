//! Errors that are too large to be passed by value stand behind a pointer.

/// Implements `From` for variants that hold a boxed error.
macro_rules! boxed_from {
    ($outer:ty: $($variant:ident($inner:ty)),+) => {
        $(impl From<$inner> for $outer {
            fn from(error: $inner) -> Self {
                Self::$variant(Box::new(error))
            }
        })+
    };
}
