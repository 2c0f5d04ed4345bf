//! Octets in the clothes of a text (RFC 7468).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

const BEGIN: &str = "-----BEGIN ";
const DASHES: &str = "-----";

/// The octets of every block that has one of these labels, or what is wrong with it; what stands between them and other blocks
/// are passed over.
pub(super) fn blocks<'a>(
    text: &'a [u8],
    labels: &'a [&'a str],
) -> impl Iterator<Item = Result<Vec<u8>, &'static str>> + 'a {
    let text = std::str::from_utf8(text);
    let mut fault = text.is_err().then_some("not text");
    let mut rest = text.unwrap_or_default();
    std::iter::from_fn(move || {
        if let Some(fault) = fault.take() {
            return Some(Err(fault));
        }
        loop {
            let (label, after) = rest.split_once(BEGIN)?.1.split_once(DASHES)?;
            rest = after;
            if !labels.contains(&label) {
                continue;
            }
            let Some((body, after)) = after.split_once(DASHES) else {
                rest = "";
                return Some(Err("no end"));
            };
            rest = after;
            let body: String = body.split_ascii_whitespace().collect();
            return Some(STANDARD.decode(body).map_err(|_| "not base64"));
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_of_the_labels_wanted_are_read_and_others_passed_over() {
        let text = "a\n-----BEGIN X-----\nAQI=\n-----END X-----\n-----BEGIN Y-----\nAw==\n-----END Y-----\n\
                    -----BEGIN X-----\n*\n-----END X-----\n-----BEGIN X-----\r\nBA ==\r\n-----END X-----";
        let read = |text: &[u8], labels: &[&str]| blocks(text, labels).collect::<Vec<_>>();
        assert_eq!(
            read(text.as_bytes(), &["X"]),
            [Ok(vec![1, 2]), Err("not base64"), Ok(vec![4])]
        );
        assert_eq!(read(text.as_bytes(), &["Y", "Z"]), [Ok(vec![3])]);
        assert_eq!(read(b"", &["X"]), []);
        assert_eq!(read(b"-----BEGIN X", &["X"]), []);
        assert_eq!(read(b"-----BEGIN X-----\nAQI=", &["X"]), [Err("no end")]);
        assert_eq!(read(&[0xFF, 0xFE], &["X"]), [Err("not text")]);
    }
}
