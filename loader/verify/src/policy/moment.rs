// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The time at which something is decided.

use std::time::Duration;

use bpfsign_format::Date;

use crate::state::seconds_now;

/// A time, in seconds since 1970-01-01 UTC. An update that was applied is judged again by the
/// time at which it was applied.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Moment(pub(crate) u64);

impl Moment {
    pub(crate) fn now() -> Self {
        Self(seconds_now())
    }

    pub(super) fn day(self) -> Date {
        Date::of_seconds(self.0)
    }

    pub(super) fn since_1970(self) -> Duration {
        Duration::from_secs(self.0)
    }
}
