//! Packs the licences of what the library links: as they are they would be a hundredth of it.

use std::io::Write as _;
use std::path::PathBuf;

use flate2::Compression;
use flate2::write::DeflateEncoder;

fn main() -> std::io::Result<()> {
    println!("cargo::rerun-if-changed=licences.txt");
    let folder = PathBuf::from(std::env::var_os("OUT_DIR").expect("Cargo sets it"));
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(&std::fs::read("licences.txt")?)?;
    std::fs::write(folder.join("licences.deflate"), encoder.finish()?)
}
