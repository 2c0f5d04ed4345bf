//! The core as one native library for phones. Nothing is wrapped: what crosses is what the core's own boundary types
//! say, and this crate only makes their scaffolding part of the library.

basvuru::uniffi_reexport_scaffolding!();
