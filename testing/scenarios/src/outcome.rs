// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What comes of a scenario.

/// A scenario that fails says why.
pub type Outcome = Result<(), String>;
