"""What automatic messages say, in English and Vietnamese, as shapes rather than sentences.

All is matched on `plain` text: lower case, without accents, since many Vietnamese systems write
without them. A person may use any one of these turns of phrase: they are evidence, and `labels`
weighs them against the rest.
"""

from __future__ import annotations

import re
import unicodedata

_STRAIGHT = str.maketrans(
    {"’": "'", "\u2018": "'", "“": '"', "”": '"', "–": "-", "—": "-", "đ": "d"}
)


def plain(text: str) -> str:
    """`text` in lower case without accents, on one line."""
    split = unicodedata.normalize("NFKD", text.casefold().translate(_STRAIGHT))
    return " ".join("".join(c for c in split if not unicodedata.combining(c)).split())


def _any(*shapes: str) -> re.Pattern[str]:
    return re.compile("|".join(f"(?:{shape})" for shape in shapes))


_OURS_EN = r"(your|the) (\w+ ){0,2}(e-?mail|mail|message|request|enquiry|inquiry|letter|question|"
_OURS_EN += r"note|ticket|case|query|correspondence|contact|submission)"
_OURS_VI = (
    r"(thu|email|e-mail|mail|yeu cau|tin nhan|thong tin|phan anh|cau hoi|lien he|gop y|phieu)"
)

# Says of itself that no person wrote it: few persons ever say so.
MACHINE = _any(
    r"\bauto(mated|matic|matically|-?reply|-?generated|-?response)\b.{0,60}"
    r"(message|mail|reply|response|e-?mail|confirmation|notice|notification|generated|sent)",
    r"\bauto-?(reply|response|generated)\b|automatic confirmation",
    r"(generated|sent|written|created) (automatically|by a (machine|system|computer|robot))",
    r"(do|does|need) ?n.t (reply|answer|respond)|do not (reply|answer|respond)",
    r"no need to (reply|answer)|not monitored|unattended mailbox|cannot receive replies",
    r"(thu|email|tin|thong bao|phan hoi)( nay)? .{0,30}tu dong|tra loi tu dong|he thong tu dong",
    r"(dung|khoi|mien|vui long khong|xin khong|khong can|khong phai) (tra loi|phan hoi|reply)|"
    r"khong (tra loi|phan hoi|reply)( lai)?( vao| cho)? (thu|email|tin|mail|dia chi)",
    r"hop thu (nay )?khong (nhan|duoc)",
)
# Confirms receipt or promises an answer, which is what an acknowledgement is there for.
RECEIPT = _any(
    r"(have|has|'ve|we) (now )?(been )?(successfully )?(received|got|registered|logged|recorded|"
    r"opened|created|noted|accepted)\b.{0,40}" + _OURS_EN,
    _OURS_EN + r".{0,40}(has|was|is|have|with)( now)?( been)? (successfully )?(reached|received|"
    r"registered|logged|created|opened|arrived|queued|forwarded|assigned|accepted|recorded|us\b)",
    _OURS_EN + r" (\w+ ){0,2}(arrived|reached)",
    r"\b(message|request|e-?mail|ticket|case|enquiry) (received|registered|created|opened)\b",
    r"(confirm|acknowledge)s? (the )?receipt|in receipt of|thank(s| you) .{0,40}we (have|got|will)",
    r"(ticket|case|reference|request) ?(number|no\.?|id|#).{0,50}(assigned|created|is|:)|"
    r"(assigned|carries|given|under) (to )?(the |a )?(ticket|case|reference|number)",
    r"(number|reference|ticket|case) .{0,20}(has been|was|is) (assigned|created|opened|given)",
    r"(da|vua|xac nhan|xac nhan da) (duoc )?(nhan|tiep nhan|ghi nhan)( duoc| thanh cong)?\b.{0,60}"
    + _OURS_VI,
    _OURS_VI + r" .{0,60}(da|vua) (duoc |gui )?(toi|den|tiep nhan|ghi nhan|tao|chuyen|nhan|"
    r"gui thanh cong|mo)",
    r"(ghi nhan|tiep nhan|tao) " + _OURS_VI + r"( so| ma)?",
    r"(phieu|ma (yeu cau|phieu|ho so|ticket)|ticket) (so )?\S* ?(da duoc|la\b|:)",
)
PROMISE = _any(
    r"(will|shall|'ll) (\w+ ){0,3}(get back|come back|respond|reply|answer|contact|be in touch|"
    r"hear|be with you|look (at|into) it|review|follow up|attend)",
    r"(within|in) (the next |about |one |two |three |\d+[- ]?)?.{0,12}(working|business) (day|"
    r"hour)s?",
    r"(reply|replies|response|answer)s? .{0,40}(take|longer|shortly|as soon as|soon|within)",
    r"as soon as (possible|we can|they can)|in the order (in which )?(they|it|received)",
    r"(time to (reply|respond|answer)|response time).{0,20}\d",
    r"(high|large|unusual) (number|volume) of (requests|enquiries|inquiries|e-?mails|messages)",
    r"se (\w+ ){0,5}(lien he|phan hoi|tra loi|hoi am|lien lac|xu ly|giai dap|xem)",
    r"(trong vong|trong) .{0,20}(gio|ngay) (lam viec|toi|ke)|som nhat( co the)?|"
    r"trong thoi gian som",
    r"(xu ly|tra loi) theo thu tu|luong yeu cau .{0,20}(cao|lon|nhieu)|gio lam viec|"
    r"thoi gian lam viec",
)
AWAY = _any(
    r"out of (the )?office|away from (my|the) (desk|office|mail)|on (annual |sick |parental |"
    r"maternity "
    r"|paternity )?(leave|vacation|holiday)\b|on (a )?business trip|"
    r"limited access to (my )?e-?mail",
    r"(office|we) (is|are|will be) (currently )?closed|(back|return|returning|reopens?|reopening) "
    r"(in the office |to the office )?(on|from) \w+day|(am|be) (currently )?away\b",
    r"(nghi|di) (phep|thai san|om|le|tet|cong tac|cong viec)|vang mat|khong co mat tai van phong|"
    r"(van phong|cong ty) .{0,20}(dong cua|nghi)|tro lai (van phong|lam viec)|sau ky nghi",
)
BOT = _any(
    r"\b(virtual|digital|ai|automated) (assistant|helper|agent|advisor)|\bchat-?bot\b|\bi(.m|"
    r" am) a bot",
    r"(choose|press|type|reply( with)?|select) \d (for|to|if)|(talk|speak|switch) to (a|an) (human|"
    r"agent|colleague|person)\b.{0,20}(choose|press|type|click)",
    r"tro ly (so|ao|ai|thong minh)|\bai tra loi|(bam|chon|nhan|go|soan) (phim )?\d (neu|de|cho)",
)
SURVEY = _any(
    r"(rate|rating) (the |your |our |us|this)|how (did|are) we do|survey|your feedback (matters|"
    r"helps|is)|"
    r"(how|were you) satisf|scale (from|of) \d|recommend us|net promoter|stars? (for|to) (us|our)",
    r"(cham|cho) diem|danh gia (chat luong|dich vu|trai nghiem|muc do|ve)|khao sat|muc do hai long|"
    r"(tu|thang diem) \d+ den \d+|gioi thieu (chung toi|\w+) cho ban be",
)
NEWS = _any(
    r"unsubscribe|opt[- ]out of (these|our|future)|view (this|it) (e-?mail )?(in|online)|"
    r"manage (your )?preferences|newsletter|\d+ ?% off|special offers?|"
    r"you are receiving this",
    r"huy (dang ky|nhan tin|theo doi)|ban tin|khuyen mai|giam( gia)? \d+ ?%|uu dai (dac biet|"
    r"danh|thang)"
    r"|tang (qua|voucher|ly)|ngung nhan (email|tin)",
)
# Somebody asks us to write no more. "If you wish to receive no more ..." is a newsletter's own.
STOP = _any(
    r"(?<!if you would like us to )(?<!if you wish to )(stop|cease|quit|"
    r"refrain from) (\w+ )?(writing|"
    r"e-?mailing|contacting|mailing|sending|messaging|testing|bothering)",
    r"(do not|don't|never|no longer) (write|e-?mail|contact|mail|message) (to )?(us|me)\b|"
    r"(do not|don't|never) send (us|me) (any ?more|anything|further|again|such|these)",
    r"(take|remove|delete) (our|my|this|us|me)( e-?mail)?( address)? (off|from) (your|the|any|all)",
    r"(not|never) (to )?(be|wish to be|want to be) (contacted|mailed|e-?mailed|tested)",
    r"(dung|ngung|ngung ngay|cham dut|thoi|khong) (viec )?(gui|lien he|lien lac|nhan tin|viet)"
    r"( thu| email| mail| tin)?.{0,40}(nua|dia chi nay|chung toi|toi nua|cho toi)|"
    r"(ngung|dung|cham dut) (viec )?(lien he|lien lac|gui)( voi| toi| den| thu| email)",
    r"xoa (dia chi|email) .{0,30}(khoi|ra)",
)
# A shopper was recognised, whatever else is said.
SUSPECTS = _any(
    r"mystery shop|secret shop|test (letter|mail|e-?mail|message|customer)s?\b|"
    r"(is|are) (you )?(this )?(a )?test(ing)? us|"
    r"khach hang bi mat|thu kiem tra|kiem tra chung toi|thu nghiem chung toi",
)


def found(shape: re.Pattern[str], said: str) -> str:
    """The words of the `plain` text `said` that have this shape, "" where none have."""
    match = shape.search(said)
    return match[0][:60] if match else ""
