//! What UniFFI's sources do that a shell must not meet. Each mend knows what it replaces, and fails where a newer UniFFI
//! writes something else: then it is to be seen whether the mend is still needed.

use std::fs;

use anyhow::{Result, bail};
use camino::Utf8Path;

/// Mends the Kotlin source.
pub(super) fn kotlin(file: &Utf8Path) -> Result<()> {
    let source = fs::read_to_string(file)?;
    let source = refuse_destroyed_objects(&source)?;
    let source = refuse_unreadable_text(&source)?;
    let source = tell_failures_in_kotlin(&source)?;
    Ok(fs::write(file, source)?)
}

/// Mends the Swift source.
pub(super) fn swift(file: &Utf8Path) -> Result<()> {
    let source = fs::read_to_string(file)?;
    Ok(fs::write(file, tell_failures_in_swift(&source)?)?)
}

/// Makes Kotlin throw where a shell passes an object it has destroyed: UniFFI looks before a method is called on one, and
/// not where one is an argument, so that the core would read freed memory.
fn refuse_destroyed_objects(source: &str) -> Result<String> {
    const UNCHECKED: &str = "return value.uniffiCloneHandle()";
    let conversions = source.matches("override fun lower(").count();
    let objects = source.matches(UNCHECKED).count();
    if objects == 0 || objects > conversions {
        bail!("UniFFI passes objects in another way than this program knows; see whether it looks before it does");
    }
    Ok(source.replace(UNCHECKED, "return value.callWithHandle { it }"))
}

/// Makes a Kotlin string with half a surrogate pair a `Failure` wherever it is passed; UniFFI throws an exception that no
/// function declares.
fn refuse_unreadable_text(source: &str) -> Result<String> {
    const UNDECLARED: &str = "\
        return Charsets.UTF_8.newEncoder().run {
            onMalformedInput(CodingErrorAction.REPORT)
            encode(CharBuffer.wrap(value))
        }";
    const DECLARED: &str = "\
        val encoder = Charsets.UTF_8.newEncoder().onMalformedInput(CodingErrorAction.REPORT)
        try {
            return encoder.encode(CharBuffer.wrap(value))
        } catch (_: java.nio.charset.CharacterCodingException) {
            throw Failure.TextUnreadable()
        }";
    if source.matches(UNDECLARED).count() != 1 {
        bail!(
            "UniFFI encodes Kotlin's strings in another way than this program knows; see what it does with half a pair"
        );
    }
    Ok(source.replace(UNDECLARED, DECLARED))
}

/// Makes the message of a Kotlin exception what the core prints, which begins with the code; UniFFI lists the fields.
fn tell_failures_in_kotlin(source: &str) -> Result<String> {
    const LISTED: &str = "        override val message\n            get() = \"";
    let mut parts = source.split(LISTED);
    let mut told = parts.next().unwrap_or_default().to_owned();
    let mut messages = 0;
    for part in parts {
        let Some((_, rest)) = part.split_once('\n') else {
            bail!("a message of an exception has no end");
        };
        told.push_str("        override val message: String\n            get() = toString()\n");
        told.push_str(rest);
        messages += 1;
    }
    // An exception whose text is its message and whose message is its text would never end.
    if messages == 0 || !every_exception_displays_itself(source) {
        bail!("UniFFI writes exceptions in another way than this program knows; see what their messages are");
    }
    Ok(told)
}

fn every_exception_displays_itself(source: &str) -> bool {
    let mut exceptions = source.split("sealed class ").skip(1);
    exceptions.all(|class| {
        let is_exception = class
            .lines()
            .next()
            .is_some_and(|line| line.contains(": kotlin.Exception()"));
        let body = class.split("companion object ErrorHandler").next().unwrap_or_default();
        !is_exception || body.contains("override fun toString(): String")
    })
}

/// Makes a Swift error print, describe and localise itself as the core prints it; UniFFI gives it that text and lets Swift
/// print the case's name all the same.
fn tell_failures_in_swift(source: &str) -> Result<String> {
    const REFLECTED: &str = "String(reflecting: self)";
    const ERROR: &str = ": Swift.Error,";
    // Not the functions that are generic over errors.
    let errors = source.lines().filter_map(|line| line.split_once(ERROR));
    let names: Vec<&str> = errors.filter_map(|(before, _)| before.rsplit(' ').next()).collect();
    if names.is_empty() || source.matches(REFLECTED).count() != names.len() {
        bail!("UniFFI writes Swift's errors in another way than this program knows; see how they print");
    }
    let mut told = source.replace(REFLECTED, "description");
    for name in names {
        told.push_str(&format!(
            "\nextension {name}: CustomStringConvertible, CustomDebugStringConvertible {{\n    public var debugDescription: \
             String {{ description }}\n}}\n"
        ));
    }
    Ok(told)
}
