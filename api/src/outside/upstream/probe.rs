//! The probe report: what an application's servers were seen to do, each finding with its evidence.

use super::oauth::{Oauth, Pkce, Refresh};
use crate::text_enum;
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

/// One report: written by `attache upstream probe`, read beside the description at start.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProbeReport {
    /// Issuer identifier of the server that was asked.
    pub issuer: String,
    pub probed: NaiveDate,
    pub pkce: Finding<PkceSeen>,
    pub state: Finding<StateSeen>,
    pub iss: Finding<IssuerSeen>,
    pub rotation: Finding<RotationSeen>,
    pub replay: Finding<ReplaySeen>,
    pub concurrent: Finding<ConcurrentSeen>,
    pub old_access: Finding<OldAccessSeen>,
    pub narrowing: Finding<NarrowingSeen>,
    pub revocation: Finding<RevocationSeen>,
    pub slash: Finding<SlashSeen>,
}

/// An answer to one question.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Finding<T> {
    /// Absent when it could not be told.
    #[serde(default = "none", skip_serializing_if = "Option::is_none")]
    pub seen: Option<T>,
    /// One sentence: what was sent and what came of it.
    pub evidence: String,
}

text_enum! {
    /// What it makes of the proof that a code comes back to who asked for it (RFC 7636).
    pub enum PkceSeen {
        /// A request without it is refused, and so is a wrong proof.
        Required = "required",
        /// A wrong or missing proof is refused where one was announced.
        Checked = "checked",
        /// Accepted, and a wrong or missing proof changes nothing.
        Ignored = "ignored",
    }
}

text_enum! {
    /// What becomes of `state`.
    pub enum StateSeen {
        Returned = "returned",
        Changed = "changed",
        Missing = "missing",
    }
}

text_enum! {
    /// Whether it says in the callback who it is (RFC 9207).
    pub enum IssuerSeen {
        Sent = "sent",
        /// It names another issuer than the description does.
        Other = "other",
        Missing = "missing",
    }
}

text_enum! {
    /// What a refresh does to the refresh token.
    pub enum RotationSeen {
        Rotating = "rotating",
        Same = "same",
        /// There is none.
        None = "none",
    }
}

text_enum! {
    /// What a refresh token does that was used before.
    pub enum ReplaySeen {
        Accepted = "accepted",
        Refused = "refused",
        /// Refused, and everything that came from it has ended.
        EndsAll = "ends-all",
    }
}

text_enum! {
    /// What is left of a permission whose refresh token was sent several times at once.
    pub enum ConcurrentSeen {
        Harmless = "harmless",
        EndsAll = "ends-all",
    }
}

text_enum! {
    /// What a refresh does to the access token before it.
    pub enum OldAccessSeen {
        Survives = "survives",
        Ends = "ends",
    }
}

text_enum! {
    /// What a refresh for fewer scopes brings.
    pub enum NarrowingSeen {
        /// A narrower token; a later refresh may widen it again.
        Narrows = "narrows",
        /// A narrower token, and so are those after it.
        Stays = "stays-narrow",
        Ignored = "ignored",
        Refused = "refused",
    }
}

text_enum! {
    /// What the end of the refresh token does to the access token (RFC 7009).
    pub enum RevocationSeen {
        /// Both end.
        Cascades = "cascades",
        /// The access token lives on until it runs out.
        Alone = "alone",
        /// It says yes, and nothing ends.
        Nothing = "nothing",
        NotOffered = "not-offered",
    }
}

text_enum! {
    /// What `%2F` in a path of its API means.
    pub enum SlashSeen {
        /// Something else than a slash.
        Apart = "apart",
        /// A slash: rules on paths are not safe behind it.
        Decoded = "decoded",
    }
}

impl ProbeReport {
    /// Whether a refresh token that is sent twice ends everything.
    pub fn is_strict(&self) -> bool {
        self.replay.seen == Some(ReplaySeen::EndsAll)
            || self.concurrent.seen == Some(ConcurrentSeen::EndsAll)
    }

    /// Lets what was seen decide where the description says otherwise or nothing.
    pub fn decide(&self, oauth: &mut Oauth) {
        if self.pkce.seen == Some(PkceSeen::Ignored) && oauth.pkce == Pkce::Used {
            oauth.pkce = Pkce::Ignored;
        }
        oauth.sends_issuer |= self.iss.seen == Some(IssuerSeen::Sent);
        let tokens = &mut oauth.tokens;
        match self.rotation.seen {
            Some(RotationSeen::Rotating) => tokens.refresh = Refresh::Rotating,
            Some(RotationSeen::Same) => tokens.refresh = Refresh::Same,
            Some(RotationSeen::None) => {
                tokens.refresh = Refresh::None;
                (tokens.refresh_life, tokens.refresh_idle) = (None, None);
            }
            None => {}
        }
        tokens.strict = self.is_strict();
    }
}

fn none<T>() -> Option<T> {
    None
}
