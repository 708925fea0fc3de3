// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Where a manifest and an object disagree.

use bpfsign_reasons::reasons;

reasons! {
    /// Where a manifest and an object disagree (§4 of package-v1), or what a bare object leaves
    /// open that only a manifest can say.
    #[derive(Clone, PartialEq, Eq)]
    pub enum Mismatch {
        /// The manifest lists what the object does not have.
        NotInObject(what: String) => "object-manifest-mismatch", NotAuthentic,
            "manifest and object disagree: the object has no {what}",
            "do not load it; get it again from its author";
        /// The object has what the manifest does not list.
        NotListed(what: String) => "object-manifest-mismatch", NotAuthentic,
            "manifest and object disagree: the manifest does not list {what}",
            "do not load it; get it again from its author";
        /// The manifest lets agents read a buffer of events, which has one reader.
        BufferForAgents(map: String) => "object-manifest-mismatch", NotAuthentic,
            "manifest and object disagree: map `{map}` is a buffer with one reader, and not for agents",
            "do not load it; get it again from its author";
        /// The package lacks what its manifest speaks of.
        Missing(what: String) => "object-manifest-mismatch", NotAuthentic,
            "manifest and object disagree: there is no {what}",
            "do not load it; get it again from its author";
        /// A program of a bare object whose section leaves open where it attaches.
        NoPlace(program: String) => "object-manifest-mismatch", NotAuthentic,
            "manifest and object disagree: only a manifest can say where `{program}` attaches",
            "on the release side, build a package of it";
        /// A program of a bare object that walks a map.
        NoMap(program: String) => "object-manifest-mismatch", NotAuthentic,
            "manifest and object disagree: `{program}` walks a map, and only a manifest can say which",
            "on the release side, build a package of it";
        /// Only a manifest can say that agents may read a map, and a bare object has none.
        NoReaders => "object-manifest-mismatch", NotAuthentic,
            "manifest and object disagree: a bare object says of no map that agents may read it",
            "on the release side, build a package of it";
        /// A name in a bare object that cannot become the name of a pin.
        NotIdentifier(name: String) => "object-manifest-mismatch", NotAuthentic,
            "manifest and object disagree: {name:?} is no C identifier",
            "do not load it; get it again from its author";
    }
}
