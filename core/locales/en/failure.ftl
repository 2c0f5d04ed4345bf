# What happened (the message) and what to do now (.next). Short, without blame, naming the next step.

wait-seconds =
    { $count ->
        [one] { $count } second
       *[other] { $count } seconds
    }
wait-minutes =
    { $count ->
        [one] { $count } minute
       *[other] { $count } minutes
    }

## Signing in
national-id-invalid = This is not a valid Turkish identity number: it has 11 digits; one may be missing, superfluous or mistyped.
    .next = Type the number again as it stands on your identity card.
passport-invalid = This does not look like a passport number: at most 9 letters and digits.
    .next = Type the number again as it stands in your passport.
sign-in-incomplete = The picture code or the access password is empty.
    .next = Fill in both. The access password was sent to you by e-mail.
captcha-wrong = The picture code does not match.
    .next = Type the code in the new picture, or listen to it. Everything else you typed is kept.
captcha-expired = The picture code is too old.
    .next = Type the code in the new picture. Everything else you typed is kept.
credentials-wrong =
    { $tries ->
        [99] The identity number or the access password is wrong.
        [one] The identity number or the access password is wrong. You have { $tries } try left.
       *[other] The identity number or the access password is wrong. You have { $tries } tries left.
    }
    .next = Try to copy the password from the e-mail; capital and small letters differ.
locked-out = Signing in is closed for { $wait } because the password was wrong several times in a row.
    .next = Try again when the time is over. If you cannot find the password, ask your institution for a new one.
device-waits = The password was wrong several times in a row on this device or in this network; signing in from here waits { $wait }. You can sign in elsewhere.
    .next = When the time is over, copy the password from the e-mail. If you cannot find it, ask your institution for a new one.
session-over = For your safety the session has ended.
    .next = Sign in again; you will go on where you were.
another-person = Another person began this application.
    .next = Sign in with the same identity number, or leave this application and begin a new one.
sign-in-unsupported = This version of the app does not know the way of signing in that the portal asks for.
    .next = Update the app.
link-invalid = This link is not an invitation to apply.
    .next = Open the link in the invitation e-mail, or copy all of it from there.
portal-not-ours = This link leads to an address that the app does not know. The app did not connect to it.
    .next = Check who sent you the link, and do not type your password into any other page. When in doubt, ask your institution.

## Orders and the form
order-unknown = The portal has no such application of yours.
    .next = Refresh the list and choose your application again.
order-closed = This application is complete or was withdrawn.
    .next = Choose another application from the list.
order-moved-on = This application has moved on somewhere else.
    .next = The current step is shown; go on from there.
form-invalid =
    { $count ->
        [one] One field of the form needs to be corrected.
       *[other] { $count } fields of the form need to be corrected.
    }
    .next = Correct the marked fields and approve the form again.
form-field-locked = A value told by your institution was changed; such values cannot be changed here.
    .next = If it is wrong, have your institution correct it. You can approve the form without the change.
form-changed = Your institution updated the form while you filled it in.
    .next = The current form is shown and what you typed is kept. Review it and approve it again.
draft-too-large = More was typed into the form than it takes. What was kept before is still kept.
    .next = Shorten what you typed and save it again.

## Telephone
code-malformed = The code has { $length } digits.
    .next = Type the code from the message again.
code-wrong =
    { $tries ->
        [one] The code does not match. You have { $tries } try left with this code.
       *[other] The code does not match. You have { $tries } tries left with this code.
    }
    .next = Type the code from the newest message.
code-used-up = The code was wrong too often and is no longer taken.
    .next = Ask for a new code.
code-expired = The code is too old.
    .next = Ask for a new code.
code-too-soon = A code was sent a moment ago.
    .next = If no message arrives, you can ask for another one in { $wait }.
number-not-confirmed = Your institution has not confirmed that the mobile number you stated is yours.
    .next = Correct the number in the form and approve it again, or ask your institution.

## Method and documents
method-unavailable = This application cannot be signed that way.
    .next = Choose another way.
signature-unsupported = The portal wants a kind of signature that this version of the app cannot make.
    .next = Update the app.
document-altered = The downloaded document is not the one the portal announced, so it was not offered for signing.
    .next = Try again on another network. If it goes on, call support.
document-unknown = There is no such document.
    .next = Go back to the documents.

## Reader and card
reader-missing = No card reader was found.
    .next = Plug in the reader or switch NFC on, and try again.
reader-not-permitted = The app may not use the card reader.
    .next = Allow it when asked, or in the settings.
reader-busy = Another app is using the card reader.
    .next = Close the other app and try again.
reader-unsupported = This card reader cannot be used.
    .next = Try another reader.
reader-unsupported-card = This card speaks a protocol that cards for signing do not use, or that this reader does not know.
    .next = Make sure that it is the card with your qualified electronic certificate. If it is, try another reader.
reader-unsupported-token = This is a token with its chip inside that does not work as a card reader does, and the app cannot use it.
    .next = Use a card in a card reader, or this token at a computer that has its maker's driver.
reader-unsupported-characters = This card reader passes on single characters and works with its maker's own driver alone, which the app does not have.
    .next = Try another reader.
reader-failed = Talking to the card reader failed. The card has signed nothing.
    .next = Unplug the reader, plug it in again, and try again.
card-missing = No card was found.
    .next = Insert the card with its chip towards the reader, or rest the phone on it, and try again.
card-lost = The connection to the card was lost. No PIN try was spent and nothing was signed.
    .next = Lay the card on a flat surface, rest the phone on it, keep it still until it is done, and try again.
card-timeout = The card did not answer in time. Nothing was signed.
    .next = Take the card out, make sure that it is the right way round, and try again.
card-cancelled = The operation was stopped. Nothing was signed.
    .next = Start again when you are ready.
card-unsupported = This card has no signature application that we know.
    .next = Use the card that holds your qualified electronic certificate.
card-without-certificate = The card holds no certificate for signing.
    .next = Use the card that holds your qualified electronic certificate.
card-changed = This is not the card that was read a moment ago.
    .next = Put the first card back, or have this one read from the start.
card-refused = The card refused. Nothing was signed.
    .next = Take the card out, insert it again, and try again. If it goes on, ask whoever issued your certificate.
card-garbled = The card gave an answer we do not understand. Nothing was signed.
    .next = Take the card out, insert it again, and try again. If it goes on, call support with this code.
card-unsupported-way = This card wants to be used in a way that this version of the app does not know. Nothing was signed.
    .next = Try the card in another reader, or update the app.
card-of-another-person = The certificate on the card does not belong to the applicant.
    .next = Use the card issued in your own name.
certificate-choice-needed = The card holds several certificates for signing.
    .next = Choose the one you want to use.

## PIN
pin-malformed-digits = The PIN has { $length } digits. What you typed was not sent to the card; no try was spent.
    .next = Type the PIN again.
pin-malformed = The PIN must have { $length } characters. It was not sent to the card; no try was spent.
    .next = Type the PIN again.
pin-wrong = The PIN is wrong.
    .next = Type it again when you are sure; after a few wrong tries the card locks.
pin-wrong-tries =
    { $tries ->
        [one] The PIN is wrong. You have { $tries } try left.
       *[other] The PIN is wrong. You have { $tries } tries left.
    }
    .next = Type it again when you are sure. When no try is left, the card locks.
pin-blocked = The card's PIN is locked.
    .next = If you have the card's PUK, unlock it with that; if not, use the unlocking service of whoever issued your certificate. Your application waits here.
pin-last-try = You have a single try left. The PIN was not sent to the card.
    .next = If you are sure, confirm the last try; if it is wrong the card locks. If not, get help from the unlocking service.
pin-outcome-unknown = The connection to the card was lost while the PIN was being checked. One try may have been spent; nothing was signed.
    .next = Place the card and enter the PIN again. We never send a PIN again by ourselves.
pin-not-activated = The card's PIN has not been set yet.
    .next = First create your PIN with the service of whoever issued your certificate.
pin-not-allowed-here = This card does not take its PIN over this connection. No try was spent.
    .next = Use the card in a contact reader.
new-pin-malformed-digits = The new PIN must have { $length } digits. Nothing was sent to the card.
    .next = Choose a new PIN of this length.
new-pin-malformed = The new PIN must have { $length } characters. Nothing was sent to the card.
    .next = Choose a new PIN of this length.
new-pin-same = The new PIN is the same as the old one. Nothing was sent to the card.
    .next = Choose another PIN.
pin-change-outcome-unknown = The connection to the card was lost while the PIN was being changed. The card may have the old PIN or the new one; one try may have been used.
    .next = Look at the card again to see the tries left; then try the new PIN first, and the old one once if it is refused. We never send either of them by ourselves.
pin-unchangeable = This card does not let its PIN be changed here.
    .next = Change the PIN with the service of the authority that issued your certificate.
puk-malformed-digits = The PUK has { $length } digits. Nothing was sent to the card; no try of the PUK was spent.
    .next = Type the PUK again.
puk-malformed = The PUK must have { $length } characters. Nothing was sent to the card; no try of the PUK was spent.
    .next = Type the PUK again.
puk-wrong = The PUK is wrong. The PIN is as it was.
    .next = Check the PUK on the paper you were given and type it again; after a few wrong ones the card may never be usable again.
puk-wrong-tries =
    { $tries ->
        [one] The PUK is wrong. The PIN is as it was; the PUK has { $tries } try left.
       *[other] The PUK is wrong. The PIN is as it was; the PUK has { $tries } tries left.
    }
    .next = Check the PUK on the paper you were given and type it again. When no try is left, the card may never be usable again.
puk-blocked = The card's PUK is locked: the PIN can no longer be unlocked with it.
    .next = Ask whoever issued your certificate; you may need a new card. Your application waits here.
puk-last-try = The PUK seems to have no more than one try left. Nothing was sent to the card.
    .next = If you are sure, confirm this try; if the PUK is wrong, the card may never be usable again. If not, get help from whoever issued your certificate.
puk-outcome-unknown = The connection to the card was lost while the PUK was being checked. The PIN may be unlocked, or may be as it was; one try of the PUK may have been spent.
    .next = Look at the card again and try the new PIN first, once; if it is refused, unlock the PIN again. We never send the PUK or a PIN again by ourselves.
puk-unavailable = This card does not let its PIN be unlocked with a PUK here.
    .next = Unlock it with the unlocking service of whoever issued your certificate.
unblocking-refused = What the portal sent is no command to unlock this card's PIN; it was not sent to the card.
    .next = Unlock the PIN with the PUK, or with the unlocking service of whoever issued your certificate, and tell the support contact.
pin-kept = The PIN is unlocked, but this card takes no new PIN along: it has the PIN it had before, and the new one you typed is not valid.
    .next = Use the PIN you had before; if you do not know it, get help from whoever issued your certificate.
unblocking-unavailable = The portal cannot unlock the PIN of this card.
    .next = Unlock it with the PUK, or with the unlocking service of whoever issued your certificate. Your application waits here.

## Certificate and signature
certificate-expired = The certificate on the card expired on { $day }.
    .next = Sign with a valid certificate, or apply with ink on paper.
certificate-expired-lately = The certificate on the card expired at { $moment } (Turkish time).
    .next = Sign with a valid certificate, or apply with ink on paper.
certificate-not-yet-valid = The certificate on the card is not valid before { $day }.
    .next = Check your phone's date; if it is right, wait until then.
certificate-valid-soon = The certificate on the card is valid from { $moment } on (Turkish time).
    .next = Check the clock of your phone or computer; if it is right, wait until then.
certificate-of-authority = The certificate on the card belongs to an authority that issues certificates, not to a person.
    .next = Use the card that holds your qualified electronic certificate.
certificate-seal = The certificate on the card is an institution's electronic seal; a person signs an application in their own name.
    .next = Use the card that holds your own qualified electronic certificate.
certificate-not-for-signing = The certificate on the card was not issued for signing.
    .next = Use the card that holds your qualified electronic certificate.
certificate-not-qualified = The certificate on the card is not a qualified electronic certificate as the law wants it.
    .next = Use the card that holds your qualified electronic certificate.
certificate-without-number = The certificate on the card has no identity number in it, so nobody can tell whose it is.
    .next = Sign with another qualified electronic certificate, or ask whoever issued yours.
certificate-weak = The certificate on the card is too weak for today's safety rules.
    .next = Sign with a newer qualified electronic certificate, or apply with ink on paper.
certificate-unknown-kind = This version of the app does not know the kind of certificate on the card.
    .next = Update the app. If it goes on, ask whoever issued your certificate.
certificate-malformed = The certificate on the card could not be read.
    .next = Take the card out and insert it again. If it goes on, ask whoever issued your certificate.
signature-self-check-failed = The signature the card made did not pass our check and was not sent.
    .next = Sign again. If it goes on, ask whoever issued your certificate.
signature-refused = The portal did not accept the signature.
    .next = Open the documents again and sign once more. If it goes on, call support.
signer-not-applicant = The portal found the signature to be another person's.
    .next = Sign with the card issued in your own name.
holder-name-differs = The certificate on the card has your identity number, but another name than your application.
    .next = If your name has changed, have your institution correct it in the application. If not, ask the institution you have the certificate from.
certificate-state-unknown = Whether your certificate has been revoked cannot be learnt right now. Nothing is wrong with it that we know of; your signature is kept on this device.
    .next = Send it again in a while; you need not sign again.
certificate-refused = The portal does not accept this certificate.
    .next = Sign with a valid qualified electronic certificate.
certificate-suspended = Your certificate is suspended. It is not revoked, but what it signs is not accepted until the suspension is lifted.
    .next = Have the suspension lifted by the institution you have the certificate from, then sign again with the same card. If you did not ask for it, ask them.
timestamp-unavailable = Your signature is made and kept on this device, but no time-stamp can be had right now.
    .next = Try again in a moment. Neither your card nor your PIN is needed again.
clock-wrong = Your signature is made and kept on this device, but the device's clock is more than a day wrong; that is why the time-stamp was not accepted.
    .next = Set date and time to automatic in the device's settings, and try again.
device-clock-wrong = This device's clock is wrong: it shows { $device }, but it is { $portal }. No signature was begun; neither card nor PIN was used.
    .next = Set date and time to automatic in the device's settings, and sign again.

## Network and portal
portal-unreachable = The portal could not be reached. What you entered is kept.
    .next = Check your internet connection and try again.
portal-timeout = The portal did not answer in time. What you entered is kept.
    .next = Try again in a moment. Nothing is done twice.
proxy-unreachable = The proxy server { $proxy } could not be reached. What you entered is kept.
    .next = Check the proxy in your device's network settings, or use another network.
proxy-refused = The proxy server { $proxy } does not let this app through to the portal. What you entered is kept.
    .next = Ask whoever looks after your network to allow the portal's address, or use another network.
proxy-password-needed = The proxy server { $proxy } asks for a user name and a password. What you entered is kept.
    .next = Ask whoever looks after your network, or use another network.
proxy-silent = The proxy server { $proxy } did not answer in time. What you entered is kept.
    .next = Try again in a moment, or use another network.
portal-untrusted = The server could not prove that it is the portal. Nothing was sent.
    .next = Try another network. If it goes on, call support, and do not type your access password into any other page.
portal-wrong-host = Another server answered at the portal's address. Nothing was sent.
    .next = Open the link in the invitation e-mail again, or try another network.
portal-not-current = By this device's date the portal's identity is not valid today; the device shows { $device }. Nothing was sent.
    .next = If date and time are wrong, set them to automatic in the device's settings and try again. If they are right, call support.
portal-insecure = No secure connection to the portal could be made. Nothing was sent.
    .next = Check your phone's date and time, and try another network.
portal-garbled = The portal gave an answer we do not understand. What you entered is kept.
    .next = If your network has a sign-in page, sign in there first, then try again.
portal-unavailable = The portal cannot do this right now. What you entered is kept.
    .next = Try again in a moment.
portal-unavailable-wait = The portal cannot do this right now. What you entered is kept.
    .next = Try again in { $wait }.
rate-limited = Too many requests were sent in a short time.
    .next = Wait { $wait } and try again.
portal-refused = The portal refused the request. What you entered is kept.
    .next = Update the app. If it goes on, call support with this code.
app-outdated = The portal works with version { $version } and later; this app is older.
    .next = Update the app. You will go on where you were.

## The app
answer-not-expected = This answer does not belong to the current step. Nothing was changed.
    .next = Go on from the step on the screen.
cancelled = Stopped. What you entered is kept.
    .next = Try again when you are ready. Nothing is done twice.
configuration-address = The portal's address is not valid.
    .next = Open the link in the invitation e-mail again. If it goes on, update the app.
configuration-roots = What the app needs to recognise the portal is missing or damaged.
    .next = Update the app. If it goes on, call support with this code.
configuration-folder = The app was not told where to keep its records.
    .next = Update the app. If it goes on, call support with this code.
configuration-return-address = The address to return to after the application cannot be used.
    .next = Open the link in the invitation e-mail again, or go back to the page you came from and start there.
configuration-connection = A secure connection could not be prepared on this device.
    .next = Restart the device and try again. If it goes on, call support with this code.
text-unreadable = What you typed has a character that cannot be read. Nothing was sent.
    .next = Delete it and type it again; if you pasted it, try typing it.
vault-unavailable = The key that protects your records could not be reached. Your records are kept.
    .next = Unlock the phone, show your finger or face if you are asked to, and try again.
journal-unreadable = The records of your application on this device could not be opened: they may come from another installation, or be damaged.
    .next = You can remove the app, install it again, and start anew. An application already sent is safe at the portal.
journal-too-new = The records of your application were written by a newer version of the app.
    .next = Update the app.
journal-busy = The records of your application are open in another window.
    .next = Close the other window and try again.
storage-full = There is no room left on the device, so the record could not be kept.
    .next = Free some space on the device and try again.
storage-missing = The folder where the records are kept was not found.
    .next = Close the app and open it again. If it goes on, call support with this code.
storage-not-permitted = The app may not write to the folder where the records are kept.
    .next = Check the folder's permissions and try again. If it goes on, call support with this code.
storage-read-only = The place where the records are kept can be read but not written to.
    .next = Restart the device and try again. If it is an external drive, make sure that it is not locked against writing.
storage-device-failed = The device's storage did not respond, so the record could not be kept.
    .next = Restart the device and try again. If it goes on, call support with this code.
storage-failed = The record could not be kept.
    .next = Close the app and open it again. If it goes on, call support with this code.
another-portal = The records in this place belong to the applications at { $portal }, not to this portal. Nothing was opened or sent.
    .next = Go on with the app or the link of that portal, or keep the records of this one in a place of their own.
submission-under-way = Your signed application is on its way, so nothing was erased.
    .next = Take it to its receipt first, then erase.
internal = Something went wrong in the app. The steps you have saved are kept.
    .next = Close the app and open it again. If it goes on, call support with this code.
