# Adımların başlıkları, ne istendiğini söyleyen cümleler (.hint) ve ekranlardaki sözler.

step-sign-in = Giriş
    .hint = Kimlik numaranızı, e-postayla gelen erişim parolasını ve resimdeki kodu yazın. Resimdeki kod, parolaları bir programın denemediğini gösterir.
step-known-sign-in = Giriş
    .hint = Kimlik numaranızı ve e-postayla gelen erişim parolasını yazın.
step-choose-order = Başvurularınız
    .hint = Devam etmek istediğiniz başvuruyu seçin.
step-fill-form = Başvuru formu
    .hint = Bilgilerinizi gözden geçirin, eksikleri tamamlayın ve “Formu Onayla” deyin.
step-confirm-phone = Telefonunuzun doğrulanması
    .hint = Telefonunuza ücretsiz bir onay kodu isteyin.
step-confirm-phone-sent = Telefonunuzun doğrulanması
    .hint = Mesajla gelen kodu yazın ve “Gönder” deyin.
step-told-confirm-phone = Kurumunuzdaki telefonun doğrulanması
    .hint = Bildirdiğiniz numara doğrulandı. Kurumunuz başka bir numara bildirmişti; başvurunuzu koruyabilmemiz için o numaraya da bir kod isteyin ya da kurumunuzun onayını isteyin.
step-told-confirm-phone-sent = Kurumunuzdaki telefonun doğrulanması
    .hint = Kurumunuzun bildirdiği numaraya mesajla gelen kodu yazın ve “Gönder” deyin.
step-await-institution = Kurumunuzun onayı
    .hint = { $institution } kurumundan { $phone } numarasını onaylaması istendi. Onay gelince buradan devam edersiniz; uygulamayı kapatabilirsiniz.
step-choose-method = İmza yöntemi
    .hint = Başvurunuzu nasıl imzalayacağınızı seçin.
step-review-documents = İmzalanacak belgeler
    .hint = Her belgeyi açıp okuyun. Tam olarak bu belgeler imzalanacak.
step-sign = İmza
    .hint = Kartınızı ve PIN’inizi hazırlayın; PIN’i yazınca “İmzala” diyeceksiniz.
step-sign-pin = İmza
    .hint = Kartınız okundu. PIN’inizi yazın ve “İmzala” deyin.
step-pending-approval = Formunuz onaylanıyor
    .hint = Onayınız portala iletiliyor. Aynı form iki kez onaylanmaz.
step-pending-code = Kod isteniyor
    .hint = Onay kodu isteğiniz portala iletiliyor. Aynı istek için ikinci bir mesaj gönderilmez.
step-pending-submission = Başvurunuz gönderiliyor
    .hint = İmzanız kaydedildi ve portala iletiliyor. Yeniden imzalamanız gerekmez.
step-done = Başvurunuz tamamlandı
    .hint = Alındı belgenizi saklayın.
step-outdated = Uygulamayı güncelleyin
    .hint = Portal artık en az { $version } sürümüyle çalışıyor. Kaldığınız yer duruyor; güncelledikten sonra devam edersiniz.

device-clock = Bu cihazın saati yanlış: { $device } gösteriyor, oysa saat { $portal }. İmzadan önce tarih ve saati cihazın ayarlarından otomatiğe alın.

place-sign-in = Giriş
place-order = Başvuru seçimi
place-form = Başvuru formu
place-phone = Telefon onayı
place-method = İmza yöntemi
place-documents = Belgeler
place-signature = İmza
place-done = Alındı

sign-in-access-password = Erişim parolası
sign-in-unknown = Başka bir giriş yöntemi
    .note = Bu sürüm bu yöntemi tanımıyor. Uygulamayı güncelleyin.

orders-new = Yeni başvuru
orders-previous = Önceki başvurular

product-nes = Nitelikli elektronik sertifika (kart)
product-mobil-nes = Nitelikli elektronik sertifika (mobil imza)

phase-form = Form doldurulacak
phase-confirmation = Telefon doğrulanacak
phase-method = İmza yöntemi seçilecek
phase-signature = İmzalanacak
phase-complete = Tamamlandı
phase-withdrawn = Geri çekildi

method-card = Elektronik imzalı başvuru (karttaki nitelikli elektronik sertifikanızla)
method-mobile-signature = Mobil imzalı başvuru
    .note = Bu sürüm mobil imzayla imzalayamıyor. Kartla imzalayın ya da kurumunuza danışın.
method-ink = Islak imzalı başvuru (kâğıt)
    .note = Kâğıt üzerinde imza bu sürümde yok. Kartla imzalayın ya da kurumunuza danışın.
method-unknown = Başka bir imza yöntemi
    .note = Bu sürüm bu yöntemi tanımıyor. Uygulamayı güncelleyin.

field-missing = Bu alan doldurulmalı.
field-too-long = Buraya en çok { $length } karakter yazılabilir.
field-too-short = Buraya en az { $length } karakter yazılmalı.
field-malformed = Yazılan, bu alanın biçimine uymuyor.
field-malformed-mobile = Cep telefonu 0532 123 45 67 gibi yazılmalı.
field-malformed-email = E-posta adresi ad@kurum.gov.tr gibi yazılmalı.
field-malformed-date = Gün 07.03.1985 gibi yazılmalı.
field-implausible = Bu gün olamaz; yılı ve günü denetleyin.
field-not-a-choice = Seçeneklerden biri seçilmeli.
field-locked = Bu bilgiyi kurumunuz bildirdi; buradan değiştirilemez.
field-unknown = Formda böyle bir alan yok.

check-identity-digits = T.C. kimlik numarasında yalnızca rakam olur.
check-identity-too-long = T.C. kimlik numarası 11 rakamdır; burada fazlası var.
check-identity-zero = T.C. kimlik numarası sıfırla başlamaz.
check-identity-mistyped = Numaranın rakamları birbirini tutmuyor; biri yanlış ya da yeri değişmiş olabilir.
check-passport-characters = Pasaport numarasında yalnızca pasaporttaki gibi İngiliz alfabesinin harfleri ve rakamlar olur.
check-passport-too-long = Pasaport numarası en çok 9 harf ve rakamdır; burada fazlası var.
check-code-digits = Kodda yalnızca rakam olur.
check-code-too-long = Kod { $length } rakamdır; burada fazlası var.
check-pin-digits = PIN’de yalnızca rakam olur.
check-pin-characters = PIN’de okunamayan bir karakter var.
check-pin-too-many-digits = Bu kartın PIN’i en çok { $length } rakam olabilir.
check-pin-too-long = Bu kartın PIN’i en çok { $length } karakter olabilir.
check-pin-weak = Bu PIN çok kolay tahmin edilir: aynı rakamı yinelemeyin, rakamları sırayla dizmeyin.

signature-asic-e-b-b = ASiC-E paketi içinde CAdES B-B imzası: tek imza bütün belgeleri kapsar.
signature-asic-e-b-t = ASiC-E paketi içinde zaman damgalı CAdES B-T imzası: tek imza bütün belgeleri kapsar.

receipt-summary = Alındı no { $number }. Alınma zamanı { $received } (Türkiye saati). İmzalı paketin SHA-256 özeti { $digest }.

tries-left = Kartınızda { $count } PIN deneme hakkı var.
tries-last = Kartınızda tek PIN deneme hakkı kaldı. Yanlış girerseniz kart kilitlenir.
puk-tries-left = PUK için { $count } deneme hakkı var. Haklar biterse kart bir daha kullanılamayabilir.
puk-tries-last = PUK için tek deneme hakkı kaldı. Yanlış girerseniz kart bir daha kullanılamayabilir.
puk-tries-none = Kart, PUK için deneme hakkı kalmadığını söylüyor.
puk-tries-untold = Kart, PUK için kaç deneme hakkı kaldığını söylemiyor. Üç yanlış PUK, kartı bir daha kullanılamaz kılabilir.

card-prompt-contact = Kartınızı okuyucuya takın.
card-prompt-nfc = Kartı düz bir yere koyun, telefonun arkasını kartın üzerine yaslayın ve oynatmayın.

activity-asking-portal = Portala soruluyor
activity-fetching-document = { $number }/{ $count } belge indiriliyor
activity-octets = { $activity }: { $done } kB
activity-octets-of = { $activity }: { $done }/{ $total } kB
activity-card-takes-long = { $activity }. Yanıtı henüz gelmedi: hâlâ hesaplıyor olabilir
activity-awaiting-card = Kart bekleniyor
activity-reading-card = Kart okunuyor
activity-verifying-pin = PIN denetleniyor, kartı oynatmayın
activity-signing = Kart imzalıyor, kartı oynatmayın
activity-card-done = Kartı çekebilirsiniz
activity-timestamping = İmzaya zaman damgası alınıyor
activity-submitting = İmzalı başvuru gönderiliyor

certificate-valid = Geçerli, { $count } gün kaldı.
certificate-ends-today = Geçerli, son günü.
certificate-opens = { $moment } itibarıyla açılır.
certificate-ended = Süresi { $day } günü doldu.
certificate-unfit = İmzalayamaz: { $why }.

device-unnamed = Adsız cihaz
device-current = { $name } (bu cihaz)
device-other = { $name }, son kullanım { $moment }

reader-answers = Okuyucu yanıt veriyor.
reader-slot = { $reader } · { $number }. yuva
reader-is-empty = Okuyucuda kart yok.
reader-has-signature-card = Karttaki imza uygulaması okundu.
