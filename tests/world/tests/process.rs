//! The world as a process: what it prints is there, and it ends when nobody listens any more.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::process::{Child, ChildStdout, Command, Stdio};

use serde_json::Value;

fn world(arguments: &[&str]) -> (Child, BufReader<ChildStdout>) {
    let mut process = Command::new(env!("CARGO_BIN_EXE_world"))
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("the world starts");
    let output = BufReader::new(process.stdout.take().expect("it is piped"));
    (process, output)
}

fn described(output: &mut BufReader<ChildStdout>) -> Value {
    let mut line = String::new();
    output.read_line(&mut line).expect("it prints a line");
    serde_json::from_str(&line).expect("the line is JSON")
}

fn requested(control: &str, method: &str, path: &str) -> String {
    let address = control.strip_prefix("http://").expect("it is an HTTP address");
    let mut stream = TcpStream::connect(address).expect("it is there");
    write!(
        stream,
        "{method} {path} HTTP/1.1\r\nHost: {address}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
    )
    .expect("it listens");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("it answers");
    answer
}

fn exchanged(port: &Value, command: &[u8]) -> Vec<u8> {
    let port = u16::try_from(port.as_u64().expect("a port is a number")).expect("of 16 bits");
    let mut stream = TcpStream::connect(("127.0.0.1", port)).expect("the card is there");
    let length = u16::try_from(command.len()).expect("it is short");
    stream
        .write_all(&[&length.to_be_bytes(), command].concat())
        .expect("it listens");
    let mut length = [0; 2];
    stream.read_exact(&mut length).expect("it answers");
    let mut answer = vec![0; usize::from(u16::from_be_bytes(length))];
    stream.read_exact(&mut answer).expect("the whole answer comes");
    answer
}

#[test]
fn everything_it_prints_is_there_until_its_input_ends() {
    let (mut process, mut output) = world(&["--json"]);
    let described = described(&mut output);
    let control = described["control"].as_str().expect("it is text");

    let somebody = requested(control, "POST", "/applicants");
    assert!(somebody.starts_with("HTTP/1.1 200"), "{somebody}");
    assert!(somebody.contains("access_password"), "{somebody}");
    assert!(requested(control, "GET", "/captchas/none").starts_with("HTTP/1.1 404"));

    let card = &described["applicant"]["card"];
    for port in [&card["contact_port"], &card["nfc_port"]] {
        let answer_to_reset = exchanged(port, &[4]);
        assert!(matches!(answer_to_reset.first(), Some(0x3B | 0x3F)));
        let selected = exchanged(port, &[0x00, 0xA4, 0x00, 0x0C, 0x02, 0x3F, 0x00]);
        assert_eq!(selected, [0x90, 0x00]);
    }
    let descriptors = exchanged(&card["usb_port"], &[0]);
    assert_eq!(descriptors.first(), Some(&0));
    assert_eq!(descriptors.get(2), Some(&2), "a configuration descriptor");
    assert_eq!(
        exchanged(&card["usb_port"], &[3, 0x81, 0, 10]),
        [1],
        "nothing was claimed"
    );

    drop(process.stdin.take());
    assert!(process.wait().expect("it ends").success());
}

#[test]
fn it_ends_by_itself_when_its_time_is_over() {
    let (mut process, mut output) = world(&["--json", "--minutes", "0"]);
    // Waiting would close it.
    let input = process.stdin.take();
    described(&mut output);
    assert!(process.wait().expect("it ends").success());
    drop(input);
}

#[test]
fn what_it_does_not_know_it_refuses() {
    for arguments in [&["--jsn"][..], &["--minutes", "soon"], &["--resend-after"]] {
        let (mut process, _) = world(arguments);
        assert_eq!(process.wait().expect("it ends").code(), Some(2), "{arguments:?}");
    }
}
