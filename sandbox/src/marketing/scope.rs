//! What a connected application may be allowed to do, one word each.

use std::{collections::BTreeSet, fmt, str::FromStr};

use serde::{Deserialize, Serialize};

/// One permission. Its order is the order in which people read it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub(crate) enum Scope {
    AccountRead,
    ContactsRead,
    ContactsWrite,
    ListsRead,
    ListsWrite,
    CampaignsRead,
    CampaignsWrite,
    CampaignsSend,
    ReportsRead,
    Admin,
}

/// A set of permissions, written as OAuth writes it: words with one space between.
pub(crate) type Scopes = BTreeSet<Scope>;

impl Scope {
    pub(crate) const ALL: [Self; 10] = [
        Self::AccountRead,
        Self::ContactsRead,
        Self::ContactsWrite,
        Self::ListsRead,
        Self::ListsWrite,
        Self::CampaignsRead,
        Self::CampaignsWrite,
        Self::CampaignsSend,
        Self::ReportsRead,
        Self::Admin,
    ];

    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::AccountRead => "account:read",
            Self::ContactsRead => "contacts:read",
            Self::ContactsWrite => "contacts:write",
            Self::ListsRead => "lists:read",
            Self::ListsWrite => "lists:write",
            Self::CampaignsRead => "campaigns:read",
            Self::CampaignsWrite => "campaigns:write",
            Self::CampaignsSend => "campaigns:send",
            Self::ReportsRead => "reports:read",
            Self::Admin => "admin",
        }
    }

    /// What the permission means to the person who gives it.
    pub(crate) fn in_plain_words(self) -> &'static str {
        match self {
            Self::AccountRead => "See the name, plan and settings of the account",
            Self::ContactsRead => "See and export your contacts",
            Self::ContactsWrite => "Add, change and delete contacts",
            Self::ListsRead => "See your lists and who is on them",
            Self::ListsWrite => "Create lists",
            Self::CampaignsRead => "See your campaigns and drafts",
            Self::CampaignsWrite => "Write, change and delete campaign drafts",
            Self::CampaignsSend => "Schedule and send campaigns to your contacts",
            Self::ReportsRead => "See opens, clicks, leads and spend",
            Self::Admin => "See and invite the people who use this account",
        }
    }

    /// Whether it changes something or reaches other people.
    pub(crate) fn is_risky(self) -> bool {
        matches!(
            self,
            Self::ContactsWrite | Self::CampaignsWrite | Self::CampaignsSend | Self::Admin
        )
    }
}

/// Reads a space-separated list. The error is the first word that is no scope.
///
/// # Errors
/// A word that is not known.
pub(crate) fn parse(words: &str) -> Result<Scopes, String> {
    words.split(' ').filter(|word| !word.is_empty()).map(str::parse).collect()
}

/// Writes a set as OAuth does.
pub(crate) fn print(scopes: &Scopes) -> String {
    scopes.iter().map(|scope| scope.as_str()).collect::<Vec<_>>().join(" ")
}

impl FromStr for Scope {
    type Err = String;

    fn from_str(word: &str) -> Result<Self, String> {
        Self::ALL.into_iter().find(|scope| scope.as_str() == word).ok_or_else(|| word.to_owned())
    }
}

impl TryFrom<String> for Scope {
    type Error = String;

    fn try_from(word: String) -> Result<Self, String> {
        word.parse()
    }
}

impl From<Scope> for String {
    fn from(scope: Scope) -> Self {
        scope.as_str().into()
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_scope_reads_back_and_has_its_own_sentence() {
        let mut sentences = BTreeSet::new();
        for scope in Scope::ALL {
            assert_eq!(scope.as_str().parse(), Ok(scope));
            assert!(sentences.insert(scope.in_plain_words()));
        }
        assert_eq!(
            parse("admin account:read"),
            Ok(Scopes::from([Scope::AccountRead, Scope::Admin]))
        );
        assert_eq!(parse("account:read everything"), Err("everything".into()));
    }
}
