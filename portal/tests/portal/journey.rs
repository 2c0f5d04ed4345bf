//! The whole way of an applicant, endpoint by endpoint.

use basvuru::digest::hexadecimal;
use basvuru::portal::{
    Approved, CodeSent, ContainerFormat, Form, Method, Methods, Order, OrderPhase, Orders, PortalInfo, Session,
    SignInMethod, SigningRequest,
};
use serde_json::json;
use sha2::{Digest as _, Sha256};

use crate::harness::{IDENTITY, Town, good_values};

#[tokio::test(flavor = "multi_thread")]
async fn an_applicant_goes_from_the_invitation_to_the_documents() {
    let mut town = Town::start().await;
    let info: PortalInfo = town.get("/v1/portal", "").await.ok();
    assert_eq!(
        (info.host.as_str(), info.sign_in_methods),
        ("localhost", vec![SignInMethod::AccessPassword])
    );

    let invited = town.invite().await;
    let mail = town.outbox_file("mail-000001.json");
    assert_eq!(mail["recipient"], "ayse@example.com");
    let text = mail["text"].as_str().unwrap();
    assert!(text.contains(invited.access_password.expose()) && text.contains(&invited.order));
    assert!(text.contains(&format!("{}/apply?identity=national-id", town.running.url())));

    let session: Session = town.try_sign_in(IDENTITY, invited.access_password.expose()).await.ok();
    assert_eq!(
        (session.given_name.as_str(), session.family_name.as_str()),
        ("Ayşe Gül", "Çalışkanoğlu")
    );
    assert_eq!(session.orders[0].id, invited.order);
    let token = session.token.expose();
    let orders: Orders = town.get("/v1/orders", token).await.ok();
    assert_eq!(orders.orders, session.orders);

    let order = format!("/v1/orders/{}", invited.order);
    let answer = town.get(&format!("{order}/form"), token).await;
    let form: Form = answer.ok();
    assert_eq!(answer.headers["etag"], format!("\"{}\"", form.version));
    let body = json!({ "values": good_values() });
    let request = town.request(&format!("{order}/approval"), token, "approval-of-the-first-form", &body);
    let approved: Approved = town
        .send(request.header("if-match", format!("\"{}\"", form.version)))
        .await
        .ok();
    assert_eq!(
        (approved.masked_phone.as_str(), approved.code_length),
        ("**** *** 45 67", 6)
    );

    let sent: CodeSent = town
        .post(&format!("{order}/codes"), token, &json!({ "app_token": "FA+9qCX9VSu" }))
        .await
        .ok();
    assert_eq!((sent.expires_in, sent.resend_in, sent.tries_left), (300, 60, 3));
    let sms = town.next_sms().await;
    let lines: Vec<&str> = sms.lines().collect();
    assert_eq!(lines[1], "FA+9qCX9VSu");
    let code = lines[2].strip_prefix("@localhost #").unwrap();
    let methods: Methods = town
        .post(&format!("{order}/confirmation"), token, &json!({ "code": code }))
        .await
        .ok();
    assert_eq!(methods.methods, [Method::Card]);
    assert_eq!(
        town.get(&format!("{order}/methods"), token).await.ok::<Methods>(),
        methods
    );

    let request: SigningRequest = town
        .post(&format!("{order}/method"), token, &json!({ "method": "card" }))
        .await
        .ok();
    assert_eq!(request.signature.format, ContainerFormat::AsicE);
    let names: Vec<&str> = request
        .documents
        .iter()
        .map(|document| document.file_name.as_str())
        .collect();
    assert_eq!(names, ["basvuru-formu.pdf", "taahhutname.pdf"]);
    let answer = town.get(&format!("{order}/documents"), token).await;
    assert_eq!(answer.headers["content-type"], "application/octet-stream");
    let mut rest = answer.body.as_slice();
    for document in &request.documents {
        let (content, next) = rest.split_at(usize::try_from(document.size).unwrap());
        assert!(content.starts_with(b"%PDF-"));
        assert_eq!(document.sha256, hexadecimal(&Sha256::digest(content)));
        rest = next;
    }
    assert!(rest.is_empty());
    assert_eq!(town.get(&order, token).await.ok::<Order>().phase, OrderPhase::Signature);
}
