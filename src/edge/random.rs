//! Randomness from the runtime, which the core takes as an argument.

use crate::edge::failure::Failure;

/// `N` bytes fit for secrets.
pub(super) fn bytes<const N: usize>() -> Result<[u8; N], Failure> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(|e| Failure::Broken(format!("no randomness: {e}")))?;
    Ok(bytes)
}
