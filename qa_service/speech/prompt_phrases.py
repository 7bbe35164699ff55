"""What machines say on the telephone, and what people say that sounds alike: weighted patterns in English, Persian and Arabic.

Patterns are matched in folded text (:func:`fold`): small letters, one shape for each Persian and Arabic letter, no marks but the
question mark. About 3 points are enough for a prompt by themselves; what people say as well has fewer. Patterns of people's talk
take points away: they speak to somebody, ask, or tell what a machine said.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache

#: One shape for letters that keyboards and recognisers write in several ways; Persian digits are told by their value.
_SHAPES = str.maketrans({
    "ي": "ی", "ى": "ی", "ئ": "ی", "ك": "ک", "أ": "ا", "إ": "ا", "آ": "ا", "ٱ": "ا", "ة": "ه", "ۀ": "ه", "ؤ": "و",
    "؟": "?", "’": "'", "\u200c": " ", "\u0640": None,
})  # fmt: skip

_EN = r"(?:one|two|three|four|five|six|seven|eight|nine|ten|zero|oh|star|pound|hash|\d+)"
_FA = r"(?:صفر|یک|دو|سه|چهار|پنج|شش|شیش|هفت|هشت|نه|ده|ستاره|مربع|\d+)"
_AR = r"(?:صفر|واحد|واحده|اثنین|اثنان|اتنین|ثلاثه|تلاته|اربعه|خمسه|سته|سبعه|ثمانیه|تسعه|نجمه|النجمه|المربع|\d+)"
_STAFF = (
    r"(?:agents?|representatives?|reps|advis[oe]rs?|operators?|associates?|specialists?|consultants?|colleagues|"
    r"team members?|staff|lines)"
)
_PAY = r"(?:busy|assisting|helping|serving|speaking|engaged|on other calls|on another call|unavailable)"

#: What a voice menu or a waiting queue says.
MENU: tuple[tuple[str, float], ...] = (
    (rf"\b(for|to) [\w' ]{{2,90}}? (press|dial|push) (the )?(number |option |key )?{_EN}\b", 2.5),
    (rf"\b(press|dial|push) (the )?(number |option |key )?{_EN}( (key|now|at any time|for|to|or|if)\b|$)", 1.5),
    (r"\bfor [\w' ]{2,30} say\b|\bplease (say or enter|enter or say)|you can say (things|something) like|in a few words", 3.0),
    (
        r"\bmenu (options )?(has|have) (recently |been )?changed|listen (carefully )?to the following|listen carefully|"
        r"following (menu|options)", 3.0,
    ),
    (r"\byour call (is|are) (very |extremely )?(important|valuable) to us|we (value|appreciate) your (call|business)", 3.0),
    (rf"\b(next|first) available {_STAFF}|(connect|transfer)(ed|ing)? (you |your call )?to (an|the next|a) {_STAFF}", 2.5),
    (r"\b(answered|taken|handled|dealt with) in the order|by the next available", 3.0),
    (rf"\ball (of )?(our|the) ([\w ]{{0,20}})?{_STAFF} are ((currently|presently|now|all|still) )*{_PAY}", 2.5),
    (
        rf"\byou are (currently )?(caller |now |customer )?(number )?{_EN} in (the )?(queue|line)|your position in the|(first|"
        r"next) in (the )?(queue|line)", 3.0,
    ),
    (rf"\bthere (is|are) (now |currently )?{_EN}? ?(callers?|calls?) (ahead|waiting|in front)", 3.0),
    (r"\b(estimated|expected|approximate|average|current) (wait|hold|waiting|holding) time", 3.0),
    (r"\b(higher|longer|heavier) than (normal|usual|expected|average)|(unusually|very) high (call )?volumes?", 2.0),
    (r"\blosing your place|keep your place|(request|receive|schedule) a (call ?back|return call)", 1.5),
    (r"\b(please |and )?(remain|stay|hold) (on the line|the line|for the next)|continue to hold|please hold while (we|i|your)", 1.0),
    (r"\b(followed by|then press|press) the (pound|hash|star|square|number) (key|sign)|\b(pound|hash|star) key\b", 2.0),
    (
        r"\b(not|isn't) a valid|is (invalid|incorrect|not valid|not recognized)|invalid (entry|option|selection|extension|"
        r"response|number)", 2.5,
    ),
    (
        r"\bparty's extension|if you know (your|the) [\w' ]{0,20}extension|dial (it|zero|by name) (now|at any time)|"
        r"at any time (press|dial|say)", 3.0,
    ),
    (r"\b(enter|dial) the (extension|number|first (three|few) letters)|that extension\b", 2.0),
    (r"\b(repeat|hear) (these|this|the|your) (options?|menu|message|choices)|(return|go back) to (the|our) \w+ menu|previous menu", 2.5),
    (r"\bmain menu", 0.7),
    (r"\b(please )?(enter|key in|type in|input) (your|the) ([\w' ]{1,30})?(number|pin|code|password|birth|postcode|zip)", 2.0),
    (
        r"\b(office|offices|office is|lines|branch|call ?cent(er|re)) (is|are) (now |currently |presently )?closed|"
        r"hours of operation|(outside|after) (of )?(our )?(normal |regular )?(business|office|working|opening) hours", 2.5,
    ),
    (r"\b(survey|questionnaire)\b", 0.7),
    (r"\bthank you for (taking|completing|participating|your feedback)|(a|this|our) (brief|short|quick)( \w+){0,2} survey", 1.5),
    (r"\b(scale|rate)\b[\w' ]{0,40}\b(one|1|zero|0) (to|and) (five|ten|5|10)\b", 1.5),
    (r"\b(using|with|on) your (telephone |phone |touch ?tone )?keypad", 1.5),
    (
        r"\bvisit (us |our website )?(online )?at (www|our website)|also (manage|visit|find|pay|check)[\w' ]{0,40}(online|"
        r"website|app)", 1.5,
    ),
    (r"\b(sorry )?(i|we) (didn't|did not) (catch|get|understand|hear) (that|your|you)|please try again\b", 1.0),
    (r"\byour (call|request) (will be|is being|has been) (transferred|connected|answered|recorded|forwarded|placed|returned)", 2.5),
    (
        r"\bplease wait while|while (we|i) ((try|attempt) to )?(connect|transfer|locate)|connecting your call|trying to (locate|"
        r"connect)", 2.0,
    ),
    (r"\b(our|this) (automated|voice|self service) (system|menu|assistant|service)|virtual assistant|automated attendant", 2.0),
    (rf"\b(if|when) (you|this|that|your)\b[\w' ]{{2,70}} (press|dial) (the )?{_EN}\b", 2.5),
    (r"\b(para espanol|oprima|marque|pour le francais|appuyez)\b", 3.0),
    (r"\bconnecting (you|your call)|(transferring|forwarding) your call", 2.0),
    (r"\b(if this is an emergency|hang up and dial|dial 911|dial 999)\b", 2.0),
    (rf"^(please |or )?(press|dial) {_EN} (to|for|if) \w+", 1.0),
    (rf"\b{_EN} (or {_EN} )?(to|for) \w+.*\b{_EN} (or {_EN} )?(to|for) \w+", 1.0),
    (rf"\b(followed by|then) (the )?(pound|hash|star)|or {_EN} to (exit|cancel|save|return|continue)\b|touch ?tone", 2.0),
    (r"\byou are (currently )?caller number|waiting to speak (with|to) (a|an|the|our) |(estimated|expected) \w+ time is", 2.5),
    (r"\b(the|this) conference (is|has|will|can)|you (will now be|are now being|are being) (placed|connected|transferred|joined)", 2.5),
    (r"\b(message|greeting|password|recording) has been (\w+ )?(saved|deleted|sent|forwarded|removed|changed)", 0.8),
    (rf"\b(for|to) [\w' ]{{2,60}}? (select|choose|say) (the )?(number |option |key )?{_EN}\b", 1.0),
    (r"\bpress any key|for all other (enquiries|inquiries|calls)", 2.5),
    (r"\b(transferring|connecting) you( now)?( |$)(?!to (my|a colleague))|(helping|assisting|serving) other (customers|callers)", 1.8),
    (
        r"\b(did|have|do) not (receive|recognize|recognise) (a|any|your|that)|you (have )?(selected|entered)\b|is that correct|"
        r"say yes or no", 1.5,
    ),
    (
        r"\bone of (our|the) [\w ]{1,20}will be with you|be with you (shortly|as soon as)|answered in turn|(still|now) in (the|"
        r"a) queue", 2.0,
    ),
    (
        r"\bthis is an (automated|automatic|important|urgent)( \w+){0,2} (call|message|reminder)|automated (switchboard|call|"
        r"message|line)", 3.0,
    ),
    (r"\b(our|all) (phone )?lines are (now |currently |all )?(closed|busy|open)|currently closed|approximately \w+ minutes?", 1.2),
    # Persian
    (
        rf"(عدد|کلید|دکمه|شماره|رقم) (?:ی )?{_FA}( ?(را|و))?( \w+){{0,3}} (فشار ده|بفشار|شماره ?گیری|وارد (کن|نم)|"
        r"انتخاب (کن|نم))", 3.0,
    ),
    (rf"(برای|جهت|به منظور) [\w ]{{3,60}}? (عدد|کلید|دکمه|گزینه|شماره) (?:ی )?{_FA}( |$)", 2.0),
    (rf"(عدد|کلید|دکمه|گزینه) (?:ی )?{_FA}( |$).*(عدد|کلید|دکمه|گزینه) (?:ی )?{_FA}( |$)", 1.5),
    (rf"(عدد|کلید|دکمه|^| ){_FA} (را|رو) (بزنید|بزنین)( یا |$)", 1.5),
    (r"(شماره|کد)( ی)? داخلی|داخلی (مورد نظر|مربوطه|خود)", 2.5),
    (
        r"(تمام|تمامی|کلیه|همه)( ی)? (اپراتور|کارشناس|همکار|خطوط|متصدی|پاسخگو)\w*( \w+){0,3} (مشغول|اشغال)( \w+){0,2} (می ?باش|"
        r"هست|پاسخ|مکالم)\w*", 2.5,
    ),
    (r"تا (برقراری|وصل شدن|اتصال|پاسخ)\w*( \w+){0,2} (منتظر|شکیبا|صبر|روی خط)|لطفا (منتظر بمان|شکیبا باش)", 1.5),
    (r"نفر( \w+){1,2} (در |در این )?(صف|نوبت)|نفر( \w+){0,3} صف انتظار|نفر در صف", 2.5),
    (r"(زمان|مدت)( \w+)? (انتظار|پاسخگویی)( \w+){0,3} (دقیقه|می ?باشد|است)|زمان (تقریبی|تخمینی)", 2.5),
    (r"(تماس|وقت) شما برای ما( \w+){0,2} (مهم|ارزشمند|با ارزش|حایز|اهمیت)", 3.0),
    (r"(کد|رمز|شماره|تاریخ)( \w+){0,5} (را|رو)? ?(وارد|شماره ?گیری) (کنید|نمایید|فرمایید|کرده|نموده)", 2.0),
    (r"(کلید|علامت|دکمه)( ی)? (مربع|ستاره)", 2.5),
    (r"(صحیح|معتبر) نمی ?باشد|نامعتبر (است|می ?باشد)|مجددا (تلاش|سعی|وارد|امتحان)", 2.0),
    (r"در ?حال (انتقال|اتصال|برقراری|وصل)", 2.0),
    (r"(میزان|سطح)( \w+){0,1} رضایت", 1.5),
    (r"(عددی )?بین (یک|1|صفر) تا (پنج|ده|5|10)|از (یک|1) تا (پنج|5)", 1.5),
    (r"(مشترک|مشتری|هموطن|کاربر|شهروند|تماس گیرنده)( ی)? (گرامی|عزیز|محترم)", 2.0),
    (r"ساعا?ت( های)? (پاسخگویی|کاری|اداری)( \w+){0,8} می ?باشد|(خارج از|پایان) (ساعت|وقت) (کاری|اداری)", 2.0),
    (r"(بازگشت|برگشت) به منو|منوی قبل|(شنیدن|تکرار)( \w+){0,2} (مجدد|منو|گزینه|پیام)", 2.5),
    (r"(صحبت|ارتباط|گفتگو|مکالمه) با (اپراتور|کارشناس|واحد|بخش|تلفنچی|همکار)", 1.0),
    (r"لطفا (گوشی را نگه دارید|پشت خط)", 0.7),
    (r"منوی اصلی", 0.7),
    (r"اولین (اپراتور|کارشناس|همکار)( \w+){0,2} (ازاد|پاسخگو|پاسخ)|تماس شما در (صف|نوبت)", 2.5),
    (r"تاخیر (پیش ?امده|در پاسخ)|تماس( گیرنده)?( ی)? (گرامی|محترم)", 1.0),
    (r"(نمایید|می ?باشد|می ?باشند|می ?گردد|نموده|فرمایید|گردید)( |$)", 0.5),
    (r"(چنانچه|در صورتی ?که|در صورت) ", 0.5),
    (r"سامانه( ی)? (تلفن|پاسخگو|هوشمند|گویا)|تلفن ?(بانک|گویا)|نظرسنجی", 1.0),
    # Arabic
    (rf"\b(ل\w{{2,}}|الی) ?[\w ]{{0,60}}?(اضغط|اضغطی|اضغطوا|اختر|اختاری|الضغط)( علی)?( ال)? ?(رقم |زر |مفتاح |الرقم )?{_AR}\b", 2.5),
    (rf"(اضغط|اضغطی|اختر)( علی)? (الرقم |رقم |زر |مفتاح )?{_AR}\b.*(اضغط|اضغطی|اختر)( علی)? (الرقم |رقم |زر |مفتاح )?{_AR}\b", 1.5),
    (rf"(اضغط|الضغط|اختر)( علی)? (الرقم |رقم |زر |مفتاح )?{_AR}\b", 1.0),
    (r"(مکالمت|اتصال|وقت)(ک|کم) (تهمنا|یهمنا|مهمه|هام|مهم|محل)", 3.0),
    (r"(جمیع|کافه|کل) (موظفینا|موظفی|ممثلی|ممثلینا|الموظفین|وکلایا|وکلاینا|المندوبین|الخطوط|الممثلین)( \w+){0,3} مشغول", 2.0),
    (r"(سیتم|سوف یتم|سیقوم|یتم الان|جاری|جار)( \w+){0,3} (الرد|تحویل|توصیل|تحویلک|توصیلک|التحویل|بالرد|خدمت)\w*", 2.0),
    (r"(حسب|وفق|وفقا|بحسب) (ل)?(اولویه|ترتیب|اسبقیه|الاولویه)", 2.5),
    (r"(اول|اقرب) (موظف|ممثل|مندوب|وکیل)( \w+){0,2} متاح", 2.5),
    (
        r"(قایمه|صف|طابور) الانتظار|(مده|وقت|زمن|فتره) الانتظار( \w+){0,2} (المتوقع|التقریبی|المقدر|هی|هو|دق)\w*|"
        r"انت (الان )?(المتصل )?رقم", 2.0,
    ),
    (r"(نحیطکم|نود اعلامکم|نعلمکم|نفیدکم|یرجی العلم|نود احاطتکم)", 2.5),
    (r"^(ادخل|ادخلوا) \w+|فادخله", 2.0),
    (
        r"(الرجاء|یرجی|نرجو|رجاء|برجاء)( \w+){0,1} (تقییم|توضیح|ادخال|البقاء|الانتظار|المحاوله|اختیار|الضغط|الاختیار|عدم|التاکد|"
        r"الاستماع)\w*", 2.0,
    ),
    (r"متبوع\w* ب|علامه (المربع|الشباک|النجمه)|مفتاح (المربع|النجمه)|ثم (المربع|مربع|شباک)", 2.5),
    (r"(ادخلته|المدخل|اختیارک|الادخال|الاختیار)( \w+){0,2} (غیر صحیح|خاطی|غیر صالح)", 2.5),
    (r"القایمه (الرییسیه|السابقه)|لسماع (الخیارات|هذه|القایمه)|(لاعاده|لتکرار) (الاستماع|الخیارات|هذه|القایمه)", 2.5),
    (r"رقم التحویله|التحویله (المطلوبه|الداخلیه)|الرقم الداخلی", 2.0),
    (r"تقییم\w*( \w+){0,6} من (واحد|1|صفر) (الی|ل|حتی) (خمسه|عشره|5|10)", 2.0),
    (r"(اوقات|ساعات) (الدوام|العمل)( \w+){0,2} (الرسمی|من|هی)|خارج (اوقات|ساعات)", 1.5),
    (r"(ابق|ابقوا|انتظر|انتظروا|البقاء) علی الخط|الانتظار علی الخط", 1.0),
    (r"لل(غه|استمرار|متابعه)( \w+){0,2} (العربیه|الانجلیزیه|الانکلیزیه)", 2.0),
    (r"(عدد المتصلین|المتصلون) (قبلک|امامک)|(الرد علی\w+|خدمت\w+)( \w+)? (باسرع|فی اقرب|فی اسرع) وقت|^(قیم|قیموا) الخدمه", 2.0),
    (r"ترتیبک( \w+){0,2} (قایمه|الانتظار)|(لمعرفه|للخروج|للرجوع|للمتابعه|لتاکید|للتاکید)( \w+){0,4} اضغط", 2.0),
    (r"(الرد الالی|الخدمه الالیه|النظام الالی|المجیب الالی|المساعد الافتراضی)", 1.5),
)

#: What machines and agents both begin and end with: it tells a prompt where nothing speaks for a person, and never cuts a talk.
COURTESY: tuple[tuple[str, float], ...] = (
    (r"\b(monitored|recorded) (and|or) (recorded|monitored)|calls? (may|might|will|are|could) (also )?be (recorded|monitored)", 2.0),
    (r"\b(quality|training)( and \w+)? purposes|for (quality|training)( and (quality|training|monitoring))?\b", 0.5),
    (r"\b(welcome to|thank(s| you) for (calling|contacting|choosing))\b", 0.8),
    (r"\b(we|we're|we are) (apologi[sz]e|sorry) for (the|any|your) (wait|delay|inconvenience)|keep(ing)? you waiting", 0.8),
    (r"\b(thank you for|we appreciate) (your patience|holding|waiting|your continued)", 0.7),
    (r"(تماس|مکالم)\w*( \w+){0,5} ضبط (می ?(شود|گردد|شوند|گردند)|خواهد|خواهند)|(ارتقا|بهبود|افزایش)\w*( ی)? کیفیت", 2.0),
    (r"به [\w ]{3,50} خوش ?امدید", 2.0),
    (r"تماس گرفته ?اید", 2.0),
    (r"(نشکرکم|شکرا لکم|نشکر لکم|شکرا ل(اتصالکم|انتظارکم)|نعتذر عن)", 1.2),
    (r"(اهلا|مرحبا|اهلا وسهلا) ?(بکم|بک) فی\b", 1.5),
    (r"(قد |سوف |سی)?یتم تسجیل( \w+)? (المکالم|مکالم)\w+|(مکالم\w+|المکالم\w+) (قد|سوف) (تکون|تسجل|یتم)", 2.0),
    (
        r"(المکالمه|المکالمات|مکالمت\w+|هذه المکالمه)( \w+){0,4} (مسجل|تسجل|تسجیل|مراقب)\w*( \w+){0,2} (ل\w*اغراض|لضمان|بغرض|"
        r"لغرض|لتحسین|بهدف)", 2.5,
    ),
    (r"(از|با تشکر از) (صبر|شکیبایی|بردباری|انتظار|تماس)( \w+){0,4} (سپاسگزاریم|متشکریم|تشکر می ?کنیم|قدردان)|با سپاس از", 2.0),
)

#: What an answering machine or the network says for a party that cannot be reached.
MACHINE: tuple[tuple[str, float], ...] = (
    (r"\b(reached|this is) (the )?([\w' ]{0,30})?(voice ?mail|voice message|mailbox|answering (machine|service))", 3.0),
    (r"\byou('ve| have)? reached\b", 1.5),
    (r"\b(after|at|following|wait for) (the|a|that) (\w+ )?(tone|beep|signal)\b", 2.0),
    (
        r"\b(leave|record)( (me|us|your|a|the|an?y|name|number|detailed|brief|short|quick|and|phone|telephone|"
        r"contact)){1,9}( messages?)?", 1.0,
    ),
    (r"\b(leave|record)( \w+){0,6} messages?\b", 0.8),
    (r"\b(can't|cannot|can not|unable to|not able to|couldn't) (come to|get to|answer|take|pick up) (the|your|my) (phone|call)", 2.5),
    (r"\b(away from|not at|not in|out of) (my|the) (desk|phone|office)|(not|isn't|aren't) (at )?home (right now|at the moment|now)", 1.5),
    (
        r"\b(get back to you|return your call|call you( right)? back|ring you back)( \w+){0,3} (soon|when i|when we|shortly|"
        r"later)|and (i|we)('ll| will) (get back|return|call you)", 1.2,
    ),
    (
        r"\b(mail ?box|voice ?mail|inbox)( \w+){0,3} (is|box is) (currently )?full|(cannot|can't) accept (any )?(more |new )?messages|"
        r"(not|n't) (yet )?been (set ?up|activated|initialized)", 2.5,
    ),
    (
        r"\b(the )?(number|person|party|customer|subscriber|user|mobile|extension|phone|cell\w*)( that)? you('re| are|'ve|"
        r" have)? (dial|call|try|attempt|reach)\w*", 3.0,
    ),
    (
        r"\b(is|was) (not|no longer) (in service|in use|available|reachable|a working number)|(been|is) (disconnected|"
        r"switched off|turned off|out of service)", 1.2,
    ),
    (r"\b(subscriber|number|person|customer|party|phone|user)( \w+){0,4} (cannot|can't|could not) be (reached|connected|completed)", 2.5),
    (r"\b(switched|turned) off or (out of|outside)|out of (the )?(coverage|service) area|calling restrictions|not reachable", 2.5),
    (r"\b(leave|left)( \w+){1,8} and (i|we|someone|somebody|they)('ll| will) (get|call|ring|return|phone|respond)", 1.2),
    (r"\byou're through to \w+'s (phone|mobile|voicemail|mailbox)|(probably|currently) (driving|in a meeting|out|busy|away|asleep)", 1.0),
    (r"\b(voice ?mail|messaging|answering|answerphone) service|(speak|record|start speaking) after the|you have \w+ new messages?", 1.5),
    (r"\b(wireless|mobile|google voice|cellular) (customer|subscriber|user|phone)\b", 2.0),
    (r"\b(automat(ic|ed)|electronic) (voice|message|messaging|answering)", 3.0),
    (
        r"\b(no ?one|nobody|no body) is (currently |presently )?(available|here|able)|(is|are|am|i'm|we're) (currently )?(not |"
        r"un)(available|here|able to (take|answer))( \w+){0,4}( your call| the phone| right now| at the moment| at this time|$)", 1.5,
    ),
    (
        r"\b(when you('re| are| have)?|once) (have )?(finished|done|completed)( recording| your message)?|(hang up|"
        r"press)( \w+){0,3} (for|to hear) (more|further) options", 2.0,
    ),
    (r"\b(please )?(try|call)( your call)? again( later)?|at a later time|check the number", 0.8),
    (r"\bcheck the number and|try your call again|at the sound of the tone|not accept (unidentified|anonymous|withheld)", 1.5),
    (r"\b(no ?one|nobody|no body) is (currently |presently )?available to (take|answer) your call", 1.5),
    (
        r"\b(state|say|record) your name( \w+){0,3} (tone|beep)|your call (has been|is being|cannot be) (forwarded|completed)|"
        r"as dialed|all circuits", 2.5,
    ),
    # Persian
    (r"مشترک مورد ?نظر|شماره( ی)? (تلفن )?(مورد ?نظر|شماره ?گیری شده|گرفته شده|درخواستی)", 3.0),
    (r"شماره ?ای که (با ان )?(تماس )?گرفته ?اید|پاسخگو(ی)?( \w+){0,2} (نیستیم|نیستم|نمی ?باشیم)", 2.0),
    (r"(دستگاه|تلفن( همراه)?|گوشی|موبایل)( \w+){0,5} خاموش (می ?باشد|است)|خاموش (است|می ?باشد) یا", 2.0),
    (
        r"در ?دسترس (نمی ?باشد|نیست|نمی ?باشند|نیستیم|نیستم)|در شبکه (موجود|وجود)|(قادر به|امکان) پاسخگویی( \w+)? (نیست|"
        r"نمی ?باشد|وجود)", 1.5,
    ),
    (r"(پس|بعد) از (شنیدن )?(صدای )?(بوق|بیپ)", 2.0),
    (r"(پیام|پیغام)( \w+){0,4} (بگذار|بذار|بزار|ضبط|بگویید|ثبت)\w*", 1.0),
    (r"(نمی ?(تونم|توانم|تونیم|توانیم)|قادر (نیستم|نیستیم|به)) ?(\w+ ){0,2}(جواب|پاسخ)\w*", 2.0),
    (r"(در اولین فرصت|به زودی|باهاتون|با شما) تماس (می ?گیر|خواهم|خواهیم)\w*", 0.8),
    (r"صندوق (صوتی|پیام|پستی)|پیغام ?گیر|پیام ?گیر|منشی تلفنی", 2.0),
    (r"(بعدا|مجددا|دقایقی دیگر|ساعاتی دیگر|زمان دیگری)( \w+){0,1} (تماس|شماره ?گیری|تلاش)( \w+)? (بگیرید|کنید|نمایید|فرمایید|حاصل)", 1.2),
    (
        r"(امکان|قابلیت) (برقراری|تماس)( \w+){0,4} (وجود ندارد|نمی ?باشد|نیست|مقدور)|در شماره ?گیری دقت|(مسدود|قطع|"
        r"واگذار نشده) (می ?باشد|است|شده است)", 1.5,
    ),
    # Arabic
    (r"(الرقم|الهاتف|الجوال|المشترک|الشخص|الموبایل|العمیل)( \w+){0,2} (الذی|التی|اللی|المطلوب|طلبته|تطلبه|تحاول)", 2.0),
    (r"(طلبته|المطلوب|تطلبه|طلبتموه|تحاول الاتصال به)", 1.5),
    (r"(مغلق|مقفل|مغلقا|مقفول)( \w+){0,3} (التغطیه|الخدمه)|خارج (نطاق |منطقه )?(التغطیه|الخدمه)", 2.0),
    (
        r"لا یمکن( \w+)? (الاتصال|الوصول)|تعذر (الاتصال|الوصول)|غیر (متاح|موجود|مستخدم|متوفر)( \w+){0,2} (حالیا|الان|بالخدمه|"
        r"الخدمه|الوقت|فی الخدمه)", 2.0,
    ),
    (r"بعد (سماع )?(صوت )?(الصافره|النغمه|الصفاره|الاشاره|البیب|الجرس)", 2.5),
    (r"(اترک|اترکی|اترکوا|سجل|ترک|سجلوا|تسجیل)( \w+){0,2} رسال\w+", 1.5),
    (r"(البرید|صندوق|بریدی|المجیب)( \w+){0,1} (الصوتی|الالی)|صندوق البرید|صندوق الرسایل", 2.0),
    (r"(لا|ما|لن) (استطیع|یمکننی|اقدر|نستطیع|یمکننا|اتمکن)( \w+)? (الرد|ارد|الاجابه)\w*|غیر قادر(ین)? علی الرد", 2.5),
    (r"(ساعاود|سنعاود|ساتصل|سنتصل|سوف اتصل|نعاود|ساعود)( \w+)?", 1.0),
    (r"(الرجاء|یرجی|نرجو|رجاء)( اعاده)? (المحاوله|الاتصال|معاوده)( \w+){0,2} (فیما بعد|لاحقا|وقت لاحق|فی وقت|مره اخری)", 1.5),
    (r"(وصلت|وصلتم) (الی |ل)\w+( \w+){0,2} (الصوتی|الالی)|^(عفوا |عذرا )?(الرقم|الهاتف|الجوال)( \w+)? غیر (مستخدم|صحیح|متاح|موجود)", 2.5),
    (r"ممتلی|ممتلء|التاکد من (صحه )?الرقم|(الرقم|الخط)( \w+){0,2} مشغول", 1.2),
)

#: What only people say: they speak to somebody, ask, answer, or tell of machines.
PEOPLE: tuple[tuple[str, float], ...] = (
    (r"\?", 1.5),
    (
        r"\b(i'm|i am) (going to|gonna|just|calling|sorry about|afraid|looking|trying)|\blet me\b|\bi (can see|see|was|got|"
        r"tried|pressed|left|called|waited|think|need|want|have|had|don't|guess|heard|spoke|know|would|just|did)\b", 2.0,
    ),
    (r"\b(i'll|i will|i can) (just|put|check|look|have|see|send|transfer|pop|book|give|need|explain|go|do|try|pass|email)\b", 2.0),
    (
        r"\b(can|could|would|will) (you|i)\b|\b(may|shall|should) i\b|\b(do|did(?! you know)|have|are|were) you (have|see|get|"
        r"got|want|know|able|still|happy|mind|try)\b|\bhow (can|may) (i|we) help\b", 2.0,
    ),
    (
        r"\b(my name is|my name's|this is \w+ (speaking|calling|from)|you're (speaking|through) (to|with) (?!the automated|"
        r"our automated)\w+( |$)(?!phone)|speaking with)\b", 1.5,
    ),
    (
        r"\b(it|they|he|she|that|message|recording|machine|system) (said|says|told|kept|keeps|just|hung|goes|was saying|"
        r"asked)\b|\btold me\b|\b(cut|cuts) me off\b", 2.5,
    ),
    (
        r"\b(when|if|next time) you (call|ring|phone) (us |me |again|back)|\bnext time\b|\byou'll (hear|get|come|be|see|need|"
        r"find)\b|\bif (nobody|no one|he|she|they) (picks|answers|doesn't|don't)\b|\bthey'll\b", 2.0,
    ),
    (
        r"\b(on|at) (the|your) (screen|remote|router|page|app|website|laptop|tv|device|modem|phone settings)\b|\btell me\b|"
        r"\bfor me\b|\byou (should|might) see\b", 2.0,
    ),
    (r"\b(okay|ok|alright|yeah|yes|um|uh|perfect|bye|cheers|actually|basically|unfortunately|thanks|hiya|hey)\b", 0.5),
    (r"\b(sir|madam|ma'am|mister|mr|mrs|ms|miss)\b", 1.0),
    (r"\b(yesterday|today|this morning|last (week|night|month|time)|tomorrow|earlier)\b", 0.7),
    (r"\b(my|our) (call|bill|account|card|mail ?box|voice ?mail|internet|phone|order|email)\b", 1.0),
    # Persian
    (r"(براتون|خدمتتون|ازتون|بهتون|کمکتون|دستتون|صداتون|اسمتون|تماستون|ملیتون|شمارتون|شماره ?تون|حسابتون|فامیلتون)", 2.0),
    (r"(می ?خوا(ید|ین|م|ی|ستم)|می ?تونم (کمک|بپرسم)|می ?تونید|میشه|می ?شه|نمی ?شه|نشد|بشید|بشین|کنین|بفرمایین|گرفتین)", 1.5),
    (
        r"(زدم|می ?زنم|می ?گفت|می ?گه|گفتن|گفتم|گفت که|موندم|بودم|کردم|دیدم|شنیدم|گرفتم|دارم|نداشتم|ندارم|بلد نیستم|"
        r"گذاشته بود\w*|گذاشتم)", 2.0,
    ),
    (r"(بررسی کنم|چک کنم|ببینم|بررسی می ?کنم|چک می ?کنم|وصل(تون)? می ?کنم|ثبت می ?کنم|پیدا کردم|ممنونم|ممنون می\w*|متوجه)", 2.0),
    (r"(وقتی|هر ?وقت|هر ?چی|اگه|اگر کسی|بعدش|الان دیدم|دیروز|دیشب|پریروز|همکارم|همش|نیم ساعت|گوشیم)", 1.5),
    (
        r"(توی|تو) (صفحه|برنامه|سایت|گوشی|تنظیمات|صف)|کارشناسامون|مشغولن\b|هستن\b|می ?گیرن\b|همکارامون|(^| )(بله|خب|باشه|چشم|"
        r"اره|نه خیر|سلام خسته نباشید)( |$)", 1.0,
    ),
    (r"\w+ی? هستم|در خدمتم|در خدمت شما|(خانم|اقای) \w+", 1.5),
    # Arabic
    (r"رو|توی|برام|برات|بهم|ازم|اینجوری|همینجوری", 0.7),
    (r"(می ?خون|می ?بین|می ?دون|می ?گ|می ?ر|می ?ذار)(ید|ین|م|ن)|\w{3,}(تون|مون|شون) (رو|هست|چند|چی|کی)", 1.5),
    (r"(لو سمحت|ممکن|تحب|تحبی|حضرتک|خلیک|خلک|معایا|معای|وین|فین|ایش|شو|ازای|کیف (اقدر|ممکن|یمکننی))", 1.5),
    (r"(عشان|علشان|لما|المره|دلوقتی|الحین|هسه|هلق|امبارح|بکره|البارح|امس|کل ما|بس\b)", 1.5),
    (r"(اراجع|اشوف|اتاکد|ابحث|احول|راح|هراجع|بشوف|لقیت|وجدت)\b", 1.5),
    (
        r"(ضغطت|انتظرت|کنت|قالو\w*|قال|یقول|یقولون|سبت|شفت|سمعت|اتصلت|حاولت|قدرت|محدش|ما حد|عندی|ابغی|ابی|عاوز|عایز|بدی|جوالی|"
        r"عطیتنی|عطتنی)\b", 2.0,
    ),
    (r"\b(معک|معکم|معاک) \w+|اشکرک\b|زمیلی|زمیلتی|(استاذ|یا اخی|یا اخت|یا فندم|سیدی)", 1.5),
    (r"(^| )(طیب|ایوه|نعم|لا|تمام|اوکی|یعنی|یاریت|خلاص|ماشی|حاضر|ابشر|تفضل)( |$)", 0.5),
    (r"(یتصلون|خلهم|اتصل بی|اتصل فینی|فینی|علیا|علینا|تقدر|تزور|دوامنا|بیجیک|من (الشاشه|الاعدادات|التطبیق))", 1.5),
)  # fmt: skip


def fold(text: str) -> str:
    """Text as the patterns expect it: words with one blank between them, and question marks."""
    apart = unicodedata.normalize("NFKD", text.lower().translate(_SHAPES))
    shaped = "".join(letter for letter in apart if not unicodedata.combining(letter)).translate(_SHAPES)
    digits = "".join(str(unicodedata.digit(letter)) if letter.isdigit() else letter for letter in shaped)
    return " ".join(re.sub(r"[^\w?']+", " ", digits).replace("?", " ? ").split())


def points(folded: str, kind: tuple[tuple[str, float], ...]) -> float:
    """Sum of the weights of the patterns that a folded text holds; those of people's talk end where a word ends."""
    return sum(weight for pattern, weight in kind if _compiled(pattern, kind is PEOPLE).search(folded))


@cache
def _compiled(pattern: str, whole: bool) -> re.Pattern[str]:
    """The pattern from the beginning of a word on, or after an Arabic "and"; ``whole``: to the end of one."""
    return re.compile(rf"(?<!\w)[وف]?(?:{pattern})" + (r"(?!\w)" if whole else ""))
