# Ne oldu (ileti) ve şimdi ne yapılmalı (.next). Kısa, suçlamayan, bir sonraki adımı söyleyen cümleler.

wait-seconds = { $count } saniye
wait-minutes = { $count } dakika

## Giriş
national-id-invalid = Bu, geçerli bir T.C. kimlik numarası değil: numara 11 rakamdır; bir rakam eksik, fazla ya da yanlış yazılmış olabilir.
    .next = Numarayı kimliğinizdeki gibi yeniden yazın.
passport-invalid = Bu bir pasaport numarasına benzemiyor: en çok 9 harf ve rakam olmalı.
    .next = Numarayı pasaportunuzdaki gibi yeniden yazın.
sign-in-incomplete = Resimdeki kod ya da erişim parolası boş.
    .next = İkisini de doldurun. Erişim parolası size e-postayla gönderildi.
captcha-wrong = Resimdeki kod tutmadı.
    .next = Yeni resimdeki kodu yazın ya da sesini dinleyin. Öteki bilgileriniz duruyor.
captcha-expired = Resimdeki kodun süresi doldu.
    .next = Yeni resimdeki kodu yazın. Öteki bilgileriniz duruyor.
credentials-wrong =
    { $tries ->
        [99] Kimlik numarası ya da erişim parolası yanlış.
       *[other] Kimlik numarası ya da erişim parolası yanlış. { $tries } deneme hakkınız kaldı.
    }
    .next = Parolayı e-postadan kopyalayıp yapıştırmayı deneyin; büyük ve küçük harf ayrıdır.
locked-out = Arka arkaya yanlış parola girildiği için giriş { $wait } süreyle kapatıldı.
    .next = Bu süre dolunca yeniden deneyin. Parolayı bulamıyorsanız kurumunuzdan yenisini isteyin.
session-over = Güvenliğiniz için oturum kapandı.
    .next = Yeniden giriş yapın; kaldığınız yerden devam edeceksiniz.
another-person = Bu başvuruyu başka bir kişi başlattı.
    .next = Aynı kimlik numarasıyla giriş yapın ya da bu başvuruyu bırakıp yenisine başlayın.
sign-in-unsupported = Portalın istediği giriş yöntemini uygulamanın bu sürümü bilmiyor.
    .next = Uygulamayı güncelleyin.
link-invalid = Bu bağlantı bir başvuru daveti değil.
    .next = Davet e-postasındaki bağlantıyı açın ya da e-postadan eksiksiz kopyalayın.
portal-not-ours = Bu bağlantı, uygulamanın tanımadığı bir adrese gidiyor. Uygulama o adrese bağlanmadı.
    .next = Bağlantının kimden geldiğini denetleyin; parolanızı başka bir sayfaya yazmayın. Kuşkuluysanız kurumunuza sorun.

## Başvuru ve form
order-unknown = Portalda böyle bir başvurunuz yok.
    .next = Listeyi yenileyip başvurunuzu yeniden seçin.
order-closed = Bu başvuru tamamlanmış ya da geri çekilmiş.
    .next = Listeden başka bir başvuru seçin.
order-moved-on = Bu başvuruda başka bir yerde ilerlenmiş.
    .next = Güncel adımı gösteriyoruz; oradan devam edin.
form-invalid =
    { $count ->
        [one] Formda bir alanın düzeltilmesi gerekiyor.
       *[other] Formda { $count } alanın düzeltilmesi gerekiyor.
    }
    .next = İşaretli alanları düzeltip formu yeniden onaylayın.
form-field-locked = Kurumunuzun bildirdiği bir bilgi değiştirilmiş; bu bilgiler buradan değiştirilemez.
    .next = Bilgi yanlışsa kurumunuza düzelttirin. Değiştirmeden onaylayabilirsiniz.
form-changed = Siz doldururken form kurumunuzca güncellendi.
    .next = Güncel formu gösteriyoruz, yazdıklarınız duruyor. Gözden geçirip yeniden onaylayın.
draft-too-large = Forma alabileceğinden uzun bilgi yazıldı. Daha önce kaydedilenler duruyor.
    .next = Yazdıklarınızı kısaltıp yeniden kaydedin.

## Telefon
code-malformed = Kod { $length } rakamdan oluşur.
    .next = Mesajdaki kodu yeniden yazın.
code-wrong = Kod tutmadı. Bu kodla { $tries } deneme hakkınız kaldı.
    .next = Son gelen mesajdaki kodu yazın.
code-used-up = Kod çok kez yanlış girildi, artık geçmez.
    .next = Yeni bir kod isteyin.
code-expired = Kodun süresi doldu.
    .next = Yeni bir kod isteyin.
code-too-soon = Az önce bir kod gönderildi.
    .next = Mesaj gelmediyse { $wait } sonra yenisini isteyebilirsiniz.

## Yöntem ve belgeler
method-unavailable = Bu başvuru bu yöntemle imzalanamıyor.
    .next = Başka bir yöntem seçin.
signature-unsupported = Portal, uygulamanın bu sürümünün atamadığı türde bir imza istiyor.
    .next = Uygulamayı güncelleyin.
document-altered = İndirilen belge, portalın bildirdiği belge değil. Bu yüzden imzaya sunulmadı.
    .next = Başka bir ağdan yeniden deneyin. Sürerse destek hattını arayın.
document-unknown = Böyle bir belge yok.
    .next = Belgeler adımına dönün.

## Okuyucu ve kart
reader-missing = Kart okuyucu bulunamadı.
    .next = Okuyucuyu takın ya da NFC’yi açın ve yeniden deneyin.
reader-not-permitted = Uygulamanın kart okuyucuyu kullanma izni yok.
    .next = Sorulduğunda izin verin ya da izni ayarlardan açın.
reader-busy = Kart okuyucuyu başka bir uygulama kullanıyor.
    .next = Öteki uygulamayı kapatıp yeniden deneyin.
reader-unsupported = Bu kart okuyucu kullanılamıyor.
    .next = Başka bir okuyucu deneyin.
reader-failed = Kart okuyucuyla iletişim bozuldu. Kart bir şey imzalamadı.
    .next = Okuyucuyu çıkarıp yeniden takın ve tekrar deneyin.
card-missing = Kart bulunamadı.
    .next = Kartı çipi okuyucuya gelecek biçimde takın ya da telefonun arkasına yaslayın ve tekrar deneyin.
card-lost = Kartla bağlantı koptu. PIN deneme hakkınız azalmadı, hiçbir şey imzalanmadı.
    .next = Kartı düz bir yere koyup telefonu üzerine yaslayın, bitene kadar oynatmayın ve tekrar deneyin.
card-timeout = Kart zamanında yanıt vermedi. Hiçbir şey imzalanmadı.
    .next = Kartı çıkarın, doğru yönde olduğunu denetleyin ve tekrar deneyin.
card-cancelled = İşlem durduruldu. Hiçbir şey imzalanmadı.
    .next = Hazır olduğunuzda yeniden başlatın.
card-unsupported = Bu kartta tanıdığımız bir imza uygulaması yok.
    .next = Nitelikli elektronik sertifikanızın bulunduğu kartı kullanın.
card-without-certificate = Kartta imza için bir sertifika yok.
    .next = Nitelikli elektronik sertifikanızın bulunduğu kartı kullanın.
card-changed = Bu, az önce okunan kart değil.
    .next = İlk kartı geri takın ya da bu kartı baştan okutun.
card-refused = Kart işlemi geri çevirdi. Hiçbir şey imzalanmadı.
    .next = Kartı çıkarıp yeniden takın ve tekrar deneyin. Sürerse sertifikanızı aldığınız kuruma başvurun.
card-garbled = Kart anlaşılmayan bir yanıt verdi. Hiçbir şey imzalanmadı.
    .next = Kartı çıkarıp yeniden takın ve tekrar deneyin. Sürerse bu kodla destek hattını arayın.
card-unsupported-way = Bu kart, uygulamanın bu sürümünün bilmediği bir yöntem istiyor. Hiçbir şey imzalanmadı.
    .next = Kartı başka bir okuyucuyla deneyin ya da uygulamayı güncelleyin.
card-of-another-person = Karttaki sertifika başvuran kişinin değil.
    .next = Kendi adınıza düzenlenmiş kartı kullanın.
certificate-choice-needed = Kartta imza için birden çok sertifika var.
    .next = Kullanmak istediğiniz sertifikayı seçin.

## PIN
pin-malformed-digits = PIN { $length } rakamdan oluşur. Yazdığınız karta gönderilmedi, deneme hakkınız azalmadı.
    .next = PIN’i yeniden yazın.
pin-malformed = PIN { $length } karakter olmalı. Karta gönderilmedi, deneme hakkınız azalmadı.
    .next = PIN’i yeniden yazın.
pin-wrong = PIN yanlış.
    .next = PIN’i emin olarak yeniden yazın; birkaç yanlıştan sonra kart kilitlenir.
pin-wrong-tries = PIN yanlış. { $tries } deneme hakkınız kaldı.
    .next = PIN’i emin olarak yeniden yazın. Haklar bitince kart kilitlenir.
pin-blocked = Kartın PIN’i kilitli.
    .next = Kartın PUK’u sizdeyse kilidi onunla açın; değilse sertifikanızı aldığınız kurumun kilit çözme hizmetini kullanın. Başvurunuz burada bekler.
pin-last-try = Tek deneme hakkınız kaldı. PIN karta gönderilmedi.
    .next = Eminseniz son denemeyi ayrıca onaylayın; yanlışsa kart kilitlenir. Emin değilseniz kilit çözme hizmetinden yardım alın.
pin-outcome-unknown = PIN denetlenirken kartla bağlantı koptu. Bir deneme hakkı eksilmiş olabilir; hiçbir şey imzalanmadı.
    .next = Kartı yerleştirip PIN’i yeniden girin. PIN’i biz kendiliğimizden yeniden göndermeyiz.
pin-not-activated = Kartın PIN’i henüz belirlenmemiş.
    .next = Önce sertifikanızı aldığınız kurumun hizmetiyle PIN’inizi oluşturun.
pin-not-allowed-here = Bu kart PIN’ini bu bağlantıyla kabul etmiyor. Deneme hakkınız azalmadı.
    .next = Kartı temaslı bir okuyucuyla kullanın.
new-pin-malformed-digits = Yeni PIN { $length } rakamdan oluşmalı. Karta hiçbir şey gönderilmedi.
    .next = Yeni PIN’i bu uzunlukta seçin.
new-pin-malformed = Yeni PIN { $length } karakter olmalı. Karta hiçbir şey gönderilmedi.
    .next = Yeni PIN’i bu uzunlukta seçin.
new-pin-same = Yeni PIN eskisiyle aynı. Karta hiçbir şey gönderilmedi.
    .next = Başka bir PIN seçin.
pin-change-outcome-unknown = PIN değiştirilirken kartla bağlantı koptu. Kartta eski PIN de yeni PIN de geçerli olabilir; bir deneme hakkı eksilmiş olabilir.
    .next = Karta yeniden bakıp kalan hakları görün; sonra önce yeni PIN’i, olmazsa bir kez eskisini deneyin. İkisini de biz kendiliğimizden göndermeyiz.
pin-unchangeable = Bu kart, PIN’inin buradan değiştirilmesine izin vermiyor.
    .next = PIN’i, sertifikanızı aldığınız kurumun hizmetiyle değiştirin.
puk-malformed-digits = PUK { $length } rakamdan oluşur. Karta hiçbir şey gönderilmedi, PUK için deneme hakkınız azalmadı.
    .next = PUK’u yeniden yazın.
puk-malformed = PUK { $length } karakter olmalı. Karta hiçbir şey gönderilmedi, PUK için deneme hakkınız azalmadı.
    .next = PUK’u yeniden yazın.
puk-wrong = PUK yanlış. PIN olduğu gibi kaldı.
    .next = PUK’u size verilen yazıdan denetleyip yeniden yazın; birkaç yanlıştan sonra kart bir daha kullanılamayabilir.
puk-wrong-tries = PUK yanlış. PIN olduğu gibi kaldı; PUK için { $tries } deneme hakkınız var.
    .next = PUK’u size verilen yazıdan denetleyip yeniden yazın. Haklar biterse kart bir daha kullanılamayabilir.
puk-blocked = Kartın PUK’u kilitli: PIN’in kilidi artık PUK ile açılamaz.
    .next = Sertifikanızı aldığınız kuruma başvurun; yeni bir kart gerekebilir. Başvurunuz burada bekler.
puk-last-try = PUK için en çok bir deneme hakkı kalmış görünüyor. Karta hiçbir şey gönderilmedi.
    .next = Eminseniz bu denemeyi ayrıca onaylayın; PUK yanlışsa kart bir daha kullanılamayabilir. Emin değilseniz sertifikanızı aldığınız kurumdan yardım alın.
puk-outcome-unknown = PUK denetlenirken kartla bağlantı koptu. PIN’in kilidi açılmış da olabilir, PIN olduğu gibi de kalmış olabilir; PUK için bir deneme hakkı eksilmiş olabilir.
    .next = Karta yeniden bakın ve önce yeni PIN’i bir kez deneyin; olmazsa kilidi yeniden açın. PUK’u da PIN’i de biz kendiliğimizden yeniden göndermeyiz.
puk-unavailable = Bu kart, PIN’inin kilidinin buradan PUK ile açılmasına izin vermiyor.
    .next = Kilidi, sertifikanızı aldığınız kurumun kilit çözme hizmetiyle açın.
unblocking-refused = Portalın gönderdiği komut bu kartın PIN kilidini açmak için değil; karta gönderilmedi.
    .next = Kilidi PUK ile ya da sertifikanızı aldığınız kurumun kilit çözme hizmetiyle açın; bunu destek birimine bildirin.
pin-kept = PIN’in kilidi açıldı, ama bu kart kilit açılırken yeni PIN almıyor: kartın PIN’i eskisi gibi kaldı, yazdığınız yeni PIN geçerli değil.
    .next = Eski PIN’i kullanın; bilmiyorsanız sertifikanızı aldığınız kurumun hizmetinden yardım alın.
unblocking-unavailable = Portal bu kartın PIN kilidini açamıyor.
    .next = Kilidi PUK ile ya da sertifikanızı aldığınız kurumun kilit çözme hizmetiyle açın. Başvurunuz burada bekler.

## Sertifika ve imza
certificate-expired = Karttaki sertifikanın süresi { $day } günü doldu.
    .next = Geçerli bir sertifikayla imzalayın ya da ıslak imzayla başvurun.
certificate-expired-lately = Karttaki sertifikanın süresi { $moment } itibarıyla doldu (Türkiye saati).
    .next = Geçerli bir sertifikayla imzalayın ya da ıslak imzayla başvurun.
certificate-not-yet-valid = Karttaki sertifika { $day } gününden önce geçerli değil.
    .next = Telefonunuzun tarihini denetleyin; doğruysa o günü bekleyin.
certificate-valid-soon = Karttaki sertifika { $moment } itibarıyla geçerli olacak (Türkiye saati).
    .next = Telefonunuzun ya da bilgisayarınızın saatini denetleyin; doğruysa o ana kadar bekleyin.
certificate-of-authority = Karttaki sertifika bir kişiye değil, sertifika veren bir kuruma ait.
    .next = Nitelikli elektronik sertifikanızın bulunduğu kartı kullanın.
certificate-seal = Karttaki sertifika bir kurumun elektronik mührü; başvuruyu ise kişi kendi adına imzalar.
    .next = Kendi nitelikli elektronik sertifikanızın bulunduğu kartı kullanın.
certificate-not-for-signing = Karttaki sertifika imza atmak için verilmemiş.
    .next = Nitelikli elektronik sertifikanızın bulunduğu kartı kullanın.
certificate-not-qualified = Karttaki sertifika, kanunun aradığı nitelikli elektronik sertifika değil.
    .next = Nitelikli elektronik sertifikanızın bulunduğu kartı kullanın.
certificate-without-number = Karttaki sertifikada sahibinin kimlik numarası yok; kime ait olduğu anlaşılamıyor.
    .next = Başka bir nitelikli elektronik sertifikayla imzalayın ya da sertifikanızı aldığınız kuruma başvurun.
certificate-weak = Karttaki sertifika bugünün güvenlik kurallarına yetmiyor.
    .next = Daha yeni bir nitelikli elektronik sertifikayla imzalayın ya da ıslak imzayla başvurun.
certificate-unknown-kind = Karttaki sertifikanın türünü uygulamanın bu sürümü tanımıyor.
    .next = Uygulamayı güncelleyin. Sürerse sertifikanızı aldığınız kuruma başvurun.
certificate-malformed = Karttaki sertifika okunamadı.
    .next = Kartı çıkarıp yeniden takın. Sürerse sertifikanızı aldığınız kuruma başvurun.
signature-self-check-failed = Kartın attığı imza denetimden geçmedi, portala gönderilmedi.
    .next = Yeniden imzalayın. Sürerse sertifikanızı aldığınız kuruma başvurun.
signature-refused = Portal imzayı kabul etmedi.
    .next = Belgeleri yeniden açıp imzalayın. Sürerse destek hattını arayın.
signer-not-applicant = Portal imzayı başka bir kişiye ait buldu.
    .next = Kendi adınıza düzenlenmiş kartla imzalayın.
certificate-refused = Portal bu sertifikayı kabul etmiyor.
    .next = Geçerli bir nitelikli elektronik sertifikayla imzalayın.
certificate-suspended = Sertifikanız askıya alınmış. İptal edilmiş değil, ama askı kalkana dek attığı imza kabul edilmez.
    .next = Askıyı, sertifikanızı aldığınız kurumun hizmetiyle kaldırıp aynı kartla yeniden imzalayın. Askıya siz almadıysanız o kuruma sorun.
timestamp-unavailable = İmzanız atıldı ve bu cihazda saklanıyor, ama şu anda zaman damgası alınamıyor.
    .next = Biraz sonra yeniden deneyin. Kartınız ve PIN’iniz bir daha gerekmez.
clock-wrong = İmzanız atıldı ve bu cihazda saklanıyor, ama cihazın saati bir günden fazla şaşmış; zaman damgası bu yüzden kabul edilmedi.
    .next = Tarih ve saati cihazın ayarlarından otomatiğe alıp yeniden deneyin.
device-clock-wrong = Bu cihazın saati yanlış: { $device } gösteriyor, oysa saat { $portal }. İmza başlatılmadı; kart ve PIN kullanılmadı.
    .next = Tarih ve saati cihazın ayarlarından otomatiğe alıp yeniden imzalayın.

## Ağ ve portal
portal-unreachable = Portala ulaşılamadı. Bilgileriniz duruyor.
    .next = İnternet bağlantınızı denetleyip yeniden deneyin.
portal-timeout = Portal zamanında yanıt vermedi. Bilgileriniz duruyor.
    .next = Biraz sonra yeniden deneyin. Aynı işlem iki kez yapılmaz.
proxy-unreachable = Vekil sunucuya (proxy) ulaşılamadı: { $proxy }. Bilgileriniz duruyor.
    .next = Cihazınızın ağ ayarlarındaki vekil sunucuyu denetleyin ya da başka bir ağ kullanın.
proxy-refused = Vekil sunucu (proxy) portala geçişe izin vermiyor: { $proxy }. Bilgileriniz duruyor.
    .next = Ağınızın yöneticisinden portalın adresine izin vermesini isteyin ya da başka bir ağ kullanın.
proxy-password-needed = Vekil sunucu (proxy) kullanıcı adı ve parola istiyor: { $proxy }. Bilgileriniz duruyor.
    .next = Ağınızın yöneticisine danışın ya da başka bir ağ kullanın.
proxy-silent = Vekil sunucu (proxy) zamanında yanıt vermedi: { $proxy }. Bilgileriniz duruyor.
    .next = Biraz sonra yeniden deneyin ya da başka bir ağ kullanın.
portal-untrusted = Karşımızdaki sunucunun gerçekten portal olduğu doğrulanamadı. Hiçbir bilgi gönderilmedi.
    .next = Başka bir ağdan deneyin. Sürerse destek hattını arayın; erişim parolanızı başka bir sayfaya yazmayın.
portal-wrong-host = Portalın adresinde başka bir sunucu yanıt verdi. Hiçbir bilgi gönderilmedi.
    .next = Davet e-postasındaki bağlantıyı yeniden açın ya da başka bir ağdan deneyin.
portal-not-current = Portalın kimliği bu cihazın tarihine göre bugün geçerli değil; cihaz { $device } gösteriyor. Hiçbir bilgi gönderilmedi.
    .next = Tarih ve saat yanlışsa cihazın ayarlarından otomatiğe alıp yeniden deneyin. Doğruysa destek hattını arayın.
portal-insecure = Portalla güvenli bağlantı kurulamadı. Hiçbir bilgi gönderilmedi.
    .next = Telefonunuzun tarih ve saatini denetleyip başka bir ağdan deneyin.
portal-garbled = Portal anlaşılmayan bir yanıt verdi. Bilgileriniz duruyor.
    .next = Oturum açma sayfası olan bir ağdaysanız önce ağa giriş yapın, sonra yeniden deneyin.
portal-unavailable = Portal şu anda hizmet veremiyor. Bilgileriniz duruyor.
    .next = Biraz sonra yeniden deneyin.
portal-unavailable-wait = Portal şu anda hizmet veremiyor. Bilgileriniz duruyor.
    .next = { $wait } sonra yeniden deneyin.
rate-limited = Kısa sürede çok istek gönderildi.
    .next = { $wait } bekleyip yeniden deneyin.
portal-refused = Portal isteği geri çevirdi. Bilgileriniz duruyor.
    .next = Uygulamayı güncelleyin. Sürerse bu kodla destek hattını arayın.
app-outdated = Portal artık en az { $version } sürümüyle çalışıyor; bu uygulama daha eski.
    .next = Uygulamayı güncelleyin. Kaldığınız yerden devam edeceksiniz.

## Uygulama
answer-not-expected = Bu yanıt, bulunduğunuz adıma ait değil. Hiçbir şey değişmedi.
    .next = Ekrandaki adımdan devam edin.
cancelled = İşlem durduruldu. Bilgileriniz duruyor.
    .next = Hazır olduğunuzda yeniden deneyin. Aynı işlem iki kez yapılmaz.
configuration-address = Portalın adresi geçerli değil.
    .next = Davet e-postasındaki bağlantıyı yeniden açın. Sürerse uygulamayı güncelleyin.
configuration-roots = Portalı tanımak için gereken bilgiler uygulamada eksik ya da bozuk.
    .next = Uygulamayı güncelleyin. Sürerse bu kodla destek hattını arayın.
configuration-folder = Uygulamaya kayıtlarını nerede tutacağı söylenmemiş.
    .next = Uygulamayı güncelleyin. Sürerse bu kodla destek hattını arayın.
configuration-return-address = Başvurudan sonra dönülecek adres kullanılamıyor.
    .next = Davet e-postasındaki bağlantıyı yeniden açın ya da geldiğiniz sayfaya dönüp oradan başlayın.
configuration-connection = Bu cihazda güvenli bir bağlantı hazırlanamadı.
    .next = Cihazı yeniden başlatıp deneyin. Sürerse bu kodla destek hattını arayın.
text-unreadable = Yazdıklarınızda okunamayan bir karakter var. Hiçbir şey gönderilmedi.
    .next = Yazdığınızı silip yeniden yazın; yapıştırdıysanız elle yazmayı deneyin.
vault-unavailable = Kayıtlarınızı koruyan anahtara ulaşılamadı. Kayıtlarınız duruyor.
    .next = Telefonun kilidini açın; parmak iziniz ya da yüzünüz sorulursa doğrulayın ve yeniden deneyin.
journal-unreadable = Bu cihazdaki başvuru kayıtları açılamadı: başka bir kurulumdan kalmış ya da bozulmuş olabilirler.
    .next = Uygulamayı kaldırıp yeniden yükleyerek baştan başlayabilirsiniz. Portala gönderilmiş bir başvuru orada durur.
journal-too-new = Başvuru kayıtları uygulamanın daha yeni bir sürümüyle yazılmış.
    .next = Uygulamayı güncelleyin.
journal-busy = Başvuru kayıtları şu anda başka bir pencerede açık.
    .next = Öteki pencereyi kapatıp yeniden deneyin.
storage-full = Cihazda yer kalmadığı için kayıt yapılamadı.
    .next = Cihazda yer açıp yeniden deneyin.
storage-missing = Kayıtların tutulduğu klasör bulunamadı.
    .next = Uygulamayı kapatıp yeniden açın. Sürerse bu kodla destek hattını arayın.
storage-not-permitted = Uygulamanın, kayıtların tutulduğu klasöre yazma izni yok.
    .next = Klasörün izinlerini denetleyip yeniden deneyin. Sürerse bu kodla destek hattını arayın.
storage-read-only = Kayıtların tutulduğu yer yalnızca okunabiliyor, oraya yazılamıyor.
    .next = Cihazı yeniden başlatıp deneyin. Harici bir bellek kullanıyorsanız yazmaya karşı kilitli olmadığını denetleyin.
storage-device-failed = Cihazın belleği yanıt vermedi; kayıt yapılamadı.
    .next = Cihazı yeniden başlatıp deneyin. Sürerse bu kodla destek hattını arayın.
storage-failed = Kayıt yapılamadı.
    .next = Uygulamayı kapatıp yeniden açın. Sürerse bu kodla destek hattını arayın.
another-portal = Buradaki kayıtlar bu portala değil, { $portal } adresindeki başvurulara ait. Hiçbir şey açılmadı, gönderilmedi.
    .next = O portalın uygulamasıyla ya da bağlantısıyla devam edin ya da bu portalın kayıtları için ayrı bir yer kullanın.
submission-under-way = İmzalı başvurunuz yolda olduğu için hiçbir şey silinmedi.
    .next = Önce başvurunuzun alındı belgesine ulaşın, sonra silin.
internal = Uygulamada bir hata oldu. Kaydedilmiş adımlarınız duruyor.
    .next = Uygulamayı kapatıp açın. Sürerse bu kodla destek hattını arayın.
