//! What phones can see of the core: the exported names, as `generate --list` prints them from the library itself.

use std::process::Command;

#[test]
fn the_boundary_is_what_was_reviewed() {
    let listed = Command::new(env!("CARGO_BIN_EXE_generate"))
        .arg("--list")
        .output()
        .expect("the generator starts");
    assert!(listed.status.success(), "{}", String::from_utf8_lossy(&listed.stderr));
    insta::assert_snapshot!(String::from_utf8(listed.stdout).expect("names are text"));
}
