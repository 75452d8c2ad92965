//! Pages of lists (contract section 12): as many rows as fit, one at least.

/// The most bytes of the rows in one page.
pub const PAGE_BYTES: u32 = 2 * 1024 * 1024;

/// The most rows of a list that is asked for whole.
pub const WHOLE_MAX: u32 = 1000;

#[derive(Debug, Clone, PartialEq)]
pub struct Paged<T> {
    pub row: T,
    /// Whether another one follows, in this page or in the next.
    pub is_followed: bool,
}
