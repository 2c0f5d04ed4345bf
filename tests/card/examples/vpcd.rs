//! Puts the card of a card file behind the PC/SC daemon until standard input ends: `vpcd FILE`.

use std::error::Error;
use std::io::Read as _;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::sync::{Arc, Mutex};

use basvuru_test_card::VirtualCard;
use basvuru_test_card::vpcd::{PORT, VirtualPcd};

fn main() -> Result<(), Box<dyn Error>> {
    let file = std::env::args_os().nth(1).ok_or("which card file?")?;
    let card = Arc::new(Mutex::new(VirtualCard::of_file(Path::new(&file))?));
    let _inserted = VirtualPcd::insert(SocketAddr::from((Ipv4Addr::LOCALHOST, PORT)), card)?;
    std::io::stdin().read_to_end(&mut Vec::new())?;
    Ok(())
}
