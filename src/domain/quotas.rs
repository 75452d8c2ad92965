//! How many client tokens, targets and API keys a tenant may have (contract section 12).

use crate::domain::words::words;

words! {
    pub enum Stock {
        Tokens = "tokens",
        Targets = "targets",
        Keys = "keys",
    }
}

impl Stock {
    /// Its own among one of each.
    fn of_mut<T>(self, [tokens, targets, keys]: &mut [T; 3]) -> &mut T {
        match self {
            Self::Tokens => tokens,
            Self::Targets => targets,
            Self::Keys => keys,
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quota {
    pub of: Stock,
    pub most: u32,
}

impl Quota {
    /// The most rows, those included that were deleted and wait to be purged. They don't count towards
    /// the number itself, so that a tenant who changes tokens often isn't stopped; without any bound
    /// on them, whoever makes and deletes without end would fill the database.
    pub fn most_rows(self) -> u32 {
        self.most * 2
    }
}

/// What a deployment allows each of its tenants.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quotas {
    tokens: u32,
    targets: u32,
    keys: u32,
}

impl Default for Quotas {
    fn default() -> Self {
        Self { tokens: 10_000, targets: 1_000, keys: 1_000 }
    }
}

impl Quotas {
    /// The most that the variable may say.
    const MAX: u32 = 1_000_000;

    /// Reads `tokens=20000,targets=2000,keys=500`: any of the three, each once, a number from 1 on;
    /// the default holds for the others. Of any other text nothing holds.
    pub fn parse(text: &str) -> Result<Self, QuotasFault> {
        let mut found = [None; 3];
        for (at, entry) in text.split(',').enumerate() {
            let (kind, most) = read(entry).ok_or(QuotasFault { nth: at + 1 })?;
            if kind.of_mut(&mut found).replace(most).is_some() {
                return Err(QuotasFault { nth: at + 1 });
            }
        }
        let [tokens, targets, keys] = found;
        let default = Self::default();
        Ok(Self {
            tokens: tokens.unwrap_or(default.tokens),
            targets: targets.unwrap_or(default.targets),
            keys: keys.unwrap_or(default.keys),
        })
    }

    pub fn of(&self, of: Stock) -> Quota {
        let most = match of {
            Stock::Tokens => self.tokens,
            Stock::Targets => self.targets,
            Stock::Keys => self.keys,
        };
        Quota { of, most }
    }
}

fn read(entry: &str) -> Option<(Stock, u32)> {
    let (name, number) = entry.split_once('=')?;
    let kind = Stock::ALL.into_iter().find(|kind| kind.as_str() == name.trim())?;
    let number = number.trim();
    let is_plain = number.bytes().all(|byte| byte.is_ascii_digit());
    let most = number.parse().ok().filter(|most| is_plain && (1..=Quotas::MAX).contains(most));
    Some((kind, most?))
}

/// Why the variable was not taken: its entry that is none, or the second of its kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "TENANT_QUOTAS isn't taken, and the defaults hold: entry {nth} isn't tokens=N, targets=N or keys=N, each at most once, N from 1 to {}",
    Quotas::MAX
)]
pub struct QuotasFault {
    nth: usize,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn most(text: &str) -> Result<[u32; 3], QuotasFault> {
        let quotas = Quotas::parse(text)?;
        Ok(Stock::ALL.map(|of| quotas.of(of).most))
    }

    #[test]
    fn each_kind_may_be_given_in_any_order_and_the_others_keep_their_default() {
        for (text, told) in [
            ("tokens=20000,targets=2000,keys=500", [20_000, 2_000, 500]),
            (" keys = 1 , tokens=1000000", [1_000_000, 1_000, 1]),
            ("targets=7", [10_000, 7, 1_000]),
        ] {
            assert_eq!(most(text), Ok(told), "{text}");
        }
        assert_eq!(Stock::ALL.map(|of| Quotas::default().of(of).most), [10_000, 1_000, 1_000]);
        assert_eq!(Quotas::default().of(Stock::Keys).most_rows(), 2_000);
        assert_eq!(
            Quotas::parse("tokens=1000000").unwrap().of(Stock::Tokens).most_rows(),
            2_000_000
        );
    }

    #[test]
    fn anything_else_is_a_fault_that_names_its_place() {
        for (text, nth) in [
            ("", 1),
            ("tokens", 1),
            ("tokens=", 1),
            ("tokens=0", 1),
            ("tokens=-1", 1),
            ("tokens=+1", 1),
            ("tokens=1e3", 1),
            ("tokens=1000001", 1),
            ("tokens=99999999999", 1),
            ("Tokens=1", 1),
            ("tokens=1,", 2),
            ("tokens=1;targets=2", 1),
            ("tokens=1,keys=2,tokens=1", 3),
            ("tokens=1,sessions=2", 2),
        ] {
            assert_eq!(most(text), Err(QuotasFault { nth }), "{text}");
        }
        let told = Quotas::parse("keys=1,secret-0123").unwrap_err().to_string();
        assert!(told.contains("entry 2") && !told.contains("secret"), "{told}");
    }
}
