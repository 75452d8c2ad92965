//! Session tokens of Clerk: what a dashboard sends in the place of an API key (contract section 3).
//!
//! A session token is a JWT (RFC 7519) that Clerk signs with RS256 and that lives a minute. It is
//! taken in three steps: its form ([`Unproved`]), its signature under one of the deployment's keys
//! ([`KeySet`]; the runtime does the arithmetic), and its claims ([`Rules`]). Nothing is asked of
//! the network or the database.

mod der;
mod fault;
mod keys;
mod roles;
mod rules;
mod settings;
mod token;

pub use self::{
    fault::SessionFault,
    keys::{KeySet, KeySetFault},
    roles::{Roles, RolesFault},
    rules::{Rules, Session},
    settings::{Settings, SettingsFault},
    token::Unproved,
};
