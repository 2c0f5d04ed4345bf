# Komut satırının kendi sözleri. Yolculuğun cümleleri çekirdeğindir.

yes = e
no = h
ask-identity = T.C. kimlik no ya da pasaport no
ask-access-password = E-postayla gelen erişim parolası (yazarken görünmez)
ask-captcha = Resimdeki kod (yeni resim için Enter)
captcha-files = Resim: { $picture } — sesi: { $sound }
ask-number = Numara
no-such-number = Listedeki numaralardan birini yazın.
no-orders = Size ait bir başvuru yok. Yenilemek için Enter’a basın.
locked = kurumunuz bildirdi
approve-form = Formu onaylıyor musunuz?
send-code =
    { $phone ->
        [""] Onay kodunu istemek için Enter’a basın.
       *[other] Onay kodunu { $phone } numarasına istemek için Enter’a basın.
    }
ask-code = Mesajdaki kod
ask-code-or-resend = Mesajdaki kod (yenisi için Enter)
method-not-here = bu sürümde yok
accept-documents = Belgeleri okudunuz mu, imzalansınlar mı?
insert-card = Kartınızı okuyucuya takıp Enter’a basın.
connect-reader = Kart okuyucu bulunamadı. Takıp Enter’a basın.
card-holder = Karttaki sertifika: { $holder } · { $issuer } · son gün { $day }
confirm-last-try = Tek deneme hakkınız kaldı; PIN yanlışsa kart kilitlenir. Yine de denensin mi?
ask-pin = PIN (yazarken görünmez)
again = Yeniden denemek için Enter’a basın.

stop-file = Dosya okunamadı ya da yazılamadı: { $detail }.
    .next = Klasörü ve izinlerini denetleyip yeniden deneyin.
stop-answers = Yanıt dosyasında eksik ya da yanlış bir yer var: { $detail }.
    .next = Dosyayı README’deki örnekle karşılaştırın.
stop-card = Kart kullanılamadı: { $detail }.
    .next = Kartı --card virtual:DOSYA ile verin; dosyayı "basvuru card new" yapar.
stop-portal = Portal yapamadı: { $detail }.
    .next = Nedeni giderip yeniden deneyin.
stop-authority = Deneme sertifika makamı kullanılamadı: { $detail }.
    .next = Portal klasörünü denetleyin; "basvuru portal --data" onu oluşturur.
stop-verify = Dosya incelenemedi: { $detail }.
    .next = Bir .asice paketi ya da --content ile bir .p7s imzası verin.

portal-running = Portal çalışıyor: { $url }
portal-trust = Güvenilecek TLS kökü: { $file }
portal-outbox = Giden e-posta ve mesajlar: { $folder }
portal-stop = Durdurmak için Ctrl+C.
portal-stopped = Portal durdu.
invited = Davet edildi: başvuru { $order }. Erişim parolası e-postayla gönderildi ({ $folder }).
card-made = Sanal kart hazır: { $file } ({ $holder }, { $key }).

demo-title = Nitelikli elektronik sertifika başvurusu, baştan sona
demo-world = Bu makinede: portal { $url } · deneme sertifika makamı · sanal kart ({ $key }, { $link })
demo-contact = temaslı
demo-nfc = NFC
demo-header-step = Adım
demo-header-time = süre
demo-header-http = istek
demo-header-apdu = APDU
demo-header-bytes = bayt
demo-step-invite = Davet
    .hint = Kurum { $name } kişisini davet etti; erişim parolası e-postayla gitti.
demo-step-sign-in = Giriş
    .hint = { $name } kimlik numarasını, parolayı ve resimdeki kodu yazdı.
demo-step-choose-order = Başvuru seçimi
    .hint = Kurumun açtığı başvuruyu seçti.
demo-step-fill-form = Form ve onay
    .hint = Eksikleri tamamlayıp formu onayladı.
demo-step-confirm-phone = Kod isteme
    .hint = Telefonuna ücretsiz onay kodu istedi.
demo-step-confirm-phone-sent = Telefon onayı
    .hint = Mesajdaki kod kendiliğinden bulundu, { $name } gönderdi.
demo-step-choose-method = İmza yöntemi
    .hint = Kartla imzayı seçti; belgeler indirildi ve özetleri denetlendi.
demo-step-review-documents = Belgeler
    .hint = İki belgeyi açıp okudu: tam olarak bunlar imzalanacak.
demo-step-sign = Kart
    .hint = Kartı okuyucuya taktı; sertifika okundu ve denetlendi.
demo-step-sign-nfc = PIN, tek dokunuş ve gönderim
    .hint = PIN’i yazıp kartı telefona yasladı; imza denetlendi, başvuru gönderildi.
demo-step-sign-pin = PIN, imza ve gönderim
    .hint = Kalan hakları gördü, PIN’i girdi; imza denetlendi, başvuru gönderildi.
demo-total = Toplam
demo-done = Başvuru tamamlandı. Alındı no { $number }.
demo-left = { $folder } klasöründe:
demo-file-container = imzalı başvuru paketi (ASiC-E, CAdES B-B)
demo-file-receipt = portalın verdiği alındı
demo-file-documents = imzalanan belgeler
demo-file-trust = kart sertifikasının zinciri
demo-file-timeline = adım adım süreler ve sayılar
demo-verify = Kendiniz denetleyin:

verify-container = { $file }: ASiC-E paketi
verify-signature = { $file }: CAdES imzası
verify-documents = İmzalanan belgeler
verify-signer = İmzalayan
verify-time = İmza zamanı (imzalayanın beyanı)
verify-level = Düzey
verify-verdict = Sonuç
verify-unsigned = İmza bulunamadı.
verify-moment = { $moment } (UTC+3)
