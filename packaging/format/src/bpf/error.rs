// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Why an object cannot be read or described.

use std::fmt;

/// Why an object cannot be read or described.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum BpfError {
    /// libbpf does not open it (what libbpf says).
    Open(String),
    /// It carries no BTF: built without `-g`.
    NoBtf,
    /// A map's key or value has no BTF type (the map).
    Untyped(String),
    /// A map asks libbpf to pin it by name (the map): that would be outside the
    /// package's own directory, and could take over another's map.
    PinsItself(String),
    /// A map's layout has too many fields or is nested too deeply (the map).
    TooComplex(String),
}

impl fmt::Display for BpfError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Open(why) => write!(f, "not a loadable BPF object: {why}"),
            Self::NoBtf => f.write_str("the object has no BTF: it was built without -g"),
            Self::Untyped(map) => {
                write!(f, "map `{map}` has no typed key or value: declare both with __type()")
            }
            Self::PinsItself(map) => write!(
                f,
                "map `{map}` asks libbpf to pin it by name: leave out `pinning`, bpfsign pins it"
            ),
            Self::TooComplex(map) => {
                write!(f, "the key or value of map `{map}` has too many fields or levels")
            }
        }
    }
}

impl std::error::Error for BpfError {}
