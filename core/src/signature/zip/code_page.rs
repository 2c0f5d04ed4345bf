//! Names of files in the code pages of DOS and Windows: a container that does not say its names are UTF-8 has them in the
//! one its maker's system had (APPNOTE 4.4.4, D.1).

/// The upper half of each, from 0x80 on. What a code page does not have, and NO-BREAK SPACE, is no character of a name.
const CODE_PAGES: [(&str, &str); 4] = [
    (
        "CP437, the United States and what APPNOTE says",
        "ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜ¢£¥₧ƒáíóúñÑªº¿⌐¬½¼¡«»░▒▓│┤╡╢╖╕╣║╗╝╜╛┐└┴┬├─┼╞╟╚╔╩╦╠═╬╧╨╤╥╙╘╒╓╫╪┘┌█▄▌▐▀αßΓπΣσµτΦΘΩδ∞φε∩≡±≥≤⌠⌡÷≈°∙·√ⁿ²■�",
    ),
    (
        "CP857, Turkey",
        "ÇüéâäàåçêëèïîıÄÅÉæÆôöòûùİÖÜø£ØŞşáíóúñÑĞğ¿®¬½¼¡«»░▒▓│┤ÁÂÀ©╣║╗╝¢¥┐└┴┬├─┼ãÃ╚╔╩╦╠═╬¤ºªÊËÈ�ÍÎÏ┘┌█▄¦Ì▀ÓßÔÒõÕµ�×ÚÛÙìÿ¯´�±�¾¶§÷¸°¨·¹³²■�",
    ),
    (
        "CP852, Central Europe",
        "ÇüéâäůćçłëŐőîŹÄĆÉĹĺôöĽľŚśÖÜŤťŁ×čáíóúĄąŽžĘę¬źČş«»░▒▓│┤ÁÂĚŞ╣║╗╝Żż┐└┴┬├─┼Ăă╚╔╩╦╠═╬¤đĐĎËďŇÍÎě┘┌█▄ŢŮ▀ÓßÔŃńňŠšŔÚŕŰýÝţ´�˝˛ˇ˘§÷¸°¨˙űŘř■�",
    ),
    (
        "Windows-1254, Turkey",
        "€�‚ƒ„…†‡ˆ‰Š‹Œ����‘’“”•–—˜™š›œ��Ÿ�¡¢£¤¥¦§¨©ª«¬�®¯°±²³´µ¶·¸¹º»¼½¾¿ÀÁÂÃÄÅÆÇÈÉÊËÌÍÎÏĞÑÒÓÔÕÖ×ØÙÚÛÜİŞßàáâãäåæçèéêëìíîïğñòóôõö÷øùúûüışÿ",
    ),
];

/// What octets are in each code page that has them all, the likeliest first.
pub(super) fn readings(raw: &[u8]) -> Vec<String> {
    let mut readings: Vec<String> = Vec::new();
    for (_, upper) in CODE_PAGES {
        let upper: Vec<char> = upper.chars().collect();
        let character = |octet: &u8| match usize::from(*octet).checked_sub(0x80) {
            None => Some(char::from(*octet)),
            Some(place) => upper
                .get(place)
                .copied()
                .filter(|found| *found != char::REPLACEMENT_CHARACTER),
        };
        let reading: Option<String> = raw.iter().map(character).collect();
        readings.extend(reading.filter(|reading| !readings.contains(reading)));
    }
    readings
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_page_has_half_of_its_characters_here() {
        for (name, upper) in CODE_PAGES {
            assert_eq!(upper.chars().count(), 128, "{name}");
        }
    }

    #[test]
    fn a_turkish_name_is_read_in_the_code_page_it_was_written_in() {
        for (raw, name) in [
            (&b"\x9frnek.txt"[..], "\u{15f}rnek.txt"),
            (b"s\x94zle\x9fme \x98.pdf", "s\u{f6}zle\u{15f}me \u{130}.pdf"),
            (b"\xfe\xf0.txt", "\u{15f}\u{11f}.txt"),
            (b"\x87a.txt", "\u{e7}a.txt"),
            (b"\xa8a.txt", "\u{118}a.txt"),
        ] {
            assert!(readings(raw).contains(&name.to_owned()), "{name}: {:?}", readings(raw));
        }
        assert!(readings(b"a\x8d").iter().all(|name| name.chars().count() == 2));
    }
}
