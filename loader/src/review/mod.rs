// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What is loaded, against what was allowed and is allowed today; and taking it away.

mod decisions;
mod live;
mod reconcile;
mod recover;
mod reverify;
mod unload;

pub use decisions::decisions;
pub use live::{Foreign, Live, Problem, live};
pub use reconcile::{reconcile, refused_today};
pub use recover::{held_packages, recover};
pub use unload::unload;
