//! Who can write the database, but has no key, passes nothing off as something else: a sealed value that was moved to another
//! row, table or column is told as damaged and given to nobody.

use basvuru::portal::ProblemKind;
use basvuru_portal::{Invitation, Invited, invite};
use serde_json::{Value, json};

use crate::harness::{IDENTITY, Town, invitation};

/// Another applicant than the harness's.
const OTHER: &str = "10000000078";

/// Two people whose orders wait for the signing method, with their tokens.
async fn two(town: &mut Town) -> [(Invited, String); 2] {
    let other = Invitation {
        identity: OTHER.to_owned(),
        given_name: "Bora".to_owned(),
        ..invitation()
    };
    let invited = [
        town.invite().await,
        invite(&town.data(), other, town.clock.as_ref()).await.unwrap(),
    ];
    let mut both = Vec::new();
    for (invited, identity) in invited.into_iter().zip([IDENTITY, OTHER]) {
        let session: Value = town.try_sign_in(identity, invited.access_password.expose()).await.ok();
        let token = session["token"].as_str().unwrap().to_owned();
        let _: Value = town.approve(&invited.order, &token).await.ok();
        let code = town.code(&invited.order, &token).await;
        let path = format!("/v1/orders/{}/confirmation", invited.order);
        let _: Value = town.post(&path, &token, &json!({ "code": code })).await.ok();
        both.push((invited, token));
    }
    both.try_into().ok().unwrap()
}

/// Changes the database behind the portal's back.
fn change(town: &Town, statements: &str) {
    let connection = rusqlite::Connection::open(town.data().join("portal.db")).unwrap();
    connection.execute_batch(statements).unwrap();
    assert!(connection.changes() > 0, "{statements}");
}

/// What is kept aside while a test moves rows.
const ASIDE: [&str; 3] = ["person", "application", "document"];

#[tokio::test(flavor = "multi_thread")]
async fn an_applicant_is_not_signed_in_with_anothers_password_put_into_the_row() {
    let mut town = Town::start().await;
    let [(ayse, _), (bora, _)] = two(&mut town).await;
    change(
        &town,
        "UPDATE person SET password_hash = (SELECT password_hash FROM person WHERE id = 2) WHERE id = 1",
    );
    let refused = town.try_sign_in(IDENTITY, bora.access_password.expose()).await;
    refused.refused_as(ProblemKind::Unavailable);
    let refused = town.try_sign_in(IDENTITY, ayse.access_password.expose()).await;
    refused.refused_as(ProblemKind::Unavailable);
    assert!(
        town.try_sign_in(OTHER, bora.access_password.expose())
            .await
            .status
            .is_success()
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_moved_to_another_row_is_told_and_not_served() {
    let mut town = Town::start().await;
    let [(ayse, token), (bora, others_token)] = two(&mut town).await;
    let paths = |order: &str| {
        (
            format!("/v1/orders/{order}/form"),
            format!("/v1/orders/{order}/documents"),
        )
    };
    let ((form, documents), (others_form, others_documents)) = (paths(&ayse.order), paths(&bora.order));
    let (mine, others) = (&ayse.order, &bora.order);
    let moves = [
        // Another's document, a document of another position, and the octets of another column.
        (
            format!(
                "UPDATE document SET sealed = (SELECT sealed FROM document WHERE application = '{others}' AND position = 1)
                 WHERE application = '{mine}' AND position = 1"
            ),
            &documents,
        ),
        (
            format!(
                "UPDATE document SET sealed = (SELECT sealed FROM document WHERE application = '{mine}' AND position = 2),
                        description = (SELECT description FROM document WHERE application = '{mine}' AND position = 2)
                 WHERE application = '{mine}' AND position = 1"
            ),
            &documents,
        ),
        (
            format!("UPDATE document SET sealed = pages WHERE application = '{mine}' AND position = 1"),
            &documents,
        ),
        // All of another's document at once.
        (
            format!(
                "UPDATE document SET (sealed, description, pages) =
                     (SELECT sealed, description, pages FROM document WHERE application = '{others}' AND position = 1)
                 WHERE application = '{mine}' AND position = 1"
            ),
            &documents,
        ),
        // Another's answers in the form, another's name in it, and another's order as one's own.
        (
            format!(
                "UPDATE application SET sealed = (SELECT sealed FROM application WHERE id = '{others}') WHERE id = '{mine}'"
            ),
            &form,
        ),
        (
            "UPDATE person SET sealed = (SELECT sealed FROM person WHERE id = 2) WHERE id = 1".to_owned(),
            &form,
        ),
        (
            format!("UPDATE application SET person = 1 WHERE id = '{others}'"),
            &others_form,
        ),
        // Everything that is known of one person in the place of the other, whose orders these are.
        (
            "CREATE TEMP TABLE one AS SELECT * FROM person WHERE id = 1;
             UPDATE person SET identity_tag = x'00' WHERE id = 1;
             CREATE TEMP TABLE two AS SELECT * FROM person WHERE id = 2;
             UPDATE person SET (identity_tag, password_hash, sealed) =
                 (SELECT identity_tag, password_hash, sealed FROM one) WHERE id = 2;
             UPDATE person SET (identity_tag, password_hash, sealed) =
                 (SELECT identity_tag, password_hash, sealed FROM two) WHERE id = 1;"
                .to_owned(),
            &form,
        ),
    ];
    for (statement, path) in moves {
        assert!(town.get(&form, &token).await.status.is_success());
        assert!(town.get(&documents, &token).await.status.is_success());
        let aside = |statement: &dyn Fn(&str) -> String| ASIDE.map(statement).concat();
        let copies = aside(&|table| format!("CREATE TABLE aside_{table} AS SELECT * FROM {table};"));
        let connection = rusqlite::Connection::open(town.data().join("portal.db")).unwrap();
        connection.execute_batch(&copies).unwrap();
        change(&town, &statement);
        town.get(path, &token).await.refused_as(ProblemKind::Unavailable);
        let back = aside(&|table| {
            format!("INSERT OR REPLACE INTO {table} SELECT * FROM aside_{table}; DROP TABLE aside_{table};")
        });
        change(&town, &format!("PRAGMA foreign_keys = off; {back}"));
    }
    // Another's session as one's own.
    let connection = rusqlite::Connection::open(town.data().join("portal.db")).unwrap();
    let moved = "UPDATE session SET person = (SELECT max(person) FROM session) WHERE person = 1";
    assert!(connection.execute(moved, []).unwrap() > 0);
    town.get(&others_form, &token)
        .await
        .refused_as(ProblemKind::SessionOver);
    // Nobody else has lost anything by it.
    assert!(town.get(&others_form, &others_token).await.status.is_success());
    assert!(town.get(&others_documents, &others_token).await.status.is_success());
}
