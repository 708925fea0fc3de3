// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What needs neither root nor anything of the kernel.

mod agents;
mod author;
mod bindings;
mod certs;
mod check;
mod docs;
mod extract;
mod facts;
mod hostile_registry;
mod names;
mod openssl;
mod own_loader;
mod provenance;
mod registry;
mod release;
mod repository;
mod services;
mod signers;
mod targets;
mod verbs;
