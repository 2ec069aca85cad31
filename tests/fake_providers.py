"""Thirteen invented providers who answer a probe in 24 ways, and mail that answers nothing.

Each reply carries the truth, what it is, so that a trial can count what the kit makes of it.
What they say was written before the kit's own phrases and apart from them. `HELD_OUT` was never
used to mend a rule: it stands for the firm whose words nobody has seen.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.utils import format_datetime
from random import Random

from bounce_forms import dsn, qmail_bounce

PERSON = ("human", "stop")
AUTOMATIC = ("auto_ack", "out_of_office", "bot", "survey", "newsletter")
REFERENCE = re.compile(r"\b[A-Z]{2,4}-?\d{6,10}\b")


@dataclass(frozen=True)
class Reply:
    """One message that comes back, when, and what it truly is."""

    raw: bytes
    received_utc: datetime
    truth: str


@dataclass(frozen=True)
class Topic:
    """What is asked, the words of a true answer, and pieces of which people make answers."""

    subject: dict[str, str]
    text: dict[str, str]
    answer_words: tuple[str, ...]
    facts: dict[str, tuple[str, ...]]
    details: dict[str, tuple[str, ...]]
    ask_back: dict[str, tuple[str, ...]]


TOPICS = {
    "warranty": Topic(
        {"en": "Guarantee for order {reference}", "vi": "Bảo hành cho đơn {reference}"},
        {
            "en": "Hello {provider},\n\nI am thinking of adding a second machine to {reference}. "
            "How long does the guarantee run, and what does it leave out?\n\nRegards,\n{persona}",
            "vi": "Chào {provider},\n\nTôi định mua thêm một máy cho đơn {reference}. Máy được "
            "bảo đảm bao lâu và trường hợp nào không được nhận?\n\nTrân trọng,\n{persona}",
        },
        ("24 months", "two years", "24 tháng", "hai năm"),
        {
            "en": (
                "the machine is covered for 24 months from the day on the invoice",
                "we repair it free of charge for two years",
                "all our models carry 24 months, the battery included",
                "you would be covered for two years wherever you bought it",
                "for that series it is 24 months, counted from delivery",
            ),
            "vi": (
                "máy của mình được bảo hành 24 tháng tính từ ngày ghi trên hóa đơn",
                "bên em sửa miễn phí trong hai năm ạ",
                "dòng này hãng cho 24 tháng, tính cả pin",
                "anh chị mua ở đâu cũng được hai năm như nhau",
                "với mẫu đó thời hạn là 24 tháng kể từ hôm giao",
            ),
        },
        {
            "en": (
                "damage by water is left out",
                "a cracked screen would be at your own cost",
                "keep the paper receipt, the shop asks for it",
                "filters count as wear and are not part of it",
                "a power surge is something we look at case by case",
                "opening the back yourself ends it",
            ),
            "vi": (
                "riêng máy vào nước thì không nhận",
                "vỡ màn hình thì mình tự chịu chi phí nhé",
                "anh chị nhớ giữ hóa đơn giấy giúp em",
                "lõi lọc là đồ hao mòn nên không tính",
                "cháy do sét đánh thì kỹ thuật xem từng trường hợp",
                "tự mở nắp sau là hết hiệu lực đấy ạ",
            ),
        },
        {
            "en": ("Which of the two models is it, the small or the large one?",),
            "vi": ("Anh chị cho em hỏi đó là mẫu nhỏ hay mẫu lớn ạ?",),
        },
    ),
    "delivery": Topic(
        {"en": "Sending {reference} to Phu Quoc", "vi": "Gửi {reference} ra Phú Quốc"},
        {
            "en": "Good day,\n\ncan you bring {reference} to the island of Phu Quoc, and how many "
            "days would that take?\n\nBest,\n{persona}",
            "vi": "Xin chào,\n\n{provider} có chở {reference} ra đảo Phú Quốc không, mất mấy "
            "hôm?\n\nCảm ơn,\n{persona}",
        },
        ("by ferry", "phà", "five days", "năm ngày"),
        {
            "en": (
                "it goes over by ferry on Tuesdays",
                "to the island we need five days",
                "our driver takes it across by ferry",
                "count on five days, six in bad weather",
                "yes we do, by ferry from Rach Gia",
            ),
            "vi": (
                "hàng qua đảo đi phà vào thứ Ba ạ",
                "ra đảo bên em cần năm ngày",
                "tài xế chở qua phà giúp mình",
                "anh chị tính giúp em năm ngày, biển động thì sáu",
                "dạ có, đi phà từ Rạch Giá",
            ),
        },
        {
            "en": (
                "somebody has to be home to sign",
                "the crossing costs nothing extra at that weight",
                "please send me the ward so that I can check the road",
                "we ring half an hour before",
                "the last stretch is on a motorbike",
                "no trips in the week of the holiday",
            ),
            "vi": (
                "lúc nhận phải có người ký",
                "cân nặng đó không tính thêm tiền tàu",
                "mình nhắn giúp em tên phường để em xem đường",
                "bên giao gọi trước nửa tiếng",
                "đoạn cuối chạy xe máy vào",
                "tuần lễ thì không có chuyến",
            ),
        },
        {
            "en": ("How heavy would the parcel be, roughly?",),
            "vi": ("Kiện hàng nặng khoảng bao nhiêu vậy ạ?",),
        },
    ),
    "invoice": Topic(
        {"en": "Company invoice, {reference}", "vi": "Hóa đơn công ty, {reference}"},
        {
            "en": "Dear team,\n\nmay the name on the invoice of {reference} be changed to a firm "
            "after the purchase?\n\nThank you\n{persona}",
            "vi": "Kính gửi {provider},\n\nSau khi mua, hóa đơn {reference} có đổi sang tên công "
            "ty được không?\n\n{persona}",
        },
        ("same month", "tax code", "trong tháng", "mã số thuế"),
        {
            "en": (
                "we can rewrite it within the same month",
                "send me the tax code and I will have it changed",
                "that works as long as it is the same month",
                "I need the tax code of the firm for that",
                "yes, accounting does it in the same month only",
            ),
            "vi": (
                "bên em đổi được nếu còn trong tháng",
                "mình gửi em mã số thuế để em làm lại",
                "được ạ, miễn là vẫn trong tháng đó",
                "em cần mã số thuế của công ty mình",
                "kế toán chỉ sửa trong tháng thôi ạ",
            ),
        },
        {
            "en": (
                "the old one is void from then on",
                "a scan of the registration helps",
                "it arrives as a signed file",
                "the amount cannot be split in two",
                "after that only a credit note is possible",
                "the address must match the register",
            ),
            "vi": (
                "tờ cũ sẽ bị hủy",
                "có bản chụp giấy phép thì nhanh hơn",
                "hóa đơn mới là file có ký số",
                "số tiền không tách đôi được",
                "quá hạn thì chỉ lập biên bản điều chỉnh",
                "địa chỉ phải khớp với đăng ký",
            ),
        },
        {
            "en": ("Was it bought in a shop or on the site?",),
            "vi": ("Mình mua tại cửa hàng hay trên trang web ạ?",),
        },
    ),
}

GREETINGS = {
    "en": ("Hi {name},", "Hello {name},", "Dear {name},", "Good morning {name},"),
    "vi": ("Chào {name},", "Dạ em chào anh/chị {name},", "Kính gửi {name},", "Thân gửi {name},"),
}
OPENINGS = {
    "en": (
        "just to answer you: ",
        "sorry for the wait, ",
        "I asked our workshop and ",
        "good question - ",
        "I looked it up, ",
        "in short, ",
        "to your first point: ",
        "",
    ),
    "vi": (
        "em trả lời mình như sau: ",
        "xin lỗi để mình chờ, ",
        "em vừa hỏi bên kỹ thuật thì ",
        "dạ về câu hỏi của mình, ",
        "em kiểm tra rồi, ",
        "nói ngắn gọn là ",
        "với ý đầu tiên thì ",
        "",
    ),
}
LINKS = {"en": (", and ", "; ", ", though ", ". Also, "), "vi": (", và ", "; ", ", còn ", ". À, ")}
GOODBYES = {
    "en": ("Best wishes", "Kind regards", "Have a nice day", "Cheers", "Yours"),
    "vi": ("Thân mến", "Trân trọng", "Chúc anh chị một ngày vui", "Em cảm ơn", "Kính thư"),
}
AGENTS = {
    "en": ("Alder", "Birch", "Cedar", "Elm", "Hazel", "Juniper", "Maple", "Rowan"),
    "vi": ("Hoa Mai", "Hoa Đào", "Hoa Sen", "Hoa Cúc", "Hoa Lan", "Hoa Huệ"),
}
MACRO = {
    "en": "Good day,\n\nregarding your question, our rules say: {facts}.\n\nThe {provider} desk",
    "vi": "Kính chào Quý khách,\n\nVề câu hỏi của Quý khách, quy định như sau: {facts}.\n\n"
    "Bộ phận tư vấn {provider}",
}
BOT = {
    "en": "Hello, Robin here, the digital helper of {provider}. On your question: {facts}. "
    "Did that help? Choose 1 for yes, 2 for a colleague.",
    "vi": "Xin chào, em là Bi, trợ lý số của {provider}. Về câu hỏi của mình: {facts}. Câu trả lời "
    "có giúp được mình không? Bấm 1 nếu có, 2 để gặp nhân viên.",
}
ACKS = {
    "en": (
        "Dear customer,\n\nyour message has reached us and carries the number {ticket}. A "
        "colleague will look at it within one working day.\n\n{provider}",
        'Hello {name},\n\nthanks for writing to {provider}! We got your note about "{subject}" '
        "and somebody from the team will come back to you soon.\n\nPlease don't answer this mail.",
        "Your case {ticket} was opened. Our hours are Monday to Friday. Cases are worked on in "
        "the order in which they come in.",
        "This notice was generated by a machine. We confirm receipt of your enquiry. Meanwhile "
        "our help pages cover guarantee (24 months), sending and payment.",
    ),
    "vi": (
        "Kính gửi Quý khách,\n\n{provider} đã nhận được thư của Quý khách, mã số {ticket}. Nhân "
        "viên sẽ xem và trả lời trong vòng một ngày làm việc.\n\nTrân trọng.",
        "Chào {name},\n\nCảm ơn bạn đã gửi thư cho {provider}. Yêu cầu “{subject}” đã được chuyển "
        "tới bộ phận phụ trách, chúng tôi sẽ phản hồi sớm nhất có thể.",
        "Phiếu {ticket} đã được tạo. Thời gian làm việc: thứ Hai đến thứ Sáu. Các phiếu được xử "
        "lý theo thứ tự gửi đến. Xin đừng trả lời email này.",
        "Thu nay do he thong tu dong gui. Chung toi xac nhan da tiep nhan thong tin cua Quy khach "
        "va se lien he lai.",
    ),
}
AWAY = {
    "en": (
        "I am out of the office until the 12th and read no mail. In urgent cases write to the "
        "front desk.",
        "Thank you for your mail. I'm on leave with limited access to e-mail and back on Monday.",
    ),
    "vi": (
        "Tôi hiện đang nghỉ phép đến hết ngày 12 và không đọc thư. Việc gấp xin liên hệ lễ tân.",
        "Cảm ơn thư của anh chị. Tôi đang đi công tác, sẽ trả lời khi trở lại văn phòng vào thứ "
        "Hai.",
    ),
}
SURVEYS = {
    "en": "How did we do, {name}? Rate the help you got in case {ticket}: it takes one minute. "
    "https://ask.{domain}/s/{ticket}",
    "vi": "{name} ơi, bạn thấy {provider} phục vụ thế nào? Mời bạn chấm điểm cho phiếu {ticket}, "
    "chỉ mất một phút: https://ask.{domain}/s/{ticket}",
}
NEWSLETTERS = {
    "en": "This week at {provider}: 30% off all fans, free cups for the first hundred orders, and "
    "a story about our new roof. Unsubscribe: https://news.{domain}/u/{ticket}",
    "vi": "Tuần này tại {provider}: giảm 30% toàn bộ quạt, tặng ly cho 100 đơn đầu tiên, và chuyện "
    "về mái nhà mới. Hủy đăng ký nhận tin: https://news.{domain}/u/{ticket}",
}
STOPS = {
    "en": (
        "We have noticed that these are test letters. Please do not write to us any more.",
        "Kindly take our address off your list, our staff has no time for mystery shoppers.",
    ),
    "vi": (
        "Chúng tôi biết đây là thư kiểm tra. Đề nghị anh chị đừng gửi thư cho chúng tôi nữa.",
        "Vui lòng ngừng liên hệ với địa chỉ này, nhân viên chúng tôi không có thời gian.",
    ),
}
# Never used to mend a rule: (language, truth, text).
HELD_OUT = (
    ("en", "auto_ack", "Many thanks, your mail arrived safely with our care desk. You will hear "
     "from a member of staff before the end of tomorrow."),
    ("en", "auto_ack", "We appreciate you getting in touch. Reference 55-821 has been assigned to "
     "your request; quote it in all further correspondence."),
    ("en", "auto_ack", "[Automatic confirmation] Message received. Expected time to reply: 8 "
     "business hours."),
    ("en", "auto_ack", "Hey there! Just letting you know we've got your question and are on it. "
     "Hang tight, a human will be with you shortly."),
    ("en", "auto_ack", "Thank you for your interest in our products. Due to a high number of "
     "requests replies may take longer than usual."),
    ("en", "out_of_office", "I'm away from my desk this week. For anything that can't wait, "
     "contact my colleague."),
    ("en", "out_of_office", "Our office is closed for the public holiday and reopens on "
     "Wednesday. We will answer all mails then."),
    ("en", "survey", "Would you recommend us to a friend? Tell us on a scale from 0 to 10 by "
     "following this link: https://q.invented.example/9"),
    ("en", "stop", "Stop e-mailing us please, we don't take part in such tests."),
    ("en", "human", "Hi, yes that's two years, and the hose is covered as well. Shall I reserve "
     "one for you? Rowan"),
    ("en", "human", "Could you tell me where you live? Then I can say which van goes there. Elm"),
    ("vi", "auto_ack", "Xin cảm ơn Quý khách đã quan tâm đến sản phẩm. Thư của Quý khách đã đến "
     "hộp thư chăm sóc khách hàng, chúng tôi sẽ hồi âm trong 24 giờ tới."),
    ("vi", "auto_ack", "Hệ thống ghi nhận yêu cầu số 55-821. Quý khách vui lòng dùng số này khi "
     "liên lạc lại."),
    ("vi", "auto_ack", "Đây là email xác nhận tự động, Quý khách không cần trả lời."),
    ("vi", "auto_ack", "Chào bạn, tin nhắn của bạn đã được gửi thành công. Do lượng yêu cầu tăng "
     "cao, thời gian trả lời có thể lâu hơn bình thường."),
    ("vi", "out_of_office", "Em đang nghỉ thai sản, anh chị cần gì xin gửi cho phòng kinh doanh."),
    ("vi", "out_of_office", "Văn phòng đóng cửa nghỉ Tết và mở lại ngày mùng 6, chúng tôi sẽ trả "
     "lời sau kỳ nghỉ."),
    ("vi", "survey", "Bạn có sẵn lòng giới thiệu chúng tôi cho bạn bè không? Cho điểm từ 0 đến 10 "
     "tại đây: https://q.invented.example/9"),
    ("vi", "stop", "Yêu cầu không gửi email đến địa chỉ này nữa."),
    ("vi", "human", "Dạ hai năm anh nhé, ống dẫn cũng được luôn. Anh cần em giữ hàng không ạ?"),
    ("vi", "human", "Anh cho em xin địa chỉ để em xem xe nào chạy tuyến đó nha."),
)  # fmt: skip


@dataclass(frozen=True)
class Letter:
    """What a provider sees of a probe."""

    sender: str
    name: str
    subject: str
    message_id: str
    text: str
    recipient: str
    topic: Topic
    reference: str
    raw: bytes


@dataclass(frozen=True)
class FakeProvider:
    """An invented provider: its language, and by what odds it reacts in which way."""

    name: str
    domain: str
    language: str
    ways: dict[str, int]
    variant: int = 0

    @property
    def address(self) -> str:
        """Where customers write to."""
        return f"care@{self.domain}"

    def way(self, rng: Random) -> str:
        """How it reacts to the next probe."""
        return rng.choices(list(self.ways), list(self.ways.values()))[0]

    def replies_to(self, raw: bytes, sent_utc: datetime, rng: Random) -> list[Reply]:
        """All that comes back to the probe `raw`, with when and what it is."""
        letter = read_letter(raw, self)
        way = WAYS[self.way(rng)]
        return [
            Reply(reply, sent_utc + timedelta(seconds=seconds), truth)
            for reply, seconds, truth in way(self, letter, rng)
        ]


Made = Iterator[tuple[bytes, float, str]]
Way = Callable[[FakeProvider, Letter, Random], Made]


def read_letter(raw: bytes, provider: FakeProvider) -> Letter:
    """The probe as its recipient reads it."""
    message = message_from_bytes(raw, policy=policy.default)
    sender = message["From"].addresses[0]
    body = message.get_body(("plain",))
    text = body.get_content() if body else ""
    reference = REFERENCE.search(f"{message['Subject']} {text}")
    subject = str(message["Subject"])
    return Letter(
        sender.addr_spec,
        sender.display_name,
        subject,
        str(message["Message-ID"]),
        text,
        provider.address,
        _topic(subject),
        reference[0] if reference else "",
        raw,
    )


def _topic(subject: str) -> Topic:
    for topic in TOPICS.values():
        for shape in topic.subject.values():
            if re.fullmatch(re.escape(shape).replace(r"\{reference\}", ".*"), subject):
                return topic
    return next(iter(TOPICS.values()))


def _person_waits(rng: Random) -> float:
    """Seconds until a person answers: three minutes to three days, in the middle four hours."""
    return min(max(rng.lognormvariate(9.6, 1.3), 400.0), 3 * 86400.0)


def _message(provider: FakeProvider, letter: Letter, text: str, **headers: str) -> EmailMessage:
    message = EmailMessage()
    message["From"] = f"{provider.name} <{provider.address}>"
    message["To"] = letter.sender
    message["Subject"] = f"Re: {letter.subject}"
    message["In-Reply-To"] = letter.message_id
    message["References"] = letter.message_id
    for name, value in headers.items():
        key = name.replace("_", "-")
        del message[key]
        if value:
            message[key] = value
    message.set_content(text)
    return message


def _said(provider: FakeProvider, letter: Letter, rng: Random) -> str:
    """What a person writes: no two alike."""
    language = provider.language
    fact = rng.choice(letter.topic.facts[language])
    more = rng.sample(letter.topic.details[language], rng.choice((1, 2, 2)))
    link = rng.choice(LINKS[language])
    said = rng.choice(OPENINGS[language]) + link.join([fact, *more])
    greeting = rng.choice(GREETINGS[language]).format(name=letter.name)
    goodbye = f"{rng.choice(GOODBYES[language])}\n{rng.choice(AGENTS[language])}"
    return f"{greeting}\n\n{said[:1].upper()}{said[1:]}.\n\n{goodbye}\n"


def _quoted(letter: Letter, language: str) -> str:
    lines = "\n".join(f"> {line}" for line in letter.text.splitlines())
    if language == "vi":
        return f"\nVào Th 2, 5 thg 10, 2026 vào lúc 09:12 {letter.name} đã viết:\n\n{lines}\n"
    return f"\nOn Mon, 5 Oct 2026 at 09:12, {letter.name} wrote:\n\n{lines}\n"


def _filled(text: str, provider: FakeProvider, letter: Letter, rng: Random) -> str:
    return text.format(
        provider=provider.name,
        name=letter.name,
        subject=letter.subject,
        ticket=f"{rng.randrange(10**6):06d}",
        domain=provider.domain,
        facts="; ".join(letter.topic.facts[provider.language][:2]),
    )


def person_in_thread(provider: FakeProvider, letter: Letter, rng: Random) -> Made:
    text = _said(provider, letter, rng) + _quoted(letter, provider.language)
    yield _message(provider, letter, text).as_bytes(), _person_waits(rng), "human"


def person_at_help_desk(provider: FakeProvider, letter: Letter, rng: Random) -> Made:
    headers = {
        "Auto_Submitted": "auto-generated",
        "Precedence": "bulk",
        "X_Auto_Response_Suppress": "All",
        "Subject": f"[{provider.name} {rng.randrange(10**5)}] {letter.subject}",
    }
    text = _said(provider, letter, rng) + _quoted(letter, provider.language)
    yield _message(provider, letter, text, **headers).as_bytes(), _person_waits(rng), "human"


def person_outsourced(provider: FakeProvider, letter: Letter, rng: Random) -> Made:
    headers = {"From": "Desk <team7@contact-works.example>", "In_Reply_To": "", "References": ""}
    text = _said(provider, letter, rng)
    yield _message(provider, letter, text, **headers).as_bytes(), _person_waits(rng), "human"


def person_with_macro(provider: FakeProvider, letter: Letter, rng: Random) -> Made:
    text = _filled(MACRO[provider.language], provider, letter, rng)
    yield _message(provider, letter, text).as_bytes(), _person_waits(rng), "human"


def person_in_html(provider: FakeProvider, letter: Letter, rng: Random) -> Made:
    said = _said(provider, letter, rng).replace("\n", "<br>")
    html = (
        f"<html><head><style>p {{color: red}}</style></head><body><p>{said}</p>"
        f'<img src="https://{provider.domain}/pixel?{letter.message_id}">'
        f"<blockquote>{letter.text}</blockquote></body></html>"
    )
    message = _message(provider, letter, "")
    message.set_content(html, subtype="html")
    yield message.as_bytes(), _person_waits(rng), "human"


def person_asks_back(provider: FakeProvider, letter: Letter, rng: Random) -> Made:
    language = provider.language
    question = rng.choice(letter.topic.ask_back[language])
    opening = rng.choice(OPENINGS[language])
    detail = rng.choice(letter.topic.details[language])
    greeting = rng.choice(GREETINGS[language]).format(name=letter.name)
    goodbye = f"{rng.choice(GOODBYES[language])}\n{rng.choice(AGENTS[language])}"
    text = f"{greeting}\n\n{opening}{detail}. {question}\n\n{goodbye}\n"
    yield _message(provider, letter, text).as_bytes(), _person_waits(rng), "human"


def person_by_reference(provider: FakeProvider, letter: Letter, rng: Random) -> Made:
    headers = {
        "To": "audit@kit.example",
        "In_Reply_To": "",
        "References": "",
        "Subject": f"Order {letter.reference}",
    }
    text = _said(provider, letter, rng)
    yield _message(provider, letter, text, **headers).as_bytes(), _person_waits(rng), "human"


def person_forwarded(provider: FakeProvider, letter: Letter, rng: Random) -> Made:
    headers = {
        "Auto_Submitted": "auto-generated",
        "X_MS_Exchange_Generated_Message_Source": "Mailbox Rules Agent",
        "In_Reply_To": "",
        "References": "",
        "Subject": f"FW: {letter.subject}",
    }
    text = _said(provider, letter, rng)
    yield _message(provider, letter, text, **headers).as_bytes(), _person_waits(rng), "human"


def person_asks_to_stop(provider: FakeProvider, letter: Letter, rng: Random) -> Made:
    text = rng.choice(STOPS[provider.language])
    yield _message(provider, letter, text).as_bytes(), _person_waits(rng), "stop"


def _acknowledged(provider: FakeProvider, letter: Letter, rng: Random, **headers: str) -> bytes:
    text = ACKS[provider.language][provider.variant % len(ACKS[provider.language])]
    text = _filled(text, provider, letter, rng)
    return _message(provider, letter, text, **headers).as_bytes()


def ack_by_rule(provider: FakeProvider, letter: Letter, rng: Random) -> Made:
    raw = _acknowledged(
        provider, letter, rng, Auto_Submitted="auto-replied", Precedence="auto_reply"
    )
    yield raw, rng.uniform(1, 90), "auto_ack"


def ack_without_headers(provider: FakeProvider, letter: Letter, rng: Random) -> Made:
    yield _acknowledged(provider, letter, rng), rng.uniform(1, 90), "auto_ack"


def ack_after_an_hour(provider: FakeProvider, letter: Letter, rng: Random) -> Made:
    yield _acknowledged(provider, letter, rng), rng.uniform(900, 5400), "auto_ack"


def ack_by_reference(provider: FakeProvider, letter: Letter, rng: Random) -> Made:
    headers = {
        "To": "audit@kit.example",
        "In_Reply_To": "",
        "References": "",
        "Subject": f"We have {letter.reference}",
    }
    yield _acknowledged(provider, letter, rng, **headers), rng.uniform(1, 300), "auto_ack"


def ack_then_person(provider: FakeProvider, letter: Letter, rng: Random) -> Made:
    yield from ack_by_rule(provider, letter, rng)
    yield from person_in_thread(provider, letter, rng)


def away(provider: FakeProvider, letter: Letter, rng: Random) -> Made:
    text = rng.choice(AWAY[provider.language])
    headers = {"Auto_Submitted": "auto-replied"} if rng.random() < 0.5 else {}
    raw = _message(provider, letter, text, **headers).as_bytes()
    yield raw, rng.uniform(1, 60), "out_of_office"


def bot(provider: FakeProvider, letter: Letter, rng: Random) -> Made:
    text = _filled(BOT[provider.language], provider, letter, rng)
    yield _message(provider, letter, text).as_bytes(), rng.uniform(5, 50), "bot"


def person_then_survey(provider: FakeProvider, letter: Letter, rng: Random) -> Made:
    waited = _person_waits(rng)
    yield _message(provider, letter, _said(provider, letter, rng)).as_bytes(), waited, "human"
    text = _filled(SURVEYS[provider.language], provider, letter, rng)
    later = waited + rng.uniform(86400, 2 * 86400)
    yield _message(provider, letter, text).as_bytes(), later, "survey"


def newsletter(provider: FakeProvider, letter: Letter, rng: Random) -> Made:
    headers = {
        "In_Reply_To": "",
        "References": "",
        "Subject": f"News from {provider.name}",
        "List_Unsubscribe": f"<https://news.{provider.domain}/u/{rng.randrange(10**6)}>",
        "Precedence": "bulk",
    }
    text = _filled(NEWSLETTERS[provider.language], provider, letter, rng)
    raw = _message(provider, letter, text, **headers).as_bytes()
    yield raw, rng.uniform(86400, 9 * 86400), "newsletter"


def bounce_at_once(provider: FakeProvider, letter: Letter, rng: Random) -> Made:
    raw = dsn(letter.raw, letter.sender, letter.recipient, "failed", "5.1.1", "550 no such user")
    yield raw, rng.uniform(1, 60), "bounce"


def delayed_then_person(provider: FakeProvider, letter: Letter, rng: Random) -> Made:
    raw = dsn(letter.raw, letter.sender, letter.recipient, "delayed", "4.4.1", "451 try later")
    yield raw, 4 * 3600 + rng.uniform(0, 900), "delay"
    text = _said(provider, letter, rng)
    yield _message(provider, letter, text).as_bytes(), 86400 + _person_waits(rng), "human"


def expired(provider: FakeProvider, letter: Letter, rng: Random) -> Made:
    raw = dsn(letter.raw, letter.sender, letter.recipient, "expired", "4.4.7", "message expired")
    yield raw, rng.uniform(2, 5) * 86400, "bounce"


def bounce_of_qmail(provider: FakeProvider, letter: Letter, rng: Random) -> Made:
    reason = "Sorry, no mailbox here by that name. (#5.1.1)"
    yield qmail_bounce(letter.raw, letter.sender, letter.recipient, reason), 30.0, "bounce"


def silence(provider: FakeProvider, letter: Letter, rng: Random) -> Made:
    return iter(())


# What the relay does is not in the reply: `refused` gets a 550 to RCPT, `greylisted` a 451 first.
WAYS: dict[str, Way] = {
    "person_in_thread": person_in_thread,
    "person_at_help_desk": person_at_help_desk,
    "person_outsourced": person_outsourced,
    "person_with_macro": person_with_macro,
    "person_in_html": person_in_html,
    "person_asks_back": person_asks_back,
    "person_by_reference": person_by_reference,
    "person_forwarded": person_forwarded,
    "person_asks_to_stop": person_asks_to_stop,
    "person_then_survey": person_then_survey,
    "ack_by_rule": ack_by_rule,
    "ack_without_headers": ack_without_headers,
    "ack_after_an_hour": ack_after_an_hour,
    "ack_by_reference": ack_by_reference,
    "ack_then_person": ack_then_person,
    "away": away,
    "bot": bot,
    "newsletter": newsletter,
    "bounce_at_once": bounce_at_once,
    "delayed_then_person": delayed_then_person,
    "expired": expired,
    "bounce_of_qmail": bounce_of_qmail,
    "silence": silence,
    "refused": silence,
}


def _mix(**odds: int) -> dict[str, int]:
    return odds


PEOPLE = _mix(person_in_thread=6, person_in_html=2, person_asks_back=1, silence=4)
PROVIDERS = (
    FakeProvider("Bluegate", "bluegate.example", "en", {**PEOPLE, "ack_then_person": 6}, 0),
    FakeProvider("Sao Xanh", "saoxanh.example", "vi", {**PEOPLE, "ack_then_person": 6}, 0),
    FakeProvider(
        "Harbourline",
        "harbourline.example",
        "en",
        _mix(person_at_help_desk=7, ack_without_headers=6, person_then_survey=3, silence=3),
        1,
    ),
    FakeProvider(
        "Gió Lành",
        "giolanh.example",
        "vi",
        _mix(person_at_help_desk=6, ack_without_headers=6, person_then_survey=4, silence=3),
        1,
    ),
    FakeProvider(
        "Orchard & Co",
        "orchard.example",
        "en",
        _mix(person_outsourced=6, person_by_reference=6, ack_by_reference=5, away=2, silence=3),
        2,
    ),
    FakeProvider(
        "Đồng Cỏ",
        "dongco.example",
        "vi",
        _mix(person_outsourced=6, person_by_reference=6, ack_by_reference=5, away=2, silence=3),
        2,
    ),
    FakeProvider(
        "Nordkap", "nordkap.example", "en", _mix(ack_after_an_hour=8, bot=6, silence=4), 2
    ),
    FakeProvider("Mây Trắng", "maytrang.example", "vi", _mix(ack_after_an_hour=8, bot=6), 3),
    FakeProvider(
        "Quarry",
        "quarry.example",
        "en",
        _mix(person_forwarded=6, bounce_at_once=3, expired=3, delayed_then_person=3, away=2),
        3,
    ),
    FakeProvider(
        "Bến Nước",
        "bennuoc.example",
        "vi",
        _mix(person_forwarded=6, bounce_of_qmail=4, delayed_then_person=4, away=3, silence=2),
        3,
    ),
    FakeProvider(
        "Tidewater",
        "tidewater.example",
        "en",
        {**PEOPLE, "person_with_macro": 5, "newsletter": 4, "person_asks_to_stop": 1},
        1,
    ),
    FakeProvider(
        "Rừng Thông",
        "rungthong.example",
        "vi",
        {**PEOPLE, "ack_by_rule": 8, "newsletter": 4, "person_asks_to_stop": 1},
        2,
    ),
    FakeProvider("Umberfield", "umberfield.example", "en", _mix(silence=5, refused=5)),
)


def unrelated(rng: Random, starts: datetime, n: int = 60) -> list[Reply]:
    """Mail in the same mailbox that answers no probe, some of it with numbers like our own."""
    made = []
    for number in range(n):
        message = EmailMessage()
        message["From"] = f"someone{number}@elsewhere.example"
        message["To"] = rng.choice(
            ("audit@kit.example", "audit+summer@kit.example", "all@kit.example")
        )
        message["Subject"] = rng.choice(
            ("Your parcel", "Invoice XY0000042", "Re: lunch", "Account notice", "Hello")
        )
        received = starts + timedelta(seconds=rng.uniform(0, 14 * 86400))
        message["Date"] = format_datetime(received)
        message["Message-ID"] = f"<{rng.randrange(10**12)}@elsewhere.example>"
        message.set_content(
            rng.choice(
                (
                    "Lunch at noon?",
                    f"Your order ZZ{rng.randrange(10**7):07d} has left our store.",
                    "Delivery to <nobody@nowhere.example> failed: 550 no such user",
                    "Thank you for registering. Confirm within two days.",
                )
            )
        )
        made.append(Reply(message.as_bytes(), received, "unrelated"))
    return made
