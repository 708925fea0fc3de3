// SPDX-License-Identifier: Apache-2.0 OR MIT
//! A variant and the object that it was compiled to.

use crate::variants::Planned;

/// A compiled variant.
pub(crate) struct Compiled<'t> {
    pub(crate) planned: Planned<'t>,
    pub(crate) object: Vec<u8>,
}
