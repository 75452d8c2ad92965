//! Asking the platform's own rate limiter, which counts in memory where the request is: nothing is
//! waited for on the network.

use crate::{
    api::error::Error,
    domain::shedding::Member,
    handlers::{failure::Failure, runtime::Runtime},
};

/// Counts a request of `member`, and turns it away if there were too many.
///
/// Where the platform fails nothing is shed: shedding protects, and what it protects has limits of
/// its own.
pub(super) async fn shed(runtime: &Runtime, member: &Member) -> Result<(), Failure> {
    match runtime.platform.admits(member).await {
        Ok(true) => Ok(()),
        Ok(false) => Err(Error::Shed(member.crowd).into()),
        Err(thrown) => {
            runtime.log(&format!("shedding: {thrown}"));
            Ok(())
        }
    }
}
