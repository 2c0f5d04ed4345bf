# The command line's own words. The journey's sentences are the core's.

yes = y
no = n
ask-identity = T.C. kimlik no or passport number
ask-access-password = Access password from the e-mail (not shown while you type)
ask-captcha = Code in the picture (Enter for a new picture)
captcha-files = Picture: { $picture } — sound: { $sound }
ask-number = Number
no-such-number = Type one of the numbers in the list.
no-orders = There is no application of yours. Press Enter to refresh.
locked = told by your institution
approve-form = Do you approve the form?
send-code =
    { $phone ->
        [""] Press Enter to ask for the confirmation code.
       *[other] Press Enter to have a confirmation code sent to { $phone }.
    }
ask-code = Code from the message
ask-code-or-resend = Code from the message (Enter for a new one)
method-not-here = not in this version
accept-documents = Have you read the documents, and shall they be signed?
insert-card = Insert your card into the reader and press Enter.
connect-reader = No card reader was found. Connect one and press Enter.
card-holder = Certificate on the card: { $holder } · { $issuer } · until { $day }
confirm-last-try = A single try is left; if the PIN is wrong the card locks. Try anyway?
ask-pin = PIN (not shown while you type)
again = Press Enter to try again.

stop-file = A file could not be read or written: { $detail }.
    .next = Check the folder and its permissions, and try again.
stop-answers = Something is missing or wrong in the file of answers: { $detail }.
    .next = Compare it with the example in the README.
stop-card = The card cannot be used: { $detail }.
    .next = Give the card as --card virtual:FILE; "basvuru card new" makes the file.
stop-portal = The portal could not do it: { $detail }.
    .next = Remove the cause and try again.
stop-authority = The test authority cannot be used: { $detail }.
    .next = Check the portal's folder; "basvuru portal --data" makes it.
stop-verify = The file cannot be examined: { $detail }.
    .next = Give an .asice container, or a .p7s signature with --content.

portal-running = The portal is running: { $url }
portal-trust = TLS root to trust: { $file }
portal-outbox = Outgoing mail and messages: { $folder }
portal-stop = Press Ctrl+C to stop.
portal-stopped = The portal has stopped.
invited = Invited: application { $order }. The access password was sent by e-mail ({ $folder }).
card-made = The virtual card is ready: { $file } ({ $holder }, { $key }).

demo-title = A qualified certificate application, from beginning to end
demo-world = On this machine: portal { $url } · test authority · virtual card ({ $key }, { $link })
demo-contact = contact
demo-nfc = NFC
demo-header-step = Step
demo-header-time = time
demo-header-http = requests
demo-header-apdu = APDUs
demo-header-bytes = bytes
demo-step-invite = Invitation
    .hint = The institution invited { $name }; the access password went out by e-mail.
demo-step-sign-in = Signing in
    .hint = { $name } typed identity number, password and the code in the picture.
demo-step-choose-order = Choosing the order
    .hint = Chose the application the institution had opened.
demo-step-fill-form = Form and approval
    .hint = Completed what was missing and approved the form.
demo-step-confirm-phone = Asking for a code
    .hint = Had a confirmation code sent, free of charge.
demo-step-confirm-phone-sent = Confirming the telephone
    .hint = The code was found in the message by itself, and { $name } sent it.
demo-step-choose-method = Way of signing
    .hint = Chose the card; the documents were fetched and their digests checked.
demo-step-review-documents = Documents
    .hint = Opened and read both documents: exactly these will be signed.
demo-step-sign = Card
    .hint = Inserted the card; its certificate was read and checked.
demo-step-sign-nfc = PIN, one tap, and sending
    .hint = Typed the PIN and rested the phone on the card; signature checked, application sent.
demo-step-sign-pin = PIN, signature and sending
    .hint = Saw the tries left and typed the PIN; signature checked, application sent.
demo-total = Total
demo-done = The application is complete. Receipt no. { $number }.
demo-left = In { $folder }:
demo-file-container = the signed application (ASiC-E, CAdES B-B)
demo-file-receipt = the portal's receipt
demo-file-documents = the documents that were signed
demo-file-trust = the chain of the card's certificate
demo-file-timeline = times and counts, step by step
demo-verify = See for yourself:

verify-container = { $file }: ASiC-E container
verify-signature = { $file }: CAdES signature
verify-documents = Signed documents
verify-signer = Signer
verify-time = Time of signing (as claimed by the signer)
verify-level = Level
verify-verdict = Verdict
verify-unsigned = No signature was found.
verify-moment = { $moment } (UTC+3)
