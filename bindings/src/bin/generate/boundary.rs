//! The boundary as text: every exported name with its types, one a line, in an order of its own. What is listed here is
//! what a shell can see, so that a change of it is seen in review.

use std::collections::BTreeMap;
use std::fmt;

use uniffi_meta::{FieldMetadata, FnParamMetadata, Metadata, ObjectImpl, Type, UniffiTraitMetadata};

/// The most arguments of a call: with more, JNA has crashed on 64-bit ARM, and a record reads better.
const MOST_ARGUMENTS: usize = 5;

/// Words by which a secret would be called. Where one names a text, the secret could be printed and would not be wiped.
const SECRET_WORDS: [&str; 5] = ["pin", "password", "secret", "token", "code"];

/// Names with such a word in them that are no secrets.
const NOT_SECRET: [&str; 5] = [
    // BSV-… of an explanation, and of a failure that monitoring is told.
    "Explanation.code",
    "MonitorEvent.code",
    // The hash of the app's signing certificate, which every text message carries.
    "Answer.SendCode.app_token",
    "Answer.RequestUnblocking.app_token",
    // To be compared with the one in the text message; it proves nothing by itself.
    "AssistedUnblocking.verification_code",
];

/// What the library exports.
#[derive(Debug, Default)]
pub(crate) struct Boundary {
    /// The lines below each heading.
    sections: BTreeMap<(Kind, String), Vec<String>>,
    breaches: Vec<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    Function,
    Object,
    Port,
    Failure,
    Enum,
    Record,
}

impl Boundary {
    /// Lists what a library's metadata says.
    pub(crate) fn new(metadata: Vec<Metadata>) -> Self {
        let mut boundary = Self::default();
        let ports: Vec<String> = metadata.iter().filter_map(port_name).collect();
        // Declarations first: members are put below them.
        for item in &metadata {
            boundary.declare(item);
        }
        for item in &metadata {
            boundary.member(item, &ports);
        }
        boundary
    }

    /// Where the boundary breaks its rules.
    pub(crate) fn breaches(&self) -> &[String] {
        &self.breaches
    }

    #[expect(clippy::wildcard_enum_match_arm, reason = "members come in their own turn")]
    fn declare(&mut self, item: &Metadata) {
        match item {
            Metadata::Object(object) => {
                let kind = if object.imp == ObjectImpl::Struct {
                    Kind::Object
                } else {
                    Kind::Port
                };
                self.section(kind, &object.name);
            }
            Metadata::Record(record) => {
                for field in &record.fields {
                    self.look_for_secrets(&record.name, field);
                    let line = field_text(field);
                    self.section(Kind::Record, &record.name).push(line);
                }
            }
            Metadata::Enum(declared) => {
                let kind = if declared.shape.is_error() {
                    Kind::Failure
                } else {
                    Kind::Enum
                };
                for variant in &declared.variants {
                    let name = format!("{}.{}", declared.name, variant.name);
                    for field in &variant.fields {
                        self.look_for_secrets(&name, field);
                    }
                    let fields: Vec<String> = variant.fields.iter().map(field_text).collect();
                    let line = match fields.as_slice() {
                        [] => variant.name.clone(),
                        fields => format!("{} {{ {} }}", variant.name, fields.join(", ")),
                    };
                    self.section(kind, &declared.name).push(line);
                }
            }
            _ => {}
        }
    }

    #[expect(clippy::wildcard_enum_match_arm, reason = "declarations have had their turn")]
    fn member(&mut self, item: &Metadata, ports: &[String]) {
        let asynchronous = |is_async| if is_async { "async " } else { "" };
        match item {
            Metadata::Func(function) => {
                let call = self.call(
                    &function.name,
                    &function.inputs,
                    function.return_type.as_ref(),
                    function.throws.as_ref(),
                );
                self.section(Kind::Function, "")
                    .push(format!("{}{call}", asynchronous(function.is_async)));
            }
            Metadata::Constructor(constructor) => {
                let call = self.call(
                    &constructor.name,
                    &constructor.inputs,
                    None,
                    constructor.throws.as_ref(),
                );
                self.section(Kind::Object, &constructor.self_name)
                    .push(format!("constructor {}{call}", asynchronous(constructor.is_async)));
            }
            Metadata::Method(method) => {
                let call = self.call(
                    &method.name,
                    &method.inputs,
                    method.return_type.as_ref(),
                    method.throws.as_ref(),
                );
                self.section(Kind::Object, &method.self_name)
                    .push(format!("{}{call}", asynchronous(method.is_async)));
            }
            Metadata::TraitMethod(method) => {
                let call = self.call(
                    &method.name,
                    &method.inputs,
                    method.return_type.as_ref(),
                    method.throws.as_ref(),
                );
                if ports.contains(&method.trait_name) && method.throws.is_none() {
                    self.breaches.push(format!(
                        "{}.{} cannot fail, so that an exception would end the app",
                        method.trait_name, method.name
                    ));
                }
                self.section(Kind::Port, &method.trait_name)
                    .push(format!("{}{call}", asynchronous(method.is_async)));
            }
            Metadata::UniffiTrait(UniffiTraitMetadata::Display { fmt }) => {
                self.section(Kind::Failure, &fmt.self_name)
                    .insert(0, "displays itself".to_owned());
            }
            _ => {}
        }
    }

    fn call(
        &mut self,
        name: &str,
        inputs: &[FnParamMetadata],
        returned: Option<&Type>,
        thrown: Option<&Type>,
    ) -> String {
        if inputs.len() > MOST_ARGUMENTS {
            self.breaches
                .push(format!("{name} takes more than {MOST_ARGUMENTS} arguments"));
        }
        let inputs: Vec<String> = inputs
            .iter()
            .map(|input| {
                let borrowed = if input.by_ref { "&" } else { "" };
                format!("{}: {borrowed}{}", input.name, type_text(&input.ty))
            })
            .collect();
        let mut text = format!("{name}({})", inputs.join(", "));
        if let Some(returned) = returned {
            text.push_str(&format!(" -> {}", type_text(returned)));
        }
        if let Some(thrown) = thrown {
            text.push_str(&format!(" throws {}", type_text(thrown)));
        }
        text
    }

    fn look_for_secrets(&mut self, owner: &str, field: &FieldMetadata) {
        let full_name = format!("{owner}.{}", field.name);
        let named = field.name.split('_').any(|word| SECRET_WORDS.contains(&word));
        let readable = ["String", "Bytes"].contains(&type_text(&field.ty).trim_end_matches('?'));
        if named && readable && !NOT_SECRET.contains(&full_name.as_str()) {
            self.breaches.push(format!("{full_name} carries a secret as text"));
        }
    }

    fn section(&mut self, kind: Kind, name: &str) -> &mut Vec<String> {
        self.sections.entry((kind, name.to_owned())).or_default()
    }
}

impl fmt::Display for Boundary {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for ((kind, name), lines) in &self.sections {
            let heading = match kind {
                Kind::Function => "functions",
                Kind::Object => "object",
                Kind::Port => "port",
                Kind::Failure => "failure",
                Kind::Enum => "enum",
                Kind::Record => "record",
            };
            writeln!(formatter, "{}", format!("{heading} {name}").trim_end())?;
            for line in lines {
                writeln!(formatter, "    {line}")?;
            }
        }
        Ok(())
    }
}

#[expect(clippy::wildcard_enum_match_arm, reason = "only ports are looked for")]
fn port_name(item: &Metadata) -> Option<String> {
    match item {
        Metadata::Object(object) if object.imp.has_callback_interface() => Some(object.name.clone()),
        _ => None,
    }
}

fn field_text(field: &FieldMetadata) -> String {
    format!("{}: {}", field.name, type_text(&field.ty))
}

fn type_text(described: &Type) -> String {
    match described {
        Type::UInt8 => "u8".to_owned(),
        Type::Int8 => "i8".to_owned(),
        Type::UInt16 => "u16".to_owned(),
        Type::Int16 => "i16".to_owned(),
        Type::UInt32 => "u32".to_owned(),
        Type::Int32 => "i32".to_owned(),
        Type::UInt64 => "u64".to_owned(),
        Type::Int64 => "i64".to_owned(),
        Type::Float32 => "f32".to_owned(),
        Type::Float64 => "f64".to_owned(),
        Type::Boolean => "bool".to_owned(),
        Type::String => "String".to_owned(),
        Type::Bytes => "Bytes".to_owned(),
        Type::Timestamp => "Moment".to_owned(),
        Type::Duration => "Duration".to_owned(),
        Type::Object { name, .. }
        | Type::Record { name, .. }
        | Type::Enum { name, .. }
        | Type::CallbackInterface { name, .. }
        | Type::Custom { name, .. } => name.clone(),
        Type::Box { inner_type } => type_text(inner_type),
        Type::Optional { inner_type } => format!("{}?", type_text(inner_type)),
        Type::Sequence { inner_type } => format!("[{}]", type_text(inner_type)),
        Type::Set { inner_type } => format!("Set<{}>", type_text(inner_type)),
        Type::Map { key_type, value_type } => format!("[{}: {}]", type_text(key_type), type_text(value_type)),
    }
}

#[cfg(test)]
mod tests {
    use uniffi_meta::{FnMetadata, RecordMetadata};

    use super::*;

    fn function(arguments: usize) -> Metadata {
        Metadata::Func(FnMetadata {
            module_path: "basvuru".to_owned(),
            name: "call".to_owned(),
            orig_name: None,
            is_async: false,
            inputs: vec![FnParamMetadata::simple("octets", Type::Bytes); arguments],
            return_type: None,
            throws: None,
            checksum: None,
            docstring: None,
        })
    }

    fn record(field: &str, described: Type) -> Metadata {
        Metadata::Record(RecordMetadata {
            module_path: "basvuru".to_owned(),
            name: "Answer".to_owned(),
            orig_name: None,
            remote: false,
            fields: vec![FieldMetadata {
                name: field.to_owned(),
                orig_name: None,
                ty: described,
                default: None,
                docstring: None,
            }],
            docstring: None,
        })
    }

    #[test]
    fn a_call_with_six_arguments_is_a_breach() {
        assert!(Boundary::new(vec![function(5)]).breaches().is_empty());
        assert_eq!(Boundary::new(vec![function(6)]).breaches().len(), 1);
    }

    #[test]
    fn a_secret_that_crosses_as_text_is_a_breach() {
        let optional = Type::Optional {
            inner_type: Box::new(Type::String),
        };
        assert_eq!(
            Boundary::new(vec![record("card_pin", Type::String)]).breaches().len(),
            1
        );
        assert_eq!(
            Boundary::new(vec![record("access_password", optional)])
                .breaches()
                .len(),
            1
        );
        assert!(
            Boundary::new(vec![record("pin_numeric", Type::Boolean)])
                .breaches()
                .is_empty()
        );
        assert!(Boundary::new(vec![record("title", Type::String)]).breaches().is_empty());
    }
}
