//! Makes an API key and the SQL that stores its digest: the way to a deployment's first key, since
//! making one over HTTP takes a key.
//!
//! It reads `TOKEN_KEYS` from the environment and writes one line of JSON: the key, and statements
//! that contain no secret.

// Natively only: the Worker has no command line.
#![cfg_attr(target_arch = "wasm32", no_main)]
#![cfg(not(target_arch = "wasm32"))]

use std::{env, process::ExitCode, time};

use client_tokens::{
    domain::{
        api_key::{ApiKeyValue, NewApiKey},
        environment::Environment,
        id::ApiKeyId,
        keyring::Keyring,
        permission::{Permission, Permissions},
        tenant::TenantId,
        text::Name,
        time::Timestamp,
    },
    store::{api_keys::insert_first, statement::Statement},
};

const USAGE: &str = "usage: npm run key -- --tenant NAME [--name N] [--environment test|live]
                    [--permissions A,B] [--expires ISO] [--remote]

  --tenant       who owns the key: 1 to 128 of A-Z a-z 0-9 _ - (made if new)
  --name         what the key is called (default: API key)
  --environment  live, or test for a key that reaches test tokens only (default: live)
  --permissions  separated by commas (default: CLIENT_TOKENS:*); * alone grants everything
  --expires      when it stops working, such as 2030-01-31T00:00:00Z (default: never)
  --remote       store it in the deployed database instead of the local one";

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    if arguments.iter().any(|a| a == "--help") {
        println!("{USAGE}");
        return ExitCode::SUCCESS;
    }
    match mint(&arguments) {
        Ok(line) => {
            println!("{line}");
            ExitCode::SUCCESS
        }
        Err(fault) => {
            eprintln!("{fault}");
            ExitCode::from(2)
        }
    }
}

/// The options of the command line, read and checked.
struct Options {
    tenant: TenantId,
    name: Name,
    environment: Environment,
    permissions: Permissions,
    expires_at: Option<Timestamp>,
}

fn mint(arguments: &[String]) -> Result<String, String> {
    let now = now()?;
    let options = parse(arguments, now)?;
    let keys = env::var("TOKEN_KEYS").map_err(|_| "TOKEN_KEYS is not set".to_owned())?;
    let keyring = Keyring::parse(&keys).map_err(|fault| format!("TOKEN_KEYS: {fault}"))?;
    let value = ApiKeyValue::mint(&keyring, options.environment, &random()?)
        .ok_or("TOKEN_KEYS has no key to sign with")?;
    let key = NewApiKey {
        id: ApiKeyId::new(now, &random()?),
        name: options.name,
        environment: options.environment,
        permissions: options.permissions,
        digest: value.digest(&keyring).ok_or("TOKEN_KEYS has no key to sign with")?,
        hint: value.hint().to_owned(),
        created_at: now,
        expires_at: options.expires_at,
    };
    let statements = insert_first(&options.tenant, &key);
    let sql: Vec<String> = statements.iter().map(Statement::to_literal_sql).collect();
    let line = serde_json::json!({
        "id": key.id.to_string(),
        "key": value.expose(),
        "tenant": options.tenant.as_str(),
        "sql": sql.join(";\n") + ";",
    });
    Ok(line.to_string())
}

fn parse(arguments: &[String], now: Timestamp) -> Result<Options, String> {
    let (mut tenant, mut name, mut environment, mut permissions, mut expires) =
        (None, "API key", "live", "CLIENT_TOKENS:*", None);
    for pair in arguments.chunks(2) {
        match pair {
            [flag, value] if !value.starts_with("--") => match flag.as_str() {
                "--tenant" => tenant = Some(value.as_str()),
                "--name" => name = value,
                "--environment" => environment = value,
                "--permissions" => permissions = value,
                "--expires" => expires = Some(value.as_str()),
                _ => return Err(format!("{flag} is not an option\n\n{USAGE}")),
            },
            [flag, ..] => return Err(format!("{flag} needs a value\n\n{USAGE}")),
            [] => {}
        }
    }
    let tenant = tenant.ok_or_else(|| format!("--tenant is required\n\n{USAGE}"))?;
    Ok(Options {
        tenant: TenantId::parse(tenant).map_err(|fault| format!("--tenant {fault}"))?,
        name: Name::parse(name).map_err(|fault| format!("--name {fault}"))?,
        environment: Environment::parse(environment).ok_or("--environment must be test or live")?,
        permissions: parse_permissions(permissions)?,
        expires_at: expires.map(|text| parse_expiry(text, now)).transpose()?,
    })
}

fn parse_permissions(text: &str) -> Result<Permissions, String> {
    let list: Option<Vec<_>> = text.split(',').map(|p| Permission::parse(p.trim())).collect();
    let known = Permission::ALL.join(", ");
    list.map(Permissions::from_list)
        .ok_or_else(|| format!("--permissions must be some of {known}, separated by commas"))
}

fn parse_expiry(text: &str, now: Timestamp) -> Result<Timestamp, String> {
    let end = Timestamp::parse(text).map_err(|fault| format!("--expires {fault}"))?;
    if end <= now { Err("--expires must be in the future".to_owned()) } else { Ok(end) }
}

#[expect(clippy::disallowed_methods, reason = "a command line has the machine's own clock")]
fn now() -> Result<Timestamp, String> {
    let since = time::SystemTime::now().duration_since(time::UNIX_EPOCH);
    let millis = since.map_err(|_| "the clock is before 1970".to_owned())?.as_millis();
    Ok(Timestamp::from_millis(i64::try_from(millis).unwrap_or(i64::MAX)))
}

fn random<const N: usize>() -> Result<[u8; N], String> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(|fault| format!("no randomness: {fault}"))?;
    Ok(bytes)
}
