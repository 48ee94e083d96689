//! Letters whose sentences are proven.

use super::proof::{MINE, MOST};
use crate::access::model::{Limits, Terms, Without};
use crate::access::samples::terms as terms_of;
use crate::upstreams::{Risk, Unit, Upstream};
use std::collections::{BTreeMap, BTreeSet};

/// Every letter that is made of one choice of each kind; with `singly` also each of them without
/// one single operation.
pub fn letters(world: &Upstream, singly: bool) -> Vec<Terms> {
    let kinds: BTreeSet<&String> =
        world.operations.iter().flat_map(|operation| &operation.action_kinds).collect();
    let units: BTreeSet<Unit> =
        world.operations.iter().filter_map(|o| o.cost.as_ref().map(|cost| cost.unit)).collect();
    let only = |kind: &String| BTreeMap::from([(kind.clone(), BTreeSet::from([MINE.to_owned()]))]);
    let mut limits: Vec<Limits> = vec![Limits::default()];
    for kind in kinds {
        limits.push(Limits { only: only(kind), ..Limits::default() });
    }
    let each = units.iter().map(|unit| BTreeMap::from([(*unit, MOST)]));
    let every: BTreeMap<Unit, u64> = units.iter().map(|unit| (*unit, MOST)).collect();
    let budgets: Vec<BTreeMap<Unit, u64>> = each.chain([every]).collect();
    let plain = limits.clone();
    limits.extend(plain.iter().flat_map(|limits| {
        budgets.iter().map(|budgets| Limits { budgets: budgets.clone(), ..limits.clone() })
    }));
    let mut all = Vec::new();
    for preset in &world.presets {
        let whole = terms_of(world, &preset.id);
        let single = whole
            .operations
            .keys()
            .map(|id| Without { operations: BTreeSet::from([id.clone()]), ..Without::default() });
        let changing = whole.operations.values().filter(|o| o.risk > Risk::Read);
        let changing: BTreeSet<String> = changing.map(|o| o.action.clone()).collect();
        let asks: Vec<BTreeSet<String>> = [BTreeSet::new(), changing.clone()]
            .into_iter()
            .chain(changing.iter().map(|action| BTreeSet::from([action.clone()])))
            .collect();
        for less in [Without::default()].into_iter().chain(single.filter(|_| singly)) {
            for id in world.withholdable.keys() {
                all.push(whole.less(&less).withholding(world, &BTreeSet::from([id.clone()])));
            }
            all.push(
                whole.less(&less).withholding(world, &world.withholdable.keys().cloned().collect()),
            );
            for limits in &limits {
                for asks in &asks {
                    let mut made = whole.less(&less);
                    let granted: BTreeSet<String> =
                        made.actions().into_iter().map(str::to_owned).collect();
                    let asks = asks.intersection(&granted).cloned().collect();
                    made.limits = Limits { asks, ..limits.clone() };
                    all.push(made);
                }
            }
        }
    }
    all
}
