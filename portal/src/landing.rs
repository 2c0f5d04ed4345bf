//! The page behind the link of an invitation: opens the app, and says in both languages what to do where there is none.

use std::sync::Arc;

use crate::portal::Shared;
use axum::extract::State;
use axum::http::{Uri, header};
use axum::response::{IntoResponse, Response};

#[utoipa::path(
    get, path = "/apply", tag = "portal", operation_id = "landingPage",
    params(("identity" = Option<String>, Query, description = "`national-id` or `passport`")),
    responses((status = 200, description = "A page for people, in Turkish and English", content_type = "text/html"),
              crate::openapi::Refusals)
)]
/// Shows the page. Nothing of the request but a known identity kind enters it.
pub(crate) async fn page(State(portal): State<Arc<Shared>>, link: Uri) -> Response {
    let kind = if link.query() == Some("identity=passport") {
        "passport"
    } else {
        "national-id"
    };
    let escaped_url = percent_encoded(&portal.url);
    let app = format!("basvuru://apply?portal={escaped_url}&amp;identity={kind}");
    let name = html(&portal.settings.name.tr);
    let name_en = html(&portal.settings.name.en);
    let (phone, email) = (
        html(&portal.settings.support.phone),
        html(&portal.settings.support.email),
    );
    let page = format!(
        r#"<!doctype html>
<html lang="tr">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{name}</title>
<style>
:root {{ color-scheme: light dark; }}
body {{ font: 1.125rem/1.5 system-ui, sans-serif; max-width: 34rem; margin: 0 auto; padding: 2rem 1.25rem; }}
h1 {{ font-size: 1.5rem; line-height: 1.25; }}
a.open {{ display: inline-block; padding: .9rem 1.5rem; border-radius: .6rem; background: #183153; color: #fff;
  text-decoration: none; font-weight: 600; }}
section + section {{ margin-top: 2rem; border-top: 1px solid #8886; padding-top: 1rem; }}
</style>
</head>
<body>
<main>
<section>
<h1>{name}</h1>
<p>Elektronik sertifika başvurunuzu Başvuru uygulamasıyla tamamlarsınız.</p>
<p><a class="open" href="{app}">Uygulamayı aç</a></p>
<p>Uygulama açılmazsa önce yükleyin, sonra bu sayfaya dönün. Giriş için kimlik numaranız ve e-postadaki erişim
parolası gerekir.</p>
<p>Destek: {phone}, {email}</p>
</section>
<section lang="en">
<h1>{name_en}</h1>
<p>You complete your application for an electronic certificate with the Başvuru app.</p>
<p><a class="open" href="{app}">Open the app</a></p>
<p>If it does not open, install it first and come back to this page. To sign in you need your identity number and the access
password from the e-mail.</p>
<p>Support: {phone}, {email}</p>
</section>
</main>
</body>
</html>
"#
    );
    let policy = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'";
    let headers = [
        (header::CONTENT_TYPE, "text/html; charset=utf-8"),
        (header::CONTENT_SECURITY_POLICY, policy),
    ];
    (headers, page).into_response()
}

fn html(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}

fn percent_encoded(text: &str) -> String {
    let mut encoded = String::new();
    for octet in text.bytes() {
        match octet {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => encoded.push(char::from(octet)),
            _ => encoded.push_str(&format!("%{octet:02X}")),
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_goes_into_the_page_is_escaped() {
        assert_eq!(percent_encoded("https://a.b:1/ç"), "https%3A%2F%2Fa.b%3A1%2F%C3%A7");
        assert_eq!(html("<a href=\"x\">&"), "&lt;a href=&quot;x&quot;&gt;&amp;");
    }
}
