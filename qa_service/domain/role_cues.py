"""The words that tell agents from customers, by family; :mod:`.roles` counts them.

Latin script first, then Persian and Arabic together, as folded by :mod:`.roles`: lower case, one letter for each of ي ك أ ة, no ZWNJ.
Each entry is a regular expression; a family is any of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

CUES: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]] = MappingProxyType(
    {
        # Offers help; opens for the house.
        "offers": (
            (
                r"how (can|may|could|might) (i|we) (help|assist|be of|direct)", r"what can (i|we) do for you",
                r"how can (i|we)\b", r"(can|may|could) i help", r"thank(s| you) for (calling|ringing|contacting|your call)",
                r"welcome to\b", r"you('re| are) (speaking|through|talking) (to|with)", r"\b\w+ speaking\b",
                r"speaking with you",
            ),
            (
                r"در خدمت", r"چه کمک", r"چه کاری (میتون|می تون|از دست)", r"کمک(تون|تان|ی) (از دست|بکن|کن)",
                r"راهنمایی(تون|تان)? کن", r"تشکر از تماس", r"امر(تون|تان)", r"بفرمایید (در|چه|امر)",
                r"(کیف|ازای|شلون|بماذا|بایش|شو|وش|فیم) .{0,14}(خدم|ساعد)", r"تحت امر", r"بخدمت", r"امرن?ی\b",
                r"(شکرا|اشکرک) .{0,6}(اتصال|تواصل)", r"حیاک الله", r"(اهلا|مرحبا) (بک|فیک|وسهلا بک)",
                r"(اقدر|بقدر|فینی|نقدر) (ا|ن)?(خدم|ساعد)",
            ),
        ),
        # Names the house or the department.
        "house": (
            (
                r"\b(billing|helpdesk|help desk|helpline|reservations|reception|front desk)\b",
                r"\b((customer|technical) (care|services?|support)|support (team|desk|line))\b",
                r"this is .{2,40} (speaking|from|with|at|in|of|bank|insurance|airlines?|airways|energy|telecom|clinic)\b",
            ),
            (
                r"پشتیبانی", r"مرکز تماس", r"(بانک|بیمه|شرکت|فروشگاه|درمانگاه|هواپیمایی|واحد|بخش|کلینیک|اپراتور) \w+",
                r"خدمه (العملا|الزباین|الزبون)", r"(بنک|شرکه|عیاده) \w+", r"\bمع(ا)?ک \w+", r"\w+ هست(م|یم)\b",
            ),
        ),
        # Asks for the other's particulars, or confirms them.
        "asks": (
            (
                r"(can|could|may|might) i (just |please |also )?(ask|confirm|verify)",
                r"(can|could|may|might) i (just |please |also )?(have|get|take|grab) (your|the)\b",
                r"(can|could|may|might) i (just |please |also )?(have|get|take|grab) an? (good |best )?(name|number|email|contact)",
                r"what('s| is| was| are) (your|the) (full |first |last |account |order |phone )?(name|surname|number|address|email)",
                r"what('s| is| was| are) (your|the) (date|reference|zip|postcode|code|amount)",
                r"(your|the) (full name|first name|surname|last name|date of birth|postcode|zip code|email address|security)\b",
                r"(your|the) (account number|order number|booking reference|phone number|policy number)\b",
                r"(verify|confirm) (your|the|a few|some|that)", r"would you like",
                r"could you (please )?(confirm|verify|spell|repeat)",
            ),
            (
                r"(شماره|کد|نام|اسم|تاریخ تولد|ادرس|موبایل|ایمیل|تلفن)[^.؟]{0,24}(تون|تان|شما|لطف|بفرمایید|دارید|دارین|چنده|؟)",
                r"احراز هویت", r"درست(ه| است)؟", r"(رقم|اسم|عنوان|تاریخ|هویه|ایمیل|کود)[^.؟]{0,24}(ک\b|لو سمحت|فضلک|حضرتک|؟)",
                r"ممکن (رقم|اسم|تعط|تزود)", r"(ا?عطنی|زودنی|اکد لی)", r"صح؟",
            ),
        ),
        # Does something for the other, or announces a wait.
        "works": (
            (
                r"\b(one|just a) (second|moment|sec|minute)", r"bear with me", r"(put|place|pop) you on",
                r"let me (just |quickly |go ahead )?(check|see|look|pull|get|find|have|open|put)",
                r"i('ll| will| can|'m going to| am going to) (just |now |also )?(check|send|transfer|book|arrange|look|get|set)",
                r"i('ll| will| can|'m going to| am going to) (just |now |also )?(put|raise|issue|refund|cancel|update)",
                r"i can see", r"i (see|show) (here|that)",
                r"i('ve| have) (just |now )?(sent|updated|booked|cancelled|processed|arranged|added|put|raised|refunded)",
                r"i can help", r"happy to help", r"thank(s| you) for (holding|waiting|your patience)",
                r"on (our|my) (system|screen|end)",
            ),
            (
                r"لحظه", r"گوشی (دست|خدمت|رو|را)", r"صبر (کن|داشته)", r"منتظر (باش|بمون)", r"پشت خط",
                r"(چک|بررسی|نگاه|پیگیری|ثبت|ارسال) ?(میکن|می کن|کنم|کردم|بکن|شد)", r"اجازه (بد|ده)", r"لحظ", r"ثوان",
                r"دقیقه وحده", r"خلیک", r"انتظر", r"(خلنی|خلینی|دعنی|اسمح لی)", r"(عم|راح|رح|ساقوم|سوف) ?\w+",
                r"(بشوف|اشوف|براجع|اتحقق|اتاکد)", r"(سجلت|ارسلت|حولت|رفعت|بعت) ?(لک|طلب)?",
            ),
        ),
        # Asks for more, thanks for the call.
        "closes": (
            (
                r"(anything|something) else", r"is there anything", r"glad (i|we) could",
                r"thank(s| you) for (calling|choosing|being|banking)", r"appreciate your (business|patience|call)",
            ),
            (
                r"(کار|امر|سوال|کمک|مورد|خدمت|فرمایش) ?ی? ?دیگ(ه|ر)", r"تماس گرفتید", r"از تماس",
                r"(شی|حاجه|خدمه|سوال|استفسار|امر) (اخر|ثان|تان|غیر)", r"علی (ال)?اتصال",
            ),
        ),
        # Takes leave as a host does.
        "wishes": (
            (
                r"have (a|yourself a) (great|good|nice|lovely|wonderful|pleasant|blessed)",
                r"you('re| are) (very |most |so )?welcome", r"take care",
            ),
            (
                r"روز(تون|تان)? (خوش|بخیر|خوبی)", r"خوش باشید", r"خواهش می ?کنم", r"(یوم|نهار|مسا)ک سعید", r"العفو",
                r"ولا یهمک", r"تکرم",
            ),
        ),
        # Speaks of what is the other's.
        "your": (
            (
                r"\byou(r|rs)\b",
            ),
            (
                r"\w(تون|تان)\b", r"\bشما\b", r"\w{3,}ک\b", r"حضرتک", r"\w{3,}کم\b",
            ),
        ),
        # Speaks of what is their own.
        "my": (
            (
                r"\b(my|mine|our)\b",
            ),
            (
                r"\bمن\b", r"\bما رو\b", r"\w{3,}(تم|رتم|شم|ابم|ارتم)\b", r"عندی", r"طلبی", r"حسابی", r"فاتورتی", r"بطاقتی",
                r"شحنتی", r"معی\b",
            ),
        ),
        # Says why they call.
        "reason": (
            (
                r"i('m| am) (calling|ringing|phoning)", r"i('d| would) like (to|a|some)",
                r"i (need|want|wanted|was wondering|lost|bought|ordered|never|forgot|tried)\b",
                r"i (haven't|can't|cannot|didn't|don't) (receive|received|get|got|have|know|understand|see|access|log)",
                r"i have an? (problem|issue|question|complaint)",
                r"(can|could) you (help|tell|check|send|please|just|explain|cancel|change|fix|look)",
                r"speak (to|with) (a|an|your|someone|the)", r"how (much|long) (is|will|do|does|would)",
                r"\bthat('s| is|'ll be| will be) (all|it|everything)", r"nothing else",
            ),
            (
                r"مشکل", r"می ?خواستم", r"می ?خوام", r"(زنگ|تماس) (زدم|گرفتم)", r"خسته نباشی", r"شکایت", r"قطع(ه| شد|م)",
                r"خراب", r"نرسید", r"نیومد", r"چرا", r"ازتون", r"(سفارش|حساب|کارت|اینترنت|بسته)م\b", r"عندی", r"مشکل",
                r"(اب|ابغ|ارید|عایز|عاوز|بد|ود)ی?\b", r"(ما|لم) (وصل|استلم|اشتغل|یصل|اقدر)", r"انقطع", r"اتصلت?",
                r"(طلب|حساب|فاتور|بطاق|شحن|راتب)تی", r"لیش", r"لیه", r"ابغی", r"محتاج",
            ),
        ),
        # Thanks.
        "thanks": (
            (
                r"\bthank(s| you)(?! for)", r"\bcheers\b", r"okay thanks",
            ),
            (
                r"ممنون", r"مرسی", r"دست(تون|ت) درد", r"سپاس", r"شکرا", r"مشکور", r"یعطیک", r"تسلم",
            ),
        ),
        # Reads figures out.
        "figures": (
            (
                r"\b(?:(?:\d|zero|one|two|three|four|five|six|seven|eight|nine|oh|double)\W+){4,}",
            ),
            (
                r"[۰-۹٠-٩\d]{4,}", r"[۰-۹٠-٩\d][ ۰-۹٠-٩\d-]{6,}",
            ),
        ),
    }
)  # fmt: skip
