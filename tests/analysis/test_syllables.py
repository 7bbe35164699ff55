"""Syllables of texts: counted aloud by hand, and estimated."""

from __future__ import annotations

import pytest

from qa_service.analysis.syllables import syllables


@pytest.mark.parametrize(
    ("word", "count"),
    [
        ("please", 1), ("called", 1), ("wanted", 2), ("didn't", 2), ("services", 3), ("little", 2), ("replacement", 3), ("area", 3),
        ("previous", 3), ("patient", 2), ("radio", 3), ("player", 2), ("you", 1), ("42", 2.4), ("", 0),
    ],
)  # fmt: skip
def test_english_words(word, count):
    assert syllables(word, "en") == pytest.approx(count)


# One line a sentence with its syllables as they are spoken; the estimates were not tuned on these.
SENTENCES = {
    "en": (
        ("Good evening, I'm calling about a parcel that never arrived.", 16),
        ("We are sorry for the trouble and will refund the delivery charge.", 18),
        ("Can you tell me the postcode and the name on the account?", 14),
        ("I moved house in April and the bill still goes to my old address.", 16),
        ("The technician can come on Friday morning, if that suits you.", 15),
        ("It takes about ten minutes, please stay on the line.", 12),
        ("Nobody explained the extra fees when I signed the contract.", 15),
        ("You will get an email with all the details later today.", 15),
    ),
    "fa": (
        ("شب بخیر، درباره‌ی صورتحساب این ماه تماس گرفتم.", 19),  # shab be-kheyr dar-bā-re-ye su-rat-he-sā-be in māh ta-mās ge-ref-tam
        ("مبلغی که نوشته‌اید اشتباه است.", 12),  # mab-la-ghi ke ne-vesh-te-id esh-te-bāh ast
        ("نام و نام خانوادگی شما چیست؟", 13),  # nā-mo nā-me khā-ne-vā-de-gi-ye sho-mā chist
        ("کد پستی را هم لطفا بگویید.", 11),  # ko-de pos-ti rā ham lot-fan be-gu-yid
        ("همکارم این موضوع را پیگیری می‌کند.", 13),  # ham-kā-ram in mow-zu' rā pey-gi-ri mi-ko-nad
        ("تا پایان هفته نتیجه را خبر می‌دهیم.", 15),  # tā pā-yā-ne haf-te na-ti-je rā kha-bar mi-da-him
        ("ببخشید که منتظر ماندید.", 9),  # be-bakh-shid ke mon-ta-zer mān-did
    ),
    "ar": (
        ("مساء الخير، أتصل بخصوص فاتورة هذا الشهر.", 16),  # ma-sā-'al-khayr at-ta-sil bi-khu-sūs fā-tū-rat hā-dhash-shahr
        ("المبلغ المكتوب غير صحيح.", 10),  # al-mab-lagh al-mak-tūb ghay-ru sa-hīh
        ("ما اسمك الكامل ورقم هاتفك؟", 10),  # mas-mu-kal-kā-mil wa-raqm hā-ti-fak
        ("سأحول المكالمة إلى القسم المختص.", 15),  # sa-u-haw-wil al-mu-kā-la-ma i-lal-qis-mil-mukh-tass
        ("سيصلك الرد خلال يومين.", 10),  # sa-ya-si-lak ar-radd khi-lāl yaw-mayn
        ("نعتذر عن التأخير ونشكر صبرك.", 12),  # na'-ta-dhir 'a-nit-ta'-khīr wa-nash-kur sab-rak
        ("هل جربت إعادة تشغيل الجهاز؟", 11),  # hal jar-rabt i-'ā-dat tash-ghīl al-ji-hāz
    ),
}  # fmt: skip


@pytest.mark.parametrize("language", SENTENCES)
def test_errors_cancel_over_sentences(language):
    spoken = sum(count for _, count in SENTENCES[language])
    estimated = sum(syllables(text, language) or 0 for text, _ in SENTENCES[language])
    assert estimated == pytest.approx(spoken, rel=0.1)


@pytest.mark.parametrize(("written", "plain"), [("مُحَمَّد", "محممد"), ("كـــتاب", "كتاب"), ("كتاب", "کتاب")])
def test_marks_and_letter_forms_make_no_difference(written, plain):
    assert syllables(written, "ar") == syllables(plain, "ar")


@pytest.mark.parametrize(
    ("text", "language", "count"), [("1 2 3", "fa", 3.3), ("١٢٣", "ar", 6.9), ("iPhone", "fa", 2), ("hallo", "de", None)]
)
def test_figures_names_and_other_languages(text, language, count):
    assert syllables(text, language) == (None if count is None else pytest.approx(count))
