//! Gateways: delivered once, tried again after a failure and after a restart, and not at all when it is too late.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use basvuru_portal::{DeliveryError, Notice, Sms, SmsGateway, SmtpMailer, SmtpSecurity, SmtpSettings};
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::TcpListener;

use crate::harness::Town;

/// A gateway that can be out of order.
#[derive(Default)]
struct Gateway {
    broken: AtomicBool,
    taken: Mutex<Vec<(i64, String)>>,
}

#[async_trait]
impl SmsGateway for Gateway {
    async fn send(&self, number: i64, sms: &Sms) -> Result<(), DeliveryError> {
        if self.broken.load(Ordering::Relaxed) {
            return Err(DeliveryError("out of order".to_owned()));
        }
        self.taken.lock().unwrap().push((number, sms.text.clone()));
        Ok(())
    }
}

impl Gateway {
    fn numbers(&self) -> Vec<i64> {
        self.taken.lock().unwrap().iter().map(|(number, _)| *number).collect()
    }
}

async fn with_gateway(gateway: &Arc<Gateway>) -> (Town, String, String) {
    let gateway = Arc::clone(gateway);
    let town = Town::start_with(move |settings| settings.sms = Some(Arc::clone(&gateway) as _)).await;
    let invited = town.invite().await;
    let token = town.sign_in(&invited).await;
    let _: Value = town.approve(&invited.order, &token).await.ok();
    (town, invited.order, token)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_the_gateway_refused_goes_out_once_after_a_restart() {
    let gateway = Arc::new(Gateway::default());
    gateway.broken.store(true, Ordering::Relaxed);
    let (mut town, order, token) = with_gateway(&gateway).await;
    let _: Value = town
        .post(
            &format!("/v1/orders/{order}/codes"),
            &token,
            &json!({ "app_token": null }),
        )
        .await
        .ok();
    let failed = town.notice(|notice| matches!(notice, Notice::Undelivered { .. })).await;
    assert!(matches!(&failed, Notice::Undelivered { attempts: 1, cause, .. } if cause == "out of order"));
    let mut town = town.restart().await;
    gateway.broken.store(false, Ordering::Relaxed);
    town.clock.advance(Duration::from_secs(60));
    let number = town.next_delivery().await;
    let town = town.restart().await;
    let town = town.restart().await;
    assert_eq!(gateway.numbers(), [number]);
    drop(town);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_that_has_expired_is_not_sent_any_more() {
    let gateway = Arc::new(Gateway::default());
    gateway.broken.store(true, Ordering::Relaxed);
    let (mut town, order, token) = with_gateway(&gateway).await;
    let path = format!("/v1/orders/{order}/codes");
    let _: Value = town.post(&path, &token, &json!({ "app_token": null })).await.ok();
    town.notice(|notice| matches!(notice, Notice::Undelivered { .. })).await;
    gateway.broken.store(false, Ordering::Relaxed);
    town.clock.advance(Duration::from_secs(300));
    let _: Value = town.post(&path, &token, &json!({ "app_token": null })).await.ok();
    town.next_delivery().await;
    let town = town.restart().await;
    assert_eq!(gateway.numbers().len(), 1);
    let code = gateway.taken.lock().unwrap()[0]
        .1
        .rsplit('#')
        .next()
        .unwrap()
        .to_owned();
    let path = format!("/v1/orders/{order}/confirmation");
    let _: Value = town.post(&path, &token, &json!({ "code": code })).await.ok();
}

/// Takes one mail as an SMTP server does (RFC 5321) and gives what it was sent.
async fn take_one_mail(listener: TcpListener) -> String {
    let (stream, _) = listener.accept().await.unwrap();
    let mut stream = BufReader::new(stream);
    stream.write_all(b"220 test\r\n").await.unwrap();
    let (mut all, mut in_data) = (String::new(), false);
    loop {
        let mut line = String::new();
        if stream.read_line(&mut line).await.unwrap() == 0 {
            return all;
        }
        all.push_str(&line);
        let answer: &[u8] = match line.trim_end() {
            "." => {
                in_data = false;
                b"250 taken\r\n"
            }
            _ if in_data => continue,
            "DATA" => {
                in_data = true;
                b"354 go on\r\n"
            }
            "QUIT" => b"221 bye\r\n",
            _ => b"250 ok\r\n",
        };
        stream.write_all(answer).await.unwrap();
        if line.trim_end() == "." {
            return all;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_invitation_goes_out_through_smtp_and_not_as_a_file() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let taken = tokio::spawn(take_one_mail(listener));
    let mut town = Town::start_with(move |settings| {
        let mailer = SmtpMailer::new(SmtpSettings {
            host: "127.0.0.1".to_owned(),
            port,
            security: SmtpSecurity::LoopbackOnly,
            credentials: None,
            sender: "Sertifika Merkezi <basvuru@example.com>".to_owned(),
        });
        settings.mail = Some(Arc::new(mailer.unwrap()));
    })
    .await;
    let invited = town.invite().await;
    let mail = taken.await.unwrap();
    town.next_delivery().await;
    assert!(mail.contains("RCPT TO:<ayse@example.com>"), "{mail}");
    assert!(mail.contains("Message-ID: <basvuru-1@example.com>"));
    // The body is quoted-printable or base64; the order's id is plain ASCII in the former.
    assert!(mail.contains(&invited.order) || mail.contains("base64"));
    assert_eq!(std::fs::read_dir(town.data().join("outbox")).unwrap().count(), 0);
}

#[test]
fn mail_without_tls_goes_to_this_machine_only() {
    let mailer = SmtpMailer::new(SmtpSettings {
        host: "mail.example.com".to_owned(),
        port: 25,
        security: SmtpSecurity::LoopbackOnly,
        credentials: None,
        sender: "basvuru@example.com".to_owned(),
    });
    assert!(mailer.is_err());
}
