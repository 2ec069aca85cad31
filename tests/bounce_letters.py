"""Notes of the post as mail systems word them, by system, with invented names; and what is none.

Each is (system, subject, words, sender, what it is, whose fault, whether there is no such address).
"""

from __future__ import annotations

TO = "care@alder.example"
DAEMON = "MAILER-DAEMON@relay.example"
QMAIL = (
    "Hi. This is the qmail-send program at relay.example.\nI'm afraid I wasn't able to deliver "
    "your message to the following addresses.\nThis is a permanent error; I've given up. Sorry "
    f"it didn't work out.\n\n<{TO}>:\n"
)
POSTFIX = (
    "This is the mail system at host relay.example.\n\nI'm sorry to have to inform you that your "
    "message could not\nbe delivered to one or more recipients. It's attached below.\n\nFor "
    "further assistance, please send mail to postmaster.\n\nIf you do so, please include this "
    "problem report. You can\ndelete your own text from the attached returned message.\n\n"
    f"                   The mail system\n\n<{TO}>: "
)
WARNED = (
    "This is the mail system at host relay.example.\n\n"
    "####################################################################\n"
    "# THIS IS A WARNING ONLY.  YOU DO NOT NEED TO RESEND YOUR MESSAGE. #\n"
    "####################################################################\n\n"
    "Your message could not be delivered for more than 4 hour(s).\nIt will be retried until it "
    f"is 5 day(s) old.\n\n<{TO}>: "
)
EXIM = (
    "This message was created automatically by mail delivery software.\n\nA message that you sent "
    "could not be delivered to one or more of its\nrecipients. This is a permanent error. The "
    f"following address(es) failed:\n\n  {TO}\n"
)
EXCHANGE = f"Delivery has failed to these recipients or groups:\n\nCare ({TO})\n"
EXCHANGE_VI = f"Không thể gửi đến những người nhận hoặc nhóm này:\n\nCare ({TO})\n"
SENDMAIL = (
    "The original message was received at Mon, 5 Oct 2026 09:12:00 +0700\nfrom kit.example "
    "[192.0.2.9]\n\n   ----- The following addresses had permanent fatal errors -----\n"
    f"<{TO}>\n"
)
GATEWAY = "postmaster@thu.buudien.example"
NO_REPLY = "no-reply@mail.alder.example"

FAILED = [
    # qmail
    ("qmail", "failure notice", QMAIL + "Sorry, no mailbox here by that name. (#5.1.1)",
     DAEMON, "theirs", True),
    ("qmail", "failure notice", QMAIL + "192.0.2.7 does not like recipient.\nRemote host said: 550 "
     "5.1.1 User unknown\nGiving up on 192.0.2.7.", DAEMON, "theirs", True),
    ("qmail", "failure notice", QMAIL + "Sorry, I couldn't find any host named alder.example. "
     "(#5.1.2)", DAEMON, "unknown", False),
    ("qmail", "failure notice", QMAIL + "Sorry, I wasn't able to establish an SMTP connection. "
     "(#4.4.1)\nI'm not going to try again; this message has been in the queue too long.",
     DAEMON, "unknown", False),
    ("qmail", "failure notice", QMAIL + "The users mailfolder is over the allowed quota (size). "
     "(#5.2.2)", DAEMON, "theirs", False),
    ("qmail", "failure notice", QMAIL + "Connected to 192.0.2.7 but sender was rejected.\nRemote "
     "host said: 550 5.7.1 your IP is listed at an RBL", DAEMON, "ours", False),
    # Postfix
    ("Postfix", "Undelivered Mail Returned to Sender", POSTFIX + "host mx.alder.example[192.0.2.7] "
     f"said: 550 5.1.1\n    <{TO}>: Recipient address rejected: User unknown in virtual\n    "
     "mailbox table (in reply to RCPT TO command)", DAEMON, "theirs", True),
    ("Postfix", "Undelivered Mail Returned to Sender", POSTFIX + "unknown user: \"care\"",
     DAEMON, "theirs", True),
    ("Postfix", "Undelivered Mail Returned to Sender", POSTFIX + "Host or domain name not found. "
     "Name service\n    error for name=alder.example type=MX: Host not found",
     DAEMON, "unknown", False),
    ("Postfix", "Undelivered Mail Returned to Sender", POSTFIX + "host mx.alder.example[192.0.2.7] "
     "said: 552 5.2.2\n    Over quota (in reply to DATA command)", DAEMON, "theirs", False),
    ("Postfix", "Undelivered Mail Returned to Sender", POSTFIX + "host mx.alder.example[192.0.2.7] "
     "refused to talk\n    to me: 554 5.7.1 Service unavailable; Client host blocked using "
     "bl.example", DAEMON, "ours", False),
    ("Postfix", "Undelivered Mail Returned to Sender", POSTFIX + "message size 11534336 exceeds "
     "size limit\n    10485760 of server mx.alder.example[192.0.2.7]", DAEMON, "ours", False),
    # Exim
    ("Exim", "Mail delivery failed: returning message to sender", EXIM + "    host "
     f"mx.alder.example [192.0.2.7]\n    SMTP error from remote mail server after RCPT "
     f"TO:<{TO}>:\n    550 5.1.1 No "
     "such user here", DAEMON, "theirs", True),
    ("Exim", "Mail delivery failed: returning message to sender", EXIM + "    Unrouteable address",
     DAEMON, "theirs", True),
    ("Exim", "Mail delivery failed: returning message to sender", EXIM + "    mailbox is full: "
     "retry timeout exceeded", DAEMON, "theirs", False),
    ("Exim", "Mail delivery failed: returning message to sender", EXIM + "    all relevant MX "
     "records point to non-existent hosts", DAEMON, "unknown", False),
    ("Exim", "Mail delivery failed: returning message to sender", EXIM + "    retry timeout "
     "exceeded",
     DAEMON, "unknown", False),
    ("Exim", "Mail delivery failed: returning message to sender", EXIM + "    SMTP error from "
     "remote mail server after MAIL FROM:<audit@kit.example>:\n    550 Sender verify failed",
     DAEMON, "ours", False),
    # Exchange and Office 365
    ("Exchange", "Undeliverable: Prices", EXCHANGE + "The email address you entered couldn't be "
     "found. Please check the recipient's email address and try to resend the message. If the "
     "problem continues, please contact your helpdesk.\n\nDiagnostic information for "
     f"administrators:\nGenerating server: mail.alder.example\n{TO}\n#550 5.1.1 "
     "RESOLVER.ADR.ExRecipNotFound; not found ##", "postmaster@alder.example", "theirs", True),
    ("Exchange", "Undeliverable: Prices", EXCHANGE + "The recipient's mailbox is full and can't "
     "accept messages now. Please try resending your message later, or contact the recipient "
     "directly.", "MicrosoftExchange329e71ec@alder.example", "theirs", False),
    ("Office 365", "Undeliverable: Prices", f"Your message to {TO} couldn't be delivered.\ncare "
     "wasn't found at alder.example.\naudit  Office 365  care\nAction Required  Recipient\nUnknown "
     "To address", "postmaster@alder.example", "theirs", True),
    ("Office 365", "Undeliverable: Prices", f"Your message to {TO} couldn't be delivered.\nThe "
     "group care isn't set up to receive messages from audit@kit.example.\n550 5.7.133 "
     "RESOLVER.RST.SenderNotAuthenticatedForGroup", "postmaster@alder.example", "theirs", False),
    ("Office 365", "Undeliverable: Prices", f"Your message to {TO} couldn't be delivered.\n550 "
     "5.4.1 Recipient address rejected: Access denied. AS(201806281)", "postmaster@alder.example",
     "theirs", True),
    ("Office 365", "Undeliverable: Prices", f"Your message to {TO} couldn't be delivered.\nalder."
     "example suspects your message is spam and rejected it.", "postmaster@alder.example",
     "ours", False),
    ("Office 365 vi", "Không thể gửi: Bảng giá", f"Không thể gửi thư của bạn tới {TO}.\nKhông tìm "
     "thấy care tại alder.example.", "postmaster@alder.example", "theirs", True),
    ("Exchange vi", "Không thể gửi: Bảng giá", EXCHANGE_VI + "Hộp thư của người nhận đã đầy và "
     "không thể nhận thư vào lúc này.", "postmaster@alder.example", "theirs", False),
    # Gmail
    ("Gmail", "Delivery Status Notification (Failure)", "** Address not found **\n\nYour message "
     f"wasn't delivered to {TO} because the address couldn't be found, or is unable to receive "
     "mail.\n\nThe response from the remote server was:\n550 5.1.1 User unknown",
     "mailer-daemon@post.example", "theirs", True),
    ("Gmail", "Delivery Status Notification (Failure)", "** Recipient inbox full **\n\nYour "
     f"message couldn't be delivered to {TO}. Their inbox is full, or it's getting too much mail "
     "right now.", "mailer-daemon@post.example", "theirs", False),
    ("Gmail", "Delivery Status Notification (Failure)", f"** Message blocked **\n\nYour message to "
     f"{TO} has been blocked. See technical details below for more information.\n\nThe response "
     "was:\nMessage rejected. See https://support.post.example for more: 550 5.7.1 likely "
     "unsolicited mail", "mailer-daemon@post.example", "ours", False),
    ("Gmail", "Delivery Status Notification (Failure)", "** Message not delivered **\n\nThere "
     f"was a problem delivering your message to {TO}. See the technical details below.\n\nThe "
     "response was:\nDNS Error: DNS type 'mx' lookup of alder.example responded with code NXDOMAIN",
     "mailer-daemon@post.example", "unknown", False),
    ("Gmail vi", "Delivery Status Notification (Failure)", "** Không tìm thấy địa chỉ **\n\nThư "
     f"của bạn chưa được gửi tới {TO} vì không tìm thấy địa chỉ hoặc địa chỉ đó không thể nhận "
     f"thư.",
     "mailer-daemon@post.example", "theirs", True),
    ("Gmail vi", "Thông báo trạng thái gửi thư", f"** Thư bị chặn **\n\nThư của bạn gửi tới {TO} "
     "đã bị chặn. Máy chủ trả lời: 550 5.7.26 DMARC", "mailer-daemon@post.example", "ours", False),
    # Yahoo
    ("Yahoo", "Failure Notice", "Sorry, we were unable to deliver your message to the following "
     f"address.\n\n<{TO}>:\n554: delivery error: dd This user doesn't have a alder.example account "
     f"({TO}) [0] - mta7.post.example", DAEMON, "theirs", True),
    ("Yahoo", "Failure Notice", "Sorry, we were unable to deliver your message to the following "
     f"address.\n\n<{TO}>:\n552: 5.2.2 Requested mail action aborted: exceeded storage allocation",
     DAEMON, "theirs", False),
    ("Yahoo", "Failure Notice", "Sorry, we were unable to deliver your message to the following "
     f"address.\n\n<{TO}>:\nNo mx record found for domain=alder.example", DAEMON, "unknown", False),
    # Amazon SES
    ("SES", "Delivery Status Notification (Failure)", "An error occurred while trying to deliver "
     f"the mail to the following recipients:\n{TO}\n550 5.1.1 user unknown",
     "MAILER-DAEMON@sending.example", "theirs", True),
    ("SES", "Delivery Status Notification (Failure)", "An error occurred while trying to deliver "
     f"the mail to the following recipients:\n{TO}\n550 5.1.1 Sending to this address is "
     "suppressed because it has a recent history of bouncing as an invalid address",
     "MAILER-DAEMON@sending.example", "ours", False),
    # Sendmail, Domino, MDaemon, Cisco
    ("Sendmail", "Returned mail: see transcript for details", SENDMAIL + "    (reason: 550 5.1.1 "
     f"<{TO}>... User unknown)\n\n   ----- Transcript of session follows -----\n... while "
     f"talking to mx.alder.example.:\n>>> DATA\n<<< 550 5.1.1 <{TO}>... User unknown", DAEMON,
     "theirs", True),
    ("Sendmail", "Returned mail: Host unknown", SENDMAIL + "    (reason: 550 Host unknown)\n\n   "
     "----- Transcript of session follows -----\n550 5.1.2 Host unknown (Name server: "
     "alder.example: host not found)", DAEMON, "unknown", False),
    ("Domino", f"DELIVERY FAILURE: User care ({TO}) not listed in Domino Directory", "Your "
     f"message\n\n  Subject: Prices\n\nwas not delivered to:\n\n  {TO}\n\nbecause:\n\n  User "
     f"care ({TO}) not "
     "listed in Domino Directory", "postmaster@alder.example", "theirs", True),
    ("MDaemon", "Permanent Delivery Failure", "The attached message had PERMANENT fatal delivery "
     "errors!\n\nAfter one or more unsuccessful delivery attempts the attached message has been "
     "removed from the mail queue on this server.\n\nRCPT TO: <care@alder.example>\nResponse: 550 "
     "<care@alder.example>, Recipient unknown", "MDaemon@may.example", "theirs", True),
    ("Cisco", "Delivery Status Notification (Failure)", f"The following message to <{TO}> was "
     "undeliverable.\nThe reason for the problem:\n5.1.0 - Unknown address error 550-'5.1.1 User "
     "unknown'", "MAILER-DAEMON@esa.example", "theirs", True),
    # Gateways in Vietnam, with accents and without
    ("gateway vi", "Thông báo gửi thư không thành công", f"Kính gửi Quý khách,\n\nThư của Quý "
     f"khách gửi đến địa chỉ {TO} không thành công.\nNguyên nhân: Tài khoản người nhận không tồn "
     f"tại.",
     GATEWAY, "theirs", True),
    ("gateway vi", "Thư không gửi được", "Nguyên nhân: hộp thư của người nhận vượt quá dung lượng "
     "cho phép.", GATEWAY, "theirs", False),
    ("gateway vi", "Thư không gửi được", "Nguyên nhân: thư vượt quá dung lượng cho phép (10 MB).",
     GATEWAY, "ours", False),
    ("gateway vi", "Thông báo lỗi gửi thư", "Máy chủ nhận từ chối thư: địa chỉ IP máy chủ gửi nằm "
     "trong danh sách đen.", GATEWAY, "ours", False),
    ("gateway vi", "Thông báo lỗi gửi thư", "Thư bị từ chối vì bị đánh dấu là thư rác.",
     GATEWAY, "ours", False),
    ("gateway vi", "Thông báo lỗi gửi thư", "Không phân giải được tên miền alder.example.",
     GATEWAY, "unknown", False),
    ("gateway vi", "Thong bao gui thu that bai", "Tai khoan nguoi nhan da bi khoa.",
     GATEWAY, "theirs", False),
    ("gateway vi", "Thư bị trả lại", "Địa chỉ email người nhận không hợp lệ.",
     GATEWAY, "theirs", True),
    ("gateway vi", "Thư của bạn không đến được người nhận", "Không kết nối được với máy chủ "
     "mx.alder.example sau 48 giờ.", GATEWAY, "unknown", False),
    ("gateway vi", "[Thông báo] Gửi email không thành công", "550 5.1.1 Mailbox not found\n\nVui "
     "lòng kiểm tra lại địa chỉ người nhận.", NO_REPLY, "theirs", True),
    # Written after the rules were made, as the last of LATE and NONE: of 28 in all one kind and one
    # fault were wrong then.
    ("kerio", "Undelivered mail", "Your message could not be delivered to some or all of its "
     "recipients.\n\ncare@alder.example\n550 5.1.1 <care@alder.example> User doesn't exist",
     "postmaster@x.example", "theirs", True),
    ("mimecast", "[Postmaster] Email Delivery Failure", "This is a system-generated message to "
     "inform you that your email could not be delivered to one or more recipients. Details of "
     "the email and the error are as follows:\n\ncare@alder.example: 550 Rejected by header "
     "based manually Blocked Senders", "postmaster@x.example", "ours", False),
    ("proofpoint", "Undeliverable: Prices", "The message you sent could not be delivered: "
     "care@alder.example: 554 5.7.1 Message blocked by policy", "postmaster@x.example",
     "unknown", False),
    ("zimbra vi", "Thư không gửi được: Bảng giá", "Đây là hệ thống thư tại máy chủ "
     "relay.example. Rất tiếc thư của bạn không chuyển được tới người nhận sau: "
     "<care@alder.example>: 550 5.1.1 User unknown in virtual mailbox table", DAEMON, "theirs",
     True),
    ("bkav-like", "Delivery failure", "Không tìm thấy người nhận care trên hệ thống.", DAEMON,
     "theirs", True),
    ("viettel-like", "Thong bao tu he thong mail",
     "Thu gui den care@alder.example bi hoan tra do hop thu day.", "postmaster@mail.example",
     "theirs", False),
    ("fpt-like", "Mail khong gui duoc", "Loi: tai khoan care@alder.example khong ton tai hoac "
     "da bi xoa.", "postmaster@mail.example", "theirs", True),
    ("icloud", "Undelivered Mail Returned to Sender", "<care@alder.example>: host mx said: 552 "
     "5.2.2 <care@alder.example>: user is over quota (in reply to RCPT TO)", DAEMON, "theirs",
     False),
    ("outlook", "Undeliverable: Prices", "Delivery has failed to these recipients or "
     "groups:\ncare@alder.example\nYour message couldn't be delivered because the recipient's "
     "email provider rejected it. 550 5.7.515 Access denied, sending domain does not meet the "
     "required authentication level", "postmaster@x.example", "ours", False),
    ("gmail", "Delivery Status Notification (Failure)", "Message not delivered\nYour message "
     "couldn't be delivered to care@alder.example because the remote server is misconfigured. "
     "554 5.4.0 Error: too many hops", "mailer-daemon@post.example", "unknown", False),
    ("gmail", "Delivery Status Notification (Failure)", "550-5.7.26 Your email has been "
     "blocked because the sender is unauthenticated.", "mailer-daemon@post.example", "ours",
     False),
    ("qq", "系统退信/System bounce", "Sorry, we are sorry that your mail could not be delivered: "
     "mailbox not found care@alder.example", "postmaster@x.example", "theirs", True),
    ("exim", "Mail delivery failed: returning message to sender", "A message that you sent "
     "could not be delivered. care@alder.example: host mx [1.2.3.4] said: 550 5.1.1 Recipient "
     "rejected: account inactive", DAEMON, "theirs", False),
    ("courier", "Mail delivery failed", "Your message to the following recipients cannot be "
     "delivered: <care@alder.example>: 550 User <care@alder.example> not known here", DAEMON,
     "theirs", True),
    ("haraka", "failed delivery", "I'm afraid I wasn't able to deliver... some remote host "
     "timed out: connection timed out after 48 hours", DAEMON, "unknown", False),
]  # fmt: skip

LATE = [
    ("Postfix", "Delayed Mail (still being retried)", WARNED + "connect to "
     "mx.alder.example[192.0.2.7]:25: Connection timed out", DAEMON),
    ("Exim", "Warning: message 1tQx7k-0003Zz-2m delayed 24 hours", "This message was created "
     "automatically by mail delivery software.\nA message that you sent has not yet been delivered "
     "to one or more of its\nrecipients after more than 24 hours on the queue on relay.example.\n\n"
     "No action is required on your part. Delivery attempts will continue for\nsome time, and this "
     "warning may be repeated at intervals if the message\nremains undelivered.", DAEMON),
    ("Office 365", "Delivery delayed: Prices", "Delivery to these recipients or groups is delayed:"
     f"\n\n{TO}\n\nThis message hasn't been delivered yet. Delivery will continue to be "
     "attempted.\nThe server will keep trying to deliver this message for the next 1 days, 19 "
     "hours and 51 minutes. You'll be notified if the message can't be delivered by that time.",
     "postmaster@alder.example"),
    ("Office 365 vi", "Gửi bị trễ: Bảng giá", "Việc gửi đến những người nhận hoặc nhóm này bị trễ. "
     "Thư này chưa được gửi. Hệ thống sẽ tiếp tục cố gắng gửi.", "postmaster@alder.example"),
    ("Gmail", "Delivery Status Notification (Delay)", "** Delivery incomplete **\n\nThere was a "
     f"temporary problem delivering your message to {TO}. Gmail will retry for 47 more hours. "
     "You'll be notified if the delivery fails permanently.", "mailer-daemon@post.example"),
    ("Gmail vi", "Delivery Status Notification (Delay)", "** Chưa gửi xong **\n\nĐã xảy ra sự cố "
     f"tạm thời khi gửi thư của bạn tới {TO}. Hệ thống sẽ thử lại trong 47 giờ nữa. Bạn sẽ được "
     "thông báo nếu không thể gửi thư.", "mailer-daemon@post.example"),
    ("Sendmail", "Warning: could not send message for past 4 hours", "    ****************\n    "
     "**      THIS IS A WARNING MESSAGE ONLY      **\n    **  YOU DO NOT NEED TO RESEND YOUR "
     "MESSAGE  **\n\n   ----- Transcript of session follows -----\n451 4.4.1 reply: read error "
     "from mx\nWarning: message still undelivered after 4 hours\nWill keep trying until message "
     "is 5 days old", DAEMON),
    ("MDaemon", "Warning: Delivery Delayed", "The attached message had TRANSIENT non-fatal "
     "delivery errors! Delivery attempts will continue.", "MDaemon@may.example"),
    ("gateway vi", "Thông báo: thư chưa gửi được", "Thư của Quý khách chưa được chuyển tới người "
     "nhận sau 4 giờ. Hệ thống sẽ tiếp tục thử gửi lại trong 2 ngày. Quý khách không cần gửi lại "
     "thư.",
     GATEWAY),
    ("gateway vi", "Thong bao cham thu", "Thu tam thoi chua gui duoc, he thong se tu dong gui lai "
     "sau 30 phut.", GATEWAY),
    ("vnpt-like", "Cảnh báo: thư gửi chậm", "Thư gửi tới care@alder.example đang nằm trong "
     "hàng đợi, hệ thống sẽ thử lại sau 60 phút.", "postmaster@mail.example"),
    ("mdaemon", "Delivery delayed - care@alder.example", "Your message has been delayed and is "
     "still awaiting delivery to the following recipient(s): care@alder.example",
     "MDaemon@x.example"),
    ("ses", "Delivery Status Notification (Delay)", "Your message to care@alder.example has "
     "been delayed, we will keep trying.", "MAILER-DAEMON@sending.example"),
]  # fmt: skip

NONE = [
    ("help desk vi", "Đã tiếp nhận yêu cầu", "Cảm ơn Quý khách đã liên hệ. Vì an toàn, Quý khách "
     "vui lòng không gửi mật khẩu hay mã OTP qua email. Vui lòng không trả lời thư này.", NO_REPLY),
    ("help desk vi", "Phiếu yêu cầu số 4711", "Yêu cầu đã được ghi nhận. Quý khách không cần gửi "
     "lại yêu cầu, chúng tôi sẽ phản hồi trong 24 giờ.", NO_REPLY),
    ("help desk", "We got your request", "Thanks for writing. Please do not send card numbers. If "
     "your order could not be delivered, tell us its number.", NO_REPLY),
    ("shop", "Your parcel is delayed", "Your parcel 4711 is delayed by weather and will be "
     "delivered tomorrow.", NO_REPLY),
    ("bank vi", "Giao dịch không thành công", "Giao dịch của Quý khách không thành công do tài "
     "khoản không đủ số dư.", NO_REPLY),
    ("person", "Re: Bảng giá", "Chào chị, hôm qua em gửi thư bị trả lại, chị xem giúp địa chỉ nhé.",
     "nga@alder.example"),
    ("person", "Fwd: Undeliverable: Prices", "See below, did you change your address? It says the "
     "mailbox is full.", "rowan@alder.example"),
    ("away vi", "Trả lời tự động: Bảng giá", "Tôi nghỉ phép đến thứ Hai và không thể trả lời thư.",
     "care@alder.example"),
    ("survey", "How did we do?", "Was your issue resolved? Your answer may be delayed.", NO_REPLY),
    ("postmaster", "Welcome", "You can write to the postmaster about mail of this domain at any "
     "time.",
     "postmaster@alder.example"),
    ("vi", "Đã nhận được yêu cầu", "Hệ thống đã nhận được yêu cầu. Vui lòng không chuyển tiếp "
     "thư này.", "noreply@alder.example"),
    ("vi", "Mã xác nhận", "Quý khách không chia sẻ mã này. Nếu không gửi yêu cầu, vui lòng bỏ "
     "qua.", "no-reply@email.alder.example"),
    ("vi", "Đơn hàng giao không thành công", "Đơn hàng 4711 giao không thành công, shipper sẽ "
     "giao lại ngày mai.", "noreply@alder.example"),
    ("en", "Out of office", "I can't be reached; messages to this mailbox are not delivered to "
     "anyone else.", "care@alder.example"),
    ("en", "Ticket 12", "Your ticket is delayed, we will retry calling you.",
     "no-reply@mail.alder.example"),
]  # fmt: skip
