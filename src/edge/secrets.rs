//! The Worker's secrets. `TOKEN_KEYS` is read and parsed once an isolate; a missing or malformed one
//! is a cause for the log and never a panic.

use std::{cell::RefCell, rc::Rc};

use worker::Env;

use crate::{
    domain::{keyring::Keyring, secret_name::SecretName, upstream::Hidden},
    edge::failure::Failure,
};

thread_local! {
    // An isolate is one deployment with one set of secrets: new secrets mean new isolates.
    static KEYRING: RefCell<Option<Rc<Keyring>>> = const { RefCell::new(None) };
}

pub(super) fn keyring(env: &Env) -> Result<Rc<Keyring>, Failure> {
    if let Some(keyring) = KEYRING.with_borrow(Clone::clone) {
        return Ok(keyring);
    }
    let text = env.secret("TOKEN_KEYS").map_err(|_| missing("is not set"))?.to_string();
    let keyring = Keyring::parse(&text);
    let keyring = keyring.map_err(|fault| missing(&format!("can't be used: {fault}")))?;
    let keyring = Rc::new(keyring);
    KEYRING.set(Some(Rc::clone(&keyring)));
    Ok(keyring)
}

/// What must not be told of an upstream, as it stands.
pub(super) fn of_upstream(env: &Env, hidden: Hidden) -> Vec<String> {
    let value = |name: &SecretName| env.secret(name.as_str()).ok().map(|secret| secret.to_string());
    let secrets = hidden.secrets.iter().filter_map(value);
    secrets.chain(hidden.texts).collect()
}

fn missing(why: &str) -> Failure {
    Failure::Broken(format!(
        "the secret TOKEN_KEYS {why}; it lists ID:KEY, ids 1 to 255, keys of 64 hex digits"
    ))
}
