"""Passwords and tokens: where they come from, and that they go nowhere else."""

from __future__ import annotations

import sys
import time
import traceback

import pytest

from carebench.fieldwork.mail import secrets
from carebench.fieldwork.mail.secrets import login_of
from carebench.fieldwork.phone.sip.calls import account_of
from carebench.schema import DataError
from carebench.study import Mail, load_study
from field_studies import field_study

SECRET = "correct horse invented"
MAIL = Mail(address="audit@kit.example", password="THE_PASSWORD")


def command(words: str) -> Mail:
    return Mail(address="audit@kit.example", token_command=f"{sys.executable} -c {words!r}")


def test_the_password_comes_from_the_variable_that_the_study_names(monkeypatch):
    monkeypatch.setenv("THE_PASSWORD", SECRET)
    login = login_of(MAIL)
    assert (login.user, login.password) == ("audit@kit.example", SECRET)


def test_a_variable_that_is_not_set_is_named(monkeypatch):
    monkeypatch.delenv("THE_PASSWORD", raising=False)
    with pytest.raises(DataError, match="variable THE_PASSWORD"):
        login_of(MAIL)


def test_no_password_at_all_means_no_login():
    assert login_of(Mail(address="audit@kit.example", password="")) is None


class Keyring:
    """Stands for the keyring of the machine, which a test must not touch."""

    stored = {("mailbox", "audit@kit.example"): SECRET}  # noqa: RUF012

    @staticmethod
    def get_password(service, user):
        if service == "locked":
            raise RuntimeError(SECRET)
        return Keyring.stored.get((service, user))


def in_keyring(service: str) -> Mail:
    return Mail(address="audit@kit.example", password=f"keyring:{service}")


def test_the_password_comes_from_the_keyring(monkeypatch):
    monkeypatch.setitem(sys.modules, "keyring", Keyring)
    assert login_of(in_keyring("mailbox")).password == SECRET


def test_a_password_that_the_keyring_lacks_is_named_with_what_to_do(monkeypatch):
    monkeypatch.setitem(sys.modules, "keyring", Keyring)
    with pytest.raises(DataError, match="`keyring set other audit@kit"):
        login_of(in_keyring("other"))


def test_a_locked_keyring_says_so_and_nothing_it_held(monkeypatch):
    monkeypatch.setitem(sys.modules, "keyring", Keyring)
    with pytest.raises(DataError, match="cannot be read") as caught:
        login_of(in_keyring("locked"))
    assert SECRET not in "".join(traceback.format_exception(caught.value))


def test_without_the_package_its_installation_is_told(monkeypatch):
    monkeypatch.setitem(sys.modules, "keyring", None)
    with pytest.raises(DataError, match=r"carebench\[keyring\]"):
        login_of(in_keyring("mailbox"))


def test_a_token_is_the_first_line_that_the_command_prints():
    login = login_of(command("print('ya29.invented'); print('more')"))
    assert login.token == "ya29.invented"
    assert login.xoauth2() == "user=audit@kit.example\x01auth=Bearer ya29.invented\x01\x01"


def test_the_command_runs_without_a_shell(tmp_path):
    mail = Mail(address="a@kit.example", token_command=f"echo x; touch {tmp_path / 'made'}")
    with pytest.raises(DataError, match="printed no token"):
        login_of(mail)  # a shell would have printed `x` and made the file
    assert not (tmp_path / "made").exists()


@pytest.mark.parametrize(
    "words, says",
    [
        (
            "print('SECRET one'); import sys; print('SECRET', file=sys.stderr); sys.exit(3)",
            "code 3",
        ),
        ("print('SECRET and more')", "printed no token"),
        ("print()", "printed no token"),
        ("print('SECRET\\x01')", "printed no token"),
        ("print('SECRET\\u1ea1'.encode('utf-8'))\nimport sys; sys.exit(1)", "code 1"),
    ],
)
def test_what_a_failing_command_prints_is_shown_to_nobody(words, says, capfd):
    with pytest.raises(DataError, match=says) as caught:
        login_of(command(words))
    shown = "".join(traceback.format_exception(caught.value)) + "".join(capfd.readouterr())
    assert "SECRET one" not in shown
    assert "SECRET and" not in shown
    assert "by hand" in str(caught.value)


def test_a_command_that_hangs_is_ended(monkeypatch):
    monkeypatch.setattr(secrets, "WITHIN_S", 0.5)
    began = time.monotonic()
    with pytest.raises(DataError, match="did not end"):
        login_of(command("import time; time.sleep(30)"))
    assert time.monotonic() - began < 10


@pytest.mark.parametrize("text", ["nowhere-at-all --now", "'unclosed", " "])
def test_a_command_that_cannot_be_run_is_named(text):
    with pytest.raises(DataError, match="token_command cannot be run"):
        login_of(Mail(address="a@kit.example", token_command=text))


@pytest.mark.parametrize("password", ["mật khẩu", "ключ"])
def test_a_password_that_servers_do_not_take_is_not_shown(monkeypatch, password):
    monkeypatch.setenv("THE_PASSWORD", password)
    with pytest.raises(DataError, match="plain letters") as caught:
        login_of(MAIL)
    assert password not in "".join(traceback.format_exception(caught.value))


def test_neither_shows_where_the_login_is_printed(monkeypatch):
    monkeypatch.setenv("THE_PASSWORD", SECRET)
    assert SECRET not in repr(login_of(MAIL))
    assert "ya29" not in repr(login_of(command("print('ya29.invented')")))


@pytest.mark.parametrize("written", ["hunter2-Secret!", "hunter2", "Keyring:x", "A B"])
def test_a_password_in_the_place_of_a_name_is_not_shown(written):
    with pytest.raises(DataError, match=r"mail\.password is no name") as caught:
        login_of(Mail(address="audit@kit.example", password=written))
    assert written not in str(caught.value)


def test_the_telephones_password_in_the_place_of_a_name_is_not_shown(tmp_path):
    sip = {"server": "127.0.0.1:5060", "user": "u", "password": "hunter2-Secret!"}
    study = load_study(field_study(tmp_path, **{"fieldwork.sip": sip}))
    with pytest.raises(DataError, match=r"sip\.password is no name") as caught:
        account_of(study)
    assert "hunter2" not in str(caught.value)
