//! The runtime of this request, and what this isolate remembers from one request to the next.

use std::{
    cell::{Cell, OnceCell, RefCell},
    rc::Rc,
    time::Duration,
};

use futures_util::future::{Either, select};

use crate::{
    api::room::Room,
    chat::upstream::openai::accent::Accents,
    domain::{
        clerk::Settings,
        keyring::Keyring,
        ledger::{FullTokens, Pending},
        quotas::Quotas,
        secret_name::SecretName,
        time::Timestamp,
        upstream::Hidden,
    },
    handlers::{failure::Failure, log},
    platform::{Boxed, Platform},
};

/// What an isolate remembers. It is one deployment with one set of variables and secrets: new ones
/// mean new isolates.
#[derive(Default)]
pub struct Memory {
    keyring: OnceCell<Keyring>,
    pub(super) clerk: OnceCell<Settings>,
    pub(super) quotas: Cell<Option<Quotas>>,
    /// The room for large bodies.
    pub(super) room: RefCell<Room>,
    pub(super) accents: RefCell<Accents>,
    /// What is counted and not handed over yet.
    pub(super) pending: RefCell<Pending>,
    pub(super) full: RefCell<FullTokens>,
    /// The name of this isolate as a sender of what it counted; random, and made when it is first
    /// needed.
    pub(super) sender: OnceCell<String>,
}

#[derive(Clone)]
pub(super) struct Runtime {
    pub(super) platform: Rc<dyn Platform>,
    pub(super) memory: Rc<Memory>,
}

impl Runtime {
    pub(super) fn now(&self) -> Timestamp {
        self.platform.now()
    }

    pub(super) fn random<const N: usize>(&self) -> Result<[u8; N], Failure> {
        let mut bytes = [0; N];
        let filled = self.platform.random(&mut bytes);
        filled.map_err(|e| Failure::Broken(format!("no randomness: {e}")))?;
        Ok(bytes)
    }

    pub(super) fn variable(&self, name: &str) -> Option<String> {
        self.platform.variable(name)
    }

    /// What `TOKEN_KEYS` says, which is read once. A missing or malformed one is a cause for the log
    /// and never a panic.
    pub(super) fn keyring(&self) -> Result<&Keyring, Failure> {
        if let Some(keyring) = self.memory.keyring.get() {
            return Ok(keyring);
        }
        let text = self.variable("TOKEN_KEYS").ok_or_else(|| unusable("is not set"))?;
        let keyring = Keyring::parse(&text);
        let keyring = keyring.map_err(|fault| unusable(&format!("can't be used: {fault}")))?;
        Ok(self.memory.keyring.get_or_init(|| keyring))
    }

    /// What must not be told of an upstream, as it stands.
    pub(super) fn secrets_of(&self, hidden: Hidden) -> Vec<String> {
        let value = |name: &SecretName| self.variable(name.as_str());
        let secrets = hidden.secrets.iter().filter_map(value);
        secrets.chain(hidden.texts).collect()
    }

    /// What `future` gives, unless it takes longer than `patience`.
    pub(super) async fn within<T>(
        &self,
        patience: Duration,
        future: impl Future<Output = T>,
    ) -> Option<T> {
        first_of(future, self.platform.sleep(patience)).await
    }

    pub(super) fn after(&self, future: Boxed<'static, ()>) {
        self.platform.after(future);
    }

    /// Writes the line of something that went wrong outside any answer.
    pub(super) fn log(&self, cause: &str) {
        log::background(&*self.platform, cause);
    }
}

/// What `future` gives, unless `end` comes first.
pub(super) async fn first_of<T>(
    future: impl Future<Output = T>,
    end: impl Future<Output = ()> + Unpin,
) -> Option<T> {
    match select(std::pin::pin!(future), end).await {
        Either::Left((output, _)) => Some(output),
        Either::Right(_) => None,
    }
}

fn unusable(why: &str) -> Failure {
    Failure::Broken(format!(
        "the secret TOKEN_KEYS {why}; it lists ID:KEY, ids 1 to 255, keys of 64 hex digits"
    ))
}
