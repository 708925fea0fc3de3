// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Why an object cannot be read or described.

use bpfsign_reasons::reasons;

reasons! {
    /// Why an object cannot be read or described.
    #[derive(Clone, PartialEq, Eq)]
    pub enum BpfError {
        /// The bytes are no BPF object, or the object has something that is not known here;
        /// the text is libbpf's or says what.
        Open(why: String) => "bad-object", NotAuthentic,
            "not a loadable BPF object: {why}",
            "have it built again with clang -g -target bpf";
        /// The object carries no BTF. Build it with `-g`.
        NoBtf => "bad-object", NotAuthentic,
            "the object has no BTF: it was built without -g",
            "have it built again with clang -g -target bpf";
        /// A map's key or value has no BTF type. Declare both with `__type()`.
        Untyped(map: String) => "bad-object", NotAuthentic,
            "map `{map}` has no typed key or value: declare both with __type()",
            "have the map's declaration changed";
        /// A map asks libbpf to pin it by name: that would be outside the package's own
        /// directory, and could take over another's map. Leave out `pinning`.
        PinsItself(map: String) => "object-pins-itself", NotAuthentic,
            "map `{map}` asks libbpf to pin it by name: leave out `pinning`, bpfsign pins it",
            "have the map's declaration changed";
        /// A map's key or value has too many fields, or is nested too deeply, to be described.
        TooComplex(map: String) => "bad-object", NotAuthentic,
            "the key or value of map `{map}` has too many fields or levels",
            "have the map's declaration changed";
    }
}
