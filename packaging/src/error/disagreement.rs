// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Where `program.toml` and the compiled objects disagree.

use bpfsign_reasons::reasons;

reasons! {
    /// Where `program.toml` and the compiled objects disagree.
    #[derive(Clone, PartialEq, Eq)]
    pub enum Disagreement {
        /// The object has a map that `program.toml` does not name. Add it, with who may read it.
        UnnamedMap { map: String } => "program-file-mismatch", Failed,
            "say who reads map `{map}`: [maps.{map}] readers = ...",
            "add [maps.{map}] to program.toml, with readers = \"agents\" or \"root\"";
        /// `program.toml` lets agents read a buffer of events, which has one reader. Let root
        /// read it: agents get its events from the package's holder.
        BufferForAgents { map: String } => "program-file-mismatch", Failed,
            "map `{map}` is a buffer with one reader: readers = \"root\"",
            "set readers = \"root\" for [maps.{map}] in program.toml";
        /// `program.toml` names a map that no object has.
        NoMap { map: String } => "program-file-mismatch", Failed,
            "there is no map `{map}`",
            "correct the name in program.toml, or declare the map in the source";
        /// `program.toml` names a program that no object has.
        NoProgram { program: String } => "program-file-mismatch", Failed,
            "there is no program `{program}`",
            "correct the name in program.toml, or write the program in the source";
        /// `program.toml` names a field that the map's value does not have.
        NoField { map: String, field: String } => "program-file-mismatch", Failed,
            "there is no field `{field}` in the value",
            "correct [maps.{map}.fields] in program.toml";
        /// A metric of `program.toml` does not fit its map; the text says where.
        Metric { map: String, why: String } => "program-file-mismatch", Failed,
            "{why}",
            "correct [[maps.{map}.metrics]] in program.toml";
        /// Agents read a map in one way on every kernel, and its layout differs between the
        /// objects for different targets. Give it the same layout in all of them.
        LayoutDiffers { map: String } => "program-file-mismatch", Failed,
            "agents read map `{map}`, and its layout differs between targets",
            "declare the map with the same key and value for every target";
    }
}
