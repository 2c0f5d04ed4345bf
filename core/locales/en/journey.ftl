# Headings of the steps, the sentences that say what is asked (.hint), and the words on screens.

step-sign-in = Sign in
    .hint = Type your identity number, the access password that came by e-mail, and the code in the picture. The picture code shows that no program is trying passwords.
step-known-sign-in = Sign in
    .hint = Type your identity number and the access password that came by e-mail.
step-choose-order = Your applications
    .hint = Choose the application to go on with.
step-fill-form = Application form
    .hint = Review your data, complete what is missing, and choose “Approve the form”.
step-confirm-phone = Confirming your telephone
    .hint = Ask for a confirmation code by text message, free of charge.
step-confirm-phone-sent = Confirming your telephone
    .hint = Type the code from the message and choose “Send”.
step-told-confirm-phone = Confirming the telephone your institution has
    .hint = The number you stated is confirmed. Your institution had told another one; to protect your application, ask for a code to that number as well, or have your institution confirm yours.
step-told-confirm-phone-sent = Confirming the telephone your institution has
    .hint = Type the code that came to the number your institution told, and choose “Send”.
step-await-institution = Your institution's confirmation
    .hint = { $institution } was asked to confirm the number { $phone }. You go on from here once it has; you may close the app.
step-choose-method = Way of signing
    .hint = Choose how to sign your application.
step-review-documents = Documents to be signed
    .hint = Open each document and read it. Exactly these documents will be signed.
step-sign = Signature
    .hint = Have your card and your PIN ready; after the PIN you choose “Sign”.
step-sign-pin = Signature
    .hint = Your card was read. Type your PIN and choose “Sign”.
step-pending-approval = Approving your form
    .hint = Your approval is on its way to the portal. A form is never approved twice.
step-pending-code = Asking for a code
    .hint = Your request for a code is on its way to the portal. One request never sends two messages.
step-pending-submission = Sending your application
    .hint = Your signature is saved and on its way to the portal. You need not sign again.
step-done = Your application is complete
    .hint = Keep your receipt.
step-outdated = Update the app
    .hint = The portal works with version { $version } and later. Where you are is kept; go on after the update.

device-clock = This device's clock is wrong: it shows { $device }, but it is { $portal }. Set date and time to automatic in the device's settings before you sign.

place-sign-in = Signing in
place-order = Choosing the application
place-form = Application form
place-phone = Telephone
place-method = Way of signing
place-documents = Documents
place-signature = Signature
place-done = Received

sign-in-access-password = Access password
sign-in-unknown = Another way of signing in
    .note = This version does not know this way. Update the app.

orders-new = New application
orders-previous = Previous applications

product-nes = Qualified electronic certificate (card)
product-mobil-nes = Qualified electronic certificate (mobile signature)

phase-form = Form to be filled in
phase-confirmation = Telephone to be confirmed
phase-method = Way of signing to be chosen
phase-signature = To be signed
phase-complete = Complete
phase-withdrawn = Withdrawn

method-card = Application signed electronically (with the qualified certificate on your card)
method-mobile-signature = Application by mobile signature
    .note = This version cannot sign by mobile signature. Sign with a card, or ask your institution.
method-ink = Application signed in ink, on paper
    .note = Signing on paper is not in this version. Sign with a card, or ask your institution.
method-unknown = Another way of signing
    .note = This version does not know this way. Update the app.

field-missing = This field must be filled in.
field-too-long = At most { $length } characters can be written here.
field-too-short = At least { $length } characters are needed here.
field-malformed = This does not have the form the field needs.
field-malformed-mobile = Write the mobile number like 0532 123 45 67.
field-malformed-email = Write the e-mail address like name@institution.gov.tr.
field-malformed-date = Write the day like 07.03.1985.
field-implausible = This day cannot be right; check the year and the day.
field-not-a-choice = Choose one of the choices.
field-locked = Your institution told this; it cannot be changed here.
field-unknown = The form has no such field.

check-identity-digits = A Turkish identity number has digits only.
check-identity-too-long = A Turkish identity number has 11 digits; there are more here.
check-identity-zero = A Turkish identity number does not begin with zero.
check-identity-mistyped = The digits do not fit together; one may be mistyped, or two may have changed places.
check-passport-characters = A passport number has the letters A to Z and digits only, as in the passport.
check-passport-too-long = A passport number has at most 9 letters and digits; there are more here.
check-code-digits = The code has digits only.
check-code-too-long = The code has { $length } digits; there are more here.
check-pin-digits = The PIN has digits only.
check-pin-characters = The PIN has a character that cannot be read.
check-pin-too-many-digits = The PIN of this card has at most { $length } digits.
check-pin-too-long = The PIN of this card has at most { $length } characters.
check-pin-weak = This PIN is too easy to guess: do not repeat one digit, and do not put digits in a row.

signature-asic-e-b-b = A CAdES B-B signature in an ASiC-E container: one signature covers all documents.
signature-asic-e-b-t = A CAdES B-T signature, with a time-stamp, in an ASiC-E container: one signature covers all documents.

receipt-summary = Receipt no. { $number }. Received { $received } (Turkish time). SHA-256 of the signed container { $digest }.

tries-left =
    { $count ->
        [one] Your card has { $count } PIN try left.
       *[other] Your card has { $count } PIN tries left.
    }
tries-last = Your card has a single PIN try left. If the PIN is wrong, the card locks.
puk-tries-left =
    { $count ->
        [one] The PUK has { $count } try left. When no try is left, the card may never be usable again.
       *[other] The PUK has { $count } tries left. When no try is left, the card may never be usable again.
    }
puk-tries-last = The PUK has a single try left. If it is wrong, the card may never be usable again.
puk-tries-none = The card says that its PUK has no try left.
puk-tries-untold = The card does not tell how many tries its PUK has left. Three wrong ones may make the card unusable for good.

card-prompt-contact = Insert your card into the reader.
card-prompt-nfc = Lay the card on a flat surface, rest the back of the phone on it, and keep it still.

activity-asking-portal = Asking the portal
activity-fetching-document = Fetching document { $number } of { $count }
activity-octets = { $activity }: { $done } kB
activity-octets-of = { $activity }: { $done } of { $total } kB
activity-card-takes-long = { $activity }. Its answer is still to come: it may still be computing
activity-awaiting-card = Waiting for the card
activity-reading-card = Reading the card
activity-verifying-pin = Checking the PIN, keep the card still
activity-signing = The card is signing, keep it still
activity-card-done = You may remove the card
activity-timestamping = Getting a time-stamp for the signature
activity-submitting = Sending the signed application

certificate-valid =
    { $count ->
        [one] Valid, { $count } day left.
       *[other] Valid, { $count } days left.
    }
certificate-ends-today = Valid, its last day.
certificate-opens = Opens on { $moment }.
certificate-ended = Expired on { $day }.
certificate-unfit = Cannot sign: { $why }.

device-unnamed = A device without a name
device-current = { $name } (this device)
device-other = { $name }, last used { $moment }

reader-answers = The reader answers.
reader-slot = { $reader } · slot { $number }
reader-is-empty = There is no card in the reader.
reader-has-signature-card = The signature application on the card was read.
