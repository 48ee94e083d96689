//! Faults on demand: what a server on the other side of a network does on a bad day.

use serde::{Deserialize, Serialize};

use super::{call::Call, state::State};

/// What goes wrong next. A body that sets faults replaces all of them; `{}` ends them all.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Faults {
    /// So many calls take effect and are answered with 500, now and for their key.
    pub after_effect_500: u32,
    /// So many calls take effect and lose their connection instead of getting an answer.
    pub drop_answer: u32,
    /// So many answers arrive before those that are dropped.
    pub drop_after: u32,
    /// So many calls take effect and are answered with 200 and half of a body.
    pub cut_answer: u32,
    /// Every answer comes this late, after its effect.
    pub delay_ms: u64,
    /// So many calls are refused with 429, without effect.
    pub status_429: u32,
    /// Each of these hits only so many in a hundred of the calls that it could hit, as the seed of
    /// the server has it.
    pub percent: Option<u8>,
    /// Only for calls whose path begins so: `/v1/transfers`.
    pub path_prefix: Option<String>,
    /// Only for calls of this method; `POST` when absent, `any` for all.
    pub method: Option<String>,
    pub duplicate_webhooks: bool,
    pub reorder_webhooks: bool,
    /// No webhook goes out until it is released.
    pub hold_webhooks: bool,
}

/// What goes wrong with one answer that is ready.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Trouble {
    pub drop_answer: bool,
    pub cut_answer: bool,
    pub delay_ms: u64,
}

impl Faults {
    /// Whether this call can be hit at all.
    pub(super) fn concern(&self, call: &Call) -> bool {
        let armed = self.after_effect_500 > 0
            || self.drop_answer > 0
            || self.cut_answer > 0
            || self.delay_ms > 0
            || self.status_429 > 0;
        let method = self.method.as_deref().unwrap_or("POST");
        let path = format!("/v1/{}", call.path.join("/"));
        armed
            && (method == "any" || method == call.method)
            && self.path_prefix.as_deref().is_none_or(|prefix| path.starts_with(prefix))
    }
}

impl State {
    /// Whether this call is refused with 429; counts it.
    pub(super) fn is_throttled(&mut self, call: &Call) -> bool {
        self.faults.concern(call) && self.falls() && take(&mut self.faults.status_429)
    }

    /// Whether this call, carried out a moment ago, is answered with 500; counts it.
    pub(super) fn breaks_after_effect(&mut self, call: &Call) -> bool {
        self.faults.concern(call) && self.falls() && take(&mut self.faults.after_effect_500)
    }

    /// Whether a fault that could hit falls this time.
    fn falls(&mut self) -> bool {
        let Some(percent) = self.faults.percent else { return true };
        self.dice() % 100 < u64::from(percent)
    }

    /// What happens to the answer on its way; counts it.
    pub(super) fn trouble(&mut self, call: &Call) -> Trouble {
        if !self.faults.concern(call) {
            return Trouble::default();
        }
        let delay_ms = self.faults.delay_ms;
        let spared = take(&mut self.faults.drop_after) || !self.falls();
        let drop_answer = !spared && take(&mut self.faults.drop_answer);
        let cut_answer = !spared && !drop_answer && take(&mut self.faults.cut_answer);
        Trouble { drop_answer, cut_answer, delay_ms }
    }
}

fn take(count: &mut u32) -> bool {
    let some = *count > 0;
    *count = count.saturating_sub(1);
    some
}
