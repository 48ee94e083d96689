//! Reading the folder of upstreams at start, and checking one file by command.

use super::file::{self, Fault};
use crate::outside::upstream::{Client, Reach, Upstream, Upstreams};
use std::collections::BTreeMap;
use std::path::Path;

/// Values that placeholders stand for, by name.
pub type Values = BTreeMap<String, String>;

/// Reads every `.toml` of a folder. A file with placeholders that have no value is left out, with
/// a line in the log; any other fault stops the start.
///
/// Errors name file, line and what to do.
pub fn load(folder: &Path, values: &Values, reach: Reach) -> anyhow::Result<Upstreams> {
    let mut paths: Vec<_> = std::fs::read_dir(folder)
        .map_err(|error| anyhow::anyhow!("{}: {error}", folder.display()))?
        .collect::<Result<Vec<_>, _>>()?
        .into_iter()
        .map(|entry| entry.path())
        .filter(|path| path.extension().is_some_and(|kind| kind == "toml"))
        .collect();
    paths.sort();
    let mut upstreams: Vec<Upstream> = Vec::new();
    for path in paths {
        match read(&path, values, reach)? {
            Ok(upstream) => upstreams.push(upstream),
            Err(faults) => {
                let unset: Vec<&str> = faults.iter().filter_map(|f| f.unset.as_deref()).collect();
                anyhow::ensure!(unset.len() == faults.len(), told(&path, &faults));
                tracing::warn!(file = %path.display(), ?unset, "left out: values are not set");
            }
        }
    }
    Ok(Upstreams::new(Client::new(reach)?, upstreams))
}

/// Checks one file; placeholders without a value are no fault here. Answers what it describes.
///
/// Errors name line and what to do, all faults at once.
pub fn check_file(path: &Path, values: &Values, reach: Reach) -> anyhow::Result<String> {
    let checked = read(path, values, reach)?;
    match checked {
        Ok(upstream) => Ok(format!(
            "{}: {} operations in {} actions, {} presets",
            upstream.name,
            upstream.operations.len(),
            upstream.actions.len(),
            upstream.presets.len()
        )),
        Err(faults) => {
            let real: Vec<Fault> = faults.into_iter().filter(|f| f.unset.is_none()).collect();
            anyhow::ensure!(real.is_empty(), told(path, &real));
            Ok("well formed; some of its values are not set here".to_owned())
        }
    }
}

fn read(
    path: &Path,
    values: &Values,
    reach: Reach,
) -> anyhow::Result<Result<Upstream, Vec<Fault>>> {
    let text = std::fs::read_to_string(path)
        .map_err(|error| anyhow::anyhow!("{}: {error}", path.display()))?;
    let slug = path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
    Ok(file::parse(&slug, &text, values, reach))
}

fn told(path: &Path, faults: &[Fault]) -> String {
    let file = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy();
    let lines: Vec<String> =
        faults.iter().map(|f| format!("{file}:{}: {}", f.line, f.message)).collect();
    lines.join("\n")
}
