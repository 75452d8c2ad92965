//! Randomness from the runtime.
//!
//! It is here because the core takes entropy as an argument.

use crate::edge::failure::Failure;

/// `N` bytes fit for secrets.
pub(super) fn bytes<const N: usize>() -> Result<[u8; N], Failure> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(|e| Failure::Broken(format!("no randomness: {e}")))?;
    Ok(bytes)
}
