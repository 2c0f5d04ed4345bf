//! The page behind the link of an invitation, for people without the app: says in both languages what the app is and where it
//! is to be had. Where the app is installed, the system opens it instead.

use std::sync::Arc;

use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};

use crate::journey::shared::Shared;

#[cfg_attr(test, utoipa::path(
    get, path = "/apply", tag = "portal", operation_id = "landingPage",
    params(("identity" = Option<String>, Query, description = "`national-id` or `passport`: for the app"),
           ("order" = Option<String>, Query, description = "The order the person was invited to: for the app"),
           ("return" = Option<String>, Query,
            description = "An https address the app returns to, on a host it was built for: for the app")),
    responses((status = 200, description = "A page for people, in Turkish and English", content_type = "text/html"),
              crate::journey::description::Refusals)
))]
/// Shows the page. Nothing of the request enters it: what the link says is for the app.
pub(crate) async fn page(State(portal): State<Arc<Shared>>) -> Response {
    let settings = &portal.settings;
    let (name, name_en) = (html(&settings.name.tr), html(&settings.name.en));
    let (phone, email) = (html(&settings.support.phone), html(&settings.support.email));
    let stores = stores(&portal);
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
section + section {{ margin-top: 2rem; border-top: 1px solid #8886; padding-top: 1rem; }}
</style>
</head>
<body>
<main>
<section>
<h1>{name}</h1>
<p>Elektronik sertifika başvurunuzu Başvuru uygulamasıyla tamamlarsınız. Uygulama telefonunuzda yüklü olsaydı bu bağlantı onu
açardı.</p>
<p>Önce uygulamayı yükleyin, sonra e-postadaki bağlantıya yeniden dokunun. Giriş için kimlik numaranız ve e-postadaki erişim
parolası gerekir; ikisini de yalnızca uygulamaya yazın.</p>
{stores}<p>Destek: {phone}, {email}</p>
</section>
<section lang="en">
<h1>{name_en}</h1>
<p>You complete your application for an electronic certificate with the Başvuru app. If it were installed on your telephone,
this link would have opened it.</p>
<p>Install the app first, then follow the link in the e-mail again. To sign in you need your identity number and the access
password from the e-mail; type them into the app only.</p>
{stores}<p>Support: {phone}, {email}</p>
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

/// Where the apps are to be had.
fn stores(portal: &Shared) -> String {
    let apps = &portal.settings.apps;
    let android = apps
        .android
        .iter()
        .filter_map(|app| Some(("Android", app.store.as_deref()?)));
    let apple = apps
        .apple
        .iter()
        .filter_map(|app| Some(("iPhone", app.store.as_deref()?)));
    android
        .chain(apple)
        .map(|(system, store)| format!("<p><a href=\"{}\">{system}</a></p>\n", html(store)))
        .collect()
}

fn html(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_goes_into_the_page_is_escaped() {
        assert_eq!(html("<a href=\"x\">&"), "&lt;a href=&quot;x&quot;&gt;&amp;");
    }
}
