//! The certificate holder's undertaking (taahhütname). The wording is the reference portal's own, after the duties of a
//! holder in the regulation on electronic signatures (art. 15), and is marked as a sample: an authority puts its own in place.

use krilla::tagging::{ListNumbering, Tag};

use super::application::{Application, turkish_time};
use super::application_form::{box_with, signed_by};
use super::lines::{BLACK, GREY, NAVY, Paragraph, Style};
use super::sheet::{Frame, MARGIN, MEASURE, Sheet, Written};
use super::typeface::Weight;

const TITLE: Style = Style::new(19.0, 25.0, Weight::SemiBold, NAVY);
const NOTICE: Style = Style::new(9.0, 13.5, Weight::Regular, GREY);
const HEADING: Style = Style::new(10.5, 15.0, Weight::SemiBold, NAVY);
const BODY: Style = Style::new(9.5, 14.5, Weight::Regular, BLACK);
const NUMBER: Style = Style::new(9.5, 14.5, Weight::SemiBold, NAVY);

/// How far the text of a clause is set in from its number.
const INDENT: f32 = 24.0;

/// The clauses, in groups.
const CLAUSES: &[(&str, &[&str])] = &[
    (
        "Bilgilerim",
        &[
            "Başvuruda verdiğim bilgilerin ve belgelerin doğru, güncel ve eksiksiz olduğunu beyan ederim.",
            "Sertifikamda yer alan veya sertifikanın verilmesine esas olan bilgilerde bir değişiklik olduğunda bunu gecikmeden \
             bildiririm.",
            "Kişisel verilerimin, sertifikanın verilmesi, yönetilmesi ve kanunen saklanması için işlenmesi hakkında \
             bilgilendirildiğimi kabul ederim.",
        ],
    ),
    (
        "İmza oluşturma verim ve aracım",
        &[
            "İmza oluşturma verimi yalnızca güvenli elektronik imza oluşturma aracında bulundurur ve yalnızca elektronik imza \
             oluşturmak için kullanırım.",
            "Kartımı, mobil imza aracımı, PIN ve PUK bilgilerimi kimseye vermem, başkasının kullanmasına izin vermem ve \
             erişilmemesi için gereken özeni gösteririm.",
            "Kartımın kaybolması veya çalınması, PIN bilgimin öğrenilmesi ya da bunlardan kuşku duymam hâlinde sertifikamın \
             iptali veya askıya alınması için derhal başvururum.",
        ],
    ),
    (
        "Sertifikamın kullanımı",
        &[
            "Sertifikamı, içinde yazılı kullanım ve maddi kapsam sınırları içinde, mevzuata ve sertifika ilkelerine uygun olarak \
             kullanırım.",
            "Güvenli elektronik imzanın elle atılan imza ile aynı hukuki sonucu doğurduğunu; kanunların resmî şekle veya özel bir \
             merasime bağladığı hukuki işlemler ile teminat sözleşmelerinde kullanılamayacağını bilirim.",
            "Süresi dolmuş, iptal edilmiş veya askıya alınmış sertifikamla imza atmam.",
        ],
    ),
    (
        "Yükümlülükler ve sona erme",
        &[
            "Yükümlülüklerime aykırı davranmam nedeniyle doğan zararlardan mevzuat çerçevesinde sorumlu olduğumu kabul ederim.",
            "Sertifikamın, talebim üzerine veya mevzuatta ve sertifika ilkelerinde sayılan hâllerde iptal edilebileceğini bilirim.",
            "Bu taahhütname, sertifikamın geçerlilik süresi boyunca ve sonrasında doğmuş yükümlülükler bakımından geçerlidir.",
        ],
    ),
];

/// Renders the undertaking.
///
/// `None` where the document would not pass its checks.
pub(crate) fn undertaking(application: &Application) -> Option<Written> {
    let title = "Sertifika sahibi taahhütnamesi";
    let mut sheet = Sheet::new(Frame {
        title: format!("{title}, {}", application.order),
        authority: application.authority.clone(),
        order: application.order.clone(),
        footnote: "Sertifika sahibi taahhütnamesi · referans portalının örnek metni",
        approved_at: application.approved_at,
        approval: application.approval,
    });
    sheet.heading(title, 1, TITLE);
    sheet.skip(4.0);
    let notice = sheet.element(None, Tag::P);
    let sample = "Örnek metin: bu taahhütname referans portalı için yazılmıştır. Sertifika hizmet sağlayıcısı kendi metnini kullanır.";
    sheet.paragraph(notice, Paragraph::fixed(sample, NOTICE, MEASURE), MARGIN);
    sheet.skip(11.0);
    let introduction = sheet.element(None, Tag::P);
    let text = format!(
        "{institution} çalışanı olarak {authority} kurumuna yaptığım {order} numaralı nitelikli elektronik sertifika başvurusu \
         kapsamında aşağıdaki hususları kabul ve taahhüt ederim.",
        institution = application.institution,
        authority = application.authority,
        order = application.order,
    );
    sheet.paragraph(introduction, Paragraph::of(&text, BODY, MEASURE), MARGIN);
    let mut number = 0;
    for (name, clauses) in CLAUSES {
        sheet.skip(13.0);
        let clauses: Vec<Paragraph> = clauses
            .iter()
            .map(|clause| Paragraph::fixed(clause, BODY, MEASURE - INDENT))
            .collect();
        let first = clauses.first().map_or(0.0, Paragraph::height);
        sheet.keep_together(HEADING.leading + 4.0 + first);
        sheet.heading(name, 2, HEADING);
        sheet.skip(3.0);
        let list = sheet.element(None, Tag::L(ListNumbering::Decimal));
        for clause in clauses {
            number += 1;
            sheet.keep_together(clause.height());
            let item = sheet.element(Some(list), Tag::LI);
            let label = sheet.element(Some(item), Tag::Lbl);
            let body = sheet.element(Some(item), Tag::LBody);
            let top = sheet.y();
            let numbered = Paragraph::of(&format!("{number}."), NUMBER, INDENT);
            sheet.paragraph(label, numbered, MARGIN);
            sheet.go_on_at(top);
            sheet.paragraph(body, clause, MARGIN + INDENT);
            sheet.skip(4.0);
        }
    }
    sheet.skip(16.0);
    let statement = format!(
        "Yukarıdaki hususları okudum, anladım ve {} tarihinde kabul ettim.",
        turkish_time(application.approved_at)
    );
    box_with(&mut sheet, &statement, &signed_by(application));
    sheet.finish()
}
