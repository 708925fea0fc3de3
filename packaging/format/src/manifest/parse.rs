// SPDX-License-Identifier: Apache-2.0 OR MIT
//! From bytes to a manifest (§4.1, §4.2).

use crate::{Manifest, ManifestError};

impl Manifest {
    /// Parses and validates a manifest, and checks that the bytes are the
    /// canonical encoding of what they say.
    ///
    /// # Errors
    /// The [`ManifestError`] of the first sentence of §4 that is violated.
    pub fn parse(bytes: &[u8]) -> Result<Self, ManifestError> {
        let text = std::str::from_utf8(bytes).map_err(|_| ManifestError::NotUtf8)?;
        let manifest: Self = toml::from_str(text)
            .map_err(|error| ManifestError::Toml(error.message().replace('\n', " ")))?;
        manifest.validate()?;
        if manifest.encode().as_bytes() != bytes {
            return Err(ManifestError::NotCanonical);
        }
        Ok(manifest)
    }
}
