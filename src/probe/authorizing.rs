//! The way through the authorization endpoint: `state`, `iss`, and what PKCE is worth.

use super::door::Door;
use super::subject::{Granted, Refused, Subject};
use super::visitor::{Visitor, come_back};
use anyhow::{Context, Result, anyhow, bail};
use api::outside::upstream::{Finding, IssuerSeen, Pkce, PkceSeen, StateSeen};
use api::platform::clock::{Clock, Ids};
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use secrecy::SecretString;
use sha2::{Digest, Sha256};

pub struct Authorizing<'a, V> {
    subject: &'a Subject,
    door: Door,
    visitor: V,
    ids: Ids,
    visits: usize,
}

/// How many times somebody has to agree.
const VISITS: usize = 6;

/// A code, and what proves that it is ours.
struct Code {
    code: SecretString,
    verifier: String,
    state: Finding<StateSeen>,
    iss: Finding<IssuerSeen>,
}

/// How a visit ended.
enum Ended {
    Code(Code),
    /// The server led back with this error code, or did not lead back.
    Refused(String),
}

impl<'a, V: Visitor> Authorizing<'a, V> {
    pub fn new(subject: &'a Subject, door: Door, visitor: V) -> Self {
        Self { subject, door, visitor, ids: Ids::system(Clock::system()), visits: 0 }
    }

    /// The plain way, as every connect goes it.
    pub async fn first(&mut self) -> Result<(Granted, Finding<StateSeen>, Finding<IssuerSeen>)> {
        let why = "the plain way, as a connect goes it";
        let code = self.code(why).await?;
        let granted = self.exchange(&code).await?;
        Ok((granted, code.state, code.iss))
    }

    /// The tokens of one more agreement.
    pub async fn granted(&mut self, why: &str) -> Result<Granted> {
        let code = self.code(why).await?;
        self.exchange(&code).await
    }

    /// Two codes with a wrong and a missing proof, and one that announces none.
    pub async fn pkce(&mut self) -> Result<Finding<PkceSeen>> {
        if self.subject.upstream.oauth.pkce == Pkce::Refused {
            self.visits += 3;
            let evidence = "the description says that a request with it is refused";
            return Ok(Finding { seen: None, evidence: evidence.to_owned() });
        }
        let wrong = self.code("whether a wrong code_verifier is refused").await?;
        let other = self.secret();
        let wrong = self.tried(&wrong, Some(&other)).await;
        let missing = self.code("whether a missing code_verifier is refused").await?;
        let missing = self.tried(&missing, None).await;
        let plain =
            self.visit("whether a request without code_challenge is refused", false).await?;
        let plain = match plain {
            Ended::Refused(said) => Err(Refused(said)),
            Ended::Code(code) => self.tried(&code, None).await,
        };
        Ok(verdict(&wrong, &missing, &plain))
    }

    /// Whether a code was taken; what came of it is ended.
    async fn tried(&self, code: &Code, verifier: Option<&str>) -> Result<(), Refused> {
        let granted = self.subject.exchange(&code.code, verifier).await?;
        self.subject.end(&granted).await;
        Ok(())
    }

    async fn exchange(&self, code: &Code) -> Result<Granted> {
        let pkce = self.subject.upstream.oauth.pkce != Pkce::Refused;
        let verifier = pkce.then_some(code.verifier.as_str());
        let outcome = self.subject.exchange(&code.code, verifier).await;
        outcome.map_err(|Refused(said)| anyhow!("the code was not exchanged: {said}"))
    }

    async fn code(&mut self, why: &str) -> Result<Code> {
        let pkce = self.subject.upstream.oauth.pkce != Pkce::Refused;
        match self.visit(why, pkce).await? {
            Ended::Code(code) => Ok(code),
            Ended::Refused(said) => bail!("no code came back: {said}"),
        }
    }

    async fn visit(&mut self, why: &str, pkce: bool) -> Result<Ended> {
        self.visits += 1;
        let (state, verifier) = (self.secret(), self.secret());
        let challenge = BASE64_URL_SAFE_NO_PAD.encode(Sha256::digest(verifier.as_bytes()));
        let url = self.subject.authorize_url(&state, pkce.then_some(challenge.as_str()));
        let why = format!("{} of {VISITS}: {why}", self.visits);
        let back = come_back(&mut self.door, &mut self.visitor, (&url, &why)).await;
        let back = back.with_context(|| format!("visit {why}"))?;
        let Some(back) = back else {
            return Ok(Ended::Refused("it did not lead back".to_owned()));
        };
        let value = |name: &str| {
            let found = back.query_pairs().find(|(known, _)| known == name);
            found.map(|(_, value)| value.into_owned())
        };
        let Some(code) = value("code") else {
            let code = value("error").unwrap_or_else(|| "neither code nor error".to_owned());
            let plain = code.bytes().all(|b| b.is_ascii_lowercase() || b == b'_' || b == b' ');
            let said = if plain { code } else { "an unknown error".to_owned() };
            return Ok(Ended::Refused(said));
        };
        Ok(Ended::Code(Code {
            code: code.into(),
            verifier,
            state: state_of(value("state").as_deref(), &state),
            iss: issuer_of(value("iss").as_deref(), &self.subject.server.issuer),
        }))
    }

    fn secret(&self) -> String {
        BASE64_URL_SAFE_NO_PAD.encode(self.ids.secret())
    }
}

fn state_of(said: Option<&str>, sent: &str) -> Finding<StateSeen> {
    let (seen, evidence) = match said {
        Some(said) if said == sent => (StateSeen::Returned, "it came back as it was sent"),
        Some(_) => (StateSeen::Changed, "another came back than was sent"),
        None => (StateSeen::Missing, "none came back"),
    };
    Finding { seen: Some(seen), evidence: evidence.to_owned() }
}

fn issuer_of(said: Option<&str>, wanted: &str) -> Finding<IssuerSeen> {
    let (seen, evidence) = match said {
        Some(said) if said == wanted => (IssuerSeen::Sent, "the callback names the issuer"),
        Some(_) => (IssuerSeen::Other, "the callback names another issuer than the description"),
        None => (IssuerSeen::Missing, "the callback does not say who it comes from"),
    };
    Finding { seen: Some(seen), evidence: evidence.to_owned() }
}

type Tried = Result<(), Refused>;

fn verdict(wrong: &Tried, missing: &Tried, plain: &Tried) -> Finding<PkceSeen> {
    let said = |tried: &Tried| match tried {
        Ok(()) => "taken".to_owned(),
        Err(Refused(said)) => format!("refused ({said})"),
    };
    let seen = match (wrong, missing, plain) {
        (Err(_), Err(_), Err(_)) => PkceSeen::Required,
        (Err(_), Err(_), Ok(())) => PkceSeen::Checked,
        _ => PkceSeen::Ignored,
    };
    let evidence = format!(
        "a wrong code_verifier was {}, a missing one {}, a request without code_challenge {}",
        said(wrong),
        said(missing),
        said(plain)
    );
    Finding { seen: Some(seen), evidence }
}
