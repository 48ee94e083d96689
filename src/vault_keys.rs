//! The key-encryption keys of an installation, as its environment names them: keys in a file or a
//! variable, and the key of a server that speaks Vault's transit API. Nothing here is printed.

use anyhow::{Context, Result, bail, ensure};
use api::app::Keys;
use api::outside::keys::{KeyRing, LocalKey, TransitSetup, TransitToken};
use api::platform::clock::Ids;
use secrecy::SecretString;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use zeroize::Zeroizing;

/// Without anything said, the one key that follows from the installation's secret.
#[derive(Clone, Default)]
pub struct VaultKeys {
    /// The first wraps, unless another is named; the others only unwrap.
    pub keys: Vec<LocalKey>,
    pub transit: Option<TransitSetup>,
    /// The key that wraps; `transit` for the server's.
    pub active: Option<String>,
}

impl VaultKeys {
    /// Reads the environment. Errors name the variable at fault, and nothing of a key.
    pub fn read(get: impl Fn(&str) -> Option<String>) -> Result<Self> {
        let mut keys = Vec::new();
        if let Some(path) = get("ATTACHE_VAULT_KEYS_FILE") {
            let text = read_private(Path::new(&path)).context("ATTACHE_VAULT_KEYS_FILE")?;
            keys = read_keys(&text).context("ATTACHE_VAULT_KEYS_FILE")?;
        }
        if let Some(text) = get("ATTACHE_VAULT_KEYS").map(Zeroizing::new) {
            ensure!(keys.is_empty(), "set ATTACHE_VAULT_KEYS or ATTACHE_VAULT_KEYS_FILE, not both");
            keys = read_keys(&text).context("ATTACHE_VAULT_KEYS")?;
        }
        let transit = match get("ATTACHE_TRANSIT_URL") {
            Some(url) => Some(transit(&url, &get)?),
            None => None,
        };
        Ok(Self { keys, transit, active: get("ATTACHE_VAULT_ACTIVE") })
    }

    /// All of them, with the key that follows from the installation's secret.
    ///
    /// Errors when they contradict each other.
    pub fn ring(&self, secret: &Keys, ids: Ids) -> Result<KeyRing> {
        let derived = Zeroizing::new(secret.of("vault key-encryption key 1"));
        let transit = self.transit.clone();
        KeyRing::new(ids, &derived, &self.keys, transit, self.active.as_deref())
            .context("the vault's keys")
    }
}

fn transit(url: &str, get: impl Fn(&str) -> Option<String>) -> Result<TransitSetup> {
    let token = match (get("ATTACHE_TRANSIT_TOKEN_FILE"), get("ATTACHE_TRANSIT_TOKEN")) {
        (Some(path), None) => TransitToken::File(PathBuf::from(path)),
        (None, Some(token)) => TransitToken::Fixed(SecretString::from(token)),
        _ => bail!("set one of ATTACHE_TRANSIT_TOKEN_FILE and ATTACHE_TRANSIT_TOKEN"),
    };
    Ok(TransitSetup {
        url: url.parse().context("ATTACHE_TRANSIT_URL is no address")?,
        mount: get("ATTACHE_TRANSIT_MOUNT").unwrap_or_else(|| "transit".to_owned()),
        key: get("ATTACHE_TRANSIT_KEY").context("ATTACHE_TRANSIT_KEY is not set")?,
        namespace: get("ATTACHE_TRANSIT_NAMESPACE"),
        token,
        authorities: get("ATTACHE_TRANSIT_CA_FILE").map(PathBuf::from),
    })
}

/// A file that not everybody on this machine may read.
fn read_private(path: &Path) -> Result<Zeroizing<String>> {
    let shown = path.display();
    let about = std::fs::metadata(path).with_context(|| format!("{shown} cannot be read"))?;
    ensure!(about.mode() & 0o007 == 0, "others may read {shown}: close it with chmod 600");
    let text = std::fs::read_to_string(path);
    text.map(Zeroizing::new).with_context(|| format!("{shown} cannot be read"))
}

/// `name:64 hexadecimal digits` a key, between spaces, commas or lines; `#` begins a remark.
fn read_keys(text: &str) -> Result<Vec<LocalKey>> {
    let lines = text.lines().map(|line| line.split('#').next().unwrap_or_default());
    let words = lines.flat_map(|line| line.split([',', ' ', '\t', '\r']));
    let keys = words.filter(|word| !word.is_empty()).enumerate().map(|(at, word)| {
        let read = word.split_once(':').filter(|(id, _)| is_name(id)).and_then(|(id, digits)| {
            let mut key = Zeroizing::new([0; 32]);
            hex::decode_to_slice(digits, &mut *key).ok()?;
            Some(LocalKey::new(id, &key))
        });
        let place = at + 1;
        read.with_context(|| format!("key {place} is not written as name:64 hexadecimal digits"))
    });
    let keys: Vec<LocalKey> = keys.collect::<Result<_>>()?;
    ensure!(!keys.is_empty(), "it holds no key");
    Ok(keys)
}

fn is_name(id: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    (1..=40).contains(&id.len()) && id.bytes().all(plain)
}

#[cfg(test)]
mod tests {
    use super::*;
    use api::outside::keys::KeyWrapper;
    use api::platform::clock::Clock;

    fn read(pairs: &[(&str, &str)]) -> Result<VaultKeys> {
        let find = |name: &str| pairs.iter().find(|(known, _)| *known == name);
        VaultKeys::read(|name| find(name).map(|(_, value)| (*value).to_owned()))
    }

    async fn in_use(pairs: &[(&str, &str)]) -> Result<String> {
        let ring = read(pairs)?.ring(&Keys::new([7; 32]), Ids::system(Clock::system()))?;
        Ok(ring.active_kek().await?)
    }

    fn fault(pairs: &[(&str, &str)]) -> String {
        let ids = Ids::system(Clock::system());
        let read = read(pairs).and_then(|keys| keys.ring(&Keys::new([7; 32]), ids));
        format!("{:#}", read.map(|_| ()).unwrap_err())
    }

    #[tokio::test]
    async fn the_first_wraps_unless_another_is_named() {
        let two = format!("2027:{},2026:{}", "ab".repeat(32), "cd".repeat(32));
        let keys = ("ATTACHE_VAULT_KEYS", two.as_str());
        assert_eq!(in_use(&[]).await.unwrap(), "local-1");
        assert_eq!(in_use(&[keys]).await.unwrap(), "2027");
        assert_eq!(in_use(&[keys, ("ATTACHE_VAULT_ACTIVE", "2026")]).await.unwrap(), "2026");
        assert_eq!(in_use(&[keys, ("ATTACHE_VAULT_ACTIVE", "local-1")]).await.unwrap(), "local-1");
    }

    #[test]
    fn a_file_holds_a_key_a_line_and_is_private() {
        use std::os::unix::fs::PermissionsExt;
        let file = tempfile::NamedTempFile::new().unwrap();
        let text =
            format!("# in use\n2027:{}\n\n2026:{} # before\n", "ab".repeat(32), "0".repeat(64));
        std::fs::write(file.path(), text).unwrap();
        let name = [("ATTACHE_VAULT_KEYS_FILE", file.path().to_str().unwrap())];
        let ids: Vec<String> = read(&name).unwrap().keys.into_iter().map(|key| key.id).collect();
        assert_eq!(ids, ["2027", "2026"]);
        std::fs::set_permissions(file.path(), std::fs::Permissions::from_mode(0o644)).unwrap();
        assert!(fault(&name).contains("others may read"), "{}", fault(&name));
    }

    #[test]
    fn faults_name_the_place_and_no_key() {
        let (good, canary) = ("ab".repeat(32), "c0ffee");
        let of = |text: &str| fault(&[("ATTACHE_VAULT_KEYS", text)]);
        for wrong in [
            format!("2027:{good} 2026:{canary}"),
            format!("2027:{good} 2026 {canary}"),
            format!("2027:{good} A_B:{canary}"),
        ] {
            let said = of(&wrong);
            assert!(
                said.contains("ATTACHE_VAULT_KEYS: key 2 ") && !said.contains(canary),
                "{said}"
            );
        }
        assert!(of(" ").contains("no key"));
        assert!(of(&format!("local-1:{good}")).contains("no second key may be called local-1"));
        assert!(of(&format!("a:{good} a:{good}")).contains("no second key"));
        assert!(fault(&[("ATTACHE_VAULT_ACTIVE", "x")]).contains("is none of local-1"));
        assert!(fault(&[("ATTACHE_VAULT_ACTIVE", "transit")]).contains("no server is named"));
        let url = ("ATTACHE_TRANSIT_URL", "http://vault.example:8200");
        assert!(fault(&[url]).contains("set one of ATTACHE_TRANSIT_TOKEN_FILE"));
        let token = ("ATTACHE_TRANSIT_TOKEN", canary);
        assert!(fault(&[url, token]).contains("ATTACHE_TRANSIT_KEY is not set"));
        let key = ("ATTACHE_TRANSIT_KEY", "attache");
        assert!(fault(&[url, token, key]).contains("must begin with https://"));
    }
}
