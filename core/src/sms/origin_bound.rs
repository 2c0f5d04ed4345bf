//! The last line of a message that binds its code to an origin (WICG, "Origin-bound one-time codes delivered via SMS").

/// The length of the token by which Android hands a message to the app it is meant for (SMS Retriever), in characters.
const APP_TOKEN_LENGTH: usize = 11;

/// A line `@host #code`, or `@host #code @embedded-host`. Some senders name the `www` host first, for pages that are shown
/// there: `@www.host @host #code`.
#[derive(PartialEq, Eq)]
pub(super) struct OriginBound<'message> {
    /// The host that is named first, where two are.
    page_host: Option<&'message str>,
    host: &'message str,
    /// What follows the number sign; any characters but white space.
    pub(super) code: &'message str,
    embedded_host: Option<&'message str>,
}

impl OriginBound<'_> {
    /// Whether the code may be entered at `https://host`, and not in a frame of another host there.
    pub(super) fn is_for(&self, host: &str) -> bool {
        let same = |bound: &str| bound.eq_ignore_ascii_case(host);
        let is_page = |page: &str| same(page.strip_prefix("www.").unwrap_or(page));
        same(self.host) && self.embedded_host.is_none_or(same) && self.page_host.is_none_or(is_page)
    }
}

/// The origin-bound line of a message that has no white space at its end. Unlike in the specification, the line may be
/// followed by one with Android's app token, since both want to be last.
pub(super) fn find(message: &str) -> Option<OriginBound<'_>> {
    let mut lines = message.rsplit(['\n', '\r']).filter(|line| !line.is_empty());
    let last = lines.next()?;
    if is_app_token(last) {
        parse(lines.next()?)
    } else {
        parse(last)
    }
}

/// Parses one line as the specification says; text after the code, or after the embedded host, is ignored.
fn parse(line: &str) -> Option<OriginBound<'_>> {
    let (first, rest) = token(line.strip_prefix('@')?)?;
    let (page_host, host, rest) = match rest.strip_prefix(" @") {
        Some(second) => token(second).map(|(host, rest)| (Some(first), host, rest))?,
        None => (None, first, rest),
    };
    let (code, rest) = token(rest.strip_prefix(" #")?)?;
    let embedded_host = rest.strip_prefix(" @").and_then(token).map(|(host, _)| host);
    Some(OriginBound {
        page_host,
        host,
        code,
        embedded_host,
    })
}

/// The characters up to the next ASCII white space, at least one, and what follows them.
fn token(text: &str) -> Option<(&str, &str)> {
    let end = text
        .find(|character: char| character.is_ascii_whitespace())
        .unwrap_or(text.len());
    (end > 0).then(|| text.split_at(end))
}

fn is_app_token(line: &str) -> bool {
    line.len() == APP_TOKEN_LENGTH
        && line
            .bytes()
            .all(|octet| octet.is_ascii_alphanumeric() || matches!(octet, b'+' | b'/'))
}
