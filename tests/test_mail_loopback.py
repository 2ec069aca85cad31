"""No test reaches another machine, whatever it opens."""

from __future__ import annotations

import asyncio
import os
import smtplib
import socket
import urllib.request
from concurrent.futures import ThreadPoolExecutor

import pytest

from conftest import OutsideError

FAR = "192.0.2.1"  # RFC 5737: an address that is nobody's
NAME = "mail.alder.example"  # RFC 2606: a name that is nobody's


def connect_by_tcp():
    with socket.socket() as wire:
        wire.settimeout(0.1)
        wire.connect((FAR, 25))


def connect_without_waiting():
    with socket.socket() as wire:
        wire.setblocking(False)
        wire.connect_ex((FAR, 25))


def connect_by_ipv6():
    with socket.socket(socket.AF_INET6) as wire:
        wire.connect(("2001:db8::1", 25))


def send_a_datagram():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as wire:
        wire.sendto(b"hello", (FAR, 5060))


def ask_for_a_name():
    socket.getaddrinfo(NAME, 25)


def ask_in_the_old_way():
    socket.gethostbyname(NAME)


def send_mail():
    smtplib.SMTP(NAME, 25, timeout=0.1)


def fetch_a_page():
    urllib.request.urlopen(f"http://{FAR}/", timeout=0.1)


def connect_in_a_loop():
    asyncio.run(asyncio.wait_for(asyncio.open_connection(FAR, 25), 1))


def connect_in_a_thread():
    with ThreadPoolExecutor(1) as one:
        one.submit(connect_by_tcp).result()


@pytest.mark.parametrize(
    "way",
    [
        connect_by_tcp,
        connect_without_waiting,
        connect_by_ipv6,
        send_a_datagram,
        ask_for_a_name,
        ask_in_the_old_way,
        send_mail,
        fetch_a_page,
        connect_in_a_loop,
        connect_in_a_thread,
    ],
)
def test_no_way_leads_out_of_this_machine(way):
    with pytest.raises(OutsideError, match="may reach no other machine"):
        way()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="children that are forked")
def test_nor_does_a_forked_child_find_one():
    child = os.fork()
    if child == 0:
        try:
            connect_by_tcp()
        except OutsideError:
            os._exit(7)
        os._exit(0)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 7


def test_this_machine_is_reached():
    with socket.create_server(("127.0.0.1", 0)) as server:
        with socket.create_connection(("localhost", server.getsockname()[1]), timeout=5) as wire:
            accepted, _ = server.accept()
            accepted.close()
            assert wire.recv(1) == b""
